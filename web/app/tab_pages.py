"""The CRM tab's page. Its session is for one item: the portal said that this user may see it, and of no other."""

from aiohttp import web

from domain.errors import Refused
from handlers.settings.crm_tab import CrmTab
from web.app.visits import Page, Visit


class TabPages:
    """The card, and a request about the guest."""

    def __init__(self, tab: CrmTab) -> None:
        self._tab = tab

    def pages(self) -> list[Page]:
        """Reached through the entry alone."""
        return [Page("guest", self.show, self.file, of_item=True)]

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The guest's card and stays."""
        return await self._page(visit, 200)

    async def _page(self, visit: Visit, status: int, **more: str) -> web.StreamResponse:
        found = await self._tab.load(visit.viewer, visit.session.item)
        told = {"question": "", "fault": "", "number": "", **more}
        return visit.page("guest.html", status, found=found, **told)

    async def file(self, visit: Visit) -> web.StreamResponse:
        """«Создать обращение о госте»."""
        question = visit.posted("question")
        try:
            number = await self._tab.file(visit.viewer, visit.session.item, question)
        except Refused as refusal:
            words = visit.fault(refusal.code, **refusal.params)
            return await self._page(visit, 422, question=question, fault=words)
        return await self._page(visit, 200, number=number)
