"""The sync of one hotel: PMS → staging → mapping → plan → CRM, confirmed item by item, each step a short transaction.

The PMS's rows are staged first, so that a run cut off anywhere goes on where it was. What was confirmed by the
CRM, and only that, becomes the snapshot the next run compares with.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from structlog.contextvars import bound_contextvars

from domain.errors import Permanent
from domain.stays import Cursor
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from handlers.sync import budget, erasing, failures, mapping_faults
from handlers.sync.bringing import Bringing
from handlers.sync.doors import NothingToRead
from handlers.sync.job import Job
from handlers.sync.pages import Pages
from handlers.sync.preview import Preview
from handlers.sync.reading import Reading
from handlers.sync.reconcile import Reconcile
from handlers.sync.reconcile_report import reconciled
from handlers.sync.report import Report
from handlers.sync.syncs import Syncs
from storage import leases, run_items, runs
from storage.work_orders import Order

PLAN_PAGE = 1000
"""A full request of imports (50 × 20); smaller pages double the calls of a first load, and the bucket binds."""
PROGRESS_EVERY_S = 1.0
RETRIES = frozenset({"retry", "reread"})
CHECKS = frozenset({"reconcile", "repair"})
READ_LATELY = timedelta(hours=3)
"""A whole read this fresh is not repeated by the clock's reconciliation."""
PHASES = {"company": "companies", "contact": "contacts", "deal": "deals"}


