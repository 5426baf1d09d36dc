"""Where an event goes that no dialog step claims: a support thread, a button, a command, or plain words."""

from collections.abc import Awaitable, Callable, Mapping

from bot import desk_lists, identity_cards
from bot.command_names import fold, is_id
from bot.commands import Commands
from bot.dialogs import new_request, words
from bot.dialogs.base import Stage
from bot.guests import alerts as guest_alerts
from bot.guests import commands as guest_commands
from bot.standing import Standing
from bot.threads import Threads
from domain.chat import Button, IncomingKind, IncomingMessage, Reply, rows
from domain.contradiction import says_solved
from domain.errors import Refused
from domain.requests import Action, Request, Status
from handlers.conversations import Turn
from handlers.desk.requests import Requests

TYPED = (Action.CONFIRM, Action.OBJECT, Action.CLOSE, Action.WITHDRAW, Action.REOPEN, words.REPLY)
"""What a requester may also type: the labels of his buttons."""
CHOICES_SHOWN = 6
NUMBERED = frozenset("roqtuc")
"""Buttons of a request, a variant, the requester's words, a template, an outage, a caller."""


Route = Callable[[Turn, IncomingMessage, Stage], Awaitable[None]]


class Routes:
    """The bot's switchboard."""

    def __init__(self, requests: Requests, commands: Commands, threads: Threads, standing: Standing) -> None:
        self._requests = requests
        self._commands = commands
        self._threads = threads
        self._standing = standing
        self._kinds: Mapping[IncomingKind, Route] = {
            IncomingKind.COMMAND: self._command,
            IncomingKind.PRESS: self._press,
            IncomingKind.TEXT: self._text,
            IncomingKind.JOINED: self._joined,
        }

    async def run(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        """Send an event where it belongs; kinds nobody waits for are passed over."""
        if await self._standing.take(turn, event):
            return
        if route := self._kinds.get(event.kind):
            await route(turn, event, stage)

    # --- words for the engine ---------------------------------------------------------------------------

    def ways_out(self, turn: Turn) -> dict[str, str]:
        """The whole messages that count in a free-text step too."""
        out = {}
        for language in ("ru", "en"):
            for name in ("cancel", "back", "help"):
                out[fold(turn.scope.texts(f"typed-{name}", language))] = name
        return out

    def is_command(self, event: IncomingMessage) -> bool:
        """Whether plain words are the name of a command."""
        return self._commands.typed.recognise(event.text) is not None

    def help(self, turn: Turn) -> Reply:
        return self._commands.person.help(turn)

    def refusal(self, turn: Turn, refusal: Refused) -> str:
        """Why not, and what is possible, in the person's language."""
        key, params = f"error-{refusal.code}", refusal.params
        if refusal.code == "not-yours":
            who = [turn.text(f"standing-{name}") for name in _strings(params["who"])]
            return turn.text(key, who=f" {turn.text('or')} ".join(who))
        if "possible" not in params:
            return turn.text(key, **params)
        names = [turn.text(f"do-{name}".replace("_", "-")) for name in _strings(params["possible"])]
        parts = [turn.text(f"part-{name}") for name in _strings(params.get("who"))]
        return turn.text(
            key,
            status=turn.text(f"status-{params['status']}".replace("_", "-")),
            possible=", ".join(names) or turn.text("nothing"),
            who=f" {turn.text('or')} ".join(parts),
        )

    # --- commands ---------------------------------------------------------------------------------------

    async def _command(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        await self._commands.run(turn, event.command or "", event.text.strip(), stage)
        await self._remind(turn, event.command or "")

    async def _remind(self, turn: Turn, command: str) -> None:
        """Any other command in the middle keeps the draft and says so."""
        state = turn.memory.current
        if state is None or turn.shown or command in {"cancel", "new"} or not turn.event.is_private:
            return
        resume = Button(turn.text("button-resume"), "n:resume", "primary")
        draft = state.dialog == new_request.NAME
        text = turn.text("draft-kept") if draft else turn.text("words-kept", number=state.data["number"])
        await turn.tell(Reply(text, ((resume,),)))

    # --- buttons ----------------------------------------------------------------------------------------

    async def _press(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        kind, _, rest = (event.payload or "").partition(":")
        if kind == "n":
            await self._commands.own.navigate(turn, rest, stage)
        elif kind == "s":
            await self._commands.sync.press(turn, rest)
        elif kind == identity_cards.BUTTON:
            await self._commands.identity.press(turn, rest)
        elif kind == guest_alerts.BUTTON:
            await self._commands.alerts.press(turn, rest)
        elif kind == guest_commands.BUTTON:
            await self._commands.guests.press(turn, rest, stage)
        elif kind == desk_lists.BUTTON:
            await self._commands.lists.press(turn, rest)
        elif kind in NUMBERED:
            await self._numbered(turn, kind, rest, stage)
        else:
            await turn.tell(Reply(turn.text("unknown-button")))

    async def _numbered(self, turn: Turn, kind: str, rest: str, stage: Stage) -> None:
        """Buttons that carry a word and numbers of ours: ``r:take:12``, ``o:12:345:1``, ``t:list``."""
        words, ids = _read(rest)
        actions, desk = self._commands.actions, self._commands.desk
        match kind, words, ids:
            case "r", [name], [request_id]:
                await actions.press(turn, name, request_id, stage)
            case "o", [], [request_id, offer_id, number]:
                await actions.choose(turn, request_id, offer_id, number)
            case "q", [what], [request_id, fact_id]:
                await actions.about_words(turn, what, request_id, fact_id, stage)
            case "t", ["list"], []:
                await desk.template_button(turn, "list", 0)
            case "t", [what], [template_id]:
                await desk.template_button(turn, what, template_id)
            case "c", [what], [request_id]:
                await self._commands.callers.press(turn, what, request_id, stage)
            case "u", [what], [outage_id]:
                await desk.outage_button(turn, what, outage_id)
            case _:
                raise Refused("unknown-button")

    # --- plain words ------------------------------------------------------------------------------------

    async def _text(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        if not event.is_private:
            await self._threads.message(turn, event, stage)
            return
        if event.edited:
            return
        if command := self._commands.typed.recognise(event.text):
            await self._commands.run(turn, command.name, command.argument, stage)
            await self._remind(turn, command.name)
            return
        if await self._typed_action(turn, event, stage) or await self._typed_solved(turn, event, stage):
            return
        if answered := await self._standing.answered(turn, event):
            await turn.tell(await self._commands.hearing.hear(turn, answered, event))
            return
        waiting = await self._requests.waiting_for(turn.desk)
        if len(waiting) == 1:
            await turn.tell(await self._commands.hearing.hear(turn, waiting[0].id, event))
            return
        await self._commands.own.offer(turn, event, waiting)

    async def _typed_action(self, turn: Turn, event: IncomingMessage, stage: Stage) -> bool:
        """«Решено» typed instead of pressed: done when it can only be meant for one request."""
        action = self._typed_actions(turn).get(fold(event.text))
        if action is None or event.files:
            return False
        mine = await self._requests.mine(turn.desk)
        fitting = [r for r in mine if await self._fits(turn, r, action)]
        if len(fitting) > 1:
            buttons = [Button(r.number, f"r:{action}:{r.id}") for r in fitting[:CHOICES_SHOWN]]
            await turn.tell(Reply(turn.text("which-request"), rows(*buttons)))
        elif fitting:
            await self._commands.actions.press(turn, action, fitting[0].id, stage)
        return bool(fitting)

    async def _typed_solved(self, turn: Turn, event: IncomingMessage, stage: Stage) -> bool:
        """«Решено, спасибо» or «Решено, но…» about the one request that was answered."""
        if not says_solved(event.text) or event.files:
            return False
        answered = [r for r in await self._requests.mine(turn.desk) if r.status is Status.ANSWERED]
        if len(answered) == 1:
            await self._commands.actions.do(turn, answered[0], Action.CONFIRM, stage, event.text)
        return len(answered) == 1

    async def _fits(self, turn: Turn, request: Request, action: str) -> bool:
        if action == words.REPLY:
            return request.is_open
        return Action(action) in await self._requests.possible(turn.desk, request)

    @staticmethod
    def _typed_actions(turn: Turn) -> dict[str, str]:
        return {
            fold(turn.scope.texts(f"do-{name}", language)): str(name)
            for language in ("ru", "en")
            for name in TYPED
        }

    async def _joined(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:  # noqa: ARG002
        if event.is_private:
            await turn.tell(self._commands.person.greeting(turn))


def _read(payload: str) -> tuple[list[str], list[int]]:
    """A button's payload: names, then numbers of ours. Anybody can forge one."""
    parts = payload.split(":")
    names = [part for part in parts if not is_id(part)]
    if [*names, *parts[len(names) :]] != parts:
        raise Refused("unknown-button")
    return names, [int(part) for part in parts[len(names) :]]


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
