"""The first page: every hotel with its doors, the last sync, what needs attention; and «Синхронизировать сейчас»."""

from aiohttp import web

from domain.people import Role
from handlers.settings.overview import Overview
from web.app.visits import Page, Visit

READERS = frozenset({Role.MANAGER, Role.SUPPORT})


class OverviewPages:
    """Managers and support see it, too."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def pages(self) -> list[Page]:
        """Overview, and its two deeds."""
        return [
            Page("overview", self.show, roles=READERS, menu="page-overview"),
            Page("hotels/{code}/sync", send=self.sync, roles=READERS),
            Page("hotels/{code}/resume", send=self.resume, roles=READERS),
        ]

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Everything at a glance."""
        return visit.page("overview.html", 200, state=await self._overview.load(visit.viewer))

    async def sync(self, visit: Visit) -> web.StreamResponse:
        """Order a sync of one hotel."""
        await self._overview.sync_now(visit.viewer, visit.name("code"))
        return visit.go("overview", "sync-ordered")

    async def resume(self, visit: Visit) -> web.StreamResponse:
        """Let the clock order again."""
        await self._overview.resume(visit.viewer, visit.name("code"))
        return visit.go("overview", "sync-resumed")
