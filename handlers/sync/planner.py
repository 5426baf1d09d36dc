"""Planning a page of staged records: map, put in the CRM ids it links to, compare with what the CRM confirmed last.

A record that the CRM doesn't know, neither by snapshot nor by key, goes to :class:`Identities`: an item that stands
there already, a new one, or held back until a person has said.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from domain.guests import Profile
from domain.identity import After, Ask, Join
from domain.mapping import ALONE, Beside, Wanted, entity_of, map_profile, map_stay
from domain.plan import Known, Planned, comparable, needs_look, plan
from domain.stays import Stay
from handlers.scope import Scopes
from handlers.sync.besides import besides
from handlers.sync.identity import Identities
from handlers.sync.job import Job
from storage import differences, identity, leases, snapshots
from storage.differences import Staged

log = structlog.get_logger()

AT_A_STRETCH = 100
"""Records mapped before people get their turn: phones and names cost a tenth of a millisecond each."""

UNMAPPABLE = (ArithmeticError, LookupError, TypeError, ValueError)
"""What a transform can come to over a value nobody thought of: that record fails, its neighbours don't."""
Pair = tuple[Staged, Wanted]


@dataclass(frozen=True, slots=True)
class Plan:
    """A page's steps for one sort of item, its records without a place in the CRM, and those a person decides."""

    steps: list[tuple[Staged, Planned]]
    left_out: list[Staged]
    held: list[tuple[Staged, Ask]] = field(default_factory=list)
    later: list[Staged] = field(default_factory=list)
    """The same people as others of this page: planned again when those have their items."""
    broken: list[Staged] = field(default_factory=list)
    """No mapping can be made of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One record and its item. ``fields``: what is wanted of it and worth comparing; ``differs``: field → the value
    there, of what the PMS owns and stands otherwise. ``stands`` is None for an item that was never confirmed.
    """

    row: Staged
    entity: str
    crm_id: int | None
    fields: Mapping[str, object]
    stands: bool | None
    differs: Mapping[str, object] = field(default_factory=dict)


