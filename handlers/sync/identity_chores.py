"""What identity does in the CRM besides deciding: joinings taken back, profiles the PMS merged, guests it erased.

Each deed can be repeated: a run that was cut off in the middle does it again, and what is done already is done no
harm. Links of deals follow by planning: their records are marked to be looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from domain.guests import Profile
from domain.mapping import KEYS_FIELD
from domain.portal import Hotel
from domain.ports import CrmPerson
from handlers.scope import Scopes
from handlers.sync import asks
from handlers.sync.job import Job
from storage import identity as cases
from storage import leases, snapshots
from storage.differences import Staged
from storage.identity import Case
from storage.snapshots import Snapshot

log = structlog.get_logger()

OWN_FIELDS = ("UF_CRM_CONCIERGE_VIP", "UF_CRM_CONCIERGE_LANGUAGE", "UF_CRM_CONCIERGE_NATIONALITY")
"""Custom fields of ours that tell something about a guest."""
_RESTORED = {
    "lastName": "last_name",
    "name": "first_name",
    "secondName": "middle_name",
    "birthdate": "birthday",
}
ORIGIN = ("originatorId", "originId")


@dataclass(frozen=True, slots=True)
class _Seat:
    """A profile in its item: the item's other profiles, and how both stand."""

    snapshot: Snapshot
    others: tuple[str, ...]
    """Keys (``HOTEL:NUMBER``) of the other profiles joined into it."""
    kept: frozenset[str]
    """Phones and e-mails that belong to those."""


