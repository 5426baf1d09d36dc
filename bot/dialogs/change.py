"""What support changes beside the moves: priority (with a reason), type, who works on it, and merging a copy."""

from bot.dialogs.base import Finish, Go, Outcome, Said, with_data
from domain.chat import Button, Markup, Reply, escape, rows
from domain.errors import Refused
from domain.requests import Priority, Request, RequestType
from handlers.conversations import DialogState, Turn
from handlers.desk.desk import Desk

NAME = "change"
PRIORITY, TYPE, HAND_OVER, MERGE = "priority", "type", "hand_over", "merge"
REASON = "priority_reason"
MENDABLE = frozenset({"no-such-request", "merge-into-itself", "merge-into-closed", "reason-needed"})
"""Refusals after which the step is asked again."""


def start(step: str, request_id: int, number: str) -> DialogState:
    """``step``: what is changed."""
    return DialogState(NAME, step, {"request_id": request_id, "number": number})


class Change:
    """One or two steps: choose, and for a priority say why."""

    name = NAME

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._requests = desk.requests

    def is_free_text(self, state: DialogState) -> bool:
        return state.step in {REASON, MERGE}

    # --- what people see ---------------------------------------------------------------------------------

    async def prompt(self, turn: Turn, state: DialogState) -> Reply:
        request = await self._requests.get(turn.desk, state.data["request_id"])
        cancel = (Button(turn.text("button-cancel"), "cancel"),)
        key = f"change-{state.step}".replace("_", "-")
        facts: dict[str, object] = {"number": request.number}
        buttons: list[Button] = []
        match state.step:
            case "priority":
                facts["priority"] = turn.text(f"priority-{request.priority}")
                buttons = [
                    Button(turn.text(f"priority-{one}").capitalize(), one.value)
                    for one in Priority
                    if one is not request.priority
                ]
            case "priority_reason":
                facts["priority"] = turn.text(f"priority-{state.data['priority']}")
            case "type":
                buttons = [
                    Button(turn.text(f"type-{one}"), one.value)
                    for one in RequestType
                    if one is not request.type
                ]
            case "hand_over":
                people = await self._requests.supporters(turn.desk, request)
                buttons = [
                    Button(one.name, f"p{one.id}") for one in people if one.id != request.responsible_id
                ]
                key = key if buttons else "change-nobody"
            case "merge":
                similar = await self._desk.duplicates.like(turn.desk, request)
                facts["similar"] = Markup("\n".join(_line(one) for one in similar))
                facts["count"] = len(similar)
                buttons = [Button(one.number, f"m{one.id}") for one in similar]
        return Reply(turn.text(key, **facts), (*rows(*buttons), cancel))

    # --- what people do ----------------------------------------------------------------------------------

    async def take(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice in {"cancel", "back"}:
            return Finish(Reply(turn.text("change-cancelled", number=state.data["number"])))
        try:
            return await self._take(turn, state, said)
        except Refused as refusal:
            if refusal.code not in MENDABLE:  # asking again would refuse again
                turn.memory.stack.pop()
                turn.memory.nonce += 1
            raise

    async def _take(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        request_id, wanted = state.data["request_id"], said.choice or _named(turn, state.step, said.text)
        scope = turn.desk
        match state.step:
            case "priority" if wanted in set(Priority):
                head, _, reason = said.text.strip().partition(" ")
                state = with_data(state, REASON, priority=wanted)
                if said.choice is None and head and reason.strip():
                    return await self._take(turn, state, Said(reason))
                return Go(state)
            case "priority_reason":
                priority = Priority(state.data["priority"])
                after = await self._requests.set_priority(scope, request_id, priority, said.text)
                return self._done(turn, "done-priority", after)
            case "type" if wanted in set(RequestType):
                after = await self._requests.set_type(scope, request_id, RequestType(wanted))
                return self._done(turn, "done-type", after)
            case "hand_over" if wanted.startswith("p") and wanted[1:].isdigit():
                after = await self._requests.hand_over(scope, request_id, int(wanted[1:]))
                return self._done(turn, "done-hand-over", after)
            case "hand_over" if said.text.strip():
                after = await self._hand_to_named(turn, request_id, said.text)
                return self._done(turn, "done-hand-over", after)
            case "merge":
                return await self._merge(turn, state, wanted, said.text)
        return Go(state, turn.text("use-buttons"))

    async def _hand_to_named(self, turn: Turn, request_id: int, name: str) -> Request:
        """A colleague by name, or by how the name begins when only one of support does."""
        request = await self._requests.get(turn.desk, request_id)
        words = name.casefold().split()
        people = await self._requests.supporters(turn.desk, request)
        fitting = [
            one
            for one in people
            if all(any(part.startswith(word) for part in one.name.casefold().split()) for word in words)
        ]
        if len(fitting) != 1:
            raise Refused("not-of-support")
        return await self._requests.hand_over(turn.desk, request_id, fitting[0].id)

    async def _merge(self, turn: Turn, state: DialogState, wanted: str, text: str) -> Outcome:
        number = text.strip()
        if wanted.startswith("m") and wanted[1:].isdigit():
            number = (await self._requests.get(turn.desk, int(wanted[1:]))).number
        if not number:
            return Go(state, turn.text("use-buttons"))
        merged, target = await self._desk.duplicates.merge(turn.desk, state.data["request_id"], number)
        return Finish(Reply(turn.text("done-merge", number=merged.number, target=target.number)))

    def _done(self, turn: Turn, key: str, after: Request) -> Finish:
        facts = {
            "number": after.number,
            "priority": turn.text(f"priority-{after.priority}"),
            "type": turn.text(f"type-{after.type}"),
        }
        return Finish(Reply(turn.text(key, **facts)))


def _line(request: Request) -> str:
    return f"{request.number} · {escape(request.subject)}"


def _named(turn: Turn, step: str, text: str) -> str:
    """A value typed as its word, in either language: «высокий», «high»."""
    words = text.strip().casefold().split(maxsplit=1)
    kinds = {PRIORITY: Priority, TYPE: RequestType}.get(step)
    if not words or kinds is None:
        return ""
    for one in kinds:
        labels = {turn.scope.texts(f"{step}-{one}", language).casefold() for language in ("ru", "en")}
        if words[0] in {one.value, *labels}:
            return one.value
    return ""
