"""Identity as kept: the cases that were decided or wait for a person, mergers in the PMS, and the items' profiles.

Which profile holds which phone or e-mail: ``storage.identity_values``.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Text, cast, delete, or_, select, update

from storage.database import Tx
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
    "change",
    "count_open",
    "drop_open",
    "empty",
    "forget",
    "get",
    "joined_into",
    "keys_of_item",
    "linked",
    "listed",
    "mark_asked",
    "merged_into",
    "move",
    "not_asked",
    "of_profiles",
    "plan_again",
    "put",
    "survivor_of",
    "tidy",
]


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
