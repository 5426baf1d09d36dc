"""Whose record is this? For profiles the CRM doesn't know by key: an existing item, a new one, or a person decides.

What was decided before holds; then the PMS's own mergers; then points (`domain.identity`) against the contacts of this
portal's hotels, as staged, and against those the CRM holds besides, looked up in bulk. Where the CRM holds nothing but
ours, as before a first load, it is asked that once and not again.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from domain.guests import Profile, ProfileKind
from domain.identity import (
    SHARED_BY,
    UNDO_DAYS,
    After,
    Ask,
    Decision,
    Join,
    New,
    Score,
    human_of,
)
from domain.ports import CrmPerson
from handlers.scope import Scope, Scopes
from handlers.sync import asks
from handlers.sync.identity_chores import Chores
from handlers.sync.identity_match import Found, Page, best_of, earlier_of, own_contacts, values_in_crm
from handlers.sync.identity_members import Members
from handlers.sync.job import Job
from storage import identity as cases
from storage import identity_values, leases, snapshots, stays
from storage.differences import Staged
from storage.identity import Case
from storage.identity_values import Holder

AT_ONCE = 500


class Identities:
    """Matches profiles with what the CRM holds already."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._chores = Chores(scopes)
        self.members = Members(scopes)
        self._others: dict[int, bool] = {}

    # --- around a run -----------------------------------------------------------------------------------

    async def begin(self, job: Job) -> None:
        """What people have decided otherwise since the last run is carried out."""
        if not job.dry:
            await self._chores.turn(job)

    async def follow(self, job: Job, rows: Sequence[Staged]) -> None:
        """Of records without a place of their own in the CRM: what the PMS merged or erased."""
        if not job.dry:
            await self._chores.follow(job, rows)

    async def end(self, job: Job) -> None:
        """Ask people what this run couldn't decide."""
        if job.dry:
            return
        async with self._scopes.writing(job.portal.id) as scope:
            await asks.announce(scope, job.hotel)
            await cases.tidy(scope.tx, scope.now - timedelta(days=UNDO_DAYS))

    # --- deciding ---------------------------------------------------------------------------------------

    async def decide(self, job: Job, entity: str, rows: Sequence[Staged]) -> dict[str, Decision]:
        """A decision per key, for records that have no snapshot and weren't found by key in the CRM.

        ``entity`` is contact, company or deal; deals and firms are always new. Raises what the CRM's look-ups raise.
        """
        decided: dict[str, Decision] = {row.key: New() for row in rows}
        if entity != "contact":
            return decided
        people = {row.key: row.record for row in rows if isinstance(row.record, Profile)}
        people = {key: one for key, one in people.items() if one.kind is ProfileKind.INDIVIDUAL}
        if not people:
            return decided
        await self._take_down(job)
        known, refused = await self._decided_before(job, list(people))
        decided |= known
        undecided = {key: one for key, one in people.items() if key not in known}
        if undecided:
            decided |= await self._by_points(job, undecided, refused)
        return decided

    async def being_asked(self, job: Job, entity: str, keys: Sequence[str]) -> dict[str, Ask]:
        """For a rehearsal: the profiles that people are asked about already; looks nothing up and asks nothing."""
        if entity != "contact":
            return {}
        async with self._scopes.reading(job.portal.id) as scope:
            by_key = await cases.of_profiles(scope.tx, job.hotel.id, keys)
        held = {
            key: next((one for one in some if one.state == cases.OPEN), None) for key, some in by_key.items()
        }
        return {key: Ask(case.id) for key, case in held.items() if case is not None}

    # --- what was decided -------------------------------------------------------------------------------

    async def _decided_before(
        self, job: Job, keys: Sequence[str]
    ) -> tuple[dict[str, Decision], dict[str, set[int]]]:
        """Answers given before, and the PMS's mergers; with the items each profile is kept apart from."""
        async with self._scopes.reading(job.portal.id) as scope:
            by_key = await cases.of_profiles(scope.tx, job.hotel.id, keys)
            merged = await cases.merged_into(scope.tx, job.hotel.id, keys)
            olds = [old for some in merged.values() for old in some]
            found_items = await snapshots.load(scope.tx, job.hotel.id, "profile", olds)
        items = {old: one.crm_id for old, one in found_items.items() if one.crm_entity == "contact"}
        joined = {one.crm_id for some in by_key.values() for one in some if one.state in cases.TOGETHER}
        standing = set(await job.crm.people("contact", sorted(joined)))
        found: dict[str, Decision] = {}
        for key, some in by_key.items():
            for one in some:
                if one.state in cases.TOGETHER and one.crm_id in standing:
                    found[key] = Join(one.crm_id)
                elif one.state == cases.OPEN and job.mode != "full":  # the nightly run reckons anew
                    found.setdefault(key, Ask(one.id))
        heirs = {
            key: items[olds[0]]
            for key, some in merged.items()
            if key not in found and (olds := [old for old in some if old in items])
        }
        await self._write_down(job, [(key, crm_id, None, "pms", None) for key, crm_id in heirs.items()])
        found |= {key: Join(crm_id) for key, crm_id in heirs.items()}
        refused = {key: {one.crm_id for one in some if _is_apart(one)} for key, some in by_key.items()}
        return found, refused

    # --- by points --------------------------------------------------------------------------------------

    async def _by_points(
        self, job: Job, people: Mapping[str, Profile], refused: dict[str, set[int]]
    ) -> dict[str, Decision]:
        page = await self._gather(job, people, refused)
        best: dict[str, Found] = {}
        decided: dict[str, Decision] = {}
        firsts: dict[str, str] = {}
        """Value → the first of this page's new people who holds it."""
        for number, key in enumerate(people):
            if number % 50 == 0:
                await asyncio.sleep(0)
            if (found := best_of(page, key)) is not None:
                best[key] = found
            elif (earlier := earlier_of(page, key, firsts)) is not None:
                decided[key] = After(earlier)
            else:
                firsts.update((value, key) for value in page.evidence(key) if value not in firsts)
        joins = {key: one for key, one in best.items() if one.joins}
        rows = [
            (key, one.crm_id, one.score, "points", page.in_crm.get(one.crm_id)) for key, one in joins.items()
        ]
        await self._write_down(job, rows)
        decided |= {key: Join(one.crm_id) for key, one in joins.items()}
        return decided | await self._asks(job, page, {k: one for k, one in best.items() if k not in joins})

    async def _gather(self, job: Job, people: Mapping[str, Profile], refused: dict[str, set[int]]) -> Page:
        """Everybody who shares a phone or an e-mail with these, unless so many do that it means nothing."""
        hotel = job.hotel
        page = Page(hotel, people, refused)
        async with self._scopes.reading(job.portal.id) as scope:
            page.values = await identity_values.values_of(scope.tx, hotel.id, list(people))
            every = {value for some in page.values.values() for value in some}
            page.nobodys = await identity_values.nobodys(scope.tx, job.portal.id, every, SHARED_BY)
            page.nobodys |= {value for one in job.portal.hotels for value in own_contacts(one)}
            held = await identity_values.holders(scope.tx, job.portal.id, every - page.nobodys)
            profiles = await self._staged(scope, {one for one in held if one.crm_id})
        for holder in held:
            if holder.crm_id:
                page.by_value.setdefault(holder.value, set()).add(holder.crm_id)
        for (hotel_id, _key, crm_id), profile in profiles.items():
            other = next((one for one in job.portal.hotels if one.id == hotel_id), hotel)
            page.staged.setdefault(crm_id, []).append(human_of(profile, other.country))
        await self._from_crm(job, page, every - page.nobodys)
        return page

    async def _staged(self, scope: Scope, holders: Iterable[Holder]) -> dict[tuple[int, str, int], Profile]:
        by_hotel: dict[int, dict[str, int]] = {}
        for one in holders:
            by_hotel.setdefault(one.hotel_id, {})[one.profile_id] = one.crm_id or 0
        found: dict[tuple[int, str, int], Profile] = {}
        for hotel_id, ids in by_hotel.items():
            profiles = await stays.profiles_by_id(scope.tx, hotel_id, sorted(ids))
            found |= {(hotel_id, key, ids[key]): profile for key, profile in profiles.items()}
        return found

    async def _from_crm(self, job: Job, page: Page, values: set[str]) -> None:
        """The CRM's own contacts with these phones and e-mails, unless there are none but ours."""
        if not values or not await self._has_others(job):
            return
        emails = {value for value in values if "@" in value}
        found = await job.crm.by_contact("contact", sorted(values - emails), sorted(emails))
        for person in found:
            page.in_crm[person.crm_id] = person
            for value in values_in_crm(person, page.hotel) & values:
                page.by_value.setdefault(value, set()).add(person.crm_id)
        page.nobodys |= {value for value in values if len(page.by_value.get(value, ())) > 2 * SHARED_BY}

    async def _has_others(self, job: Job) -> bool:
        """Whether the CRM holds contacts that no sync of this portal's hotels made; asked once a run."""
        if job.run_id not in self._others:
            ours = [hotel.originator for hotel in job.portal.hotels]
            self._others = {job.run_id: await job.crm.any_other("contact", ours)}
        return self._others[job.run_id]

    async def _asks(self, job: Job, page: Page, found: Mapping[str, Found]) -> dict[str, Decision]:
        """Somebody has to say; how the other side stands is kept for the card."""
        absent = sorted({one.crm_id for one in found.values()} - set(page.in_crm))
        page.in_crm.update(await job.crm.people("contact", absent))
        there = {key: one for key, one in found.items() if one.crm_id in page.in_crm}
        rows = [(key, one.crm_id, one.score, "points", page.in_crm[one.crm_id]) for key, one in there.items()]
        ids = await self._write_down(job, rows, state=cases.OPEN)
        async with self._scopes.writing(job.portal.id) as scope:
            await cases.drop_open(scope.tx, job.hotel.id, list(page.profiles), ids)
        return dict(zip(there, map(Ask, ids), strict=True))

    # --- writing down -----------------------------------------------------------------------------------

    async def _take_down(self, job: Job) -> None:
        """What staged profiles may be found by, where that has changed."""
        after = ""
        while True:
            async with self._scopes.reading(job.portal.id) as scope:
                some = await identity_values.not_taken_down(scope.tx, job.hotel.id, AT_ONCE, after)
            if not some:
                return
            after = some[-1].profile_id
            async with self._scopes.writing(job.portal.id) as scope:
                await identity_values.take_down(scope.tx, job.portal.id, job.hotel.id, some)
            await asyncio.sleep(0)

    async def _write_down(
        self,
        job: Job,
        rows: Sequence[tuple[str, int, Score | None, str, CrmPerson | None]],
        *,
        state: str = cases.JOINED,
    ) -> list[int]:
        """(profile, item, reckoning, how, how the item stood) as cases, before anything is written in the CRM."""
        ids = []
        for start in range(0, len(rows), AT_ONCE):
            async with self._scopes.writing(job.portal.id) as scope:
                await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
                for key, crm_id, score, how, person in rows[start : start + AT_ONCE]:
                    marks = [[m.what, m.outcome, m.points] for m in score.marks] if score else []
                    ids.append(
                        await cases.put(
                            scope.tx,
                            job.portal.id,
                            job.hotel.id,
                            key,
                            crm_id,
                            state=state,
                            how=how,
                            points=score.points if score else 0,
                            marks=marks,
                            theirs=_kept(person) if person else None,
                            now=scope.now,
                        )
                    )
        return ids


def _is_apart(case: Case) -> bool:
    return case.state in {cases.APART, cases.SPLITTING}


def _kept(person: CrmPerson) -> dict[str, object]:
    """How an item stood, for the card and for taking a joining back."""
    return {
        "last_name": person.last_name,
        "first_name": person.first_name,
        "middle_name": person.middle_name,
        "phones": list(person.phones),
        "emails": list(person.emails),
        "birthday": person.birthday.isoformat() if person.birthday else None,
        "originator": person.originator,
        "keys": list(person.keys),
    }
