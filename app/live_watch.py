"""Beside a live door: tells managers once what they must know, and passes an operator's wish for a resync on."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from domain.errors import ConciergeError
from domain.portal import Hotel
from domain.ports import LiveSource
from handlers.sync.door_news import DoorNews

log = structlog.get_logger()

LOOK_EVERY_S = 3.0
AWAY = timedelta(minutes=5)
"""How long a link may be down before people are told: IFC8 is restarted now and then, and keeps what happens."""


@runtime_checkable
class Noticing(Protocol):
    """A source that notices what somebody has to set right: code → detail."""

    notices: dict[str, str]


@runtime_checkable
class Resyncing(Protocol):
    """A source that can ask for everything anew."""

    def resync(self) -> None: ...


class LiveWatch:
    """Watches one door for as long as it is ours."""

    def __init__(
        self,
        news: DoorNews,
        portal_id: int,
        hotel: Hotel,
        door: str,
        source: LiveSource,
        clock: Callable[[], datetime],
    ) -> None:
        self._news, self._portal_id, self._hotel, self._door = news, portal_id, hotel, door
        self._source, self._clock = source, clock
        self._down_since: datetime | None = clock()
        self._told_away = False
        self._told: set[str] = set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except ConciergeError as fault:  # the store is away: nothing is lost, looked at again
                log.warning("a door's news wait", door=self._door, code=fault.code)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """One look."""
        await self._link()
        if isinstance(self._source, Noticing):
            for code, detail in list(self._source.notices.items()):
                if code not in self._told:
                    self._told.add(code)
                    await self._news.notice(self._portal_id, self._hotel, self._door, code, detail)
        source = self._source
        if isinstance(source, Resyncing) and await self._news.wished(
            self._portal_id, self._hotel, self._door
        ):
            source.resync()

    async def _link(self) -> None:
        now = self._clock()
        if not self._source.status().ok:
            self._down_since = self._down_since or now
            if not self._told_away and now - self._down_since > AWAY:
                self._told_away = True
                await self._news.away(self._portal_id, self._hotel, self._door, self._down_since)
            return
        if self._told_away and self._down_since is not None:
            minutes = round((now - self._down_since).total_seconds() / 60)
            await self._news.back(self._portal_id, self._hotel, self._door, minutes)
        self._down_since, self._told_away = None, False
