"""Each night: what is kept of guests no longer than the hotel has said, and of hidden cards no longer than needed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from domain.portal import Hotel
from handlers.scope import Scopes
from storage import guest_cards, lookups, retention, run_items
from storage.database import Tx

log = structlog.get_logger()

HIDDEN_KEPT, SHOWN_KEPT = timedelta(days=1), timedelta(days=30)


class Retention:
    """Forgets, in short transactions."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def tidy(self, portal_id: int) -> None:
        """Look-ups and differences of runs older than ``retention_days``, and stays that ended before; 0: none.

        Stays the next read would bring back are kept, whatever the period.
        """
        now = self._scopes.clock()
        async with self._scopes.writing(portal_id) as scope:
            await guest_cards.purge(scope.tx, hidden_before=now - HIDDEN_KEPT, shown_before=now - SHOWN_KEPT)
            days = scope.portal.privacy.retention_days
            if days:
                before = now - timedelta(days=days)
                await lookups.purge(scope.tx, portal_id, before=before)
                await run_items.purge(scope.tx, ended_before=before)
        for hotel in self._scopes.portals(portal_id).hotels if days else ():
            await self._expire(portal_id, hotel, days)

    async def _expire(self, portal_id: int, hotel: Hotel, days: int) -> None:
        span = timedelta(days=max(days, hotel.days_back + 1))
        before = self._scopes.clock() - span
        day = before.astimezone(hotel.zone).date()
        gone = await self._all(portal_id, lambda tx: retention.expire_stays(tx, hotel.id, day))
        left = await self._all(portal_id, lambda tx: retention.expire_guests(tx, hotel.id, before))
        if gone or left:
            log.info("retention is over", hotel=hotel.code, stays=gone, guests=left)

    async def _all(self, portal_id: int, some: Callable[[Tx], Awaitable[int]]) -> int:
        total, more = 0, 1
        while more:
            async with self._scopes.writing(portal_id) as scope:
                more = await some(scope.tx)
            total += more
        return total
