"""The bot's commands: typed with a slash, by name, or offered as buttons."""

import re
from collections.abc import Awaitable, Callable, Sequence

from bot import desk_commands, desk_lists, identity_cards, pages
from bot.callers import CallerCommands, for_whom
from bot.command_names import ALL, WITH_ARGUMENT, Typed, bot_commands, fold, is_id
from bot.desk_commands import DeskCommands
from bot.desk_lists import DeskLists
from bot.dialogs import new_request
from bot.dialogs.base import Said, Stage
from bot.guests import alerts as guest_alerts
from bot.guests import commands as guest_commands
from bot.guests.alerts import AlertCommands
from bot.guests.commands import GuestCommands
from bot.guests.payloads import opening
from bot.hearing import Hearing
from bot.identity_cards import IdentityCards
from bot.pages import PageCommands
from bot.request_actions import RequestActions
from bot.sync_control import SyncCommands
from bot.texts import LANGUAGES
from domain.chat import Button, Channel, IncomingMessage, Reply, rows
from domain.errors import Refused
from domain.ports import Texts
from domain.requests import Request
from domain.rights import OF_THE_PORTAL, allows, standings
from handlers.conversations import Turn
from handlers.desk.desk import Desk
from handlers.desk.requests import Requests
from handlers.guests.filing import recognise
from handlers.people import People, look_for_calls

_ROOM = re.compile(r"\S+")
OFFER_LIMIT = 3
__all__ = ["ALL", "Commands", "bot_commands", "fold", "is_id"]
CHECKED_HERE = frozenset(
    {
        "new",
        "new_for",
        "my",
        "link",
        "lang",
        "help",
        "cancel",
    }
)
"""Rights that need no request; whoever runs another command asks the table himself."""


