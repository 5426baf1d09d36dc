"""Where an event goes that no dialog step claims: a support thread, a button, a command, or plain words."""

from collections.abc import Awaitable, Callable, Mapping

from bot.commands import Commands, fold, is_id
from bot.dialogs import new_request, words
from bot.dialogs.base import Stage
from bot.standing import Standing
from bot.threads import Threads
from domain.chat import Button, IncomingKind, IncomingMessage, Reply, rows
from domain.errors import Refused
from domain.requests import Action, Request
from handlers.conversations import Turn
from handlers.requests import Requests

WORDY = {Action.ASK, Action.ANSWER, Action.OBJECT, Action.REOPEN, Action.NOT_NEEDED}
"""Actions whose button is followed by words."""
BUTTONS = WORDY | {Action.TAKE, Action.CONFIRM, Action.CLOSE, Action.WITHDRAW}
"""Actions that have a button; the others want more than a press, so a payload that names them is forged."""
TYPED = (Action.CONFIRM, Action.OBJECT, Action.CLOSE, Action.WITHDRAW, Action.REOPEN, words.REPLY)
"""What a requester may also type: the labels of his buttons."""
CHOICES_SHOWN = 6


Route = Callable[[Turn, IncomingMessage, Stage], Awaitable[None]]


class Routes:
    """The bot's switchboard."""

    def __init__(
        self, requests: Requests, commands: Commands, threads: Threads, standing: Standing
    ) -> None:
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

    def is_command(self, turn: Turn, event: IncomingMessage) -> bool:
        """Whether plain words are the name of a command."""
        return self._commands.recognise(turn, event.text) is not None

    def help(self, turn: Turn) -> Reply:
        return self._commands.help(turn)

    def refusal(self, turn: Turn, refusal: Refused) -> str:
        """Why not, and what is possible, in the person's language."""
        key, params = f"error-{refusal.code}", refusal.params
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
        if not is_id(number):
            raise Refused("unknown-button")
        request = await self._requests.get(turn.scope, int(number))
        if name == "card":
            await turn.tell(await self._commands.card(turn, request))
        elif name == words.REPLY:
            await self._reply(turn, request, stage)
        elif name in BUTTONS:
            await self._act(turn, request.id, request.number, Action(name), stage)
        else:
            raise Refused("unknown-button")

    @staticmethod
    async def _reply(turn: Turn, request: Request, stage: Stage) -> None:
        if request.requester_id != turn.person.id:
            raise Refused("not-your-request", number=request.number)
        if not request.is_open:
            raise Refused("request-closed", number=request.number)
        await stage.begin(turn, words.start(request.id, words.REPLY, request.number))

    async def _act(self, turn: Turn, request_id: int, number: str, action: Action, stage: Stage) -> None:
        request = await self._requests.get(turn.scope, request_id)
        if action not in await self._requests.possible(turn.scope, request):
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
            await self._remind(turn, command.name)
            return
        if await self._typed_action(turn, event, stage):
            return
        waiting = await self._requests.waiting_for(turn.scope)
        if len(waiting) == 1:
            request = await self._requests.relay_from_requester(turn.scope, waiting[0].id, event)
            await turn.tell(Reply(turn.text("reply-sent", number=request.number)))
            return
        await self._commands.offer(turn, event, waiting)

    async def _typed_action(self, turn: Turn, event: IncomingMessage, stage: Stage) -> bool:
        """«Решено» typed instead of pressed: done when it can only be meant for one request."""
        action = self._typed_actions(turn).get(fold(event.text))
        if action is None or event.files:
            return False
        mine = await self._requests.mine(turn.scope)
        fitting = [r for r in mine if await self._fits(turn, r, action)]
        if len(fitting) > 1:
            buttons = [Button(r.number, f"r:{action}:{r.id}") for r in fitting[:CHOICES_SHOWN]]
            await turn.tell(Reply(turn.text("which-request"), rows(*buttons)))
        elif fitting:
            await self._request_button(turn, f"{action}:{fitting[0].id}", stage)
        return bool(fitting)

    async def _fits(self, turn: Turn, request: Request, action: str) -> bool:
        if action == words.REPLY:
            return request.is_open
        return Action(action) in await self._requests.possible(turn.scope, request)

    @staticmethod
    def _typed_actions(turn: Turn) -> dict[str, str]:
        return {
            fold(turn.scope.texts(f"do-{name}", language)): str(name)
            for language in ("ru", "en")
            for name in TYPED
        }

    async def _joined(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:  # noqa: ARG002
        if event.is_private:
            await turn.tell(self._commands.greeting(turn))


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
