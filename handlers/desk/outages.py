"""Known outages: declared and ended by support, shown to whoever is about to file, joined with one tap."""

from collections.abc import Sequence

from domain.chat import Channel, Reply
from domain.errors import Refused
from domain.requests import Request
from domain.rights import hotels_of
from domain.similar import most_alike
from handlers import outgoing
from handlers.desk.duplicates import Duplicates, Facts
from handlers.desk.requests import Requests
from handlers.people import reach
from handlers.scope import Scope
from storage import outages as rows
from storage import votes
from storage.outages import Outage

TEXT_CHARS = 500
SHOWN = 3


class Outages:
    """What is broken for many right now."""

    def __init__(self, requests: Requests, duplicates: Duplicates) -> None:
        self._requests = requests
        self._duplicates = duplicates

    async def declare(self, scope: Scope, text: str, request: Request | None = None) -> Outage:
        """Support says that something is down; in a request's thread it is worked on in that request."""
        await self._requests.rights.check(scope, "outage", request)
        clean = " ".join(scope.clean(text).split())[:TEXT_CHARS]
        if not clean:
            raise Refused("outage-text-needed")
        if request is not None and not request.is_open:
            raise Refused("request-closed", number=request.number)
        outage_id = await rows.start(
            scope.tx,
            scope.portal.id,
            clean,
            hotel_id=request.hotel_id if request else None,
            request_id=request.id if request else None,
            by=scope.actor.id if scope.actor else None,
            now=scope.now,
        )
        if request is not None:
            await self._requests.record(scope, request, "outage_declared", clean, {"outage": outage_id})
        found = await rows.load(scope.tx, scope.portal.id, outage_id)
        assert found is not None
        return found

    async def end(self, scope: Scope, outage_id: int) -> Outage:
        """It is over; whoever joined it is told."""
        await self._requests.rights.check(scope, "outage")
        outage = await rows.load(scope.tx, scope.portal.id, outage_id)
        by = scope.actor.id if scope.actor else None
        if outage is None or not await rows.end(scope.tx, scope.portal.id, outage_id, by=by, now=scope.now):
            raise Refused("outage-over")
        for vote in await votes.of_outage(scope.tx, scope.portal.id, outage_id):
            await self._tell_over(scope, outage, vote)
        if outage.request_id is not None:
            request = await self._requests.locked(scope, outage.request_id)
            await self._requests.record(scope, request, "outage_ended", outage.text, {"outage": outage.id})
        return outage

    async def _tell_over(self, scope: Scope, outage: Outage, vote: votes.Vote) -> None:
        person = await self._requests.people.load(scope, vote.person_id)
        address = reach(person, vote.channel) if person else None
        if person is not None and address is not None:
            theirs = scope.speaking(person.language)
            await outgoing.post(scope, address, Reply(theirs.text("outage-over-told", text=outage.text)))

    async def lasting(self, scope: Scope) -> list[Outage]:
        """What is down for the actor's hotels, newest first."""
        assert scope.actor is not None
        hotels = hotels_of(scope.actor, scope.portal)
        return await rows.lasting(scope.tx, scope.portal.id, hotels)

    async def all_lasting(self, scope: Scope) -> list[Outage]:
        """What is down anywhere; for support."""
        await self._requests.rights.check(scope, "outage")
        return await rows.lasting(scope.tx, scope.portal.id)

    async def similar(self, scope: Scope, text: str) -> Sequence[Outage]:
        """The outages that tell of the same as the words."""
        told = [(one.text, one) for one in await self.lasting(scope)]
        return [one for _, one in most_alike(text, told, limit=SHOWN)]

    async def join(
        self, scope: Scope, outage_id: int, facts: Facts, channel: Channel
    ) -> tuple[Outage, Request | None]:
        """«Это оно»: a vote, for the request it is worked on in if there is one (which is returned too)."""
        assert scope.actor is not None
        await self._requests.rights.check(scope, "outage_join")
        outage = next((one for one in await self.lasting(scope) if one.id == outage_id), None)
        if outage is None:
            raise Refused("outage-over")
        if outage.request_id is None:
            await votes.add(
                scope.tx, scope.portal.id, scope.actor.id, channel, scope.now, outage_id=outage.id
            )
            return outage, None
        request, _ = await self._duplicates.join(scope, outage.request_id, facts, channel)
        return outage, request
