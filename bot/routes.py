"""Where an event goes that no dialog step claims: a support thread, a button, a command, or plain words."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from bot.commands import Commands, fold
from bot.dialogs import words
from bot.threads import Threads
from domain.chat import Button, IncomingKind, IncomingMessage, Reply
from domain.errors import Refused
from domain.requests import Action
from handlers.conversations import DialogState, Turn
from handlers.requests import Requests

WORDY = {Action.ASK, Action.ANSWER, Action.OBJECT, Action.REOPEN, Action.NOT_NEEDED}
"""Actions whose button is followed by words."""


class Stage(Protocol):
    """What routes ask of the engine."""

    async def begin(self, turn: Turn, state: DialogState, *, in_place: bool = False) -> None: ...

    async def show(self, turn: Turn, *, notice: str = "", in_place: bool = False) -> None: ...


Route = Callable[[Turn, IncomingMessage, Stage], Awaitable[None]]


class Routes:
    """The bot's switchboard."""

    def __init__(self, requests: Requests, commands: Commands, threads: Threads) -> None:
        self._requests = requests
        self._commands = commands
        self._threads = threads
        self._kinds: Mapping[IncomingKind, Route] = {
            IncomingKind.COMMAND: self._command,
            IncomingKind.PRESS: self._press,
            IncomingKind.TEXT: self._text,
            IncomingKind.JOINED: self._joined,
        }

    async def run(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        """Send an event where it belongs; kinds nobody waits for are passed over."""
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

    def is_command(self, turn: Turn, event: IncomingMessage) -> bool:
        """Whether plain words are the name of a command."""
        return self._commands.recognise(turn, event.text) is not None

    def help(self, turn: Turn) -> Reply:
        return self._commands.help(turn)

    def refusal(self, turn: Turn, refusal: Refused) -> str:
        """Why not, and what is possible, in the person's language."""
        if refusal.code != "move-not-allowed":
            return turn.text(f"error-{refusal.code}", **refusal.params)
        possible = refusal.params.get("possible")
        names = (
            [turn.text(f"do-{name}".replace("_", "-")) for name in possible]
            if isinstance(possible, list)
            else []
        )
        status = turn.text(f"status-{refusal.params['status']}".replace("_", "-"))
        return turn.text(
            "error-move-not-allowed", status=status, possible=", ".join(names) or turn.text("nothing")
        )

    # --- commands ---------------------------------------------------------------------------------------

    async def _command(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        await self._commands.run(turn, event.command or "", event.text.strip(), stage)
        await self._remind_of_draft(turn, event.command or "")

    async def _remind_of_draft(self, turn: Turn, command: str) -> None:
        """Any other command in the middle keeps the draft and says so."""
        if turn.memory.current and not turn.shown and command not in {"cancel", "help"}:
            resume = Button(turn.text("button-resume"), "n:resume", "primary")
            await turn.tell(Reply(turn.text("draft-kept"), ((resume,),)))

    # --- buttons ----------------------------------------------------------------------------------------

    async def _press(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        kind, _, rest = (event.payload or "").partition(":")
        match kind:
            case "n":
                await self._commands.navigate(turn, rest, stage)
            case "r":
                await self._request_button(turn, rest, stage)
            case "s":
                await self._commands.sync_button(turn, rest)
            case _:
                await turn.tell(Reply(turn.text("unknown-button")))

    async def _request_button(self, turn: Turn, payload: str, stage: Stage) -> None:
        name, _, number = payload.partition(":")
        if not number.isdigit():
            raise Refused("unknown-button")
        request = await self._requests.get(turn.scope, int(number))
        if name == "card":
            await turn.tell(await self._commands.card(turn, request))
        elif name == words.REPLY:
            if request.requester_id != turn.person.id:
                raise Refused("not-your-request", number=request.number)
            await stage.begin(turn, words.start(request.id, words.REPLY, request.number))
        elif name in set(Action):
            await self._act(turn, request.id, request.number, Action(name), stage)
        else:
            raise Refused("unknown-button")

    async def _act(self, turn: Turn, request_id: int, number: str, action: Action, stage: Stage) -> None:
        request = await self._requests.get(turn.scope, request_id)
        if action not in self._requests.possible(turn.scope, request):
            await self._requests.act(turn.scope, request_id, action, "-")  # raises with what is possible
        if action in WORDY:
            await stage.begin(turn, words.start(request_id, action.value, number))
            return
        after = await self._requests.act(turn.scope, request_id, action)
        if turn.event.is_private:
            buttons = self._requests.cards.requester_buttons(turn.scope, after) if after.is_open else ()
            await turn.tell(Reply(turn.text(f"done-{action}".replace("_", "-"), number=number), buttons))

    # --- plain words ------------------------------------------------------------------------------------

    async def _text(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        if not event.is_private:
            await self._threads.message(turn, event, stage)
            return
        if event.edited:
            return
        if command := self._commands.recognise(turn, event.text):
            await self._commands.run(turn, command.name, command.argument, stage)
            return
        waiting = await self._requests.waiting_for(turn.scope)
        if len(waiting) == 1:
            request = await self._requests.relay_from_requester(turn.scope, waiting[0].id, event)
            await turn.tell(Reply(turn.text("reply-sent", number=request.number)))
            return
        await self._commands.offer(turn, event, waiting)

    async def _joined(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:  # noqa: ARG002
        if event.is_private:
            await turn.tell(self._commands.greeting(turn))