class Stays:
    """Syncs guests and stays of a hotel."""

    def __init__(
        self,
        scopes: Scopes,
        outside: OutsideOf,
        syncs: Syncs,
        *,
        page: int = PLAN_PAGE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._scopes = scopes
        self._outside = outside
        self._syncs = syncs
        self._reading = Reading(scopes, self._show)
        self._way = Bringing(scopes, Pages(scopes, page), self._show, sleep)
        self._erasing = erasing.Erasing(scopes, self._way.bring)
        self._reconcile = Reconcile(scopes, self._way.planner, self._way.everything)

    async def execute(self, order: Order, lease: leases.Lease) -> Report:
        """Run one order to its end and journal it."""
        job = await self._begin(order, lease)
        with bound_contextvars(run=job.run_id, hotel=job.hotel.code):
            return await self._to_its_end(job)

    async def _to_its_end(self, job: Job) -> Report:
        error = ""
        try:
            fresh_at = await self._run(job)
        except BaseException as fault:
            error = getattr(fault, "code", "interrupted")
            await asyncio.shield(self._end(job, "interrupted" if error == "interrupted" else "failed", error))
            raise
        await self._end(job, "done", "")
        return self._report(job, fresh_at)

    # --- begin and end ----------------------------------------------------------------------------------

    async def _begin(self, order: Order, lease: leases.Lease) -> Job:
        portal = self._scopes.portals(order.portal_id)
        hotel = self._syncs.hotel(order)
        outside = self._outside(order.portal_id)
        if hotel is None:
            raise Permanent("no-such-hotel", str(order.params["hotel_id"]))
        doors = outside.sources.get(hotel.code, ())
        if not doors and (hotel.doors or order.params["mode"] == erasing.MODE):
            doors = (NothingToRead(self._scopes.clock),)
        if not doors:
            raise Permanent("no-source", f"[[hotels]] {hotel.code} has no source")
        mode = order.params["mode"]
        async with self._scopes.writing(order.portal_id) as scope:
            await runs.interrupt_stale(scope.tx, hotel.id, scope.now)
            run_id = await runs.start(
                scope.tx, order.portal_id, hotel.id, mode, scope.now, asked_by=order.params.get("person_id")
            )
            first_load = not await runs.completed(scope.tx, hotel.id)
            unheard = await run_items.open_writes(scope.tx, hotel.id, run_id)
        job = Job(
            order, portal, hotel, lease, doors[0], outside.crm, run_id, mode, time.monotonic(),
            outside.crm.calls, first_load=first_load, further=doors[1:],
        )  # fmt: skip
        for staged, key, let_go_at in unheard:
            job.asides.hear_of(staged, key, let_go_at)
        return job

    async def _end(self, job: Job, state: str, error: str) -> None:
        job.counts.crm_calls = job.crm.calls - job.calls_before
        async with self._scopes.writing(job.portal.id) as scope:
            await runs.finish(
                scope.tx,
                job.run_id,
                state=state,
                counts=job.counts.as_json(),
                seconds=time.monotonic() - job.started,
                error_code=error or None,
                now=scope.now,
            )

    def _report(self, job: Job, fresh_at: datetime) -> Report:
        if job.found is not None:
            return reconciled(job, job.found, fresh_at)
        return Report(
            job.run_id,
            job.hotel.code,
            job.counts,
            time.monotonic() - job.started,
            fresh_at=fresh_at,
            problems=dict(job.problems),
            asked=job.asked,
            erased=job.erased,
            unkept=mapping_faults.unkept(job.hotel.mapping, job.layout, job.crm.lost_fields),
            **_previewed(job),
        )

    async def _run(self, job: Job) -> datetime:
        """Read, plan and apply; returns the PMS's clock at the start of the read."""
        known = await self._reading.known(job)
        if job.mode in RETRIES:
            return await self._again(job, known)
        if job.mode in CHECKS:
            return await self._check(job, known)
        if job.mode == erasing.MODE:
            await self._erasing.run(job)
            return known.at or self._scopes.clock()
        cursor = self._reading.start(job, known)
        job.since = cursor.at
        source_time = await self._reading.read(job, cursor)
        if job.mode == "apply":
            if not await self._is_as_previewed(job):
                return source_time
            cursor = self._covered(job, known)
        await self._way.bring(job)
        if not job.dry:
            await self._reading.advance(job, known, cursor, source_time)
        if job.away is not None:
            raise job.away
        return source_time

    # --- what was previewed, and what failed --------------------------------------------------------------

    async def _is_as_previewed(self, job: Job) -> bool:
        """Rehearse once more; only the very plan that people saw is applied, else they see the new one."""
        job.rehearsing = True
        await self._way.bring(job)
        if job.preview.fingerprint != job.order.params["preview"]["fingerprint"]:
            job.moved = True
            return False
        job.rehearsing = False
        job.counts.created = job.counts.updated = job.asked = 0
        job.preview = Preview()
        return True

    @staticmethod
    def _covered(job: Job, known: Cursor) -> Cursor:
        """Preview and this run together have read from where the preview began."""
        since = job.order.params["preview"]["since"]
        return Cursor(datetime.fromisoformat(since) if since else None, known.full_at)

    async def _again(self, job: Job, known: Cursor) -> datetime:
        """Only what failed: from staging; rows that couldn't be read are read again, with the whole window."""
        async with self._scopes.reading(job.portal.id) as scope:
            found = await failures.chosen(scope, job.hotel, job.order.params["retry"])
        job.only = found.keys
        if found.unread:
            await self._reading.read(job, Cursor(None, known.full_at))
            job.counts.fetched = job.counts.rejected
        await self._way.bring(job)
        return known.at or self._scopes.clock()

    # --- both sides compared ------------------------------------------------------------------------------

    async def _check(self, job: Job, known: Cursor) -> datetime:
        """Look at both sides; a repair writes what differs, and looks once more."""
        read_by, cursor, source_time = await self._read_whole(job, known)
        job.layout = await self._way.layout(job)
        job.found = await self._reconcile.check(job, read_by)
        if job.mode == "repair":
            await self._reconcile.prepare(job, read_by, job.found)
            await self._way.bring(job)
            job.left = await self._reconcile.check(job, read_by)
            await self._reading.advance(job, known, cursor, source_time)
        return source_time

    async def _read_whole(self, job: Job, known: Cursor) -> tuple[int, Cursor, datetime]:
        """Everything in the window, unless the clock asks soon after a nightly run: (whose read, from, as of)."""
        if job.order.params.get("scheduled") and known.at is not None:
            async with self._scopes.reading(job.portal.id) as scope:
                full = await runs.last_done(scope.tx, job.hotel.id, "full")
            if full is not None and scope.now - full.started_at < READ_LATELY:
                return full.id, known, known.at
        cursor = self._reading.start(job, known)
        return job.run_id, cursor, await self._reading.read(job, cursor)

    # --- telling ----------------------------------------------------------------------------------------

    async def _show(self, job: Job, what: str) -> None:
        """Progress at most once a second; a total of 0 = unknown."""
        now = time.monotonic()
        if now - job.shown_at < PROGRESS_EVERY_S:
            return
        job.shown_at = now
        await self._syncs.progress(
            job.order,
            {
                "phase": PHASES.get(what, what),
                "done": job.done,
                "total": job.total,
                "run": job.run_id,
                **await self._pace(job, what, now),
            },
        )

    async def _pace(self, job: Job, what: str, now: float) -> dict[str, Any]:
        """When it will end and how much of the portal's limits it uses; nothing while it only reads.

        What lies ahead is counted by a run that lasts, once.
        """
        if what not in PHASES or job.dry:
            return {}
        job.meter.note(now, job.handled)
        if job.ahead is None:
            job.ahead = job.handled + await self._way.left(job)
        left = max(job.ahead - job.handled, 0)
        return budget.told(job.meter, job.crm.budget(), left, self._scopes.clock())


def _previewed(job: Job) -> dict[str, Any]:
    """What a report says of a rehearsal."""
    if not job.dry:
        return {}
    return {
        "dry": True,
        "moved": job.moved,
        "cut": job.moved and job.order.state == "taken",
        "samples": job.preview.samples(),
        "kinds": job.preview.counts,
        "fingerprint": job.preview.fingerprint,
        "since": job.since,
    }
