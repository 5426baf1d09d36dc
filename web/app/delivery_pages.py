"""What has to leave and hasn't, for support: waiting and given up, the reason in words, another try."""

from aiohttp import web

from domain.people import Role
from web.app.desks import Desks, number_in
from web.app.visits import Page, Visit

SUPPORT = frozenset({Role.SUPPORT})


class DeliveryPages:
    """The outbox of the visitor's portal."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [Page("deliveries", self.show, self.retry, SUPPORT, "menu-deliveries", "page-menu-journals")]

    async def show(self, visit: Visit) -> web.StreamResponse:
        """A page of rows."""
        query = visit.request.query
        before = number_in(query.get("before", ""))
        async with self._desks.reading(visit) as scope:
            found = await self._desks.deliveries.page(scope, query.get("state", "dead"), before)
            zone = scope.portal.desk.zone
        return visit.page("deliveries.html", found=found, before=before, zone=zone)

    async def retry(self, visit: Visit) -> web.StreamResponse:
        """One again, or all that ended for a reason."""
        number = number_in(visit.posted("delivery"))
        if number is not None:
            async with self._desks.doing(visit, "delivery.retry", {"delivery": number}) as scope:
                await self._desks.deliveries.retry(scope, number)
            return visit.go("deliveries", "delivery-retried")
        code = visit.posted("code")
        async with self._desks.doing(visit, "delivery.retry-all", {"code": code}) as scope:
            await self._desks.deliveries.retry_all(scope, code)
        return visit.go("deliveries", "deliveries-retried")
