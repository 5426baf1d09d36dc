"""Keeps installed portals as they should be: bot, events and placements there; and erases those that asked for it.

At the start of a portal, after each update of the app, which wipes them, and daily. What is due stands in the tables,
so a crash in between forgets nothing.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from domain.errors import ConciergeError, Temporary
from domain.installations import Ensured, PortalSetup
from domain.ports import FileStore
from handlers.installations import Installations
from handlers.scope import Scopes
from storage import installations, leases, portal_erasure
from storage.leases import StaleLease

log = structlog.get_logger()

DAILY = timedelta(hours=24)
SOON = timedelta(seconds=20)
LATER = timedelta(hours=1)
"""When something stands in the way that doesn't pass by itself."""
KEEP_ALIVE = timedelta(days=60)
"""Refresh tokens live 180 days: a portal where nothing happens for so long is refreshed once."""
GRACE = timedelta(seconds=10)
"""Whoever served the portal has let go of it by then."""
AT_ONCE = 8
LOOK_S = 30.0
NOT_OURS = "not-ours"
ERASING, ERASING_S = "erasing", 300.0


class Upkeep:
    """A loop over installed portals. ``setup_of`` gives the hands for one; KeyError: not served here."""

    def __init__(
        self,
        scopes: Scopes,
        installs: Installations,
        setup_of: Callable[[int], PortalSetup],
        files: FileStore,
        owner: str,
        *,
        grace: timedelta = GRACE,
    ) -> None:
        self._scopes = scopes
        self._installs = installs
        self._setup_of = setup_of
        self._files = files
        self._owner = owner
        self._grace = grace
        self._seen: set[int] = set()
        self._not_before: dict[int, datetime] = {}
        self.wake = installs.due

    def anew(self, portal_id: int) -> None:
        """Installed again, or updated: what stood in the way before is past."""
        self._not_before.pop(portal_id, None)
        self._seen.discard(portal_id)
        self.wake.set()

    async def work(self) -> int:
        """Everything that is due; returns how many portals were worked on."""
        now = self._scopes.clock()
        async with self._scopes.db.reading() as tx:
            stale = await installations.to_ensure(tx, now - DAILY)
            every = await installations.to_ensure(tx, now + DAILY)
            idle = set(await installations.idle_since(tx, now - KEEP_ALIVE))
            gone = await installations.to_erase(tx, now - self._grace)
        due = [one for one in every if (one in stale or one not in self._seen) and self._may(one, now)]
        some = due[:AT_ONCE]
        await asyncio.gather(*(self._in_turn(one, keep_alive=one in idle) for one in some))
        return len(some) + sum([await self._erase_alone(portal_id) for portal_id in gone])

    async def idle_for(self, most_s: float) -> float:
        """New installations wake the loop; the rest has time."""
        return max(most_s, LOOK_S)

    def _may(self, portal_id: int, now: datetime) -> bool:
        waits = self._not_before.get(portal_id)
        return (waits is None or waits <= now) and self._scopes.turns.serves(portal_id)

    async def _in_turn(self, portal_id: int, *, keep_alive: bool) -> None:
        try:
            setup = self._setup_of(portal_id)
            work = self.ensure(portal_id, setup, keep_alive=keep_alive)
            task = self._scopes.turns.begin(portal_id, work, f"upkeep-{portal_id}")
            try:
                await asyncio.wait({task})  # not awaited itself: its end with our turn isn't ours
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            if not task.cancelled():
                task.result()
        except StaleLease:
            self._not_before[portal_id] = self._scopes.clock() + SOON  # another process's now
        except ConciergeError as failure:
            await self._failed(portal_id, failure)

    async def ensure(self, portal_id: int, setup: PortalSetup, *, keep_alive: bool = False) -> Ensured:
        """Put right what isn't as it should be, and note how the portal stands."""
        if keep_alive:
            await setup.keep_alive()
        done = await setup.ensure()
        now = self._scopes.clock()
        async with self._scopes.db.transaction() as tx:
            before = await installations.get(tx, portal_id)
            await installations.ensured(tx, portal_id, done.facts, now)
            await self._installs.vault.reseal(tx, portal_id)
        self._seen.add(portal_id)
        self._not_before.pop(portal_id, None)
        if done.done or done.problems:
            log.info("portal put right", portal=portal_id, done=done.done, problems=done.problems)
        if before is not None and before.licence_family != done.facts.licence_family:
            await self._installs.changed(portal_id)  # another plan, another budget
        return done

    async def _failed(self, portal_id: int, failure: ConciergeError) -> None:
        if failure.code == NOT_OURS:  # what makes it ours, or known here, calls us again
            self._not_before[portal_id] = self._scopes.clock() + SOON
            return
        passes = isinstance(failure, Temporary)
        wait = timedelta(seconds=failure.retry_after_s or 0) if isinstance(failure, Temporary) else LATER
        self._not_before[portal_id] = self._scopes.clock() + max(wait, SOON)
        log.warning("portal not put right", portal=portal_id, code=failure.code, passes=passes)
        async with self._scopes.db.transaction() as tx:
            known = await installations.get(tx, portal_id)
            if known is not None and known.ended_at is None:
                await installations.set_state(tx, portal_id, known.state, failure.code)

    # --- going --------------------------------------------------------------------------------------------

    async def _erase_alone(self, portal_id: int) -> bool:
        """One process at a time; one that dies over it leaves the rest to the next."""
        async with self._scopes.db.transaction() as tx:
            now = self._scopes.clock()
            mine = await leases.acquire(tx, portal_id, ERASING, self._owner, now=now, lease_s=ERASING_S)
        if mine is not None:
            await self.erase(portal_id)
        return mine is not None

    async def erase(self, portal_id: int) -> int:
        """Everything of a portal goes, in transactions that hold nobody up; only the fact is left."""
        async for files in self._files.listed(f"{portal_id}/"):
            for one in files:
                await self._files.delete(one.key)
        rows = 0
        for table in portal_erasure.tables():
            while True:
                async with self._scopes.db.transaction() as tx:
                    gone = await portal_erasure.erase_some(tx, table, portal_id)
                rows += gone
                if gone < portal_erasure.ROWS_AT_ONCE:
                    break
        async with self._scopes.db.transaction() as tx:
            await installations.erased(tx, portal_id, self._scopes.clock())
        self._seen.discard(portal_id)
        log.info("portal erased", portal=portal_id, rows=rows)
        return rows
