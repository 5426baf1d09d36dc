"""The sync of one hotel: PMS → staging → mapping → plan → CRM, confirmed item by item, each step a short transaction.

The PMS's rows are staged first, so that a run cut off anywhere goes on where it was. What was confirmed by the
CRM, and only that, becomes the snapshot the next run compares with.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from domain.errors import Permanent
from domain.guests import Profile
from domain.mapping import FIELDS, MAPPING_VERSION, STAGES, Wanted, content_hash, map_profile, map_stay
from domain.plan import Known, Planned, Step, plan
from domain.portal import Hotel, Portal
from domain.ports import Crm, CrmLayout, CrmResult, PmsSource
from domain.stays import Cursor, Posting, RowProblem, Stay
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from handlers.syncs import Counts, Report, Syncs
from storage import leases, runs, snapshots, staging
from storage.staging import Staged
from storage.work_orders import Order

log = structlog.get_logger()

READ_PACK = 1000
PLAN_PAGE = 1000
PROGRESS_EVERY_S = 1.0
ENTITIES = (("profile", "company"), ("profile", "contact"), ("stay", "deal"))
PHASES = {"company": "companies", "contact": "contacts", "deal": "deals"}
SAMPLES = 10


@dataclass(slots=True)
class Job:
    """One run in hand."""

    order: Order
    portal: Portal
    hotel: Hotel
    lease: leases.Lease
    source: PmsSource
    crm: Crm
    run_id: int
    mode: str
    started: float
    calls_before: int
    counts: Counts = field(default_factory=Counts)
    problems: Counter[str] = field(default_factory=Counter)
    samples: list[dict[str, Any]] = field(default_factory=list)
    layout: CrmLayout | None = None
    first_load: bool = False
    shown_at: float = 0.0
    done: int = 0
    total: int = 0

    @property
    def dry(self) -> bool:
        return self.mode == "dry"


class Stays:
    """Syncs guests and stays of a hotel."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, syncs: Syncs) -> None:
        self._scopes = scopes
        self._outside = outside
        self._syncs = syncs

    async def execute(self, order: Order, lease: leases.Lease) -> Report:
        """Run one order to its end and journal it."""
        job = await self._begin(order, lease)
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
        if not doors:
            raise Permanent("no-source", f"[[hotels]] {hotel.code} has no source")
        mode = order.params["mode"]
        async with self._scopes.writing(order.portal_id) as scope:
            await runs.interrupt_stale(scope.tx, hotel.id, scope.now)
            run_id = await runs.start(scope.tx, order.portal_id, hotel.id, mode, scope.now)
            first_load = await snapshots.count(scope.tx, hotel.id) == 0
        return Job(
            order, portal, hotel, lease, doors[0], outside.crm, run_id, mode, time.monotonic(),
            outside.crm.calls, first_load=first_load,
        )  # fmt: skip

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
        return Report(
            job.run_id,
            job.hotel.code,
            job.counts,
            time.monotonic() - job.started,
            dry=job.dry,
            fresh_at=fresh_at,
            problems=dict(job.problems),
            samples=job.samples,
        )

    async def _run(self, job: Job) -> datetime:
        """Read, plan and apply; returns the PMS's clock at the start of the read."""
        cursor = await self._cursor(job)
        source_time = await job.source.source_time()
        today = self._scopes.clock().astimezone(job.hotel.zone).date()
        await self._read(job, cursor, today)
        if not job.dry:
            job.layout = await job.crm.ensure_layout(job.hotel.name, STAGES, FIELDS)
        else:
            job.layout = CrmLayout(0, {stage.code: stage.code for stage in STAGES})
        for staged, entity in ENTITIES:
            await self._write(job, staged, entity)
        self._balance(job.counts)
        if not job.dry:
            await self._advance(job, cursor, source_time)
        return source_time

    @staticmethod
    def _balance(counts: Counts) -> None:
        """Every record counts once; one that an earlier run left over counts as fetched by this one."""
        acted = counts.created + counts.updated + counts.failed + counts.rejected
        counts.fetched = max(counts.fetched, acted)
        counts.unchanged = counts.fetched - acted

    async def _cursor(self, job: Job) -> Cursor:
        async with self._scopes.reading(job.portal.id) as scope:
            known = await staging.cursor(scope.tx, job.hotel.id, job.source.name)
        return Cursor(None, known.full_at) if job.mode == "full" else known

    async def _advance(self, job: Job, cursor: Cursor, source_time: datetime) -> None:
        """Everything up to here is confirmed, or listed as failed and tried again by every run."""
        full_at = source_time if cursor.at is None else cursor.full_at
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await staging.set_cursor(
                scope.tx, job.portal.id, job.hotel.id, job.source.name, Cursor(source_time, full_at)
            )

    # --- reading ----------------------------------------------------------------------------------------

    async def _read(self, job: Job, cursor: Cursor, today: Any) -> None:
        """The PMS's rows into staging, in packs; bad rows become listed problems."""
        pack: list[Profile | Stay | Posting | RowProblem] = []
        async for record in job.source.changed_since(cursor, job.hotel.window(today)):
            pack.append(record)
            if len(pack) >= READ_PACK:
                await self._stage(job, pack)
                pack = []
        await self._stage(job, pack)

    async def _stage(self, job: Job, pack: Sequence[Profile | Stay | Posting | RowProblem]) -> None:
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
        job.counts.fetched += fresh + len(bad)
        job.counts.rejected += len(bad)
        job.problems.update(row.code for row in bad)
        job.done = job.counts.fetched
        await self._show(job, "reading")

    # --- planning and writing ---------------------------------------------------------------------------

    async def _write(self, job: Job, staged: str, entity: str) -> None:
        """Bring one sort of CRM item up to date: what differs from the last confirmed snapshot is written."""
        job.total = await self._count_changed(job, staged)
        passed = 0
        async for page in self._changed(job, staged):
            planned = await self._plan(job, staged, entity, page)
            job.done = passed + len(page) - len(planned)
            await self._show(job, PHASES[entity])
            await self._apply(job, staged, entity, planned)
            passed += len(page)

    async def _count_changed(self, job: Job, staged: str) -> int:
        async with self._scopes.reading(job.portal.id) as scope:
            return await staging.count_changed(scope.tx, job.hotel.id, staged, MAPPING_VERSION)

    async def _changed(self, job: Job, staged: str) -> AsyncIterator[Sequence[Staged]]:
        after = ""
        while True:
            async with self._scopes.reading(job.portal.id) as scope:
                page = await staging.changed(
                    scope.tx, job.hotel.id, staged, MAPPING_VERSION, after=after, limit=PLAN_PAGE
                )
            if not page:
                return
            yield page
            after = page[-1].key

    async def _plan(
        self, job: Job, staged: str, entity: str, page: Sequence[Staged]
    ) -> list[tuple[Staged, Planned]]:
        """Map a page, put in the CRM ids it links to, and compare with what the CRM confirmed last."""
        wanted = [(row, w) for row in page if (w := self._map(job, row)) and w.entity == entity]
        wanted = await self._with_links(job, wanted)
        known = await self._known(job, staged, entity, [row for row, _ in wanted])
        return [
            (
                row,
                plan(w.entity, w.key, job.hotel.originator, w.fields, w.phones, w.emails, known.get(w.key)),
            )
            for row, w in wanted
        ]

    def _map(self, job: Job, row: Staged) -> Wanted | None:
        assert job.layout is not None
        if isinstance(row.record, Profile):
            return map_profile(row.record, job.hotel)
        return map_stay(row.record, job.hotel, job.layout.category_id, job.layout.stages)

    async def _with_links(
        self, job: Job, wanted: Sequence[tuple[Staged, Wanted]]
    ) -> list[tuple[Staged, Wanted]]:
        """Fill in the CRM ids of guests and firms; a record that still misses one is planned again next time."""
        ids = {one for _, w in wanted for linked, _ in w.links.values() for one in linked}
        if not ids:
            return list(wanted)
        async with self._scopes.reading(job.portal.id) as scope:
            crm_ids = await snapshots.crm_ids(scope.tx, job.hotel.id, "profile", sorted(ids))
        return [self._linked(row, w, crm_ids) for row, w in wanted]

    @staticmethod
    def _linked(row: Staged, wanted: Wanted, crm_ids: dict[str, int]) -> tuple[Staged, Wanted]:
        fields, whole = dict(wanted.fields), True
        for name, (linked, many) in wanted.links.items():
            found = [crm_ids[one] for one in linked if one in crm_ids]
            whole = whole and len(found) == len(linked)
            if found:
                fields[name] = found if many else found[0]
        source_hash = row.content_hash if whole else ""
        return replace(row, content_hash=source_hash), replace(wanted, fields=fields)

    async def _known(self, job: Job, staged: str, entity: str, rows: Sequence[Staged]) -> dict[str, Known]:
        """Snapshots by key; for records without one the CRM is asked by key before anything is created."""
        keys = [row.key for row in rows]
        async with self._scopes.reading(job.portal.id) as scope:
            found = await snapshots.load(scope.tx, job.hotel.id, staged, keys)
        known = {key: Known(one.crm_id, one.fields) for key, one in found.items() if one.crm_entity == entity}
        missing = [key for key in keys if key not in known]
        if missing and not job.dry:
            for key, item in (await job.crm.find(entity, job.hotel.originator, missing)).items():
                known[key] = Known(item.crm_id, {})  # adopted: all our fields are written once
        return known

    async def _apply(
        self, job: Job, staged: str, entity: str, planned: Sequence[tuple[Staged, Planned]]
    ) -> None:
        unchanged = [(row, one) for row, one in planned if one.step is Step.UNCHANGED]
        writes = {one.write.key: (row, one) for row, one in planned if one.step is not Step.UNCHANGED}
        if job.dry:
            self._count_dry(job, [one for _, one in writes.values()])
            return
        await self._confirm(job, staged, entity, [(row, one, one.write.crm_id) for row, one in unchanged])
        if not writes:
            return
        await self._journal(job, staged, [one for _, one in writes.values()])
        unclear = []
        packs = job.crm.apply([one.write for _, one in writes.values()], first_load=job.first_load)
        async for results in packs:
            await self._settle(job, staged, entity, writes, results)
            unclear += [result for result in results if result.state == "unclear"]
        if unclear:
            await self._look_again(job, staged, entity, writes, unclear)

    def _count_dry(self, job: Job, planned: Sequence[Planned]) -> None:
        for one in planned:
            if one.step is Step.CREATE:
                job.counts.created += 1
            else:
                job.counts.updated += 1
            if len(job.samples) < SAMPLES:
                job.samples.append({"entity": one.write.entity, "key": one.write.key, "step": one.step.value})

    async def _journal(self, job: Job, staged: str, planned: Sequence[Planned]) -> None:
        """Every write is in the run's journal before it is sent."""
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await runs.plan_items(
                scope.tx,
                job.portal.id,
                job.hotel.id,
                job.run_id,
                staged,
                [(one.write.key, one.step.value) for one in planned],
                scope.now,
            )

    async def _settle(
        self,
        job: Job,
        staged: str,
        entity: str,
        writes: dict[str, tuple[Staged, Planned]],
        results: Sequence[CrmResult],
    ) -> None:
        """One transaction per answered pack: snapshots of confirmed items only, failures with their reasons."""
        done = [result for result in results if result.state == "done"]
        failed = [result for result in results if result.state == "failed"]
        await self._confirm(
            job, staged, entity, [(*writes[result.write.key], result.crm_id) for result in done]
        )
        async with self._scopes.writing(job.portal.id) as scope:
            await runs.settle_items(scope.tx, job.run_id, staged, results, scope.now)
        for result in done:
            if writes[result.write.key][1].step is Step.CREATE:
                job.counts.created += 1
            else:
                job.counts.updated += 1
        job.counts.failed += len(failed)
        job.problems.update(result.code for result in failed)
        job.done += len(done) + len(failed)
        await self._show(job, PHASES[entity])

    async def _confirm(
        self,
        job: Job,
        staged: str,
        entity: str,
        confirmed: Sequence[tuple[Staged, Planned, int | None]],
    ) -> None:
        if not confirmed:
            return
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await snapshots.confirm(
                scope.tx,
                job.portal.id,
                job.hotel.id,
                staged,
                [
                    snapshots.Snapshot(
                        key=one.write.key,
                        crm_entity=entity,
                        crm_id=crm_id,
                        content_hash=content_hash(one.fields),
                        source_hash=row.content_hash,
                        mapping=MAPPING_VERSION,
                        fields=dict(one.fields),
                    )
                    for row, one, crm_id in confirmed
                    if crm_id is not None
                ],
                scope.now,
            )

    async def _look_again(
        self,
        job: Job,
        staged: str,
        entity: str,
        writes: dict[str, tuple[Staged, Planned]],
        unclear: Sequence[CrmResult],
    ) -> None:
        """Answers were lost: let the calls settle, ask the CRM by key, adopt what is there, send the rest once."""
        keys = [result.write.key for result in unclear]
        found = await job.crm.settled(entity, job.hotel.originator, keys)
        adopted = [
            CrmResult(result.write, "done", found[result.write.key].crm_id)
            for result in unclear
            if result.write.key in found and result.write.crm_id is None
        ]
        again = [
            result.write
            for result in unclear
            if result.write.key not in found or result.write.crm_id is not None
        ]
        await self._settle(job, staged, entity, writes, adopted)
        async for results in job.crm.apply(again, first_load=False):
            lost = [
                replace(one, state="failed", code="unclear") if one.state == "unclear" else one
                for one in results
            ]
            await self._settle(job, staged, entity, writes, lost)

    # --- telling ----------------------------------------------------------------------------------------

    async def _show(self, job: Job, phase: str) -> None:
        """Progress at most once a second; a total of 0 = unknown."""
        now = time.monotonic()
        if now - job.shown_at < PROGRESS_EVERY_S:
            return
        job.shown_at = now
        await self._syncs.progress(
            job.order, {"phase": phase, "done": job.done, "total": job.total, "run": job.run_id}
        )
