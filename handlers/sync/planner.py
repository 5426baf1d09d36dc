"""Planning a page of staged records: map, put in the CRM ids it links to, compare with what the CRM confirmed last."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.guests import Profile
from domain.mapping import Wanted, map_profile, map_stay
from domain.plan import Known, Planned, plan
from handlers.scope import Scopes
from handlers.sync.job import Job
from storage import snapshots
from storage.staging import Staged

AT_A_STRETCH = 100
"""Records mapped before people get their turn: phones and names cost a tenth of a millisecond each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A page's steps for one sort of item, and its records that have no place in the CRM at all."""

    steps: list[tuple[Staged, Planned]]
    left_out: list[Staged]


class Planner:
    """Decides each record's step."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def plan(self, job: Job, staged: str, entity: str, page: Sequence[Staged]) -> Plan:
        """Map a page, put in the CRM ids it links to, and compare with what the CRM confirmed last."""
        mapped = []
        for start in range(0, len(page), AT_A_STRETCH):
            mapped += [(row, self._map(job, row)) for row in page[start : start + AT_A_STRETCH]]
            await asyncio.sleep(0)
        wanted = [(row, _without(w, job)) for row, w in mapped if w is not None and w.entity == entity]
        wanted = await self._with_links(job, wanted)
        known = await self._known(job, staged, entity, [row for row, _ in wanted])
        steps = [
            (
                row,
                plan(w.entity, w.key, job.hotel.originator, w.fields, w.phones, w.emails, known.get(w.key)),
            )
            for row, w in wanted
        ]
        return Plan(steps, [row for row, w in mapped if w is None])

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
            look = job.crm.settled if job.recovering else job.crm.find
            for key, item in (await look(entity, job.hotel.originator, missing)).items():
                known[key] = Known(item.crm_id, {})  # adopted: all our fields are written once
        return known


def _without(wanted: Wanted, job: Job) -> Wanted:
    """The wanted item without fields the portal doesn't have: written once it does."""
    assert job.layout is not None
    missing = {name.partition(".")[2] for name in job.layout.missing_fields if name.startswith(wanted.entity)}
    if not missing:
        return wanted
    return replace(wanted, fields={name: v for name, v in wanted.fields.items() if name not in missing})
