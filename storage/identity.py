"""Identity as kept: which profiles hold which phone or e-mail, and the cases that were decided or wait for a person.

The values are brought up to date from the staged profiles when a run has somebody to decide about, by comparing
fingerprints; so they are true whoever staged the profile, and cost nothing in a run without new people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, and_, cast, delete, func, insert, or_, select, update

from domain.guests import ProfileKind
from domain.identity import is_relay
from storage.database import Tx
from storage.dialect import inserting
from storage.identity_cases import (
    APART,
    JOINED,
    JOINING,
    OPEN,
    SPLITTING,
    TOGETHER,
    Case,
    change,
    count_open,
    drop_open,
    get,
    joined_into,
    listed,
    mark_asked,
    not_asked,
    of_profiles,
    packs,
    put,
    tidy,
)
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

__all__ = [
    "APART",
    "JOINED",
    "JOINING",
    "OPEN",
    "SPLITTING",
    "TOGETHER",
    "Case",
    "Held",
    "Holder",
    "change",
    "count_open",
    "current_values",
    "drop_open",
    "empty",
    "forget",
    "get",
    "holders",
    "joined_into",
    "keys_of_item",
    "linked",
    "listed",
    "mark_asked",
    "merged_into",
    "move",
    "nobodys",
    "not_asked",
    "not_taken_down",
    "of_profiles",
    "plan_again",
    "put",
    "survivor_of",
    "take_down",
    "tidy",
    "values_of",
]


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
    for pack in packs(profile_ids):
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
    for pack in packs(profile_ids):
        query = select(identity_values.c.profile_id, identity_values.c.value).where(
            identity_values.c.hotel_id == hotel_id, identity_values.c.profile_id.in_(pack)
        )
        for key, value in (await tx.execute(query)).all():
            found.setdefault(key, set()).add(value)
    return found


async def nobodys(tx: Tx, portal_id: int, values: Iterable[str], shared_by: int) -> set[str]:
    """Values that prove nothing: on more than ``shared_by`` different names, or a firm's."""
    found: set[str] = set()
    for pack in packs(values):
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
    for pack in packs(values):
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
    for pack in packs(wanted):
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
