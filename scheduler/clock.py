"""The clock of one process over all portals it serves: moments in a heap, looks once a minute, each done once.

Which moment was seen to lies in a table, so a portal that moves takes its clock with it: what its last owner has done
isn't done again, what he missed is. Everything is done in the portal's turn and ends with it.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from domain.errors import ConciergeError
from domain.portal import Portal
from domain.ports import Clock as Now
from scheduler.jobs import Chore, Job

log = structlog.get_logger()

MINUTE_S = 60.0
MOST_S = 20.0
"""The heap is looked at no more seldom than this: the machine's clock may be set."""
AT_ONCE = 8
FIRST_LOOK = timedelta(seconds=5)

TakeMoment = Callable[[int, str, datetime], Awaitable[bool]]
"""Whether a moment is ours to see to: portal id, job's name, when it was due."""
LastMoments = Callable[[int], Awaitable[Mapping[str, datetime]]]
"""Of a portal, the last moment seen to by job."""
InTurn = Callable[[int, Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
"""Runs something in a portal's turn; raises when it isn't ours."""


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    ticket: int
    portal_id: int = field(compare=False)
    job: Job = field(compare=False)


class Clock:
    """Jobs and chores. ``run`` until cancelled."""

    def __init__(self, take: TakeMoment, last: LastMoments, in_turn: InTurn, now: Now) -> None:
        self._take = take
        self._last = last
        self._in_turn = in_turn
        self._now = now
        self._heap: list[_Due] = []
        self._tickets = count()
        self._life: dict[int, int] = {}
        self._portals: dict[int, Portal] = {}
        self._chores: list[Chore] = []
        self._next: dict[tuple[str, int], datetime] = {}
        self._busy: set[tuple[str, int]] = set()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._minute_at: datetime | None = None
        self._wake = asyncio.Event()

    def looks(self, chores: Iterable[Chore]) -> None:
        """What is looked at for every portal."""
        self._chores = list(chores)

    async def add(self, portal_id: int, jobs: Iterable[Job], portal: Portal | None = None) -> None:
        """Put a portal on the clock; 0 without a portal: the whole service."""
        known = await self._last(portal_id)
        self.remove(portal_id)
        now = self._now()
        for job in jobs:
            last = known.get(job.name)
            if last is None:  # it begins now, wherever it goes on
                await self._take(portal_id, job.name, now)
            self._put(portal_id, job, job.after(last, now))
        if portal is not None:
            self._portals[portal_id] = portal
            for chore in self._chores:
                self._next[chore.name, portal_id] = now + FIRST_LOOK
            self._minute_at = min(self._minute_at or now, now + FIRST_LOOK)
        self._wake.set()

    def remove(self, portal_id: int) -> None:
        """Take a portal off the clock."""
        if any(due.portal_id == portal_id for due in self._heap):
            self._heap = [due for due in self._heap if due.portal_id != portal_id]
            heapq.heapify(self._heap)
        self._portals.pop(portal_id, None)
        for chore in self._chores:
            self._next.pop((chore.name, portal_id), None)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            await self.work()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._idle_s()):
                    await self._wake.wait()

    async def work(self) -> None:
        """Begin everything that is due now."""
        now = self._now()
        while self._heap and self._heap[0].at <= now:
            due = heapq.heappop(self._heap)
            self._put(due.portal_id, due.job, due.job.after(due.at, now))
            self._start(due.job.name, due.portal_id, self._tick(due))
        if self._minute_at is None or self._minute_at <= now:
            self._minute_at = now + timedelta(seconds=MINUTE_S)
            for chore in self._chores:
                await self._look(chore, now)
        if self._next:
            self._minute_at = min(self._minute_at, now + timedelta(seconds=MINUTE_S))

    async def _look(self, chore: Chore, now: datetime) -> None:
        due = {portal_id for portal_id in self._portals if self._next[chore.name, portal_id] <= now}
        resting = self._portals.keys() - due
        try:
            if chore.among is not None and resting:
                due |= set(await chore.among(resting)) & self._portals.keys()
        except ConciergeError as fault:
            log.warning("nobody knows what is due", job=chore.name, code=fault.code)
        for portal_id in sorted(due):
            self._start(chore.name, portal_id, self._chore(chore, portal_id))

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

    async def _tick(self, due: _Due) -> None:
        with bound_contextvars(portal=due.portal_id):
            async with self._few:
                try:
                    if await self._take(due.portal_id, due.job.name, due.at):
                        await due.job.work()
                except ConciergeError as fault:
                    log.warning("tick missed", job=due.job.name, code=fault.code)

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

    def _put(self, portal_id: int, job: Job, at: datetime) -> None:
        heapq.heappush(self._heap, _Due(at, next(self._tickets), portal_id, job))

    def _idle_s(self) -> float:
        moments = [self._heap[0].at] if self._heap else []
        if self._minute_at is not None:
            moments.append(self._minute_at)
        if not moments:
            return MOST_S
        return min(max((min(moments) - self._now()).total_seconds(), 0.05), MOST_S)

    @property
    def portals(self) -> Collection[int]:
        """The portals on the clock."""
        return self._portals.keys()
