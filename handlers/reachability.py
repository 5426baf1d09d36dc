"""Whether a person can be reached in a messenger: a bot that was blocked is noticed once, and words go elsewhere."""

from domain.chat import Address, Channel
from domain.people import Person
from domain.requests import Request
from handlers import outgoing
from handlers.people import People, reach
from handlers.scope import Scope
from storage import people as rows
from storage import requests as request_rows

UNREACHABLE = frozenset({"telegram-blocked", "telegram-not-started", "telegram-user-gone"})
"""What a messenger answers when a person doesn't let the bot write to him."""
NAMES = {Channel.BITRIX24: "channel-bitrix24", Channel.TELEGRAM: "channel-telegram"}


class Reachability:
    """Keeps what is known of it with the person."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def shut_out(self, scope: Scope, address: Address) -> bool:
        """Whether writing to a private chat is known to be in vain."""
        person = await self._at(scope, address)
        return person is not None and address.channel in person.blocked

    async def elsewhere(self, scope: Scope, address: Address) -> Address | None:
        """Where the person of a private chat can be reached instead."""
        person = await self._at(scope, address)
        found = reach(person, address.channel) if person else None
        return found if found != address else None

    async def lost(self, scope: Scope, address: Address) -> None:
        """The person doesn't let us write there: noted, and told once to the desk of his open requests."""
        person = await self._at(scope, address)
        if person is not None and await rows.set_blocked(scope.tx, person.id, address.channel, blocked=True):
            other = await self.elsewhere(scope, address)
            await self._tell(scope, person, address.channel, other.channel if other else None)

    async def regained(self, scope: Scope, address: Address) -> None:
        """He lets us write again."""
        person = await self._at(scope, address)
        if person is None or address.channel not in person.blocked:
            return
        await rows.set_blocked(scope.tx, person.id, address.channel, blocked=False)
        at_desk = scope.at_desk()
        desk = at_desk.speaking(at_desk.portal.language)
        words = desk.text("requester-reachable", channel=desk.text(NAMES[address.channel]))
        for request in await self._open_of(scope, person):
            await outgoing.to_threads(at_desk, request.id, words)

    async def _tell(self, scope: Scope, person: Person, channel: Channel, other: Channel | None) -> None:
        at_desk = scope.at_desk()
        desk = at_desk.speaking(at_desk.portal.language)
        name = desk.text(NAMES[channel])
        if other is None:
            words = desk.text("requester-unreachable", channel=name)
        else:
            words = desk.text("requester-unreachable-elsewhere", channel=name, other=desk.text(NAMES[other]))
        for request in await self._open_of(scope, person):
            await outgoing.to_threads(at_desk, request.id, words)

    @staticmethod
    async def _open_of(scope: Scope, person: Person) -> list[Request]:
        mine = await request_rows.of_requester(scope.tx, scope.portal.served_at, person.id, 100)
        return [request for request in mine if request.is_open]

    @staticmethod
    async def _at(scope: Scope, address: Address) -> Person | None:
        if address.topic is not None or address.channel not in NAMES:
            return None
        return await rows.find_by_account(scope.tx, scope.portal.id, address.channel, address.chat)
