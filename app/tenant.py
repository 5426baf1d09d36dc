"""What runs for one portal while it is ours: its bot's consumer, Telegram's, its live doors, its jobs on the clock."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from app.consumers import Intake, PortalConsumer, TelegramConsumer
from app.live import LiveConsumer
from app.metrics import Metrics
from app.portals import Served
from app.wiring import House
from scheduler.clock import Clock
from scheduler.jobs import jobs_of
from scheduler.runner import Runner
from web.health import PartState

QUIET_AFTER = timedelta(minutes=3)


class Tenant:
    """One portal at work in this process."""

    def __init__(self, house: House, served: Served, runner: Runner, metrics: Metrics) -> None:
        self.served = served
        self._house = house
        self._runner = runner
        intake = Intake(house, served, metrics)
        self.consumer = PortalConsumer(intake)
        self.telegram = TelegramConsumer(intake)
        self.live = [LiveConsumer(intake, one) for one in served.live]
        self._tasks: list[asyncio.Task[None]] = []
        self._clock: Clock | None = None

    @property
    def portal_id(self) -> int:
        return self.served.portal.id

    async def begin(self, clock: Clock) -> None:
        """Everything of this portal up; the portal may still be away, then we say so and keep trying."""
        house, served = self._house, self.served
        async with house.scopes.writing(self.portal_id) as scope:
            await house.people.apply_settings(scope, served.settings.grants())
            await house.guests.reindex_behind(scope)
        self._last(f"portal {served.portal.key}", self.consumer.run())
        if served.settings.telegram.enabled:
            self._last(f"telegram {served.portal.key}", self.telegram.run())
        for door in self.live:
            self._last(door.name, door.run())
        jobs = jobs_of(served.portal, house.syncs.order_scheduled, self._tidy)
        await clock.add(self.portal_id, jobs, served.portal)
        self._clock = clock

    def _last(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Until the end of our turn, or ours."""
        task = self._house.scopes.turns.begin(self.portal_id, work, name, patient=False)
        self._tasks.append(self._runner.task(name, task))

    def quiet(self) -> None:
        """Ask the portal for nothing new; what is in hand goes on."""
        if self.consumer.receiver is not None:
            self.consumer.receiver.stop()

    async def end(self) -> None:
        """Everything of this portal down; what was under way lies in the tables."""
        self.quiet()
        if self._clock is not None:
            self._clock.remove(self.portal_id)
        for task in self._tasks:
            self._runner.forget(task)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _tidy(self) -> None:
        """Each night."""
        await self._house.retention.tidy(self.portal_id)
        await self._house.file_tidying.sweep(self.portal_id)

    # --- health -----------------------------------------------------------------------------------------

    def state(self) -> PartState:
        """Whether the portal lets us work."""
        if self.consumer.fault:
            return PartState(ok=False, detail=self.consumer.fault)
        seen = self.consumer.receiver.last_poll_at if self.consumer.receiver else None
        if seen is not None and self._house.scopes.clock() - seen > QUIET_AFTER:
            return PartState(ok=False, detail="the portal hasn't answered a poll for three minutes")
        return PartState(ok=True)
