"""The staged records that what a door told may belong to: found, gone on with, or taken out again."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, delete, or_, select, update

from domain.door_match import Sighting, words_in
from domain.doors import FIELDS, Cell, DoorRecord
from storage import guest_search
from storage.database import Tx
from storage.door_cells import KEYS, RECORDS, cells_of
from storage.tables import door_records, profiles, snapshots, stays


async def move(tx: Tx, hotel_id: int, entity: str, old_key: str, new_key: str) -> None:
    """Records of other doors that stood with a record under a door's own number go on with the one it is."""
    await tx.execute(
        update(door_records)
        .where(
            door_records.c.hotel_id == hotel_id,
            door_records.c.entity == entity,
            door_records.c.key == old_key,
        )
        .values(key=new_key, how="matched")
    )


async def staged_cells(
    tx: Tx, hotel_id: int, entity: str, keys: Collection[str]
) -> dict[str, dict[str, Cell]]:
    """Staged records as cells: what was staged before the hotel had a second door."""
    table = stays if entity == "stay" else profiles
    key = table.c[KEYS[entity]]
    query = select(key, table.c.data, table.c.source_updated_at, table.c.seen_at)
    query = query.where(table.c.hotel_id == hotel_id, key.in_(keys))
    found = {}
    for number, data, updated_at, seen_at in (await tx.execute(query)).all():
        record = RECORDS[entity].validate_python(data)
        at = updated_at or seen_at
        whole = DoorRecord(entity, number, record, FIELDS[entity], at)
        found[number] = cells_of(whole, own_numbers=False)
    return found


async def unstage(tx: Tx, hotel_id: int, entity: str, keys: Collection[str]) -> None:
    """Take staged records out that were shown under a door's own number; they have no item in the CRM."""
    table = stays if entity == "stay" else profiles
    await tx.execute(delete(table).where(table.c.hotel_id == hotel_id, table.c[KEYS[entity]].in_(keys)))
    await guest_search.remove(tx, hotel_id, entity, list(keys))
    await tx.execute(
        delete(snapshots).where(
            snapshots.c.hotel_id == hotel_id, snapshots.c.entity == entity, snapshots.c.key.in_(keys)
        )
    )


async def candidates(
    tx: Tx, hotel_id: int, sightings: Sequence[Sighting], *, apart_from: str
) -> list[Sighting]:
    """Staged stays that one of the sightings may be: same number, same room and time, or same arrival.

    ``apart_from``: the door whose own records, and records it is linked to already, are none.
    """
    rooms = {one.room for one in sightings if one.room}
    numbers = {one.key for one in sightings}
    arrivals = {one.arrival for one in sightings if one.arrival}
    first = min(arrivals, default=date.max)
    last = max((one.departure for one in sightings if one.departure), default=date.min)
    taken = select(door_records.c.key).where(
        door_records.c.hotel_id == hotel_id,
        door_records.c.door == apart_from,
        door_records.c.entity == "stay",
        door_records.c.key.is_not(None),
    )
    guest = and_(profiles.c.hotel_id == hotel_id, profiles.c.profile_id == stays.c.profile_id)
    columns = (stays.c.reservation_id, stays.c.room, stays.c.arrival, stays.c.departure, stays.c.state)
    query = (
        select(*columns, stays.c.name_key, profiles.c.name_key.label("guest_key"))
        .select_from(stays.outerjoin(profiles, guest))
        .where(
            stays.c.hotel_id == hotel_id,
            or_(
                stays.c.reservation_id.in_(numbers),
                and_(stays.c.room.in_(rooms), stays.c.departure >= first, stays.c.arrival <= last),
                stays.c.arrival.in_(arrivals),
            ),
            stays.c.reservation_id.not_in(taken),
        )
    )
    return [
        Sighting(
            row.reservation_id,
            row.room,
            row.arrival,
            row.departure,
            words_in(f"{row.name_key} {row.guest_key or ''}"),
            row.state,
        )
        for row in (await tx.execute(query)).all()
    ]


async def guests_of(tx: Tx, hotel_id: int, door: str, guest_keys: Collection[str]) -> dict[str, str]:
    """The door's own guest numbers → the hotel's, through stays that were matched."""
    query = (
        select(door_records.c.guest_key, stays.c.profile_id)
        .join(stays, and_(stays.c.hotel_id == hotel_id, stays.c.reservation_id == door_records.c.key))
        .where(
            door_records.c.hotel_id == hotel_id,
            door_records.c.door == door,
            door_records.c.entity == "stay",
            door_records.c.how == "matched",
            door_records.c.guest_key.in_(guest_keys),
            stays.c.profile_id.is_not(None),
        )
        .order_by(door_records.c.told_at)
    )
    return {guest: ours for guest, ours in (await tx.execute(query)).all()}  # noqa: C416 - rows aren't pairs to mypy
