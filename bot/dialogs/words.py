"""One free-text step: a person's words for one request (an answer, a question, a reason)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.dialogs.base import Finish, Go, Outcome, Said, with_data
from bot.hearing import Hearing
from domain.chat import Button, FileRef, Reply
from domain.errors import Refused
from domain.requests import Action
from handlers.codec import dump, load
from handlers.conversations import DialogState, Turn
from handlers.desk import mirror
from handlers.desk.desk import Desk
from handlers.desk.requests import Requests

NAME = "words"
REPLY = "reply"
NEEDS_WORDS = frozenset({Action.OBJECT, Action.REOPEN, Action.NOT_NEEDED, Action.OFFER})
"""A picture alone is no reason."""
MENDABLE = frozenset({"file-too-large", "reason-needed", "options-needed"})


def start(request_id: int, purpose: str, number: str) -> DialogState:
    """``purpose``: an Action that wants words, or ``reply`` for a message to support."""
    return DialogState(NAME, purpose, {"request_id": request_id, "number": number})


class Words:
    """Asks for the words and hands them on."""

    name = NAME

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._desk = Desk(requests)
        self._hearing = Hearing(self._desk)

    def is_free_text(self, state: DialogState) -> bool:  # noqa: ARG002
        return True

    async def prompt(self, turn: Turn, state: DialogState) -> Reply:
        key = f"words-{state.step}".replace("_", "-")
        cancel = Button(turn.text("button-cancel"), "cancel")
        return Reply(turn.text(key, number=state.data["number"]), ((cancel,),))

    async def take(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        if said.choice in {"cancel", "back"}:
            return Finish(Reply(turn.text("words-cancelled", number=state.data["number"])))
        files = [*state.data.get("files", []), *(dump(file) for file in said.files)]
        state = with_data(state, files=files)
        if not said.text.strip() and (not files or state.step in NEEDS_WORDS):
            return Go(state, turn.text("words-empty"))
        said = replace(said, files=tuple(load(FileRef, file) for file in files))
        use: Callable[[Turn, DialogState, Said], Awaitable[Reply]] = (
            self._reply if state.step == REPLY else self._act
        )
        try:
            return Finish(await use(turn, state, said))
        except Refused as refusal:
            if refusal.code not in MENDABLE:  # asking again would refuse again
                turn.memory.stack.pop()
                turn.memory.nonce += 1
            raise

    async def _reply(self, turn: Turn, state: DialogState, said: Said) -> Reply:
        event = replace(turn.event, text=said.text, files=said.files)
        return await self._hearing.hear(turn, state.data["request_id"], event)

    async def _act(self, turn: Turn, state: DialogState, said: Said) -> Reply:
        action, request_id = Action(state.step), state.data["request_id"]
        origin = mirror.origin_of(turn.event)
        if action is Action.OFFER:
            request = await self._desk.offers.make(
                turn.desk, request_id, said.text, origin=origin, files=said.files
            )
        else:
            request = await self._requests.act(
                turn.desk, request_id, action, said.text, origin=origin, files=said.files
            )
        return Reply(turn.text(f"done-{action}".replace("_", "-"), number=request.number))
