"""What each door of a hotel told, field by field, and which staged record it belongs to (decision 20).

The table is also the link between a door's own numbers and the hotel's: ``same`` numbers, ``matched`` by room, dates
and name, or ``own`` (nothing fits yet).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from domain.doors import EXTRA
from storage.database import Tx
from storage.dialect import inserting
from storage.door_cells import KEYS, OWN_REFERENCE, Kept, pack, unpack
from storage.door_matches import unstage
from storage.tables import door_records, hotels, profiles, stays

_PERSONAL = frozenset({"guest_name", "notes", "profile_id", "companion_ids"})
_PACK = 500
_READ = [
    door_records.c[name]
    for name in ("entity", "door", "door_key", "how", "key", "cells", "received_at", "stored_at")
]


def _kept(row: Any) -> Kept:
    entity, door, door_key, how, key, cells, received_at, stored_at = row
    return Kept(entity, door, door_key, how, key, unpack(cells), received_at, stored_at)


async def one_at_a_time(tx: Tx, hotel_id: int) -> None:
    """Doors of one hotel store one after another: each merges with what the others have told.

    SQLite has one writer anyhow.
    """
    if tx.dialect.name == "sqlite":
        return
    await tx.execute(select(hotels.c.id).where(hotels.c.id == hotel_id).with_for_update(key_share=True))


async def of_door(
    tx: Tx, hotel_id: int, door: str, entity: str, door_keys: Collection[str]
) -> dict[str, Kept]:
    """What a door told about records, by its own numbers."""
    query = select(*_READ).where(
        door_records.c.hotel_id == hotel_id,
        door_records.c.entity == entity,
        door_records.c.door == door,
        door_records.c.door_key.in_(door_keys),
    )
    return {row.door_key: _kept(row) for row in (await tx.execute(query)).all()}


async def of_keys(tx: Tx, hotel_id: int, entity: str, keys: Collection[str]) -> dict[str, dict[str, Kept]]:
    """What all doors told about staged records: key → door → kept."""
    found: dict[str, dict[str, Kept]] = {}
    query = select(*_READ).where(
        door_records.c.hotel_id == hotel_id, door_records.c.entity == entity, door_records.c.key.in_(keys)
    )
    for row in (await tx.execute(query.order_by(door_records.c.told_at))).all():
        found.setdefault(row.key, {})[row.door] = _kept(row)
    return found


async def unmatched(
    tx: Tx,
    hotel_id: int,
    door: str,
    entity: str,
    *,
    among: Collection[str] | None = None,
    limit: int = _PACK,
) -> list[Kept]:
    """Records of a door that fit no staged record yet, those told last first; ``among`` these numbers of the door."""
    query = select(*_READ).where(
        door_records.c.hotel_id == hotel_id,
        door_records.c.door == door,
        door_records.c.entity == entity,
        door_records.c.how == "own",
    )
    if among is not None:
        query = query.where(door_records.c.door_key.in_(among))
    query = query.order_by(door_records.c.told_at.desc(), door_records.c.door_key).limit(limit)
    return [_kept(row) for row in (await tx.execute(query)).all()]


async def in_house(tx: Tx, hotel_id: int, door: str) -> list[Kept]:
    """The stays that a door has told to be in the house."""
    query = select(*_READ).where(
        door_records.c.hotel_id == hotel_id,
        door_records.c.door == door,
        door_records.c.entity == "stay",
        door_records.c.state == "in_house",
    )
    return [_kept(row) for row in (await tx.execute(query)).all()]


async def all_of_door(tx: Tx, hotel_id: int, door: str) -> list[Kept]:
    """Everything a door has told: for the day its numbers turn out to be the hotel's."""
    query = select(*_READ).where(door_records.c.hotel_id == hotel_id, door_records.c.door == door)
    return [_kept(row) for row in (await tx.execute(query)).all()]


async def keep(tx: Tx, portal_id: int, hotel_id: int, records: Sequence[Kept], now: datetime) -> None:
    """Store what doors told as it stands now."""
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id}
    rows = [
        {
            **fixed,
            "entity": one.entity,
            "door": one.door,
            "door_key": one.door_key,
            "key": one.key,
            "how": one.how,
            "guest_key": one.value("profile_id") if one.entity == "stay" else None,
            "state": one.value("state") if one.entity == "stay" else None,
            "cells": pack(one.cells),
            "told_at": one.told_at,
            "received_at": one.received_at,
            "stored_at": one.stored_at or now,
        }
        for one in records
    ]
    if not rows:
        return
    statement = inserting(tx, door_records)
    overwritten = {name: statement.excluded[name] for name in rows[0] if name not in door_records.primary_key}
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[*door_records.primary_key], set_=overwritten), rows
    )


async def erase(tx: Tx, hotel_id: int, profile_keys: Collection[str], stay_keys: Collection[str]) -> None:
    """A guest is forgotten: what doors told about him goes, his stays keep what is the hotel's own."""
    of_hotel = door_records.c.hotel_id == hotel_id
    await tx.execute(
        delete(door_records).where(
            of_hotel, door_records.c.entity == "profile", door_records.c.key.in_(profile_keys)
        )
    )
    query = select(door_records.c.door, door_records.c.door_key, door_records.c.cells)
    query = query.where(of_hotel, door_records.c.entity == "stay", door_records.c.key.in_(stay_keys))
    for door, door_key, cells in (await tx.execute(query)).all():
        kept = {name: cell for name, cell in unpack(cells).items() if not _is_personal(name)}
        row = (of_hotel, door_records.c.entity == "stay", door_records.c.door == door)
        change = update(door_records).where(*row, door_records.c.door_key == door_key)
        await tx.execute(change.values(cells=pack(kept), guest_key=None))


def _is_personal(name: str) -> bool:
    name = name.removeprefix(OWN_REFERENCE)
    return name in _PERSONAL or name.startswith(EXTRA)


async def purge(tx: Tx, *, told_before: datetime) -> int:
    """Forget what was told long ago and belongs to nothing any more: stays that never fitted any other, and what is
    left of records that aren't staged any longer. Returns how many.
    """
    old = door_records.c.told_at < told_before
    query = select(door_records.c.hotel_id, door_records.c.entity, door_records.c.key)
    query = query.where(old, door_records.c.how == "own", door_records.c.key.is_not(None)).limit(_PACK)
    alone = (await tx.execute(query)).all()
    for hotel_id, entity, key in alone:
        await unstage(tx, hotel_id, entity, [key])
    staged = [
        select(table.c.hotel_id).where(
            table.c.hotel_id == door_records.c.hotel_id,
            door_records.c.entity == entity,
            table.c[KEYS[entity]] == door_records.c.key,
        )
        for entity, table in (("stay", stays), ("profile", profiles))
    ]
    gone = delete(door_records).where(old, *(~one.exists() for one in staged))
    return int((await tx.execute(gone)).rowcount)
