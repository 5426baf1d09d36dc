"""The licence as managers see it: the state, until when it is paid, what stops when, whom to ask."""

from aiohttp import web

from domain.people import Role
from handlers import licences
from handlers.settings import deeds
from web.app.desks import Desks, number_in
from web.app.visits import Page, Visit

MANAGERS = frozenset({Role.MANAGER})


class LicencePages:
    """Read only: the vendor sets it. Beside it, the journal of what was done on the pages."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("deeds", self.deeds, None, frozenset(), "menu-deeds", "page-menu-journals"),
            Page("licence", self.show, None, MANAGERS, "menu-licence", "page-menu-journals"),
        ]

    async def show(self, visit: Visit) -> web.StreamResponse:
        async with self._desks.reading(visit) as scope:
            found = await licences.state(scope)
        return visit.page("licence.html", licence=found)

    async def deeds(self, visit: Visit) -> web.StreamResponse:
        """Who retried, paused, exported, edited templates."""
        before = number_in(visit.request.query.get("before", ""))
        async with self._desks.reading(visit) as scope:
            found, older = await deeds.listed(scope, before)
            zone = scope.portal.desk.zone
        return visit.page("deeds.html", found=found, older=older, zone=zone)
