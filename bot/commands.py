"""The bot's commands: typed with a slash, by name, or offered as buttons. Here each finds who runs it."""

from collections.abc import Awaitable, Callable

from bot import desk_commands, desk_lists, identity_cards, pages
from bot.callers import CallerCommands, for_whom
from bot.desk_commands import DeskCommands
from bot.desk_lists import DeskLists
from bot.dialogs.base import Stage
from bot.guests import alerts as guest_alerts
from bot.guests import commands as guest_commands
from bot.guests.alerts import AlertCommands
from bot.guests.commands import GuestCommands
from bot.hearing import Hearing
from bot.identity_cards import IdentityCards
from bot.own_requests import OwnRequests
from bot.pages import PageCommands
from bot.person_commands import PersonCommands, menu
from bot.request_actions import RequestActions
from bot.sync_control import SyncCommands
from bot.typed_commands import TypedCommands
from domain.chat import Reply
from domain.ports import Texts
from domain.rights import OF_THE_PORTAL
from handlers.conversations import Turn
from handlers.desk.desk import Desk
from handlers.desk.requests import Requests
from handlers.people import People

CHECKED_HERE = frozenset({"new", "new_for", "my", "link", "lang", "help", "cancel"})
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
        self._rights = requests.rights
        self.sync = sync
        self.guests = guests
        self.identity = identity
        self.alerts = alerts
        self._pages = page_links
        self.callers = CallerCommands(requests)
        self.hearing = Hearing(Desk(requests))
        self.actions = RequestActions(Desk(requests), self.hearing)
        self.own = OwnRequests(requests, self.callers, self.hearing, self.actions)
        self.person = PersonCommands(people)
        self.desk = DeskCommands(Desk(requests), self.actions)
        self.lists = DeskLists(texts, requests)
        self.typed = TypedCommands(texts)
        self._run: dict[str, Callable[[Turn, str, Stage], Awaitable[None]]] = {
            "new": self.own.new,
            "my": self.own.my,
            "request": self.own.request,
            "link": self.person.link,
            "help": self.person.show_help,
            "start": self.person.show_help,
            "cancel": self.person.cancel,
            "lang": self.person.lang,
        }

    async def run(self, turn: Turn, name: str, argument: str, stage: Stage) -> None:
        """One command; an unknown one is answered with the list. Refused when the person or the place doesn't fit."""
        right = "new_for" if name == "new" and for_whom(turn, argument) is not None else name
        if right in CHECKED_HERE:
            place = await self.actions.place(turn, None)
            scope = turn.scope if right in OF_THE_PORTAL else turn.desk
            await self._rights.check(scope, right, None, place)
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
            await self.sync.run(turn, argument)
        elif name in guest_alerts.NAMES:
            await self.alerts.run(turn)
        elif name in pages.NAMES:
            await self._pages.run(turn)
        elif name in guest_commands.NAMES:
            await self.guests.run(turn, name, argument)
        else:
            await turn.tell(Reply(turn.text("unknown-command", command=name), menu(turn)))
