"""Bringing what is staged into the CRM: companies first, then guests, then stays, and at the end what had to wait."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from domain.ports import CrmLayout
from handlers.scope import Scopes
from handlers.sync import layout_memory, mapping_faults
from handlers.sync.identity import Identities
from handlers.sync.job import Job
from handlers.sync.pages import Pages
from handlers.sync.planner import Plan, Planner
from handlers.sync.report import Counts
from handlers.sync.timeline import Timeline
from handlers.sync.writer import Show, Writer
from storage.differences import Staged

WHOLE = frozenset({"full", "repair"})
"""Kinds of runs that compare all there is with the CRM itself: people's changes to the PMS's fields are put right."""
ENTITIES = (("profile", "company"), ("profile", "contact"), ("stay", "deal"))

Sleep = Callable[[float], Awaitable[None]]


class Bringing:
    """The way from staging into the CRM."""

    def __init__(self, scopes: Scopes, pages: Pages, show: Show, sleep: Sleep) -> None:
        self._scopes = scopes
        self._pages = pages
        self._show = show
        self._sleep = sleep
        self._identities = Identities(scopes)
        self.planner = Planner(scopes, self._identities)
        self._writer = Writer(scopes, show)
        self._timeline = Timeline(scopes)

    async def bring(self, job: Job) -> None:
        """Everything that differs goes into the CRM, or is only counted."""
        job.layout = await self.layout(job)
        await self._identities.begin(job)
        for staged, entity in ENTITIES:
            await self._write(job, staged, entity)
        if not job.dry and job.asides:
            await self._once_more(job)
        await self._identities.end(job)
        await self._timeline.send(job)
        self._balance(job.counts)

    async def left(self, job: Job) -> int:
        """How many records differ still: what a run has before it."""
        return sum([await self._pages.count(job, staged, whole=False) for staged in ("profile", "stay")])

    async def _once_more(self, job: Job) -> None:
        """What was kept aside, when nothing that was sent for it can be executed any more."""
        settle_s = job.asides.wait_s(self._scopes.clock(), job.crm.settle_s)
        if settle_s > 0:
            await self._sleep(settle_s)
        job.recovering = True
        for staged, entity in ENTITIES:
            await self._writer.look_again(job, staged, entity)
            await self._write(job, staged, entity, job.asides.keys(staged))
        job.recovering = False

    async def layout(self, job: Job) -> CrmLayout:
        """The hotel's pipeline; a rehearsal takes the one remembered, and makes none."""
        if job.dry:
            async with self._scopes.reading(job.portal.id) as scope:
                remembered = await layout_memory.recall(scope, job.hotel)
            return remembered or CrmLayout(0, {stage.code: stage.code for stage in job.hotel.mapping.stages})
        layout = await mapping_faults.standing_layout(job.crm, job.hotel)
        async with self._scopes.writing(job.portal.id) as scope:
            await layout_memory.remember(scope, job.hotel, layout)
        return layout

    async def _write(self, job: Job, staged: str, entity: str, keys: Sequence[str] | None = None) -> None:
        """Bring one sort of CRM item up to date: what differs from the last confirmed snapshot is written.

        A full run asks the CRM too. ``keys``: only these records, which the first pass had kept aside.
        """
        whole = job.mode in WHOLE and job.only is None and keys is None
        job.total = await self._pages.count(job, staged, whole=whole) if keys is None else len(keys)
        passed = 0
        async for page in self._pages.of(job, staged, keys, whole=whole):
            rows = _free(job, staged, page)
            while rows:
                plan = await self.planner.plan(job, staged, entity, rows, read_back=whole)
                _note_unlinked(job, staged, plan)
                job.done = passed + len(page) - len(plan.steps)
                job.asked += len(plan.held)
                await self._show(job, entity)
                await self._identities.follow(job, plan.left_out)
                await self._writer.leave_out(job, staged, plan.left_out)
                await self._writer.refuse(job, staged, entity, plan.broken)
                await self._writer.apply(job, staged, entity, plan.steps)
                rows = plan.later
            passed += len(page)

    async def everything(self, job: Job, staged: str) -> AsyncIterator[Sequence[Staged]]:
        """All that is staged of one sort, for whoever only looks."""
        job.done, job.total = 0, await self._pages.count(job, staged, whole=True)
        async for page in self._pages.of(job, staged, None, whole=True):
            await self._show(job, "checking")
            yield page
            job.done += len(page)

    @staticmethod
    def _balance(counts: Counts) -> None:
        """Every record counts once; one that an earlier run left over counts as fetched by this one."""
        acted = counts.created + counts.updated + counts.failed + counts.rejected
        counts.fetched = max(counts.fetched, acted)
        counts.unchanged = counts.fetched - acted


def _free(job: Job, staged: str, page: Sequence[Staged]) -> Sequence[Staged]:
    """What may be touched now."""
    if job.dry or job.recovering:
        return page
    return [row for row in page if not job.asides.holds(staged, row.key)]


def _note_unlinked(job: Job, staged: str, plan: Plan) -> None:
    """Records that miss the id of an item they lead to: it may be known by the end of the run."""
    if not (job.dry or job.recovering):
        unlinked = [row.key for row, _ in plan.steps if not row.content_hash]
        job.asides.unlinked.setdefault(staged, set()).update(unlinked)
