"""Shares the portals among the processes on one PostgreSQL: each portal has one owner, each owner its fair share.

A beat every two seconds keeps everything held for eight more. Whoever has too many gives the surplus back when what is
under way for it has ended; whoever has too few takes what is free. A process that was stopped for longer finds itself
declared dead: it drops everything and begins anew under another name. On SQLite, with its one process, every portal is
simply served.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime
from itertools import count

import structlog

from domain.errors import ConciergeError, Temporary
from handlers.turns import NotOursError, Turns
from storage import Database, Tx, portals, replicas
from storage.replicas import Standing
from storage.wakes import Wakes

log = structlog.get_logger()

LEASE_S, BEAT_S = 8.0, 2.0
MARGIN_S = 0.5
"""By so much our own view of a lease ends before everybody else's."""
PATIENCE_S = 3.0
"""For what is under way when a portal is given up on purpose."""
ALONE_LOOK_S = 15.0
AT_ONCE = 8
"""Portals begun at the same time."""
FREE = "ownership"
"""The word that portals are free, or new."""

Moved = Callable[[int], Awaitable[None]]


class Ownership:
    """The portals of this process. ``gained`` and ``lost`` hear of each; :meth:`run` until :meth:`stop`."""

    def __init__(
        self,
        db: Database,
        turns: Turns,
        wakes: Wakes,
        name: str,
        *,
        version: str = "",
        moment: Callable[[Tx], Awaitable[datetime]] = replicas.moment,
    ) -> None:
        self._db = db
        self.turns = turns
        self._wakes = wakes
        self._name = name
        self._version = version
        self._moment = moment
        self._lives = count(1)
        self._wake = asyncio.Event()
        self._handing: asyncio.Task[None] | None = None
        self._stopping = False
        self.alone = db.dialect == "sqlite"
        """Whether there can be no other process."""
        self._known: set[int] = set()
        self._gaining: dict[int, asyncio.Task[None]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)
        self.gained: list[Moved] = []
        self.lost: list[Moved] = []
        self.standing = Standing(1, 0, 0)
        wakes.on(FREE, lambda _portal_id: self._wake.set())

    @property
    def owned(self) -> frozenset[int]:
        """The portals this process serves."""
        return frozenset(self._known) if self.alone else self.turns.held - set(self.turns.leaving)

    def look(self) -> None:
        """There may be portals nobody serves: look at once, here and elsewhere."""
        self._wakes.tell(FREE, 0)

    async def run(self) -> None:
        """Beat until cancelled. A database that is away is waited for; what is held ends by itself meanwhile."""
        while True:
            self._wake.clear()
            try:
                await self.beat()
                rest_s = ALONE_LOOK_S if self.alone else BEAT_S
            except Temporary as fault:
                log.warning("no beat", code=fault.code)
                rest_s = BEAT_S / 4
            try:
                async with asyncio.timeout(rest_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def beat(self) -> None:
        """Renew what is held, declare the dead dead, take or give back until the share is fair."""
        if self.alone:
            await self._look_alone()
            return
        began = self.turns.now()
        if not await self._settle(began):
            await self._reborn(began)
            await self._settle(began)

    async def _reborn(self, began: float) -> None:
        """Nothing is ours any more, and our old name is a dead one's."""
        lost = list(self.turns.held)
        if lost:
            log.error("declared dead: this process stood still for too long", portals=len(lost))
        await asyncio.gather(*(self._drop(portal_id) for portal_id in lost))
        owner = f"{self._name}.{next(self._lives)}"
        async with self._db.transaction() as tx:
            now = await self._moment(tx)
            await replicas.appear(tx, owner, self._version, now=now, lease_s=LEASE_S)
        self.turns.owner = owner
        self.turns.until = began + LEASE_S - MARGIN_S

    async def _settle(self, began: float) -> bool:
        """One beat, and towards a fair share as things stand; False when we are not among the living."""
        turns = self.turns
        if turns.owner is None:
            return False
        async with self._db.transaction() as tx:
            now = await self._moment(tx)
            if not await replicas.beat(tx, turns.owner, len(turns.held), now=now, lease_s=LEASE_S):
                return False
            buried = await replicas.bury(tx, now=now)
            self.standing = standing = await replicas.standing(tx)
            share = math.ceil(standing.portals / max(standing.alive, 1))
        turns.until = began + LEASE_S - MARGIN_S
        lacking = min(share - len(turns.held), standing.free)
        taken = []
        if lacking > 0 and not self._stopping:  # apart: a lock we wait for must not keep us from beating
            async with self._db.transaction() as tx:
                now = await self._moment(tx)
                taken = await replicas.take(tx, turns.owner, now=now, limit=lacking)
        if buried:
            log.warning("processes declared dead", owners=buried)
            self._wakes.tell(FREE, 0)
        for lease in taken:
            self.turns.take(lease)
            self._begin(lease.portal_id)
        if taken:
            log.info("portals taken", taken=len(taken), owned=len(self.turns.held), processes=standing.alive)
        surplus = sorted(self.owned)[share:] if not self._stopping else []
        if surplus and (self._handing is None or self._handing.done()):
            log.info("portals given back", given=len(surplus), processes=standing.alive)
            self._handing = asyncio.create_task(self._hand_over(surplus), name="handing-over")
        return True

    async def _look_alone(self) -> None:
        """New portals of the one process there is."""
        async with self._db.reading() as tx:
            rows = {row.id for row in await portals.listed(tx)}
        new, gone = rows - self._known, self._known - rows
        self._known = rows
        for portal_id in sorted(new):
            self._begin(portal_id)
        for portal_id in sorted(gone):
            await self._finish(portal_id)

    def _begin(self, portal_id: int) -> None:
        """Beside the beats: what begins with a portal may take its time."""
        task = asyncio.create_task(self._gain(portal_id), name=f"taking-{portal_id}")
        self._gaining[portal_id] = task
        task.add_done_callback(lambda done: self._gained(portal_id, done))

    async def _gain(self, portal_id: int) -> None:
        async with self._few:
            with suppress(NotOursError), self.turns.of(portal_id):
                await self._tell(self.gained, portal_id)

    def _gained(self, portal_id: int, task: asyncio.Task[None]) -> None:
        if self._gaining.get(portal_id) is task:
            del self._gaining[portal_id]
        if not task.cancelled() and (fault := task.exception()):
            log.error("a portal was not begun", portal=portal_id, exc_info=fault)

    async def begun(self) -> None:
        """Wait until what begins with the portals taken so far has begun."""
        while self._gaining:
            await asyncio.wait(list(self._gaining.values()))

    # --- giving back ------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Give everything back, each portal as soon as what is under way for it has ended."""
        self._stopping = True
        if self._handing is not None:
            await asyncio.gather(self._handing, return_exceptions=True)
        if self.alone:
            await asyncio.gather(*(self._finish(portal_id) for portal_id in self._known))
            return
        await self._hand_over(list(self.turns.held))
        if self.turns.owner is not None:
            async with self._db.transaction() as tx:
                await replicas.leave(tx, self.turns.owner)
            self._wakes.tell(FREE, 0)

    async def _hand_over(self, portal_ids: Collection[int]) -> None:
        for portal_id in portal_ids:
            self.turns.leave(portal_id)
        pending = {
            asyncio.create_task(self._finish(portal_id), name=f"leaving-{portal_id}")
            for portal_id in portal_ids
        }
        while pending:
            done, pending = await asyncio.wait(pending, timeout=0.2)
            await self._give_back([task.result() for task in done])

    async def _finish(self, portal_id: int) -> int:
        await self._not_begin(portal_id, PATIENCE_S)
        await self._tell(self.lost, portal_id)
        await self.turns.end(portal_id, PATIENCE_S)
        return portal_id

    async def _give_back(self, portal_ids: Collection[int]) -> None:
        if not portal_ids or self.turns.owner is None:
            return
        try:
            async with self._db.transaction() as tx:
                await replicas.give_back(tx, self.turns.owner, portal_ids, now=await self._moment(tx))
        except Temporary as fault:  # they are free when our heartbeat ends
            log.warning("portals not given back", code=fault.code)
            return
        for portal_id in portal_ids:
            self.turns.drop(portal_id)
        self._wakes.tell(FREE, 0)

    async def _drop(self, portal_id: int) -> None:
        """Lost without warning: nothing under way may go on."""
        self.turns.drop(portal_id)
        await self._not_begin(portal_id, 0.0)
        await self.turns.end(portal_id, 0.0)
        await self._tell(self.lost, portal_id)

    async def _not_begin(self, portal_id: int, patience_s: float) -> None:
        task = self._gaining.pop(portal_id, None)
        if task is not None:
            await asyncio.wait({task}, timeout=patience_s)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @staticmethod
    async def _tell(heard: list[Moved], portal_id: int) -> None:
        for one in heard:
            try:
                await one(portal_id)
            except ConciergeError as fault:
                log.warning("a portal's move was not followed", portal=portal_id, code=fault.code)
