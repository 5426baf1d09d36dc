"""What all use cases of a request share: finding it for the actor, locking it, and writing its history."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain import rights as table
from domain.chat import Address
from domain.errors import Refused
from domain.requests import Action, Fact, Part, Request, possible_actions
from domain.rights import Place
from handlers.desk.attachments import Attachments
from handlers.desk.cards import Cards
from handlers.desk.effects import Effects
from handlers.people import People, reachable
from handlers.rights import Rights
from handlers.scope import Scope
from storage import links, request_history
from storage import requests as rows


class RequestBase:
    """Requests as the actor may see them."""

    def __init__(self, people: People, attachments: Attachments, cards: Cards, effects: Effects) -> None:
        self.people = people
        self.attachments = attachments
        self.cards = cards
        self.effects = effects
        self.rights = Rights(people)

    # --- looking -----------------------------------------------------------------------------------------

    async def get(self, scope: Scope, request_id: int, *, right: str = "summary") -> Request:
        """A request on which the actor holds a right; Refused("no-such-request") when he may not even see it."""
        found = await rows.load(scope.tx, scope.portal.id, request_id)
        return await self._seen(scope, found, "", right)

    async def by_number(self, scope: Scope, number: str) -> Request:
        """A request the actor may see; Refused("no-such-request") otherwise, existing or not."""
        wanted = number.strip().upper()
        return await self._seen(
            scope, await rows.by_number(scope.tx, scope.portal.id, wanted), wanted, "summary"
        )

    async def _seen(self, scope: Scope, found: Request | None, number: str, right: str) -> Request:
        if found is None:
            raise Refused("no-such-request", number=number)
        standings = await self.rights.of(scope, scope.actor, found)
        if not table.allows("summary", standings):
            raise Refused("no-such-request", number=number)
        table.check(right, standings)
        return found

    async def locked(self, scope: Scope, request_id: int) -> Request:
        """A request the actor may see, kept from others until the transaction ends."""
        found = await rows.load(scope.tx, scope.portal.id, request_id, for_update=True)
        return await self._seen(scope, found, "", "summary")

    async def mine(self, scope: Scope, *, limit: int = 10) -> list[Request]:
        """The actor's own requests, open ones first, newest first."""
        assert scope.actor is not None
        return await rows.of_requester(scope.tx, scope.portal.id, scope.actor.id, limit)

    async def waiting_for(self, scope: Scope) -> list[Request]:
        """The actor's requests that wait for a word of his."""
        assert scope.actor is not None
        return await rows.waiting_for(scope.tx, scope.portal.id, scope.actor.id)

    async def history(self, scope: Scope, request: Request) -> Sequence[Fact]:
        """All that happened, oldest first."""
        return await request_history.history(scope.tx, scope.portal.id, request.id)

    async def related(self, scope: Scope, request: Request) -> list[Request]:
        """The requests this one is linked with."""
        ids = await rows.related(scope.tx, scope.portal.id, request.id)
        found = [await rows.load(scope.tx, scope.portal.id, other) for other in ids]
        return [other for other in found if other is not None]

    async def in_thread(self, scope: Scope, address: Address) -> Request | None:
        """The request whose support thread stands at this address."""
        if address.home not in {None, scope.portal.id}:
            return None
        local_id = await links.local_of(scope.tx, scope.portal.id, f"thread:{address.channel}", str(address))
        return await rows.load(scope.tx, scope.portal.id, int(local_id)) if local_id else None

    async def place(self, scope: Scope, request: Request | None, address: Address, *, private: bool) -> Place:
        """Where something happens, as the rights see it."""
        if private:
            return Place.PRIVATE
        here = await self.in_thread(scope, address)
        same = here is not None and (request is None or here.id == request.id)
        return Place.THREAD if same else Place.ANYWHERE

    # --- who ---------------------------------------------------------------------------------------------

    async def parts(self, scope: Scope, request: Request) -> frozenset[Part]:
        """The parts the actor plays in a request."""
        return await self.rights.parts(scope, request)

    async def possible(self, scope: Scope, request: Request) -> tuple[Action, ...]:
        """What the actor may do with a request now."""
        parts = await self.rights.parts(scope, request)
        return possible_actions(request.status, parts, request.waiting_for)

    async def requester_address(self, scope: Scope, request: Request) -> Address | None:
        """Where the requester reads, in the messenger he filed from."""
        if request.requester_id is None:
            return None
        person = await self.people.load(scope, request.requester_id)
        return reachable(person, request.channel) if person else None

    # --- history -----------------------------------------------------------------------------------------

    async def note(
        self, scope: Scope, request: Request, what: str, text: str = "", data: Mapping[str, Any] | None = None
    ) -> Fact:
        """One more line of history, the actor's."""
        actor = scope.actor
        who_id, who = (actor.id, actor.name) if actor else (None, "")
        fact = Fact(what, scope.now, who_id, who, text, dict(data or {}))
        return replace(
            fact, id=await request_history.append_fact(scope.tx, scope.portal.id, request.id, fact)
        )


def first_reply(request: Request, scope: Scope) -> Request:
    """Support has spoken to the requester: the first clock stops."""
    return request if request.first_replied_at else replace(request, first_replied_at=scope.now)
