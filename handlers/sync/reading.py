"""Reading a hotel's PMS into staging: from where on, up to where, and nothing between two reads missed.

Where a read starts from: the PMS's own clock as of the begin of the last read, inclusive; the door goes some minutes
further back for what was committed late. So a record that changes while a run reads is read again by the next one,
and a content hash makes the repeated reading cheap.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from domain.guests import Profile
from domain.stays import Cursor, Posting, RowProblem, Stay
from handlers.scope import Scopes
from handlers.sync.job import Job
from storage import leases, runs, staging

READ_PACK = 200
CLOCKS_APART = timedelta(hours=1)
"""How far the clock that stamps records may go after the one that tells the time (database and web server)."""

Show = Callable[[Job, str], Awaitable[None]]


class Reading:
    """Brings what the PMS tells into staging and remembers how far it was told."""

    def __init__(self, scopes: Scopes, show: Show) -> None:
        self._scopes = scopes
        self._show = show

    async def known(self, job: Job) -> Cursor:
        """How far the door was read before this run."""
        async with self._scopes.reading(job.portal.id) as scope:
            return await staging.cursor(scope.tx, job.hotel.id, job.source.name)

    @staticmethod
    def start(job: Job, known: Cursor) -> Cursor:
        """Where this run reads from: where the last one began, unless the order says otherwise."""
        if job.mode == "apply":
            return Cursor(datetime.fromisoformat(job.order.params["preview"]["fresh_at"]), known.full_at)
        if job.mode in {"full", "reconcile", "repair"} or job.order.params.get("full"):
            return Cursor(None, known.full_at, known.newest_at)
        if since := job.order.params.get("since"):
            midnight = datetime.combine(date.fromisoformat(since), datetime.min.time(), job.hotel.zone)
            return Cursor(midnight.astimezone(UTC), known.full_at, known.newest_at)
        if known.at is None or known.newest_at is None:
            return known
        stamped = max(known.newest_at, known.at - CLOCKS_APART)
        return Cursor(min(known.at, stamped), known.full_at, known.newest_at)

    async def advance(self, job: Job, known: Cursor, read_from: Cursor, source_time: datetime) -> None:
        """Everything up to here is confirmed, or listed as failed and tried again by every run.

        Not after a run that began later than the one before had ended: what changed in between wasn't read.
        What earlier runs sent without hearing the outcome has been looked at by now.
        """
        behind = read_from.at is not None and (known.at is None or read_from.at > known.at)
        stamps = [at for at in (known.newest_at, job.newest_at) if at is not None]
        newest_at = min(max(stamps), source_time) if stamps else None
        full_at = source_time if read_from.at is None else read_from.full_at
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await runs.supersede(scope.tx, job.hotel.id, job.run_id)
            if not behind:
                reached = Cursor(source_time, full_at, newest_at)
                await staging.set_cursor(scope.tx, job.portal.id, job.hotel.id, job.source.name, reached)

    async def read(self, job: Job, cursor: Cursor) -> None:
        """The PMS's rows into staging, in packs; bad rows become listed problems."""
        today = self._scopes.clock().astimezone(job.hotel.zone).date()
        pack: list[Profile | Stay | Posting | RowProblem] = []
        async for record in job.source.changed_since(cursor, job.hotel.window(today)):
            pack.append(record)
            if len(pack) >= READ_PACK:
                await self.stage(job, pack)
                pack = []
        await self.stage(job, pack)

    async def stage(self, job: Job, pack: Sequence[Profile | Stay | Posting | RowProblem]) -> None:
        """One pack."""
        bad = [row for row in pack if isinstance(row, RowProblem)]
        async with self._scopes.writing(job.portal.id) as scope:
            fresh = await staging.upsert(
                scope.tx,
                job.portal.id,
                job.hotel,
                [row for row in pack if isinstance(row, Profile)],
                [row for row in pack if isinstance(row, Stay)],
                run_id=job.run_id,
                now=scope.now,
            )
            await runs.add_rejected(scope.tx, job.portal.id, job.hotel.id, job.run_id, bad)
        stamps = [row.updated_at for row in pack if isinstance(row, Profile | Stay) and row.updated_at]
        job.newest_at = max([*stamps, *([job.newest_at] if job.newest_at else [])], default=None)
        job.counts.fetched += fresh + len(bad)
        job.counts.rejected += len(bad)
        job.problems.update(row.code for row in bad)
        job.done = job.counts.fetched
        await self._show(job, "reading")
