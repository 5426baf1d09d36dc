"""Whose turn it is: which portals this process serves, for how long it may say so, and what it is doing for each.

Without an :class:`~handlers.ownership.Ownership` (SQLite, commands, tests) every portal is served and nothing is fenced.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, TypeVar

from domain.errors import Temporary
from storage import replicas
from storage.leases import WHOLE_SERVICE, Lease
from storage.replicas import Within
from storage.scope import fence

T = TypeVar("T")


def counting_stops() -> float:
    """Seconds that go on while the process, or the whole machine, stands still."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class NotOursError(Temporary):
    """The portal is another process's now."""

    def __init__(self, portal_id: int) -> None:
        super().__init__("not-ours", f"portal {portal_id}")


class Turns:
    """The portals of this process. ``monotonic`` must count the time for which a process was stopped."""

    def __init__(self, monotonic: Callable[[], float] = counting_stops) -> None:
        self._monotonic = monotonic
        self._leases: dict[int, Lease] = {}
        self._leaving: set[int] = set()
        self._tasks: dict[int, dict[asyncio.Task[Any], bool]] = defaultdict(dict)
        self.owner: str | None = None
        """Under which name portals are held; None: nobody else is there."""
        self.only: int | None = None
        """Of a command that works orders off itself: the one portal it does that for."""
        self.until = 0.0
        """Until when everything held is ours for sure."""

    def now(self) -> float:
        """Seconds, by the clock of :attr:`until`."""
        return self._monotonic()

    # --- what is ours -----------------------------------------------------------------------------------

    @property
    def held(self) -> frozenset[int]:
        """The portals we hold, also those we are giving up."""
        return frozenset(self._leases)

    @property
    def leaving(self) -> tuple[int, ...]:
        """Portals we are giving up: nothing new is begun for them."""
        return tuple(sorted(self._leaving))

    def serves(self, portal_id: int) -> bool:
        """Whether we may begin something for a portal now; the whole service's work is anybody's."""
        if self.owner is None or portal_id == WHOLE_SERVICE:
            return True
        return portal_id in self._leases and portal_id not in self._leaving and self._certain

    def among(self, portal_ids: Collection[int]) -> list[int]:
        """Those of these portals we may begin something for."""
        return [one for one in portal_ids if self.serves(one)]

    @property
    def _certain(self) -> bool:
        return self._monotonic() < self.until

    def may_send(self, portal_id: int) -> None:
        """Right before a call to a portal leaves; NotOursError when we were stopped, or the portal has passed on.

        A page or a command, which is nobody's turn, may ask any portal.
        """
        if self.owner is None:
            return
        turn, lease = fence.get(), self._leases.get(portal_id)
        if turn is not None and turn[0] == portal_id and (lease is None or lease.fence != turn[1]):
            raise NotOursError(portal_id)
        if lease is not None and not self._certain:
            raise NotOursError(portal_id)

    @property
    def within(self) -> Within:
        """For claims: only rows of portals we may begin something for."""
        return self.within_but(())

    def within_but(self, busy: Collection[int]) -> Within:
        """As :attr:`within`, without portals that have enough under way."""
        if self.only is not None:
            return replicas.just(self.only)
        if self.owner is None:
            return replicas.but(busy) if busy else replicas.EVERYWHERE
        return replicas.owned_by(self.owner, sorted({*self._leaving, *busy}))

    # --- work -------------------------------------------------------------------------------------------

    def begin(
        self, portal_id: int, work: Coroutine[Any, Any, T], name: str, *, patient: bool = True
    ) -> asyncio.Task[T]:
        """Do something for a portal in a task of its own, fenced, and ended with our turn.

        ``patient``: when the turn ends on purpose, it is let come to its end; else (it has none, or a far one) cut off.
        """
        if not self.serves(portal_id):
            work.close()
            raise NotOursError(portal_id)
        context = copy_context()
        context.run(fence.set, self._fence(portal_id))
        task = asyncio.create_task(work, name=name, context=context)
        tasks = self._tasks[portal_id]
        tasks[task] = patient
        task.add_done_callback(lambda done: tasks.pop(done, None))
        return task

    @contextmanager
    def of(self, portal_id: int) -> Iterator[None]:
        """Do something for a portal right here, fenced; NotOursError when it isn't ours."""
        if not self.serves(portal_id):
            raise NotOursError(portal_id)
        token = fence.set(self._fence(portal_id))
        try:
            yield
        finally:
            fence.reset(token)

    def _fence(self, portal_id: int) -> tuple[int, int] | None:
        lease = self._leases.get(portal_id)
        return (portal_id, lease.fence) if lease is not None else None

    # --- for whoever takes and gives the portals --------------------------------------------------------

    def take(self, lease: Lease) -> None:
        """A portal is ours from now on."""
        self._leases[lease.portal_id] = lease
        self._leaving.discard(lease.portal_id)

    def leave(self, portal_id: int) -> None:
        """Begin nothing new for a portal."""
        self._leaving.add(portal_id)

    def drop(self, portal_id: int) -> None:
        """A portal is ours no more."""
        self._leases.pop(portal_id, None)
        self._leaving.discard(portal_id)

    async def end(self, portal_id: int, patience_s: float) -> None:
        """Let what is under way for a portal come to its end, then cut it off."""
        tasks = self._tasks.pop(portal_id, {})
        patient = {task for task, patient in tasks.items() if patient}
        for task in tasks.keys() - patient:
            task.cancel()
        if patient and patience_s > 0:
            await asyncio.wait(patient, timeout=patience_s)
        for task in patient:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
