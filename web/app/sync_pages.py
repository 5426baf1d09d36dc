"""The syncs on pages: how each hotel stands, its runs and what came of them, what isn't in the CRM, and the levers."""

from aiohttp import web

from domain.errors import Refused
from domain.people import Role
from handlers.settings.syncs import ITEM_STATES, ORDERED
from web.app.desks import Desks, hotel_of, hotels_of, number_in, page_in
from web.app.visits import Page, Visit

OPERATORS = frozenset({Role.MANAGER, Role.SUPPORT})


class SyncPages:
    """For managers and support of a hotel, and for admins."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("syncs", self.overview, None, OPERATORS, "menu-syncs", "page-menu-journals"),
            Page("syncs/{code}", self.hotel, self.act, OPERATORS),
            Page("syncs/{code}/runs/{run}", self.run, None, OPERATORS),
            Page("syncs/{code}/failures", self.failures, self.retry, OPERATORS),
        ]

    async def overview(self, visit: Visit) -> web.StreamResponse:
        """Every hotel of the visitor's, one card each."""
        async with self._desks.reading(visit) as scope:
            standings = await self._desks.syncs.overview(scope, hotels_of(visit, scope))
        return visit.page("sync_overview.html", standings=standings)

    async def hotel(self, visit: Visit) -> web.StreamResponse:
        """One hotel: how it stands, what can be done, its history."""
        async with self._desks.reading(visit) as scope:
            hotel, page = hotel_of(visit, scope), page_in(visit)
            standing = await self._desks.syncs.standing(scope, hotel)
            lines, older = await self._desks.syncs.history(scope, hotel, page)
        return visit.page(
            "sync_hotel.html", hotel=hotel, standing=standing, lines=lines, page=page, older=older
        )

    async def act(self, visit: Visit) -> web.StreamResponse:
        """Order a run, pause or resume the clock."""
        wanted = visit.posted("do")
        code = visit.name("code")
        if wanted in ORDERED:
            async with self._desks.doing(visit, "sync.order", {"hotel": code, "mode": wanted}) as scope:
                await self._desks.syncs.order(scope, hotel_of(visit, scope), wanted)
            return visit.go(f"syncs/{code}", "run-ordered")
        if wanted not in {"pause", "resume"}:
            raise Refused("unknown-button")
        async with self._desks.doing(visit, f"sync.{wanted}", {"hotel": code}) as scope:
            hotel = hotel_of(visit, scope)
            if wanted == "pause":
                await self._desks.syncs.pause(scope, hotel)
            else:
                await self._desks.syncs.resume(scope, hotel)
        return visit.go(f"syncs/{code}", f"clock-{wanted}d")

    async def run(self, visit: Visit) -> web.StreamResponse:
        """One run with its records."""
        query = visit.request.query
        run_id, after = number_in(visit.name("run")), number_in(query.get("after", "")) or 0
        state = query.get("state", "")
        async with self._desks.reading(visit) as scope:
            hotel = hotel_of(visit, scope)
            found = await self._desks.syncs.run(scope, hotel, run_id or 0, state, after)
        return visit.page("sync_run.html", hotel=hotel, run=found, states=ITEM_STATES, after=after)

    async def failures(self, visit: Visit) -> web.StreamResponse:
        """What isn't in the CRM, by cause."""
        async with self._desks.reading(visit) as scope:
            hotel = hotel_of(visit, scope)
            cause = visit.request.query.get("cause", "")
            found = await self._desks.syncs.failures(scope, hotel, cause, page_in(visit))
        return visit.page("sync_failures.html", hotel=hotel, found=found)

    async def retry(self, visit: Visit) -> web.StreamResponse:
        """One record again, all of a cause, or everything."""
        code, cause, item = visit.name("code"), visit.posted("cause"), number_in(visit.posted("item"))
        data = {"hotel": code, "item": item, "cause": cause}
        async with self._desks.doing(visit, "sync.retry", data) as scope:
            await self._desks.syncs.retry(scope, hotel_of(visit, scope), item=item, cause=cause or None)
        kept = {"cause": cause} if cause else {}
        return visit.go(f"syncs/{code}/failures", "retry-ordered", **kept)
