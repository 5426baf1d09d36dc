"""Writing what was planned: journalled before the call, settled per item, looked for again when an answer was lost."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from domain.mapping import content_hash
from domain.plan import Planned, Step
from domain.ports import CrmResult, CrmWrite
from handlers.scope import Scope, Scopes
from handlers.sync import timeline
from handlers.sync.asides import Lost
from handlers.sync.job import Job
from handlers.sync.preview import diff_of
from storage import differences, leases, run_items, snapshots
from storage.differences import Staged

T = TypeVar("T")
ROWS_AT_ONCE = 200
"""Rows in one transaction: SQLite has one writer, and what people write waits behind it."""
NOT_FOUND, DELETED, UNMAPPED = "bitrix-not-found", "crm-deleted", "row-unmapped"

Show = Callable[[Job, str], Awaitable[None]]
"""Tells how far a run is: job and the sort of item."""

Planning = tuple[Staged, Planned]
Confirmed = tuple[Staged, Planned, int | None]


class Writer:
    """Brings planned items into the CRM; only what it confirmed becomes a snapshot."""

    def __init__(self, scopes: Scopes, show: Show) -> None:
        self._scopes = scopes
        self._show = show

    async def apply(self, job: Job, staged: str, entity: str, planned: Sequence[Planning]) -> None:
        """Write a page. What was lost on the way is kept aside for :meth:`look_again`."""
        unchanged = [(row, one) for row, one in planned if one.step is Step.UNCHANGED and row.differs]
        writes = {one.write.key: (row, one) for row, one in planned if one.step is not Step.UNCHANGED}
        if job.dry:
            self._count_dry(job, [one for _, one in writes.values()])
            return
        await self._in_pieces(
            job,
            [(row, one, one.write.crm_id) for row, one in unchanged],
            lambda scope, some: self._remember(scope, job, staged, entity, some),
        )
        if not writes:
            return
        await self._journal(job, staged, [one for _, one in writes.values()])
        packs = job.crm.apply([one.write for _, one in writes.values()], first_load=job.first_load)
        async with aclosing(packs):  # whatever stops us here stops what is still to be sent
            async for results in packs:
                await self._settle(job, staged, entity, writes, results)
                lost = [Lost(*writes[one.write.key]) for one in results if one.state == "unclear"]
                job.asides.lost.setdefault(entity, []).extend(lost)

    async def leave_out(self, job: Job, staged: str, rows: Sequence[Staged]) -> None:
        """These have no place in the CRM: not looked at again until they change."""
        if job.dry or not rows:
            return

        async def store(scope: Scope, some: Sequence[Staged]) -> None:
            hashes = {row.key: row.content_hash for row in some}
            await snapshots.leave_out(
                scope.tx, job.portal.id, job.hotel.id, staged, hashes, job.hotel.mapping.version, scope.now
            )

        await self._in_pieces(job, rows, store)

    async def refuse(self, job: Job, staged: str, entity: str, rows: Sequence[Staged]) -> None:
        """Nothing could be made of these: each is listed as failed, tried again by every run."""
        job.counts.failed += len(rows)
        job.problems.update({UNMAPPED: len(rows)} if rows else {})
        if job.dry or not rows:
            return

        async def store(scope: Scope, some: Sequence[Staged]) -> None:
            ids = (scope.tx, job.portal.id, job.hotel.id, job.run_id, staged)
            await run_items.plan_items(*ids, [(row.key, "map", None) for row in some], scope.now)
            writes = [CrmWrite(entity, row.key, job.hotel.originator, {}) for row in some]
            failed = [CrmResult(one, "failed", code=UNMAPPED) for one in writes]
            await run_items.settle_items(scope.tx, job.run_id, staged, failed, scope.now)

        await self._in_pieces(job, rows, store)

    async def look_again(self, job: Job, staged: str, entity: str) -> None:
        """Answers were lost: let the calls settle, ask the CRM by key, adopt what is there, send the rest once."""
        lost = {one.write.key: one for one in job.asides.lost.pop(entity, [])}
        if not lost:
            return
        writes = {key: (one.row, one.planned) for key, one in lost.items()}
        found = await job.crm.settled(entity, job.hotel.originator, list(lost))
        made = {key: found[key].crm_id for key, one in lost.items() if not one.write.crm_id and key in found}
        adopted = [CrmResult(lost[key].write, "done", crm_id) for key, crm_id in made.items()]
        await self._settle(job, staged, entity, writes, adopted)
        packs = job.crm.apply(
            [one.write for key, one in lost.items() if key not in made], first_load=job.first_load
        )
        async with aclosing(packs):
            async for results in packs:
                await self._settle(job, staged, entity, writes, results, last_word=True)

    # --- the journal ------------------------------------------------------------------------------------

    async def _in_pieces(
        self, job: Job, rows: Sequence[T], store: Callable[[Scope, Sequence[T]], Awaitable[None]]
    ) -> None:
        """Store rows in short transactions, each under the run's lease."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            async with self._scopes.writing(job.portal.id) as scope:
                await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
                await store(scope, rows[start : start + ROWS_AT_ONCE])

    async def _journal(self, job: Job, staged: str, planned: Sequence[Planned]) -> None:
        """Every write is in the run's journal before it is sent, and what it changes is doubted."""

        async def store(scope: Scope, some: Sequence[Planned]) -> None:
            steps = [(one.write.key, one.step.value, diff_of(one)) for one in some]
            await run_items.plan_items(
                scope.tx, job.portal.id, job.hotel.id, job.run_id, staged, steps, scope.now
            )
            changes = {one.write.key: _names(one) for one in some if one.step is Step.UPDATE}
            await snapshots.doubt(scope.tx, job.hotel.id, staged, changes)

        await self._in_pieces(job, planned, store)

    async def _settle(
        self,
        job: Job,
        staged: str,
        entity: str,
        writes: dict[str, Planning],
        results: Sequence[CrmResult],
        *,
        last_word: bool = False,
    ) -> None:
        """What an answered pack came to, in one go per piece: snapshots of confirmed items only, failures with
        their reasons. ``last_word``: an answer lost once more is a failure of this run.
        """
        told = [self._deleted(job, one) for one in results]

        async def store(scope: Scope, some: Sequence[CrmResult]) -> None:
            done = [(*writes[one.write.key], one.crm_id) for one in some if one.state == "done"]
            await self._remember(scope, job, staged, entity, done)
            await run_items.settle_items(scope.tx, job.run_id, staged, some, scope.now)
            gone = [one.write.key for one in some if one.code in {NOT_FOUND, DELETED}]
            if gone and job.hotel.remake_deleted:
                led = await differences.forget_items(scope.tx, job.hotel.id, staged, gone)
                job.asides.unlinked.setdefault("stay", set()).update(led)

        await self._in_pieces(job, told, store)
        anew = {one.write.key for one in told if self._is_anew(job, one)}
        job.asides.again.setdefault(staged, set()).update(anew)
        self._count(
            job, staged, writes, [one for one in told if one.write.key not in anew], last_word=last_word
        )
        await self._show(job, entity)

    async def _remember(
        self, scope: Scope, job: Job, staged: str, entity: str, confirmed: Iterable[Confirmed]
    ) -> None:
        confirmed = list(confirmed)
        await timeline.journal(scope, job, confirmed)
        items = [
            snapshots.Snapshot(
                key=one.write.key,
                crm_entity=entity,
                crm_id=crm_id,
                content_hash=content_hash(one.fields),
                source_hash=row.content_hash,
                mapping=job.hotel.mapping.version,
                fields=dict(one.fields),
            )
            for row, one, crm_id in confirmed
            if crm_id is not None
        ]
        await snapshots.confirm(scope.tx, job.portal.id, job.hotel.id, staged, items, scope.now)

    # --- items deleted in the CRM -----------------------------------------------------------------------

    @staticmethod
    def _deleted(job: Job, result: CrmResult) -> CrmResult:
        """A change to an item that isn't there: somebody deleted it, and the hotel's rule says what then."""
        gone = result.write.crm_id is not None and result.state == "failed" and result.code == NOT_FOUND
        return replace(result, code=DELETED) if gone and not job.hotel.remake_deleted else result

    @staticmethod
    def _is_anew(job: Job, result: CrmResult) -> bool:
        """Whether the record is planned once more in this run, as if it had never been written."""
        return result.state == "failed" and result.code == NOT_FOUND and not job.recovering

    # --- counting ---------------------------------------------------------------------------------------

    def _count_dry(self, job: Job, planned: Sequence[Planned]) -> None:
        for one in planned:
            if one.step is Step.CREATE:
                job.counts.created += 1
            else:
                job.counts.updated += 1
            job.preview.add(one)

    @staticmethod
    def _count(
        job: Job, staged: str, writes: dict[str, Planning], results: Sequence[CrmResult], *, last_word: bool
    ) -> None:
        for one in results:
            if one.state == "done":
                if job.recovering and job.asides.counted(staged, one.write.key):
                    continue
                if writes[one.write.key][1].step is Step.CREATE:
                    job.counts.created += 1
                else:
                    job.counts.updated += 1
            elif one.state == "failed" or (one.state == "unclear" and last_word):
                job.counts.failed += 1
                job.problems[one.code or "unclear"] += 1
            job.done += one.state != "unclear"


def _names(planned: Planned) -> set[str]:
    """What a write sends."""
    write = planned.write
    multi = {name for name, some in (("phones", write.phones), ("emails", write.emails)) if some is not None}
    return {*write.fields, *multi}
