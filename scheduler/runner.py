"""Runs the clock and the loops of one process: one task per loop, woken or due."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import structlog

from domain.errors import Temporary

log = structlog.get_logger()

MOST_IDLE_S = 5.0
AFTER_FAULT_S = 2.0


class Pumped(Protocol):
    """A loop's work: a step, how long it may sleep, what wakes it."""

    async def work(self) -> int: ...

    async def idle_for(self, most_s: float) -> float: ...


async def pump(
    name: str, pumped: Pumped, wake: asyncio.Event, most_idle_s: Callable[[], float] = lambda: MOST_IDLE_S
) -> None:
    """Work while there is something to do, else sleep until woken or due. Ends by cancellation only."""
    while True:
        try:
            wake.clear()
            if await pumped.work():
                continue
            idle_s = await pumped.idle_for(most_idle_s())
        except Temporary as fault:
            log.warning("loop rests", loop=name, code=fault.code)
            idle_s = AFTER_FAULT_S
        with suppress(TimeoutError):
            async with asyncio.timeout(idle_s):  # wait_for may lose a cancellation before Python 3.12
                await wake.wait()


class Runner:
    """Owns the loops of one process. ``most_idle_s``: how long they may sleep unwoken."""

    def __init__(self, most_idle_s: Callable[[], float] = lambda: MOST_IDLE_S) -> None:
        self._most_idle_s = most_idle_s
        self._tasks: list[asyncio.Task[None]] = []

    def loop(self, name: str, pumped: Pumped, wake: asyncio.Event) -> None:
        """Run a loop until the end."""
        self.task(name, pump(name, pumped, wake, self._most_idle_s))

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

    @property
    def ended(self) -> list[str]:
        """The loops that ended, by name."""
        return [task.get_name() for task in self._tasks if task.done()]

    async def stop(self) -> None:
        """Stop the loops; what they were doing is in the tables."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
