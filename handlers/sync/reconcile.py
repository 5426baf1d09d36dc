"""Reconciliation: everything the PMS has against everything of ours in the CRM, and what of it can be put right.

The sync goes by what the CRM has confirmed; this looks at the CRM itself. It finds what people deleted or changed
there, what a crash of the portal lost, what an outside hand doubled, and what silently vanished from the PMS.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import structlog

from domain.errors import ConciergeError
from domain.ports import CrmItem, NumberedSource
from domain.reconcile import Difference, Findings, Kind
from domain.stays import Stay, StayState
from handlers.scope import Scopes
from handlers.sync.doors import Doors
from handlers.sync.job import Job
from handlers.sync.planner import Planner, Seen
from storage import differences, identity, snapshots
from storage.differences import Staged

log = structlog.get_logger()

ARRIVAL = "UF_CRM_CONCIERGE_ARRIVAL"
SORTS = (("profile", "company"), ("profile", "contact"), ("stay", "deal"))

Pages = Callable[[Job, str], AsyncIterator[Sequence[Staged]]]
"""Everything staged of one sort."""


@dataclass(slots=True)
class _Sort:
    """What is known of one sort of item while it is looked at."""

    entity: str
    seen: dict[str, int | None] = field(default_factory=dict)
    """Every key that belongs into the CRM, with the item that was confirmed for it."""
    absent: dict[str, Seen] = field(default_factory=dict)
    """Not where it was confirmed, or never confirmed: perhaps another item bears the key."""
    listed: dict[str, list[CrmItem]] = field(default_factory=dict)
    """By key, the items that bear it; only where there is more to it than one confirmed item."""


class Reconcile:
    """Looks at both sides, and prepares a repair."""

    def __init__(self, scopes: Scopes, planner: Planner, pages: Pages) -> None:
        self._scopes = scopes
        self._planner = planner
        self._pages = pages

    # --- looking ----------------------------------------------------------------------------------------

    async def check(self, job: Job, read_by: int) -> Findings:
        """Compare. ``read_by``: the run that has read the whole window. Raises what PMS and CRM raise."""
        findings = Findings()
        vanished = {one.reservation_id for one in await self.vanished(job, read_by)}
        for staged, entity in SORTS:
            sort = _Sort(entity)
            async for page in self._pages(job, staged):
                for one in await self._planner.look(job, staged, entity, page):
                    self._take(findings, sort, one, vanished)
            await self._list(job, findings, sort, staged)
        return findings

    @staticmethod
    def _take(findings: Findings, sort: _Sort, one: Seen, vanished: set[str]) -> None:
        key, day = one.row.key, _day(one)
        sort.seen[key] = one.crm_id if one.stands else None
        if key in vanished:
            ids = (one.crm_id,) if one.crm_id else ()
            findings.differences.append(Difference(Kind.VANISHED, sort.entity, key, ids, day))
        if not one.stands:
            if key not in vanished:
                sort.absent[key] = one
            return
        if key not in vanished:
            findings.pms(sort.entity, key, one.fields, day)
        there = {**one.fields, **one.differs}
        findings.crm(sort.entity, key, there, _parsed(one.differs.get(ARRIVAL)) or day)
        if one.differs and key not in vanished:
            names = tuple(sorted(one.differs))
            ids = (one.crm_id,) if one.crm_id else ()
            findings.differences.append(Difference(Kind.DIFFERS, sort.entity, key, ids, day, names))

    async def _list(self, job: Job, findings: Findings, sort: _Sort, staged: str) -> None:
        """All items of ours: those nobody asked for, those that are there twice, and those found elsewhere."""
        known = [crm_id for crm_id in sort.seen.values() if crm_id]
        fields = (ARRIVAL,) if sort.entity == "deal" else ()
        async for items in job.crm.listing(sort.entity, job.hotel.originator, known, fields):
            for item in items:
                if sort.seen.get(item.key or "") != item.crm_id:
                    sort.listed.setdefault(item.key or "", []).append(item)
        strangers = [key for key in sort.listed if key not in sort.seen]
        for key in await self._unknown(job, staged, strangers):
            self._extra(findings, sort, key)
        for key, items in sort.listed.items():
            if key in sort.seen:
                self._elsewhere(findings, sort, key, items)
        asked = await self._asked(job, sort)
        findings.asked += len(asked)
        for key, one in sort.absent.items():
            if key in asked:
                continue
            findings.pms(sort.entity, key, one.fields, _day(one))
            if key not in sort.listed:
                findings.differences.append(Difference(Kind.MISSING, sort.entity, key, (), _day(one)))

    async def _asked(self, job: Job, sort: _Sort) -> set[str]:
        """Guests of whom a person has yet to say whether they are somebody the CRM has: not missing, but waiting."""
        if sort.entity != "contact" or not sort.absent:
            return set()
        async with self._scopes.reading(job.portal.id) as scope:
            found = await identity.of_profiles(scope.tx, job.hotel.id, list(sort.absent))
        return {key for key, some in found.items() if any(one.state == identity.OPEN for one in some)}

    @staticmethod
    def _extra(findings: Findings, sort: _Sort, key: str) -> None:
        for item in sort.listed[key]:
            day = _parsed(item.fields.get(ARRIVAL))
            findings.crm(sort.entity, key, {"id": item.crm_id}, day)
            findings.differences.append(Difference(Kind.EXTRA, sort.entity, key, (item.crm_id,), day))

    @staticmethod
    def _elsewhere(findings: Findings, sort: _Sort, key: str, items: Sequence[CrmItem]) -> None:
        """Items that bear a key and aren't the confirmed one."""
        for item in items:
            findings.crm(sort.entity, key, {"id": item.crm_id}, _parsed(item.fields.get(ARRIVAL)))
        confirmed = sort.seen[key]
        ids = (*([confirmed] if confirmed else []), *sorted(item.crm_id for item in items))
        kind = Kind.DUPLICATE if len(ids) > 1 else Kind.DIFFERS  # one alone is taken up by the next run
        day = _parsed(items[0].fields.get(ARRIVAL))
        findings.differences.append(Difference(kind, sort.entity, key, ids, day))

    async def _unknown(self, job: Job, staged: str, keys: Sequence[str]) -> list[str]:
        """Of keys in the CRM that we know nothing of: those the PMS doesn't know either. The others are staged.

        What was confirmed and isn't staged any more has left the store by the retention period: it is as it should be.
        """
        async with self._scopes.reading(job.portal.id) as scope:
            retired = await snapshots.crm_ids(scope.tx, job.hotel.id, staged, keys)
        keys = [key for key in keys if key not in retired]
        if staged != "stay" or not keys or not isinstance(job.source, NumberedSource):
            return list(keys)
        there = await self._ask(job, job.source, keys)
        return [key for key in keys if key not in there]

    async def vanished(self, job: Job, read_by: int) -> list[Stay]:
        """Stays that lived in the read window, weren't met by the read, and that the PMS doesn't know any more."""
        window = job.hotel.window(self._scopes.clock().astimezone(job.hotel.zone).date())
        async with self._scopes.reading(job.portal.id) as scope:
            unseen = await differences.unseen_stays(
                scope.tx, job.hotel.id, read_by, window.first, window.last
            )
        if not unseen:
            return []
        if not isinstance(job.source, NumberedSource):  # what another door has told needn't be in this one
            return unseen if len(job.hotel.doors) < 2 else []
        there = await self._ask(job, job.source, [one.reservation_id for one in unseen])
        return [one for one in unseen if one.reservation_id not in there]

    async def _ask(self, job: Job, source: NumberedSource, keys: Iterable[str]) -> set[str]:
        """What the PMS knows of these reservations is staged; returns the numbers it knows."""
        found: list[Stay] = []
        known: set[str] = set()
        async for one in source.reservations(keys):
            if isinstance(one, Stay):
                found.append(one)
                known.add(one.reservation_id)
            elif one.key:
                known.add(one.key)
        await self._stage(job, found)
        return known

    async def _stage(self, job: Job, stays: Sequence[Stay]) -> None:
        if stays:
            async with self._scopes.writing(job.portal.id) as scope:
                door, run = job.source.name, job.run_id
                await Doors.stage(scope, job.hotel, door, [], stays, run_id=run, read_at=scope.now)

    # --- putting right ----------------------------------------------------------------------------------

    async def prepare(self, job: Job, read_by: int, findings: Findings) -> None:
        """What a run that compares everything doesn't do by itself: vanished stays end, duplicates become one."""
        gone = await self.vanished(job, read_by)
        several = len(job.hotel.doors) > 1  # then it becomes so now, whatever another door has told before
        await self._stage(
            job,
            [
                replace(one, state=StayState.CANCELLED, updated_at=None if several else one.updated_at)
                for one in gone
            ],
        )
        for one in findings.differences:
            if one.kind is Kind.DUPLICATE:
                await self._merge(job, one)

    async def _merge(self, job: Job, one: Difference) -> None:
        """Into the first; what the portal leaves to people stays a difference, with the link where they do it."""
        first, *others = one.crm_ids
        for other in others:
            try:
                merged = await job.crm.merge(one.entity, first, other)
            except ConciergeError as fault:
                log.warning("duplicates not merged", entity=one.entity, key=one.key, code=fault.code)
                return
            if not merged:
                return
        async with self._scopes.reading(job.portal.id) as scope:
            staged = "stay" if one.entity == "deal" else "profile"
            known = await snapshots.crm_ids(scope.tx, job.hotel.id, staged, [one.key])
        log.info("duplicates merged", entity=one.entity, key=one.key, into=first, known=known.get(one.key))


def _day(one: Seen) -> date | None:
    record = one.row.record
    return record.arrival if isinstance(record, Stay) else None


def _parsed(value: object) -> date | None:
    """A date as the CRM shows it: a moment in the portal's zone, whose day is the one that was written."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
