"""Identity as kept: which profiles hold which phone or e-mail, and the cases that were decided or wait for a person.

The values are brought up to date from the staged profiles when a run has somebody to decide about, by comparing
fingerprints; so they are true whoever staged the profile, and cost nothing in a run without new people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Text, and_, case, cast, delete, func, insert, or_, select, update

from domain.guests import ProfileKind
from domain.identity import is_relay
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import (
    aliases,
    hotels,
    identity_cases,
    identity_profiles,
    identity_values,
    profiles,
    snapshots,
    stays,
)

_AT_ONCE = 500
OPEN, JOINED, APART = "open", "joined", "apart"
SPLITTING, JOINING = "splitting", "joining"
"""Decided otherwise than before; the hotel's next run carries it out."""
TOGETHER = (JOINED, JOINING)


# --- who holds what ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A staged profile: the phones and e-mails it holds, its name's key, and whether it is a person or a firm."""

    profile_id: str
    content_hash: str
    values: frozenset[str]
    name_key: str
    holder: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A profile that holds a value; ``crm_id`` of its item, where it has one."""

    value: str
    hotel_id: int
    profile_id: str
    holder: str
    crm_id: int | None


async def not_taken_down(tx: Tx, hotel_id: int, limit: int, after: str = "") -> list[Held]:
    """Staged profiles that are new or changed since their values were taken down, by number.

    Phones and e-mails are those that the staging has read already, without an OTA's relays.
    """
    columns = [profiles.c[name] for name in ("profile_id", "kind", "name_key", "phones", "emails")]
    query = (
        select(*columns, profiles.c.content_hash)
        .select_from(
            profiles.outerjoin(
                identity_profiles,
                and_(
                    identity_profiles.c.hotel_id == profiles.c.hotel_id,
                    identity_profiles.c.profile_id == profiles.c.profile_id,
                ),
            )
        )
        .where(
            profiles.c.hotel_id == hotel_id,
            profiles.c.profile_id > after,
            or_(
                identity_profiles.c.content_hash.is_(None),
                identity_profiles.c.content_hash != profiles.c.content_hash,
            ),
        )
        .order_by(profiles.c.profile_id)
        .limit(limit)
    )
    return [
        Held(
            row.profile_id,
            row.content_hash,
            _read(row.phones, row.emails),
            row.name_key.strip(),
            "person" if row.kind == ProfileKind.INDIVIDUAL else "firm",
        )
        for row in (await tx.execute(query)).all()
    ]


def _read(phones: str, emails: str) -> frozenset[str]:
    """The staging has cleaned them already; only an OTA's relays are left to be told."""
    personal = (one for one in emails.split() if not is_relay(one))
    return frozenset([*phones.split(), *personal])


async def current_values(tx: Tx, hotel_id: int, profile_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """What each of these profiles holds now, taken down or not."""
    found: dict[str, frozenset[str]] = {}
    for pack in _packs(profile_ids):
        query = select(profiles.c.profile_id, profiles.c.phones, profiles.c.emails).where(
            profiles.c.hotel_id == hotel_id, profiles.c.profile_id.in_(pack)
        )
        for key, phones, emails in (await tx.execute(query)).all():
            found[key] = _read(phones, emails)
    return found


async def take_down(tx: Tx, portal_id: int, hotel_id: int, held: Sequence[Held]) -> None:
    """Replace what is known of these profiles' values."""
    if not held:
        return
    ids = [one.profile_id for one in held]
    await tx.execute(
        delete(identity_values).where(
            identity_values.c.hotel_id == hotel_id, identity_values.c.profile_id.in_(ids)
        )
    )
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id}
    rows = [
        {
            **fixed,
            "profile_id": one.profile_id,
            "value": value,
            "name_key": one.name_key,
            "holder": one.holder,
        }
        for one in held
        for value in sorted(one.values)
    ]
    if rows:
        await tx.execute(insert(identity_values), rows)
    marks = [{**fixed, "profile_id": one.profile_id, "content_hash": one.content_hash} for one in held]
    statement = inserting(tx, identity_profiles)
    statement = statement.on_conflict_do_update(
        index_elements=[*identity_profiles.primary_key],
        set_={"content_hash": statement.excluded.content_hash},
    )
    await tx.execute(statement, marks)


async def values_of(tx: Tx, hotel_id: int, profile_ids: Sequence[str]) -> dict[str, set[str]]:
    """What each of these profiles holds, as taken down."""
    found: dict[str, set[str]] = {}
    for pack in _packs(profile_ids):
        query = select(identity_values.c.profile_id, identity_values.c.value).where(
            identity_values.c.hotel_id == hotel_id, identity_values.c.profile_id.in_(pack)
        )
        for key, value in (await tx.execute(query)).all():
            found.setdefault(key, set()).add(value)
    return found


