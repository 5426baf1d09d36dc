"""Writing what was planned: journalled before the call, settled per item, looked for again when an answer was lost."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from domain.mapping import MAPPING_VERSION, content_hash
from domain.plan import Planned, Step
from domain.ports import CrmResult
from handlers.scope import Scope, Scopes
from handlers.sync.job import Job
from handlers.sync.preview import diff_of
from storage import leases, runs, snapshots
from storage.staging import Staged

T = TypeVar("T")
ROWS_AT_ONCE = 200
"""Rows in one transaction: SQLite has one writer, and what people write waits behind it."""
NOT_FOUND = "bitrix-not-found"

Show = Callable[[Job, str], Awaitable[None]]
"""Tells how far a run is: job and the sort of item."""

Planning = tuple[Staged, Planned]


class Writer:
    """Brings planned items into the CRM; only what it confirmed becomes a snapshot."""

    def __init__(self, scopes: Scopes, show: Show) -> None:
        self._scopes = scopes
        self._show = show

    async def apply(
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

    async def leave_out(self, job: Job, staged: str, rows: Sequence[Staged]) -> None:
        """These have no place in the CRM: not looked at again until they change."""
        if job.dry or not rows:
            return

        async def store(scope: Scope, some: Sequence[Staged]) -> None:
            hashes = {row.key: row.content_hash for row in some}
            await snapshots.leave_out(
                scope.tx, job.portal.id, job.hotel.id, staged, hashes, MAPPING_VERSION, scope.now
            )

        await self._in_pieces(job, rows, store)

    async def _in_pieces(
        self, job: Job, rows: Sequence[T], store: Callable[[Scope, Sequence[T]], Awaitable[None]]
    ) -> None:
        """Store rows in short transactions, each under the run's lease."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            async with self._scopes.writing(job.portal.id) as scope:
                await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
                await store(scope, rows[start : start + ROWS_AT_ONCE])

    def _count_dry(self, job: Job, planned: Sequence[Planned]) -> None:
        for one in planned:
            if one.step is Step.CREATE:
                job.counts.created += 1
            else:
                job.counts.updated += 1
            job.preview.add(one)

    async def _journal(self, job: Job, staged: str, planned: Sequence[Planned]) -> None:
        """Every write is in the run's journal before it is sent."""

        async def store(scope: Scope, some: Sequence[Planned]) -> None:
            steps = [(one.write.key, one.step.value, diff_of(one)) for one in some]
            await runs.plan_items(scope.tx, job.portal.id, job.hotel.id, job.run_id, staged, steps, scope.now)

        await self._in_pieces(job, planned, store)

    async def _settle(
        self,
        job: Job,
        staged: str,
        entity: str,
        writes: dict[str, tuple[Staged, Planned]],
        results: Sequence[CrmResult],
    ) -> None:
        """What an answered pack came to: snapshots of confirmed items only, failures with their reasons."""
        done = [result for result in results if result.state == "done"]
        failed = [result for result in results if result.state == "failed"]
        await self._confirm(
            job, staged, entity, [(*writes[result.write.key], result.crm_id) for result in done]
        )
        await self._in_pieces(
            job,
            results,
            lambda scope, some: runs.settle_items(scope.tx, job.run_id, staged, some, scope.now),
        )
        await self._forget_deleted(job, staged, failed)
        for result in done:
            if writes[result.write.key][1].step is Step.CREATE:
                job.counts.created += 1
            else:
                job.counts.updated += 1
        job.counts.failed += len(failed)
        job.problems.update(result.code for result in failed)
        job.done += len(done) + len(failed)
        await self._show(job, entity)

    async def _confirm(
        self,
        job: Job,
        staged: str,
        entity: str,
        confirmed: Sequence[tuple[Staged, Planned, int | None]],
    ) -> None:
        async def store(scope: Scope, some: Sequence[tuple[Staged, Planned, int | None]]) -> None:
            items = [
                snapshots.Snapshot(
                    key=one.write.key,
                    crm_entity=entity,
                    crm_id=crm_id,
                    content_hash=content_hash(one.fields),
                    source_hash=row.content_hash,
                    mapping=MAPPING_VERSION,
                    fields=dict(one.fields),
                )
                for row, one, crm_id in some
                if crm_id is not None
            ]
            await snapshots.confirm(scope.tx, job.portal.id, job.hotel.id, staged, items, scope.now)

        await self._in_pieces(job, confirmed, store)

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

    async def _forget_deleted(self, job: Job, staged: str, failed: Sequence[CrmResult]) -> None:
        """Items that somebody deleted in the CRM: the next run asks by key and makes them again."""
        gone = [one.write.key for one in failed if one.write.crm_id is not None and one.code == NOT_FOUND]
        if gone:
            async with self._scopes.writing(job.portal.id) as scope:
                await snapshots.forget(scope.tx, job.hotel.id, staged, gone)
