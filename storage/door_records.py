"""What each door of a hotel told, field by field, and which staged record it belongs to (decision 20).

The table is also the link between a door's own numbers and the hotel's: ``same`` numbers, ``matched`` by room, dates
and name, or ``own`` (nothing fits yet).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import and_, delete, or_, select, update

from domain.door_match import Sighting, words_in
from domain.doors import EXTRA, FIELDS, Cell, DoorRecord
from domain.guests import Profile
from domain.stays import Stay
from storage import guest_search
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import door_records, hotels, profiles, snapshots, stays

How = Literal["same", "matched", "own"]
OWN_REFERENCE = "@"
"""Cells of numbers that mean something within the door only: kept, never merged."""
REFERENCES = frozenset({"profile_id", "company_id", "agent_id", "companion_ids", "share_key"})
_PERSONAL = frozenset({"guest_name", "notes", "profile_id", "companion_ids"})
_FIRST_TOLD = datetime(1970, 1, 1, tzinfo=UTC)
_RECORDS: Mapping[str, TypeAdapter[Any]] = {"stay": TypeAdapter(Stay), "profile": TypeAdapter(Profile)}
_KEYS = {"stay": "reservation_id", "profile": "profile_id"}
_PACK = 500


@dataclass(slots=True)
class Kept:
    """All that one door has told about one record. ``key`` None: it belongs to no staged record yet."""

    entity: str
    door: str
    door_key: str
    how: How
    key: str | None
    cells: dict[str, Cell] = field(default_factory=dict)
    received_at: datetime = _FIRST_TOLD
    stored_at: datetime | None = None
    """When its last telling was stored; None: now."""

    @property
    def told_at(self) -> datetime:
        return max((cell.at for cell in self.cells.values()), default=_FIRST_TOLD)

    def value(self, name: str) -> Any:
        """A field's value, also where it is a number of the door's own."""
        cell = self.cells.get(name) or self.cells.get(OWN_REFERENCE + name)
        return cell.value if cell else None


# --- cells ---------------------------------------------------------------------------------------------------


def cells_of(told: DoorRecord, *, own_numbers: bool) -> dict[str, Cell]:
    """The cells of a telling; ``own_numbers`` keeps the door's references apart from the hotel's."""
    plain = _RECORDS[told.entity].dump_python(told.record, mode="json")
    values = {name: plain[name] for name in told.knows & FIELDS[told.entity] if name != "extra"}
    for name, value in plain["extra"].items():
        if "extra" in told.knows or EXTRA + name in told.knows:
            values[EXTRA + name] = value
    apart = REFERENCES if own_numbers else frozenset()
    return {
        (OWN_REFERENCE + name if name in apart else name): Cell(value, told.at, told.sequence)
        for name, value in values.items()
    }


def shared(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The cells that may be merged with other doors'."""
    return {name: cell for name, cell in cells.items() if not name.startswith(OWN_REFERENCE)}


def record_of(entity: str, key: str, values: Mapping[str, object]) -> Profile | Stay:
    """A record under the hotel's number from merged values."""
    plain = {name: value for name, value in values.items() if not name.startswith(EXTRA)}
    extra = {name.removeprefix(EXTRA): value for name, value in values.items() if name.startswith(EXTRA)}
    record: Profile | Stay = _RECORDS[entity].validate_python({_KEYS[entity]: key, **plain, "extra": extra})
    return record


def _pack(cells: Mapping[str, Cell]) -> list[list[Any]]:
    """Cells grouped by their moment: a read tells all fields at once."""
    groups: dict[tuple[str, int], dict[str, object]] = {}
    for name, cell in cells.items():
        groups.setdefault((cell.at.astimezone(UTC).isoformat(), cell.sequence), {})[name] = cell.value
    return [[at, sequence, values] for (at, sequence), values in groups.items()]


def _unpack(groups: Sequence[Sequence[Any]]) -> dict[str, Cell]:
    return {
        name: Cell(value, datetime.fromisoformat(at), sequence)
        for at, sequence, values in groups
        for name, value in values.items()
    }


# --- keeping -------------------------------------------------------------------------------------------------

_READ = [
    door_records.c[name]
    for name in ("entity", "door", "door_key", "how", "key", "cells", "received_at", "stored_at")
]


def _kept(row: Any) -> Kept:
    entity, door, door_key, how, key, cells, received_at, stored_at = row
    return Kept(entity, door, door_key, how, key, _unpack(cells), received_at, stored_at)


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
            "cells": _pack(one.cells),
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
        kept = {name: cell for name, cell in _unpack(cells).items() if not _is_personal(name)}
        row = (of_hotel, door_records.c.entity == "stay", door_records.c.door == door)
        change = update(door_records).where(*row, door_records.c.door_key == door_key)
        await tx.execute(change.values(cells=_pack(kept), guest_key=None))


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
            table.c[_KEYS[entity]] == door_records.c.key,
        )
        for entity, table in (("stay", stays), ("profile", profiles))
    ]
    gone = delete(door_records).where(old, *(~one.exists() for one in staged))
    return int((await tx.execute(gone)).rowcount)


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


# --- staged records ------------------------------------------------------------------------------------------


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
    key = table.c[_KEYS[entity]]
    query = select(key, table.c.data, table.c.source_updated_at, table.c.seen_at)
    query = query.where(table.c.hotel_id == hotel_id, key.in_(keys))
    found = {}
    for number, data, updated_at, seen_at in (await tx.execute(query)).all():
        record = _RECORDS[entity].validate_python(data)
        at = updated_at or seen_at
        whole = DoorRecord(entity, number, record, FIELDS[entity], at)
        found[number] = cells_of(whole, own_numbers=False)
    return found


async def unstage(tx: Tx, hotel_id: int, entity: str, keys: Collection[str]) -> None:
    """Take staged records out that were shown under a door's own number; they have no item in the CRM."""
    table = stays if entity == "stay" else profiles
    await tx.execute(delete(table).where(table.c.hotel_id == hotel_id, table.c[_KEYS[entity]].in_(keys)))
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