class Planner:
    """Decides each record's step."""

    def __init__(self, scopes: Scopes, identities: Identities | None = None) -> None:
        self._scopes = scopes
        self._identities = identities or Identities(scopes)

    async def plan(
        self, job: Job, staged: str, entity: str, page: Sequence[Staged], *, read_back: bool = False
    ) -> Plan:
        """Map a page, put in the CRM ids it links to, and compare with what the CRM confirmed last.

        ``read_back`` compares with the CRM itself: what people changed of the PMS's fields is put right, items
        they deleted are made again. Raises what the CRM's look-ups raise.
        """
        wanted, left_out, broken = await self._wanted(job, entity, page)
        known = await self._snapshots(job, staged, entity, wanted)
        wanted = await self._seated(job, entity, wanted, known)
        if not job.dry:
            confirmed = list(known)
            known = await self._looked(job, entity, wanted, known, read_back=read_back)
            await self._forget(job, staged, [key for key in confirmed if key not in known])
        found, held = await self._strangers(job, entity, [one for one in wanted if one[1].key not in known])
        wanted = await self._seated(job, entity, wanted, found)
        known |= found
        steps = [(row, _plan(job, w, known.get(w.key))) for row, w in wanted if w.key not in held]
        asked = [(row, one) for row, w in wanted if isinstance(one := held.get(w.key), Ask)]
        later = [row for row, w in wanted if isinstance(held.get(w.key), After)]
        return Plan(steps, left_out, asked, later, broken)

    async def look(self, job: Job, staged: str, entity: str, page: Sequence[Staged]) -> list[Seen]:
        """How a page stands in the CRM, in the CRM's own words; nothing is decided and nothing written down."""
        wanted, _, _ = await self._wanted(job, entity, page)
        known = await self._snapshots(job, staged, entity, wanted)
        wanted = await self._seated(job, entity, wanted, known)
        fields: dict[int, Mapping[str, object]] = {}
        leading: set[str] = set()
        for _, w in sorted(wanted, key=lambda one: -len(one[1].fields)):
            if (one := known.get(w.key)) is not None and one.crm_id not in fields:
                fields[one.crm_id] = comparable(w.fields, w.phones, w.emails, w.owners)
                leading.add(w.key)
        standing = await job.crm.drift(entity, fields)
        return [_seen(job, row, w, known.get(w.key), standing, leads=w.key in leading) for row, w in wanted]

    async def _wanted(
        self, job: Job, entity: str, page: Sequence[Staged]
    ) -> tuple[list[Pair], list[Staged], list[Staged]]:
        """What a page wants of one sort of item, linked; its records without a place in the CRM; and those that
        no mapping can be made of.
        """
        page = [row for row in page if _may_be(row, entity)]
        besides = await self._besides(job, page)
        mapped: list[tuple[Staged, Wanted | None]] = []
        broken: list[Staged] = []
        for start in range(0, len(page), AT_A_STRETCH):
            part = page[start : start + AT_A_STRETCH]
            for row in part:
                try:
                    mapped.append((row, self._map(job, row, besides.get(row.key, ALONE))))
                except UNMAPPABLE as fault:
                    log.warning("record not mapped", sort=entity, key=row.key, fault=type(fault).__name__)
                    broken.append(row)
            await asyncio.sleep(0)
        wanted = [(row, _without(w, job)) for row, w in mapped if w is not None and w.entity == entity]
        left_out = [row for row, w in mapped if w is None]
        return await self._with_links(job, wanted), left_out, broken

    async def _seated(
        self, job: Job, entity: str, wanted: Sequence[Pair], known: dict[str, Known]
    ) -> list[Pair]:
        """What several profiles in one contact want of it together."""
        if entity != "contact":
            return list(wanted)
        items = {key: one.crm_id for key, one in known.items()}
        return await self._identities.members.seated(job, wanted, items)

    @staticmethod
    def _map(job: Job, row: Staged, beside: Beside) -> Wanted | None:
        assert job.layout is not None
        if isinstance(row.record, Profile):
            return map_profile(row.record, job.hotel)
        return map_stay(row.record, job.hotel, job.layout.category_id, job.layout.stages, beside)

    async def _besides(self, job: Job, page: Sequence[Staged]) -> dict[str, Beside]:
        """What a stay's deal tells and its record doesn't: folio, main guest, who shares the room."""
        found = {row.key: row.record for row in page if isinstance(row.record, Stay)}
        if not found:
            return {}
        async with self._scopes.reading(job.portal.id) as scope:
            return await besides(scope, job.hotel, found)

    async def _with_links(self, job: Job, wanted: Sequence[Pair]) -> list[Pair]:
        """Fill in the CRM ids of guests and firms; a record that still misses one is planned again next time."""
        ids = {one for _, w in wanted for linked, _ in w.links.values() for one in linked}
        if not ids:
            return list(wanted)
        async with self._scopes.reading(job.portal.id) as scope:
            crm_ids, nowhere = await identity.linked(scope.tx, job.hotel.id, ids)
        return [self._linked(row, w, crm_ids, nowhere) for row, w in wanted]

    @staticmethod
    def _linked(row: Staged, wanted: Wanted, crm_ids: dict[str, int], nowhere: set[str]) -> Pair:
        fields, whole = dict(wanted.fields), True
        for name, (linked, many) in wanted.links.items():
            found = [crm_ids[one] for one in linked if one in crm_ids]
            whole = whole and all(one in crm_ids or one in nowhere for one in linked)
            if found:
                fields[name] = list(dict.fromkeys(found)) if many else found[0]
        source_hash = row.content_hash if whole else ""
        return replace(row, content_hash=source_hash), replace(wanted, fields=fields)

    # --- what the CRM holds -----------------------------------------------------------------------------

    async def _snapshots(
        self, job: Job, staged: str, entity: str, wanted: Sequence[Pair]
    ) -> dict[str, Known]:
        async with self._scopes.reading(job.portal.id) as scope:
            found = await snapshots.load(scope.tx, job.hotel.id, staged, [w.key for _, w in wanted])
        return {key: Known(one.crm_id, one.fields) for key, one in found.items() if one.crm_entity == entity}

    async def _looked(
        self, job: Job, entity: str, wanted: Sequence[Pair], known: dict[str, Known], *, read_back: bool
    ) -> dict[str, Known]:
        """As the CRM has them now, where that matters; items that are gone are known no more."""
        asked = {
            w.key: w
            for _, w in wanted
            if w.key in known
            and (read_back or needs_look(w.fields, w.phones, w.emails, known[w.key], w.owners))
        }
        if not asked:
            return known
        return await self._against_crm(job, entity, asked, known)

    @staticmethod
    async def _against_crm(
        job: Job, entity: str, asked: dict[str, Wanted], known: dict[str, Known]
    ) -> dict[str, Known]:
        fields: dict[int, dict[str, object]] = {}
        for key, w in sorted(asked.items(), key=lambda one: -len(one[1].fields)):
            crm_id = known[key].crm_id
            if crm_id in fields:  # two records joined into one item: the leading one's wishes are kept up
                del asked[key]
            else:
                fields[crm_id] = comparable(w.fields, w.phones, w.emails, w.owners)
        standing = await job.crm.drift(entity, fields)
        looked = {
            key: replace(one, differs=standing.get(one.crm_id)) if key in asked else one
            for key, one in known.items()
        }
        keep = not job.hotel.remake_deleted
        return {k: one for k, one in looked.items() if keep or k not in asked or one.differs is not None}

    async def _forget(self, job: Job, staged: str, gone: Sequence[str]) -> None:
        """Items that people deleted: nothing is taken for one of them any more."""
        if gone:
            async with self._scopes.writing(job.portal.id) as scope:
                await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
                await differences.forget_items(scope.tx, job.hotel.id, staged, gone)

    async def _strangers(
        self, job: Job, entity: str, wanted: Sequence[Pair]
    ) -> tuple[dict[str, Known], dict[str, Ask | After]]:
        """For records without a snapshot the CRM is asked by key, then who they are, before one is created."""
        if not wanted:
            return {}, {}
        if job.dry:
            asked = await self._identities.being_asked(job, entity, [w.key for _, w in wanted])
            return {}, dict(asked)
        look = job.crm.settled if job.recovering else job.crm.find
        items = await look(entity, job.hotel.originator, [w.key for _, w in wanted])
        found = {key: Known(item.crm_id, {}) for key, item in items.items()}  # adopted: written once
        unknown = {w.key: row for row, w in wanted if w.key not in found}
        held: dict[str, Ask | After] = {}
        if unknown:
            for key, decision in (await self._identities.decide(job, entity, list(unknown.values()))).items():
                if isinstance(decision, Join):
                    found[key] = Known(decision.crm_id, {})
                elif isinstance(decision, Ask | After):
                    held[key] = decision
        adopted = {w.key: w for _, w in wanted if w.key in found and _may_be_theirs(w, found[w.key])}
        if adopted:
            found = await self._against_crm(job, entity, adopted, found)
        return found, held


