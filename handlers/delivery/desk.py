"""What the deliveries of the desk share: the request, its people, its links.

What people see is rendered when it is delivered, so that it is how the request stands then. Foreign ids go into
`links` right after a create; after an unclear create the thing is looked for before it is made again.
"""

from dataclasses import dataclass

from domain.chat import Channel
from domain.errors import Permanent
from domain.people import Person
from domain.portal import Portal
from domain.requests import Request
from handlers.desk.attachments import Attachments
from handlers.desk.cards import Cards
from handlers.outside import OutsideOf
from handlers.people import People
from handlers.scope import Scope, Scopes
from storage import callers, links
from storage import requests as rows
from storage.outbox import Delivery

SETTLE_S = 65.0
"""How long a call whose answer was lost may still be executed over there (decision 8)."""


@dataclass(frozen=True, slots=True)
class DeskTools:
    """What a delivery of the desk works with. ``settle_s`` as ``[bitrix24] settle_seconds``."""

    scopes: Scopes
    outside: OutsideOf
    people: People
    cards: Cards
    attachments: Attachments
    settle_s: float = SETTLE_S

    async def request(self, scope: Scope, delivery: Delivery) -> Request:
        """The row's request. Permanent("no-such-request")."""
        request = await rows.load(scope.tx, delivery.portal_id, delivery.payload["request_id"])
        if request is None:
            raise Permanent("no-such-request", f"request {delivery.payload['request_id']}")
        return request

    async def person(self, scope: Scope, person_id: int | None) -> Person | None:
        """A person by our id, if there is one."""
        return await self.people.load(scope, person_id) if person_id else None

    async def requester(self, scope: Scope, request: Request) -> str:
        """The requester as support knows him: an account's name, a caller's name and phone, or both."""
        person = await self.person(scope, request.requester_id)
        caller = await callers.caller_of(scope.tx, request.portal_id, request.id)
        customer = scope.customer(request.home_id).name if request.home_id else ""
        parts = (person.name if person else "", caller.line if caller else "", customer)
        return " · ".join(filter(None, parts))

    async def link(self, scope: Scope, request: Request, kind: str) -> links.Link | None:
        """What the request is tied to."""
        return await links.get(scope.tx, request.portal_id, kind, "request", str(request.id))


def thread_channels(portal: Portal, connected: frozenset[Channel]) -> tuple[Channel, ...]:
    """Where a portal's support has threads: its own messenger, and Telegram when a forum is named."""
    channels = [Channel.BITRIX24]
    if portal.desk.telegram_support_chat and Channel.TELEGRAM in connected:
        channels.append(Channel.TELEGRAM)
    return tuple(channels)