async def nobodys(tx: Tx, portal_id: int, values: Iterable[str], shared_by: int) -> set[str]:
    """Values that prove nothing: on more than ``shared_by`` different names, or a firm's."""
    found: set[str] = set()
    for pack in _packs(values):
        query = (
            select(identity_values.c.value)
            .where(identity_values.c.portal_id == portal_id, identity_values.c.value.in_(pack))
            .group_by(identity_values.c.value)
            .having(
                or_(
                    func.count(identity_values.c.name_key.distinct()) > shared_by,
                    func.min(identity_values.c.holder) == "firm",
                )
            )
        )
        found.update((await tx.execute(query)).scalars())
    return found


async def holders(tx: Tx, portal_id: int, values: Iterable[str]) -> list[Holder]:
    """Who holds these values, in any hotel of the portal. Ask only for values that aren't :func:`nobodys`."""
    found: list[Holder] = []
    same = and_(
        snapshots.c.hotel_id == identity_values.c.hotel_id,
        snapshots.c.entity == "profile",
        snapshots.c.key == identity_values.c.profile_id,
        snapshots.c.crm_entity == "contact",
    )
    columns = [identity_values.c[name] for name in ("value", "hotel_id", "profile_id", "holder")]
    for pack in _packs(values):
        query = (
            select(*columns, snapshots.c.crm_id)
            .select_from(identity_values.outerjoin(snapshots, same))
            .where(identity_values.c.portal_id == portal_id, identity_values.c.value.in_(pack))
            .order_by(identity_values.c.hotel_id, identity_values.c.profile_id)
        )
        found += [
            Holder(row.value, row.hotel_id, row.profile_id, row.holder, row.crm_id or None)
            for row in (await tx.execute(query)).all()
        ]
    return found


async def forget(tx: Tx, hotel_id: int, profile_ids: Sequence[str]) -> None:
    """Erase all that identity knows of these profiles."""
    for table in (identity_values, identity_profiles, identity_cases):
        await tx.execute(
            delete(table).where(table.c.hotel_id == hotel_id, table.c.profile_id.in_(profile_ids))
        )


