"""Keeps the live doors running: each under a lease, so that one replica listens, and started again whatever ends it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from app.consumers import Intake
from app.doors import LiveDoor
from app.live_watch import LiveWatch
from app.wiring import House
from domain.doors import Told
from domain.errors import Permanent
from domain.portal import Hotel
from handlers.sync.door_news import DoorNews

log = structlog.get_logger()

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
PATIENCE = timedelta(minutes=3)
"""How long a door may be away before the service calls itself broken: IFC8 is restarted now and then."""


class LiveConsumer:
    """One live door of one hotel."""

    def __init__(self, intake: Intake, one: LiveDoor) -> None:
        self._intake = intake
        self._house: House = intake.house
        self._one = one
        self._portal_id = intake.portal.id
        hotel = intake.portal.hotel(one.hotel_code)
        assert hotel is not None
        self._hotel: Hotel = hotel
        self.name = f"door {one.hotel_code} {one.door.name}"
        self.hotel_code, self.door_name = one.hotel_code, one.door.name
        self.listening = False
        self.running = False
        self.fault = ""
        self._away_since: datetime | None = None

    @property
    def lease(self) -> str:
        return lease_name(self._hotel.id, self._one.door.name)

    async def run(self) -> None:
        """Until cancelled. A door that breaks is started again after a pause that grows."""
        async with self._intake.alone(self.lease):
            self.listening = True
            watch = asyncio.create_task(self._watch().run(), name=f"{self.name} watch")
            try:
                await self._keep_listening()
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)

    async def _keep_listening(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            began = self._house.scopes.clock()
            fault = await self._listen()
            self.fault = f"{type(fault).__name__}: {fault}" if fault else "ended"
            if isinstance(fault, Permanent):
                log.warning("a door needs a hand", door=self.name, code=fault.code, detail=fault.detail)
                pause_s = LONGEST_PAUSE_S
            else:
                log.error("a door broke", door=self.name, exc_info=fault)
            if self._house.scopes.clock() - began > PATIENCE:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _watch(self) -> LiveWatch:
        scopes, one = self._house.scopes, self._one
        news, portal_id = DoorNews(scopes), self._portal_id
        return LiveWatch(news, portal_id, self._hotel, one.door.name, one.source, scopes.clock)

    async def _listen(self) -> BaseException | None:
        """Run the door once; what ended it, None when it just returned."""
        task = asyncio.create_task(self._one.source.run(self._deliver), name=self.name)
        self.running = True
        try:
            await asyncio.wait({task})
        finally:
            self.running = False
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return None if task.cancelled() else task.exception()

    async def _deliver(self, news: Sequence[Told]) -> None:
        await self._house.doors.deliver(self._portal_id, self._hotel, self._one.door, news)

    # --- health -----------------------------------------------------------------------------------------

    @property
    def up(self) -> bool:
        """Whether the link stands; True also while another replica holds it."""
        return not self.listening or (self.running and self._one.source.status().ok)

    def state(self) -> tuple[bool, str]:
        """(fine, in words): a door counts as broken when it has been away for minutes."""
        if not self.listening:
            return True, "another replica listens"
        status = self._one.source.status()
        words = ": ".join(filter(None, (status.code, status.detail))) if self.running else self.fault
        now = self._house.scopes.clock()
        if self.up:
            self._away_since = None
            return True, words
        self._away_since = self._away_since or now
        return now - self._away_since < PATIENCE, words


def lease_name(hotel_id: int, door: str) -> str:
    """Under which only one process listens to a door."""
    return f"door:{hotel_id}:{door}"
