"""The clock of one process over all portals it serves: APScheduler's moments, and looks once a minute, each done once.

Which moment was seen to lies in a table, so a portal that moves takes its clock with it: what its last owner has done
isn't done again, what he missed is. Everything is done in the portal's turn and ends with it. The job store is memory:
it is filled anew from the settings and that table whenever a portal becomes ours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from structlog.contextvars import bound_contextvars

from domain.errors import ConciergeError
from domain.portal import Portal
from domain.ports import Clock as Now
from scheduler.jobs import Chore, Job

log = structlog.get_logger()

MINUTE_S = 60
AT_ONCE = 8
FIRST_LOOK = timedelta(seconds=5)
LOOKS = "looks"
KEPT = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1, "replace_existing": True}
"""Missed moments are one, and however late that one is seen to; how late is too late says the job."""

TakeMoment = Callable[[int, str, datetime], Awaitable[bool]]
"""Whether a moment is ours to see to: portal id, job's name, when it was due."""
LastMoments = Callable[[int], Awaitable[Mapping[str, datetime]]]
"""Of a portal, the last moment seen to by job."""
InTurn = Callable[[int, Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
"""Runs something in a portal's turn; raises when it isn't ours."""


class _Moments(BaseTrigger):  # type: ignore[misc]
    """The moments of a job after the last one that was seen to. ``due``: the one that is being seen to."""

    def __init__(self, job: Job, last: datetime | None) -> None:
        self._job = job
        self._last = last
        self.due: datetime | None = None

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        self.due = previous
        return self._job.after(previous or self._last, now)


class Clock:
    """Jobs and chores. ``run`` until cancelled."""

    def __init__(self, take: TakeMoment, last: LastMoments, in_turn: InTurn, now: Now) -> None:
        self._take = take
        self._last = last
        self._in_turn = in_turn
        self._now = now
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._ids: dict[int, list[str]] = {}
        self._portals: dict[int, Portal] = {}
        self._chores: list[Chore] = []
        self._next: dict[tuple[str, int], datetime] = {}
        self._busy: set[tuple[str, int]] = set()
        self._few = asyncio.Semaphore(AT_ONCE)

    def looks(self, chores: Iterable[Chore]) -> None:
        """What is looked at for every portal."""
        self._chores = list(chores)
        self._scheduler.add_job(self._look, IntervalTrigger(seconds=MINUTE_S), id=LOOKS, **KEPT)

    async def add(self, portal_id: int, jobs: Iterable[Job], portal: Portal | None = None) -> None:
        """Put a portal on the clock; 0 without a portal: the whole service."""
        known = await self._last(portal_id)
        self.remove(portal_id)
        now = self._now()
        for job in jobs:
            last = known.get(job.name)
            if last is None:  # it begins now, wherever it goes on
                await self._take(portal_id, job.name, now)
            moments = _Moments(job, last or now)
            job_id = f"{portal_id}:{job.name}"
            self._scheduler.add_job(self._moment, moments, args=(portal_id, job, moments), id=job_id, **KEPT)
            self._ids.setdefault(portal_id, []).append(job_id)
        if portal is not None:
            self._portals[portal_id] = portal
            for chore in self._chores:
                self._next[chore.name, portal_id] = now + FIRST_LOOK
            self._look_by(now + FIRST_LOOK)

    def remove(self, portal_id: int) -> None:
        """Take a portal off the clock."""
        for job_id in self._ids.pop(portal_id, ()):
            self._scheduler.remove_job(job_id)
        self._portals.pop(portal_id, None)
        for chore in self._chores:
            self._next.pop((chore.name, portal_id), None)

    async def run(self) -> None:
        """Until cancelled."""
        self._scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            self._scheduler.shutdown(wait=False)

    def wake(self) -> None:
        """Begin what is due now: the machine's clock was set."""
        if self._scheduler.running:
            self._scheduler.wakeup()

    # --- moments ----------------------------------------------------------------------------------------

    async def _moment(self, portal_id: int, job: Job, moments: _Moments) -> None:
        assert moments.due is not None
        self._start(job.name, portal_id, self._tick(portal_id, job, moments.due))

    async def _tick(self, portal_id: int, job: Job, due: datetime) -> None:
        with bound_contextvars(portal=portal_id):
            async with self._few:
                try:
                    if await self._take(portal_id, job.name, due.astimezone(UTC)):
                        await job.work()
                except ConciergeError as fault:
                    log.warning("tick missed", job=job.name, code=fault.code)

    # --- looks ------------------------------------------------------------------------------------------

    def _look_by(self, at: datetime) -> None:
        looks = self._scheduler.get_job(LOOKS)
        if looks is not None and (getattr(looks, "next_run_time", None) or at) >= at:
            looks.modify(next_run_time=at)

    async def _look(self) -> None:
        now = self._now()
        for chore in self._chores:
            await self._look_for(chore, now)

    async def _look_for(self, chore: Chore, now: datetime) -> None:
        due = {portal_id for portal_id in self._portals if self._next[chore.name, portal_id] <= now}
        resting = self._portals.keys() - due
        try:
            if chore.among is not None and resting:
                due |= set(await chore.among(resting)) & self._portals.keys()
        except ConciergeError as fault:
            log.warning("nobody knows what is due", job=chore.name, code=fault.code)
        for portal_id in sorted(due):
            self._start(chore.name, portal_id, self._chore(chore, portal_id))

    async def _chore(self, chore: Chore, portal_id: int) -> None:
        with bound_contextvars(portal=portal_id):
            async with self._few:
                try:
                    found = bool(await chore.work(portal_id))
                except ConciergeError as fault:
                    log.warning("tick missed", job=chore.name, code=fault.code)
                    again = self._now() + timedelta(seconds=MINUTE_S)
                else:
                    again = chore.rest(self._portals[portal_id], self._now(), found)
        if portal_id in self._portals:
            self._next[chore.name, portal_id] = again

    # --- both -------------------------------------------------------------------------------------------

    def _start(self, name: str, portal_id: int, work: Coroutine[Any, Any, None]) -> None:
        key = (name, portal_id)
        if key in self._busy:
            work.close()
            return
        try:
            task = self._in_turn(portal_id, work, f"{name}-{portal_id}")
        except ConciergeError:  # the portal has just passed on
            return
        self._busy.add(key)
        task.add_done_callback(lambda done: self._ended(key, done))

    def _ended(self, key: tuple[str, int], task: "asyncio.Task[None]") -> None:
        self._busy.discard(key)
        if not task.cancelled() and (fault := task.exception()):
            log.error("a job broke", job=key[0], portal=key[1], exc_info=fault)
