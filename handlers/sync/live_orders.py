"""A small sync soon after a live door told something: the store knows at once, the CRM follows at its pace.

News come in bursts (a group checks in), so an order waits a moment for what else comes, and one is under way at a time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.portal import Hotel
from handlers.scope import Scopes
from storage import work_orders

SETTLE_S = 3.0
"""After the last news; but no news wait longer than ``AT_LEAST_S``."""
AT_LEAST_S = 10.0
LOOK_AGAIN_S = 1.0

OrderSync = Callable[[int, Hotel, str], Awaitable[object]]


@dataclass(slots=True)
class _News:
    hotel: Hotel
    first_at: float
    last_at: float

    @property
    def due(self) -> float:
        return min(self.last_at + SETTLE_S, self.first_at + AT_LEAST_S)


class LiveOrders:
    """A loop of the scheduler's: ``work`` orders what is due, ``idle_for`` says how long to wait."""

    def __init__(
        self, scopes: Scopes, order: OrderSync, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._scopes = scopes
        self._order = order
        self._monotonic = monotonic
        self._news: dict[tuple[int, int], _News] = {}
        self.wake = asyncio.Event()

    def touch(self, portal_id: int, hotel: Hotel) -> None:
        """Something of this hotel has changed in the store."""
        now = self._monotonic()
        known = self._news.get((portal_id, hotel.id))
        self._news[portal_id, hotel.id] = _News(hotel, known.first_at if known else now, now)
        self.wake.set()

    async def work(self) -> int:
        """Order the syncs that are due; returns how many."""
        now, ordered = self._monotonic(), 0
        for (portal_id, hotel_id), news in list(self._news.items()):
            if news.due > now:
                continue
            if await self._is_running(portal_id, hotel_id):  # it has passed the news by, perhaps
                news.first_at = news.last_at = now + LOOK_AGAIN_S - SETTLE_S
                continue
            if self._news.get((portal_id, hotel_id)) is news:
                del self._news[portal_id, hotel_id]
            await self._order(portal_id, news.hotel, "sync")
            ordered += 1
        return ordered

    async def _is_running(self, portal_id: int, hotel_id: int) -> bool:
        async with self._scopes.reading(portal_id) as scope:
            pending = await work_orders.pending(scope.tx, portal_id, "sync")
        return any(one.state == "taken" and one.params["hotel_id"] == hotel_id for one in pending)

    async def idle_for(self, most_s: float) -> float:
        due = min((news.due for news in self._news.values()), default=None)
        return most_s if due is None else max(0.05, min(most_s, due - self._monotonic()))
