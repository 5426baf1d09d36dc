"""A person's own requests in chat: a new one, the list, a card, and what his plain words are meant for."""

from collections.abc import Sequence

from bot.callers import CallerCommands, for_whom
from bot.command_names import is_id
from bot.dialogs import new_request
from bot.dialogs.base import Said, Stage
from bot.guests.payloads import opening
from bot.hearing import Hearing
from bot.person_commands import menu
from bot.request_actions import RequestActions
from domain.chat import Button, IncomingMessage, Reply, rows
from domain.errors import Refused
from domain.requests import Request
from handlers.conversations import Turn
from handlers.desk.requests import Requests
from handlers.guests.filing import recognise
from handlers.people import look_for_calls

OFFER_LIMIT = 3


class OwnRequests:
    """``/new``, ``/my``, ``/request``, and the buttons that lead there."""

    def __init__(
        self, requests: Requests, callers: CallerCommands, hearing: Hearing, actions: RequestActions
    ) -> None:
        self._requests = requests
        self._callers = callers
        self._hearing = hearing
        self._actions = actions

    async def new(self, turn: Turn, argument: str, stage: Stage) -> None:
        """Begin a request, for himself or for somebody else; a draft of his own is offered first."""
        if (whom := for_whom(turn, argument)) is not None:
            await self._callers.new_for(turn, whom, stage)
            return
        if not turn.event.is_private:
            raise Refused("only-in-private")
        if draft := next((s for s in turn.memory.stack if new_request.is_begun(s)), None):
            turn.memory.stack[:] = [draft]
            buttons = (
                Button(turn.text("button-resume"), "n:resume", "primary"),
                Button(turn.text("button-start-over"), "n:over"),
            )
            await turn.tell(Reply(turn.text("draft-exists"), (buttons,)))
            return
        await self._start(turn, stage, Said(argument) if argument else None)

    async def _start(self, turn: Turn, stage: Stage, said: Said | None = None) -> None:
        await stage.discard(turn)
        await stage.begin(turn, new_request.start(), said=said)

    async def my(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        """His requests, the ones he phoned about too."""
        await look_for_calls(turn.scope, turn.person, turn.event.channel)
        mine = await self._requests.mine(turn.desk)
        if not mine:
            await turn.tell(
                Reply(turn.text("my-none"), ((Button(turn.text("do-new"), "n:new", "primary"),),))
            )
            return
        lines = "\n".join(self._line(turn, request) for request in mine)
        buttons = [Button(request.number, f"r:card:{request.id}") for request in mine[:6]]
        await turn.tell(Reply(turn.text("my-list", count=len(mine)) + "\n" + lines, rows(*buttons)))

    def _line(self, turn: Turn, request: Request) -> str:
        return turn.text(
            "my-line",
            number=request.number,
            subject=request.subject,
            status=self._requests.cards.status(turn.desk, request),
        )

    async def request(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        """One request's card, by its number."""
        if not argument:
            raise Refused("request-number-needed", prefix=turn.portal.desk.prefix)
        request = await self._requests.by_number(turn.desk, argument)
        await turn.tell(await self._actions.card(turn, request))

    async def offer(self, turn: Turn, event: IncomingMessage, waiting: Sequence[Request]) -> None:
        """Plain words that nobody waits for: that request, a new one, or nothing?"""
        turn.memory.undecided = event
        candidates = list(waiting) or [r for r in await self._requests.mine(turn.desk) if r.is_open]
        buttons = [
            Button(
                turn.text("button-to-request", number=request.number), f"n:to-{request.id}:{event.message_id}"
            )
            for request in candidates[:OFFER_LIMIT]
        ]
        buttons += [
            Button(turn.text("do-new"), f"n:file:{event.message_id}", "primary"),
            Button(turn.text("button-nothing"), "n:nothing"),
        ]
        if card := await self._card_of(turn, event.text):
            buttons.append(card)
        await turn.tell(Reply(turn.text("what-to-do"), rows(*buttons)))

    @staticmethod
    async def _card_of(turn: Turn, text: str) -> Button | None:
        """The words name a reservation, or an item of the CRM: the guest's card."""
        found = await recognise(turn.scope, text)
        if found is None:
            return None
        action = opening(turn.person.id, found.hotel.id, found.reservation_id, found.profile_id)
        return Button(turn.text("button-guest-card"), action) if action else None

    async def navigate(self, turn: Turn, where: str, stage: Stage) -> None:
        """The buttons that lead somewhere; in private only."""
        if not turn.event.is_private:
            raise Refused("only-in-private")
        what, _, message_id = where.partition(":")
        undecided = turn.memory.undecided
        match what:
            case "new":
                await self.new(turn, "", stage)
            case "over":
                await self._start(turn, stage)
            case "resume" if turn.memory.current:
                await stage.show(turn)
            case "my":
                await self.my(turn, "", stage)
            case "nothing":
                turn.memory.undecided = None
                await turn.amend(Reply(turn.text("fine")))
            case _ if undecided and undecided.message_id == message_id:
                await self._decided(turn, what, undecided, stage)
            case "file" if not turn.event.message_id:  # typed, the words dealt with: the command of this name
                await self.new(turn, "", stage)
            case _:
                await turn.tell(Reply(turn.text("stale-nothing"), menu(turn)))

    async def _decided(self, turn: Turn, what: str, said: IncomingMessage, stage: Stage) -> None:
        """The person has said what the words were meant for."""
        turn.memory.undecided = None
        if what == "file":
            await self._start(turn, stage, Said(said.text, files=said.files))
            return
        number = what.removeprefix("to-")
        if not is_id(number):
            raise Refused("unknown-button")
        request = await self._requests.get(turn.desk, int(number))
        if not await self._requests.rights.allows(turn.desk, "write", request):
            raise Refused("not-your-request", number=request.number)
        await turn.amend(await self._hearing.hear(turn, request.id, said))