def _packs(values: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(sorted(set(values)))
    while pack := list(islice(rest, _AT_ONCE)):
        yield pack


# --- merged in the PMS ---------------------------------------------------------------------------------------


async def merged_into(tx: Tx, hotel_id: int, survivors: Sequence[str]) -> dict[str, list[str]]:
    """The numbers that went up in each of these profiles, those merged before them included."""
    found: dict[str, list[str]] = {}
    wanted = {one: one for one in survivors}
    while wanted:
        query = select(aliases.c.old_id, aliases.c.new_id).where(
            aliases.c.hotel_id == hotel_id, aliases.c.new_id.in_(list(wanted))
        )
        further: dict[str, str] = {}
        for old, new in (await tx.execute(query)).all():
            survivor = wanted[new]
            if old != survivor and old not in found.get(survivor, ()):
                found.setdefault(survivor, []).append(old)
                further[old] = survivor
        wanted = further
    return found


async def survivor_of(tx: Tx, hotel_id: int, profile_id: str) -> str:
    """The number a merged profile goes on under; its own when it wasn't merged."""
    seen, current = {profile_id}, profile_id
    while True:
        query = select(aliases.c.new_id).where(aliases.c.hotel_id == hotel_id, aliases.c.old_id == current)
        following = (await tx.execute(query)).scalar_one_or_none()
        if following is None or following in seen:
            return current
        seen.add(following)
        current = following


async def linked(tx: Tx, hotel_id: int, keys: Iterable[str]) -> tuple[dict[str, int], set[str]]:
    """The items of profiles (a merged one's is its survivor's), and which profiles have no place in the CRM."""
    found: dict[str, int] = {}
    nowhere: set[str] = set()
    wanted = list(keys)
    for pack in _packs(wanted):
        query = select(snapshots.c.key, snapshots.c.crm_id).where(
            snapshots.c.hotel_id == hotel_id, snapshots.c.entity == "profile", snapshots.c.key.in_(pack)
        )
        for key, crm_id in (await tx.execute(query)).all():
            if crm_id:
                found[key] = int(crm_id)
            else:
                nowhere.add(key)
    survivors = {key: one for key in nowhere if (one := await survivor_of(tx, hotel_id, key)) != key}
    if survivors:
        items, _ = await linked(tx, hotel_id, set(survivors.values()))
        found |= {key: items[one] for key, one in survivors.items() if one in items}
    return found, nowhere - set(survivors)


# --- cases ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One profile and one item of the CRM: one person, two, or not known yet.

    ``state``: open | joined | apart | splitting | joining; ``how``: points | person | pms. ``marks`` is the reckoning as
    (what, outcome, points); ``theirs`` how the item stood, None once that isn't needed any more.
    """

    id: int
    portal_id: int
    hotel_id: int
    profile_id: str
    crm_entity: str
    crm_id: int
    state: str
    how: str
    points: int
    marks: list[list[Any]]
    theirs: Mapping[str, Any] | None
    created_at: datetime
    asked_at: datetime | None
    remind_at: datetime | None
    decided_at: datetime | None
    decided_by: int | None
    undone_at: datetime | None


_CASE = [identity_cases.c[name] for name in Case.__slots__]


async def put(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    profile_id: str,
    crm_id: int,
    *,
    state: str,
    how: str,
    points: int,
    marks: Sequence[Sequence[Any]],
    theirs: Mapping[str, Any] | None,
    now: datetime,
) -> int:
    """Write a case down; a pair that was decided keeps that (the PMS knows best), the reckoning is renewed. Its id."""
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id, "profile_id": profile_id, "crm_id": crm_id}
    row = {**fixed, "crm_entity": "contact", "state": state, "how": how, "points": points, "created_at": now}
    row |= {"marks": [list(one) for one in marks], "theirs": dict(theirs) if theirs else None}
    row |= {"decided_at": None if state == OPEN else now}
    statement = inserting(tx, identity_cases).values(row)
    overwritten = {name: statement.excluded[name] for name in ("points", "marks", "theirs")}
    undecided = or_(identity_cases.c.state == OPEN, statement.excluded.how == "pms")
    for name in ("state", "how", "decided_at"):
        overwritten[name] = case((undecided, statement.excluded[name]), else_=identity_cases.c[name])
    key = [identity_cases.c[name] for name in ("hotel_id", "profile_id", "crm_entity", "crm_id")]
    statement = statement.on_conflict_do_update(index_elements=key, set_=overwritten)
    return int((await tx.execute(statement.returning(identity_cases.c.id))).scalar_one())


async def get(tx: Tx, portal_id: int, case_id: int, *, hold: bool = False) -> Case | None:
    """One case; ``hold`` locks it until the transaction ends."""
    query = select(*_CASE).where(identity_cases.c.portal_id == portal_id, identity_cases.c.id == case_id)
    row = (await tx.execute(query.with_for_update() if hold else query)).one_or_none()
    return Case(*row) if row is not None else None


async def of_profiles(tx: Tx, hotel_id: int, keys: Sequence[str]) -> dict[str, list[Case]]:
    """All cases of these profiles, oldest first."""
    found: dict[str, list[Case]] = {}
    for pack in _packs(keys):
        query = select(*_CASE).where(
            identity_cases.c.hotel_id == hotel_id, identity_cases.c.profile_id.in_(pack)
        )
        for row in (await tx.execute(query.order_by(identity_cases.c.id))).all():
            found.setdefault(row.profile_id, []).append(Case(*row))
    return found


async def listed(
    tx: Tx,
    portal_id: int,
    *,
    hotel_id: int | None = None,
    states: Sequence[str] = (),
    decided_since: datetime | None = None,
    limit: int = 1000,
) -> list[Case]:
    """Cases, the newest first; open ones the weightiest first."""
    query = select(*_CASE).where(identity_cases.c.portal_id == portal_id)
    if hotel_id is not None:
        query = query.where(identity_cases.c.hotel_id == hotel_id)
    if states:
        query = query.where(identity_cases.c.state.in_(states))
    if decided_since is not None:
        query = query.where(identity_cases.c.decided_at >= decided_since)
    newest = (identity_cases.c.decided_at.desc(), identity_cases.c.points.desc(), identity_cases.c.id)
    return [Case(*row) for row in (await tx.execute(query.order_by(*newest).limit(limit))).all()]


async def count_open(tx: Tx, portal_id: int, hotel_id: int | None = None) -> int:
    """How many wait for somebody's word."""
    query = select(func.count()).where(
        identity_cases.c.portal_id == portal_id, identity_cases.c.state == OPEN
    )
    if hotel_id is not None:
        query = query.where(identity_cases.c.hotel_id == hotel_id)
    return int((await tx.execute(query)).scalar_one())


async def not_asked(tx: Tx, portal_id: int, hotel_id: int, now: datetime, limit: int) -> list[Case]:
    """Open cases of which no card was shown yet, or which were put off until now; the weightiest first."""
    query = (
        select(*_CASE)
        .where(
            identity_cases.c.portal_id == portal_id,
            identity_cases.c.hotel_id == hotel_id,
            identity_cases.c.state == OPEN,
            or_(identity_cases.c.asked_at.is_(None), identity_cases.c.remind_at <= now),
        )
        .order_by(identity_cases.c.points.desc(), identity_cases.c.id)
        .limit(limit)
    )
    return [Case(*row) for row in (await tx.execute(query)).all()]


async def mark_asked(tx: Tx, portal_id: int, hotel_id: int, now: datetime) -> int:
    """Open cases without a card of their own were told of together; returns how many."""
    statement = update(identity_cases).where(
        identity_cases.c.portal_id == portal_id,
        identity_cases.c.hotel_id == hotel_id,
        identity_cases.c.state == OPEN,
        or_(identity_cases.c.asked_at.is_(None), identity_cases.c.remind_at <= now),
    )
    return (await tx.execute(statement.values(asked_at=now, remind_at=None))).rowcount


async def change(tx: Tx, case_id: int, **values: Any) -> None:
    """Set some of a case's columns."""
    await tx.execute(update(identity_cases).where(identity_cases.c.id == case_id).values(**values))


async def drop_open(tx: Tx, hotel_id: int, keys: Sequence[str], besides: Sequence[int]) -> None:
    """Questions about these profiles that nobody has to answer any more, besides some."""
    for pack in _packs(keys):
        await tx.execute(
            delete(identity_cases).where(
                identity_cases.c.hotel_id == hotel_id,
                identity_cases.c.profile_id.in_(pack),
                identity_cases.c.state == OPEN,
                identity_cases.c.id.not_in(besides),
            )
        )


async def tidy(tx: Tx, decided_before: datetime) -> None:
    """How items stood is not kept longer than a joining can be taken back."""
    await tx.execute(
        update(identity_cases)
        .where(identity_cases.c.decided_at < decided_before, identity_cases.c.theirs.is_not(None))
        .values(theirs=None)
    )


# --- re-planning ---------------------------------------------------------------------------------------------


async def plan_again(tx: Tx, hotel_id: int, profile_ids: Sequence[str]) -> int:
    """Have the deals of these guests (companions too) looked at again by the next run; returns how many."""
    told = [cast(stays.c.data, Text).like(f'%"{_literal(one)}"%', escape="\\") for one in profile_ids if one]
    of_guest = select(stays.c.reservation_id).where(
        stays.c.hotel_id == hotel_id, or_(stays.c.profile_id.in_(profile_ids), *told)
    )
    statement = update(snapshots).where(
        snapshots.c.hotel_id == hotel_id, snapshots.c.entity == "stay", snapshots.c.key.in_(of_guest)
    )
    return (await tx.execute(statement.values(source_hash=""))).rowcount


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def move(tx: Tx, hotel_id: int, crm_entity: str, keys: Sequence[str], crm_id: int) -> None:
    """These profiles' item is another one now."""
    await tx.execute(
        update(snapshots)
        .where(
            snapshots.c.hotel_id == hotel_id,
            snapshots.c.entity == "profile",
            snapshots.c.crm_entity == crm_entity,
            snapshots.c.key.in_(keys),
        )
        .values(crm_id=crm_id)
    )


async def empty(tx: Tx, hotel_id: int, profile_id: str) -> None:
    """What the CRM once held of an erased guest is not remembered."""
    await tx.execute(
        update(snapshots)
        .where(
            snapshots.c.hotel_id == hotel_id,
            snapshots.c.entity == "profile",
            snapshots.c.key == profile_id,
        )
        .values(fields={})
    )


async def joined_into(tx: Tx, portal_id: int, crm_ids: Sequence[int]) -> dict[int, list[Case]]:
    """The joinings into each of these contacts that hold, oldest first."""
    query = select(*_CASE).where(
        identity_cases.c.portal_id == portal_id,
        identity_cases.c.crm_entity == "contact",
        identity_cases.c.crm_id.in_(crm_ids),
        identity_cases.c.state.in_(TOGETHER),
    )
    found: dict[int, list[Case]] = {}
    for row in (await tx.execute(query.order_by(identity_cases.c.id))).all():
        found.setdefault(row.crm_id, []).append(Case(*row))
    return found


async def keys_of_item(
    tx: Tx, portal_id: int, crm_ids: Sequence[int], crm_entity: str = "contact"
) -> dict[int, list[tuple[int, str]]]:
    """Which profiles (hotel, number) each of these items holds, as confirmed; in a steady order."""
    query = (
        select(snapshots.c.crm_id, snapshots.c.hotel_id, snapshots.c.key)
        .where(
            snapshots.c.hotel_id.in_(select(hotels.c.id).where(hotels.c.portal_id == portal_id)),
            snapshots.c.crm_entity == crm_entity,
            snapshots.c.crm_id.in_(crm_ids),
            snapshots.c.entity == "profile",
        )
        .order_by(snapshots.c.hotel_id, snapshots.c.key)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for crm_id, hotel_id, key in (await tx.execute(query)).all():
        found.setdefault(int(crm_id), []).append((hotel_id, key))
    return found
