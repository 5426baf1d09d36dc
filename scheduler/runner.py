"""Runs the clock and the loops: APScheduler for the ticks, one task per loop, a lease so that a tick happens once.

The job store is memory: the clock is rebuilt at each start from the settings, durable work lies in our tables.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC
from typing import Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from domain.errors import Temporary
from scheduler.jobs import Job

log = structlog.get_logger()

MOST_IDLE_S = 5.0
AFTER_FAULT_S = 2.0

TakeTick = Callable[[int, str, float], Awaitable[bool]]
"""Whether this replica may do a tick: portal id, job name, for how many seconds the tick counts."""


class Pumped(Protocol):
    """A loop's work: a step, how long it may sleep, what wakes it."""

    async def work(self) -> int: ...

    async def idle_for(self, most_s: float) -> float: ...


async def pump(name: str, pumped: Pumped, wake: asyncio.Event) -> None:
    """Work while there is something to do, else sleep until woken or due. Ends by cancellation only."""
    while True:
        try:
            wake.clear()
            if await pumped.work():
                continue
            idle_s = await pumped.idle_for(MOST_IDLE_S)
        except Temporary as fault:
            log.warning("loop rests", loop=name, code=fault.code)
            idle_s = AFTER_FAULT_S
        with suppress(TimeoutError):
            async with asyncio.timeout(idle_s):  # wait_for may lose a cancellation before Python 3.12
                await wake.wait()


class Runner:
    """Owns the scheduler and the loops of one process."""

    def __init__(self, take_tick: TakeTick) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._take_tick = take_tick
        self._tasks: list[asyncio.Task[None]] = []

    def loop(self, name: str, pumped: Pumped, wake: asyncio.Event) -> None:
        """Run a loop until the end."""
        self.task(name, pump(name, pumped, wake))

    def task(self, name: str, work: Awaitable[None]) -> asyncio.Task[None]:
        """Run anything else that lasts (a receiver) until the end."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        task.set_name(name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)
        return task

    def forget(self, task: asyncio.Task[None]) -> None:
        """Whoever asked for it ends it himself."""
        self._tasks.remove(task)

    @staticmethod
    def _ended(task: "asyncio.Future[None]") -> None:
        if not task.cancelled() and (fault := task.exception()):
            log.error("loop ended", loop=getattr(task, "get_name", str)(), exc_info=fault)

    def schedule(self, portal_id: int, jobs: Iterable[Job]) -> None:
        """Put a portal's jobs on the clock."""
        for job in jobs:
            self._scheduler.add_job(
                self._tick,
                job.trigger,
                args=(portal_id, job),
                id=f"{portal_id}:{job.name}",
                replace_existing=True,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=300,
            )

    def unschedule(self, portal_id: int) -> None:
        """Take a portal's jobs off the clock."""
        for job in self._scheduler.get_jobs():
            if job.id.startswith(f"{portal_id}:"):
                job.remove()

    async def _tick(self, portal_id: int, job: Job) -> None:
        try:
            if await self._take_tick(portal_id, f"tick:{job.name}", job.every_s):
                await job.work()
        except Temporary as fault:
            log.warning("tick missed", job=job.name, code=fault.code)

    def start(self) -> None:
        self._scheduler.start()

    @property
    def healthy(self) -> bool:
        """Whether every loop is still running."""
        return all(not task.done() for task in self._tasks)

    @property
    def ended(self) -> list[str]:
        """The loops that ended, by name."""
        return [task.get_name() for task in self._tasks if task.done()]

    async def stop(self) -> None:
        """Stop the clock and the loops; what they were doing is in the tables."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
