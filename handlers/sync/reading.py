"""Reading a hotel's PMS into staging: from where on, up to where, and nothing between two reads missed.

Where a read starts from: the PMS's own clock as of the begin of the last read, inclusive; the door goes some minutes
further back for what was committed late. So a record that changes while a run reads is read again by the next one,
and a content hash makes the repeated reading cheap.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import structlog

from domain.errors import ConciergeError, Temporary
from domain.guests import Profile
from domain.portal import Hotel
from domain.ports import Consuming, PmsSource
from domain.stays import Cursor, Posting, RowProblem, Stay
from handlers.scope import Scopes
from handlers.sync.doors import Doors
from handlers.sync.job import Job, ReadDoor
from storage import leases, postings, run_items, staging

log = structlog.get_logger()

READ_PACK = 200
CLOCKS_APART = timedelta(hours=1)
"""How far the clock that stamps records may go after the one that tells the time (database and web server)."""

Show = Callable[[Job, str], Awaitable[None]]


class Reading:
    """Brings what the PMS tells into staging and remembers how far it was told."""

    def __init__(self, scopes: Scopes, show: Show) -> None:
        self._scopes = scopes
        self._show = show
        self._doors = Doors(scopes)

    async def known(self, job: Job, source: PmsSource | None = None) -> Cursor:
        """How far a door (the hotel's first one) was read before this run."""
        async with self._scopes.reading(job.portal.id) as scope:
            return await staging.cursor(scope.tx, job.hotel.id, (source or job.source).name)

    @staticmethod
    def start(job: Job, known: Cursor) -> Cursor:
        """Where this run reads from: where the last one began, unless the order says otherwise."""
        if job.mode == "apply":
            return replace(known, at=datetime.fromisoformat(job.order.params["preview"]["fresh_at"]))
        if job.mode in {"full", "reconcile", "repair"} or job.order.params.get("full"):
            return replace(known, at=None)
        if since := job.order.params.get("since"):
            midnight = datetime.combine(date.fromisoformat(since), datetime.min.time(), job.hotel.zone)
            return replace(known, at=midnight.astimezone(UTC))
        if known.at is None or known.newest_at is None:
            return known
        floor = known.at - CLOCKS_APART
        return replace(known, at=min(known.at, max(known.bound_at or floor, floor)))

    async def advance(self, job: Job, known: Cursor, read_from: Cursor, source_time: datetime) -> None:
        """Everything up to here is confirmed, or listed as failed and tried again by every run.

        Not after a run that began later than the one before had ended: what changed in between wasn't read.
        What earlier runs sent without hearing the outcome has been looked at by now.
        """
        behind = read_from.at is not None and (known.at is None or read_from.at > known.at)
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await run_items.supersede(scope.tx, job.hotel.id, job.run_id)
            if not behind:
                reached = _reached(known, read_from, source_time, job.newest_at)
                if job.source.name not in job.unread:
                    await staging.set_cursor(scope.tx, job.portal.id, job.hotel.id, job.source.name, reached)
            for one in job.read_doors:
                if one.read_from.at is None or (one.known.at and one.read_from.at <= one.known.at):
                    cursor = _reached(one.known, one.read_from, one.source_time, one.newest_at)
                    await staging.set_cursor(scope.tx, job.portal.id, job.hotel.id, one.name, cursor)

        for source in (job.source, *job.further):
            if isinstance(source, Consuming) and source.name not in job.unread:
                await source.confirm()

    async def read(self, job: Job, cursor: Cursor) -> datetime:
        """The rows of all doors that are read into staging; returns the first door's clock at the begin of the read.

        A hotel with several doors goes on without one that is away: the run brings what is known, and then fails
        with that door's fault (``job.away``); its cursor stays.
        """
        try:
            source_time = await job.source.source_time()
            job.business_date = await _business_date(job.source)
            await self._read_door(job, job.source, cursor, source_time)
        except (ConciergeError, OSError) as fault:
            if not _goes_on(job, job.source, fault):
                raise
            source_time = cursor.at or self._scopes.clock()
        for source in job.further:
            try:
                await self._read_further(job, source)
            except (ConciergeError, OSError) as fault:
                if not _goes_on(job, source, fault):
                    raise
        job.unmatched = await self._doors.settle(job.portal.id, job.hotel)
        return source_time

    async def _read_further(self, job: Job, source: PmsSource) -> None:
        """A further door of the hotel, with a cursor of its own."""
        known = await self.known(job, source)
        read_from = self.start(job, known)
        source_time = await source.source_time()
        before, job.newest_at = job.newest_at, None
        await self._read_door(job, source, read_from, source_time)
        job.read_doors.append(ReadDoor(source.name, known, read_from, source_time, job.newest_at))
        job.newest_at = before

    async def _read_door(self, job: Job, source: PmsSource, cursor: Cursor, source_time: datetime) -> None:
        """In packs; bad rows become listed problems."""
        today = self._scopes.clock().astimezone(job.hotel.zone).date()
        pack: list[Profile | Stay | Posting | RowProblem] = []
        async for record in source.changed_since(cursor, job.hotel.window(today)):
            pack.append(record)
            if len(pack) >= READ_PACK:
                await self._stage(job, source, pack, source_time)
                pack = []
        await self._stage(job, source, pack, source_time)

    async def _stage(
        self,
        job: Job,
        source: PmsSource,
        pack: Sequence[Profile | Stay | Posting | RowProblem],
        read_at: datetime,
    ) -> None:
        """One pack."""
        bad = [row for row in pack if isinstance(row, RowProblem)]
        async with self._scopes.writing(job.portal.id) as scope:
            fresh = await self._doors.stage(
                scope,
                job.hotel,
                source.name,
                [row for row in pack if isinstance(row, Profile)],
                [row for row in pack if isinstance(row, Stay)],
                run_id=job.run_id,
                read_at=read_at,
            )
            lines = [row for row in pack if isinstance(row, Posting)]
            if lines and _keeps_ledger(job.hotel, source.name):
                await postings.add(
                    scope.tx, job.portal.id, job.hotel.id, lines, run_id=job.run_id, now=scope.now
                )
            await run_items.add_rejected(scope.tx, job.portal.id, job.hotel.id, job.run_id, bad)
        stamps = [row.updated_at for row in pack if isinstance(row, Profile | Stay) and row.updated_at]
        job.newest_at = max([*stamps, *([job.newest_at] if job.newest_at else [])], default=None)
        job.counts.fetched += fresh + len(bad)
        job.counts.rejected += len(bad)
        job.problems.update(row.code for row in bad)
        job.done = job.counts.fetched
        await self._show(job, "reading")


async def _business_date(source: PmsSource) -> date | None:
    """What the hotel's books call today; only told where it is known."""
    if "business_date" not in source.capabilities:
        return None
    try:
        return await source.business_date()
    except ConciergeError:
        return None


def _keeps_ledger(hotel: Hotel, door_name: str) -> bool:
    """Folio lines bear a door's own reservation numbers: only those of the door whose numbers are the hotel's fit."""
    return len(hotel.doors) < 2 or (hotel.first_door is not None and hotel.first_door.name == door_name)


def _reached(known: Cursor, read_from: Cursor, source_time: datetime, newest_at: datetime | None) -> Cursor:
    """How far a door has been read now. ``newest_at``: on what this read has given."""
    stamps = [at for at in (known.newest_at, newest_at) if at is not None]
    return Cursor(
        source_time,
        source_time if read_from.at is None else read_from.full_at,
        newest_at=min(max(stamps), source_time) if stamps else None,
        bound_at=known.newest_at,
    )


def _goes_on(job: Job, source: PmsSource, fault: ConciergeError | OSError) -> bool:
    """Whether a run goes on without a door: only where there are others, and only in a plain run."""
    if len(job.hotel.doors) < 2 or job.mode not in {"sync", "full"}:
        return False
    code = getattr(fault, "code", type(fault).__name__)
    log.warning("a door is away", hotel=job.hotel.code, door=source.name, code=code)
    job.unread.add(source.name)
    job.away = job.away or (
        fault if isinstance(fault, ConciergeError) else Temporary("pms-unreachable", type(fault).__name__)
    )
    return True