class Chores:
    """Does them within a run, under its hotel's lease."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    # --- joinings taken back ----------------------------------------------------------------------------

    async def turn(self, job: Job) -> None:
        """Decisions taken back: joined profiles leave their item, parted ones come together after all."""
        async with self._scopes.reading(job.portal.id) as scope:
            states = (cases.SPLITTING, cases.JOINING)
            due = await cases.listed(scope.tx, job.portal.id, hotel_id=job.hotel.id, states=states)
        for case in due:
            if case.state == cases.SPLITTING:
                await self._split(job, case)
            else:
                await self._join(job, case)

    async def _join(self, job: Job, case: Case) -> None:
        """A profile that has an item of its own by now goes into the other one."""
        seat = await self._seat(job, case.profile_id)
        if seat is not None and seat.snapshot.crm_entity == "contact":
            await self._unite(job, seat, case.profile_id, case.crm_id)
        async with self._scopes.writing(job.portal.id) as scope:
            await cases.change(scope.tx, case.id, state=cases.JOINED)
            await asks.refresh(scope, case.id)

    async def _split(self, job: Job, case: Case) -> None:
        seat = await self._seat(job, case.profile_id)
        if seat is not None and seat.snapshot.crm_id == case.crm_id:
            person = (await job.crm.people("contact", [case.crm_id])).get(case.crm_id)
            if person is not None:
                await self._leave(job, seat, person, case.profile_id, case)
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            if seat is not None and seat.snapshot.crm_id == case.crm_id:
                await snapshots.forget(scope.tx, job.hotel.id, "profile", [case.profile_id])
                await cases.plan_again(scope.tx, job.hotel.id, [case.profile_id])
            await cases.change(scope.tx, case.id, state=cases.APART, theirs=None)
            await asks.refresh(scope, case.id)

    async def _leave(
        self, job: Job, seat: _Seat, person: CrmPerson, profile_id: str, case: Case | None
    ) -> None:
        """Take one profile out of an item that goes on without it."""
        key = _key(job.hotel, profile_id)
        fields: dict[str, object] = {KEYS_FIELD: [one for one in person.keys if one != key]}
        theirs = (case.theirs if case else None) or {}
        written = seat.snapshot.fields
        now = {"lastName": person.last_name, "name": person.first_name, "secondName": person.middle_name}
        now["birthdate"] = person.birthday.isoformat() if person.birthday else ""
        for name, kept in _RESTORED.items() if theirs else ():
            if (
                now[name] == str(written.get(name, "")) != str(theirs[kept] or "")
            ):  # ours, and not changed since
                fields[name] = theirs[kept] or ""
        if not seat.others:
            fields |= {name: "" for name in OWN_FIELDS if written.get(name)}
        standing = {*theirs.get("phones", ()), *theirs.get("emails", ())} | seat.kept
        ours = [*_texts(written.get("phones")), *_texts(written.get("emails"))]
        drop = [one for one in ours if not _is_among(one, standing)]
        if person.originator == job.hotel.originator and person.origin == profile_id:
            fields |= dict.fromkeys(ORIGIN, "")
        await job.crm.rewrite("contact", person.crm_id, fields, drop=drop)

    # --- what the PMS did -------------------------------------------------------------------------------

    async def follow(self, job: Job, rows: Sequence[Staged]) -> None:
        """Profiles that the PMS merged away or erased, among those without a place of their own in the CRM."""
        for row in rows:
            if not isinstance(row.record, Profile):
                continue
            if row.record.anonymised:
                await self.erase(job, row.key)
            elif row.record.merged_into:
                await self._merge(job, row.key)

    async def _merge(self, job: Job, old: str) -> None:
        """The survivor's item takes over; it alone goes on, as far as the portal lets us."""
        seat = await self._seat(job, old)
        async with self._scopes.reading(job.portal.id) as scope:
            survivor = await cases.survivor_of(scope.tx, job.hotel.id, old)
            heir = (await snapshots.load(scope.tx, job.hotel.id, "profile", [survivor])).get(survivor)
        if seat is None or heir is None or heir.crm_entity != seat.snapshot.crm_entity:
            return  # the survivor comes later, and takes the item as its own
        if await self._unite(job, seat, old, heir.crm_id) and heir.crm_entity == "contact":
            async with self._scopes.writing(job.portal.id) as scope:
                await cases.put(
                    scope.tx, job.portal.id, job.hotel.id, old, heir.crm_id,
                    state=cases.JOINED, how="pms", points=0, marks=(), theirs=None, now=scope.now,
                )  # fmt: skip

    async def _unite(self, job: Job, seat: _Seat, profile_id: str, heir: int) -> bool:
        """A profile's item goes up in another one, keys and deals with it; False when there is nothing to do."""
        entity, orphan = seat.snapshot.crm_entity, seat.snapshot.crm_id
        people = await job.crm.people(entity, [heir, orphan]) if heir != orphan else {}
        if heir not in people:
            return False  # one already; or deleted by somebody: made again by this run, united by the next change
        keys = [*people[heir].keys, _key(job.hotel, profile_id)]
        if orphan in people and not seat.others and await job.crm.merge(entity, heir, orphan):
            keys += people[orphan].keys
        elif orphan in people:
            await self._set_aside(job, entity, seat, people[orphan], profile_id, heir)
        await job.crm.rewrite(entity, heir, {KEYS_FIELD: list(dict.fromkeys(keys))})
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await cases.move(scope.tx, job.hotel.id, entity, [profile_id], heir)
            await cases.plan_again(scope.tx, job.hotel.id, [profile_id])
        log.info("items united", entity=entity)
        return True

    async def _set_aside(
        self, job: Job, entity: str, seat: _Seat, person: CrmPerson, old: str, heir: int
    ) -> None:
        """An item that can't be merged unasked: ours no more, marked for people, with the way to the other one."""
        if seat.others:
            await self._leave(job, seat, person, old, None)
            return
        async with self._scopes.reading(job.portal.id) as scope:
            mark = scope.text("identity-orphan", number=str(heir))
            note = scope.text("identity-orphan-note", url=job.crm.item_url(entity, heir))
        key = _key(job.hotel, old)
        fields: dict[str, object] = {KEYS_FIELD: [one for one in person.keys if one != key]}
        fields |= dict.fromkeys(ORIGIN, "")
        name = "lastName" if entity == "contact" else "title"
        if mark not in person.last_name:
            fields[name] = f"{person.last_name[: 50 - len(mark) - 1]} {mark}".strip()
            await job.crm.note(entity, person.crm_id, note)
        await job.crm.rewrite(entity, person.crm_id, fields)

    async def erase(self, job: Job, profile_id: str, *, unlink: bool = False) -> None:
        """The guest was erased, by the PMS or by us: nothing personal of ours stays in the CRM, nor here.

        ``unlink``: an item of ours isn't ours any more, so that nothing leads back to him.
        """
        seat, left = await self._seat(job, profile_id), False
        if seat is not None and seat.snapshot.crm_entity == "contact":
            crm_id = seat.snapshot.crm_id
            person = (await job.crm.people("contact", [crm_id])).get(crm_id)
            if person is not None and (seat.others or not _is_ours(person)):
                case = await self._case(job, profile_id, crm_id)
                await self._leave(job, seat, person, profile_id, case)
            elif person is not None:
                await self._blank(job, crm_id, unlink=unlink)
            left = person is None or bool(seat.others) or not _is_ours(person)
        async with self._scopes.writing(job.portal.id) as scope:
            await leases.check_fence(scope.tx, job.lease.portal_id, job.lease.name, job.lease.fence)
            await cases.forget(scope.tx, job.hotel.id, [profile_id])
            if left:
                await snapshots.forget(scope.tx, job.hotel.id, "profile", [profile_id])
            await cases.empty(scope.tx, job.hotel.id, profile_id)

    async def _blank(self, job: Job, crm_id: int, *, unlink: bool) -> None:
        async with self._scopes.reading(job.portal.id) as scope:
            name = scope.text("identity-erased")
        fields = dict.fromkeys(("lastName", "secondName", "birthdate", "comments", "post", *OWN_FIELDS), "")
        if unlink:
            fields |= dict.fromkeys(ORIGIN, "")
        own: dict[str, object] = {**fields, "name": name}
        if unlink:
            own[KEYS_FIELD] = []
        await job.crm.rewrite("contact", crm_id, own, drop=None)

    # --- parts ------------------------------------------------------------------------------------------

    async def _seat(self, job: Job, profile_id: str) -> _Seat | None:
        async with self._scopes.reading(job.portal.id) as scope:
            found = await snapshots.load(scope.tx, job.hotel.id, "profile", [profile_id])
            if profile_id not in found:
                return None
            mine = found[profile_id]
            members = await cases.keys_of_item(scope.tx, job.portal.id, [mine.crm_id], mine.crm_entity)
            others = [one for one in members.get(mine.crm_id, []) if one != (job.hotel.id, profile_id)]
            kept: set[str] = set()
            for hotel_id, key in others:
                theirs = (await snapshots.load(scope.tx, hotel_id, "profile", [key]))[key].fields
                kept |= {*_texts(theirs.get("phones")), *_texts(theirs.get("emails"))}
        hotels = {one.id: one for one in job.portal.hotels}
        names = tuple(_key(hotels[hotel_id], key) for hotel_id, key in others if hotel_id in hotels)
        return _Seat(mine, names, frozenset(kept))

    async def _case(self, job: Job, profile_id: str, crm_id: int) -> Case | None:
        async with self._scopes.reading(job.portal.id) as scope:
            found = await cases.of_profiles(scope.tx, job.hotel.id, [profile_id])
        return next((one for one in found.get(profile_id, ()) if one.crm_id == crm_id), None)


def _key(hotel: Hotel, profile_id: str) -> str:
    return f"{hotel.code}:{profile_id}"


def _is_ours(person: CrmPerson) -> bool:
    """Whether a sync of ours made the item; what people typed themselves is theirs to erase."""
    return person.originator.startswith("concierge:")


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _is_among(value: str, others: set[str]) -> bool:
    """The same phone or e-mail, however it is spelled."""
    return _plain(value) in {_plain(one) for one in others}


def _plain(value: str) -> str:
    if "@" in value:
        return value.strip().casefold()
    digits = "".join(filter(str.isdigit, value))
    return f"7{digits[1:]}" if len(digits) == 11 and digits[0] == "8" else digits