class Commands:
    """Runs commands."""

    def __init__(
        self,
        texts: Texts,
        requests: Requests,
        people: People,
        sync: SyncCommands,
        guests: GuestCommands,
        identity: IdentityCards,
        alerts: AlertCommands,
        page_links: PageCommands,
    ) -> None:
        self._requests = requests
        self._people = people
        self._sync = sync
        self._guests = guests
        self.identity = identity
        self.alerts = alerts
        self._pages = page_links
        self.callers = CallerCommands(requests)
        self.hearing = Hearing(Desk(requests))
        self.actions = RequestActions(Desk(requests), self.hearing)
        self.desk = DeskCommands(Desk(requests), self.actions)
        self.lists = DeskLists(texts, requests)
        self._typed = {fold(texts(f"typed-{name}", lang)): name for name in ALL for lang in LANGUAGES}
        self._reconciling = {fold(texts("typed-reconcile", lang)) for lang in LANGUAGES}
        whom = "|".join(re.escape(texts("typed-new-for", lang)) for lang in LANGUAGES)
        self._new_for = re.compile(rf"\s*(?:{whom})\s+(?=\S)", re.IGNORECASE)
        why = "|".join(re.escape(texts("typed-why", lang)) for lang in LANGUAGES)
        self._why = re.compile(rf"\s*(?:{why})\s+(?=\S)", re.IGNORECASE)
        self._run: dict[str, Callable[[Turn, str, Stage], Awaitable[None]]] = {
            "new": self._new,
            "my": self._my,
            "request": self._request,
            "link": self._link,
            "help": self._help,
            "start": self._help,
            "cancel": self._cancel,
            "lang": self._lang,
        }

    # --- recognising ------------------------------------------------------------------------------------

    def recognise(self, turn: Turn, text: str) -> Typed | None:  # noqa: ARG002
        """A command's name typed as a whole message; ``номер 305`` is the word and exactly one token."""
        words = fold(text)
        if name := self._typed.get(words):
            return Typed(name)
        if words in self._reconciling:
            return Typed("sync", "reconcile")
        if found := self._new_for.match(text):
            return Typed("new", "for " + text[found.end() :])
        if found := self._why.match(text):
            return Typed("sync", "why " + text[found.end() :].rstrip(".!? "))
        head, _, rest = words.partition(" ")
        name = self._typed.get(head)
        if name not in WITH_ARGUMENT or not rest:
            return None
        if name == "room" and not _ROOM.fullmatch(rest):
            return None
        if name == "request" and not re.fullmatch(r"\w+-\d{4}-\d+", rest):
            return None
        return Typed(name, " ".join(text.split()[1:]).rstrip(".! "))

    async def run(self, turn: Turn, name: str, argument: str, stage: Stage) -> None:
        """One command; an unknown one is answered with the list. Refused when the person or the place doesn't fit."""
        right = "new_for" if name == "new" and for_whom(turn, argument) is not None else name
        if right in CHECKED_HERE:
            place = await self.actions.place(turn, None)
            scope = turn.scope if right in OF_THE_PORTAL else turn.desk
            await self._requests.rights.check(scope, right, None, place)
        if command := self._run.get(name):
            await command(turn, argument, stage)
        elif name in desk_commands.NAMES:
            await self.desk.run(turn, name, argument, stage)
        elif name in desk_lists.NAMES:
            await self.lists.run(turn, name, argument)
        elif name in identity_cards.NAMES:
            await self.identity.run(turn, argument)
        elif name == "sync" and (asked := identity_cards.asked_for(argument)) is not None:
            await self.identity.run(turn, asked)
        elif name == "sync":
            await self._sync.run(turn, argument)
        elif name in guest_alerts.NAMES:
            await self.alerts.run(turn)
        elif name in pages.NAMES:
            await self._pages.run(turn)
        elif name in guest_commands.NAMES:
            await self._guests.run(turn, name, argument)
        else:
            await turn.tell(Reply(turn.text("unknown-command", command=name), self._menu(turn)))

    async def guest_button(self, turn: Turn, payload: str, stage: Stage) -> None:
        await self._guests.press(turn, payload, stage)

    async def sync_button(self, turn: Turn, payload: str) -> None:
        await self._sync.press(turn, payload)

    # --- requests ---------------------------------------------------------------------------------------

    async def _new(self, turn: Turn, argument: str, stage: Stage) -> None:
        if (whom := for_whom(turn, argument)) is not None:
            await self.callers.new_for(turn, whom, stage)
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

    async def _my(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
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

    async def _request(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        if not argument:
            raise Refused("request-number-needed", prefix=turn.portal.desk.prefix)
        request = await self._requests.by_number(turn.desk, argument)
        await turn.tell(await self.actions.card(turn, request))

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

    # --- the rest ---------------------------------------------------------------------------------------

    async def _link(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        if turn.event.channel is Channel.TELEGRAM:
            if not argument:
                raise Refused("already-linked", name=turn.person.name)
            person = await self._people.link(turn.scope, turn.event.sender, argument)
            await turn.tell(Reply(turn.text("linked", name=person.name)))
            return
        if not turn.event.is_private:
            raise Refused("only-in-private")
        code = await self._people.offer_link(turn.scope, turn.person)
        await turn.tell(Reply(turn.text("link-code", code=code)))

    async def _help(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        await turn.tell(self.help(turn))

    def help(self, turn: Turn) -> Reply:
        """What the bot can do, for this person."""
        mine = standings(turn.person, turn.portal)
        may_sync = allows("sync", mine)
        desk = turn.text("help-desk" if allows("take", mine) else "help-requester")
        return Reply(turn.text("help", sync=may_sync) + f"\n\n{desk}", self._menu(turn))

    def greeting(self, turn: Turn) -> Reply:
        return Reply(turn.text("greeting", name=turn.person.name.split(" ")[0]), self._menu(turn))

    def _menu(self, turn: Turn) -> tuple[tuple[Button, ...], ...]:
        return ((Button(turn.text("do-new"), "n:new", "primary"), Button(turn.text("do-my"), "n:my")),)

    async def _cancel(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        if turn.memory.current is None:
            await turn.tell(Reply(turn.text("nothing-to-cancel"), self._menu(turn)))
            return
        await stage.step(turn, turn.memory.stack[-1], Said(choice="cancel"))

    async def _lang(self, turn: Turn, argument: str, stage: Stage) -> None:
        wanted = argument.casefold() if argument.casefold() in LANGUAGES else None
        language = wanted or ("en" if turn.language == "ru" else "ru")
        await self._people.set_language(turn.scope, turn.person, language)
        turn.speak(language)
        await turn.tell(Reply(turn.text("language-set")))
        if turn.memory.current:
            await stage.show(turn)

    async def navigate(self, turn: Turn, where: str, stage: Stage) -> None:
        """The buttons that lead somewhere; in private only."""
        if not turn.event.is_private:
            raise Refused("only-in-private")
        what, _, message_id = where.partition(":")
        undecided = turn.memory.undecided
        match what:
            case "new":
                await self._new(turn, "", stage)
            case "over":
                await self._start(turn, stage)
            case "resume" if turn.memory.current:
                await stage.show(turn)
            case "my":
                await self._my(turn, "", stage)
            case "nothing":
                turn.memory.undecided = None
                await turn.amend(Reply(turn.text("fine")))
            case _ if undecided and undecided.message_id == message_id:
                await self._decided(turn, what, undecided, stage)
            case "file" if not turn.event.message_id:  # typed, the words dealt with: the command of this name
                await self._new(turn, "", stage)
            case _:
                await turn.tell(Reply(turn.text("stale-nothing"), self._menu(turn)))

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
        await turn.amend(await self.hearing.hear(turn, request.id, said))