def _seen(
    job: Job,
    row: Staged,
    wanted: Wanted,
    known: Known | None,
    standing: Mapping[int, Mapping[str, object]],
    *,
    leads: bool,
) -> Seen:
    fields = comparable(wanted.fields, wanted.phones, wanted.emails, wanted.owners)
    if known is None:
        return Seen(row, wanted.entity, None, fields, None)
    there = standing.get(known.crm_id)
    if there is None or not leads:  # several records joined into one item: the leading one's wishes count
        return Seen(row, wanted.entity, known.crm_id, fields, there is not None)
    planned = _plan(job, wanted, replace(known, differs=there))
    return Seen(row, wanted.entity, known.crm_id, fields, stands=True, differs=planned.before)


def _may_be(row: Staged, entity: str) -> bool:
    """False for a firm among contacts and the other way round: mapping is what costs time."""
    return not isinstance(row.record, Profile) or entity_of(row.record) in {entity, None}


def _may_be_theirs(wanted: Wanted, known: Known) -> bool:
    return needs_look(wanted.fields, wanted.phones, wanted.emails, known, wanted.owners)


def _plan(job: Job, wanted: Wanted, known: Known | None) -> Planned:
    return plan(
        wanted.entity,
        wanted.key,
        job.hotel.originator,
        wanted.fields,
        wanted.phones,
        wanted.emails,
        known,
        wanted.owners,
        wanted.facts,
    )


def _without(wanted: Wanted, job: Job) -> Wanted:
    """The wanted item without fields the portal doesn't have: written once it does."""
    assert job.layout is not None
    missing = {name.partition(".")[2] for name in job.layout.missing_fields if name.startswith(wanted.entity)}
    if not missing:
        return wanted
    return replace(wanted, fields={name: v for name, v in wanted.fields.items() if name not in missing})
