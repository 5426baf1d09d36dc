"""How a hotel's doors are known: whether their numbers are the hotel's, the rooms they told of, how quick they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import and_, func, select

from domain.doors import RoomStatus
from storage.database import Tx
from storage.dialect import inserting, upsert
from storage.tables import door_records, door_states, room_states, snapshots


@dataclass(frozen=True, slots=True)
class DoorState:
    """How a door is known. ``same_ids`` None: the probe has not decided."""

    same_ids: bool | None = None
    evidence: Mapping[str, Any] | None = None
    probed_at: datetime | None = None
    told_at: datetime | None = None


async def state(tx: Tx, hotel_id: int, door: str) -> DoorState:
    """What is known about a door; an empty state before anything is."""
    columns = (
        door_states.c.same_ids,
        door_states.c.evidence,
        door_states.c.probed_at,
        door_states.c.told_at,
    )
    query = select(*columns).where(door_states.c.hotel_id == hotel_id, door_states.c.door == door)
    row = (await tx.execute(query)).one_or_none()
    return DoorState(*row) if row else DoorState()


async def set_verdict(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    door: str,
    *,
    same_ids: bool | None,
    evidence: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep what the probe learnt about a door's numbers."""
    row = {"portal_id": portal_id, "hotel_id": hotel_id, "door": door, "same_ids": same_ids}
    row |= {"evidence": dict(evidence), "probed_at": now}
    changed = {"same_ids", "evidence", "probed_at"}
    await tx.execute(upsert(tx, door_states, [*door_states.primary_key], row, changed))


async def note_told(tx: Tx, portal_id: int, hotel_id: int, door: str, now: datetime) -> None:
    """A door has told something."""
    row = {"portal_id": portal_id, "hotel_id": hotel_id, "door": door, "told_at": now}
    await tx.execute(upsert(tx, door_states, [*door_states.primary_key], row, {"told_at"}))


async def set_room(tx: Tx, portal_id: int, hotel_id: int, status: RoomStatus) -> None:
    """Keep a room's state unless a later one is known."""
    row = {"portal_id": portal_id, "hotel_id": hotel_id, "room": status.room}
    row |= {"condition": status.condition, "occupied": status.occupied, "at": status.at}
    statement = inserting(tx, room_states).values(row)
    overwritten = {name: statement.excluded[name] for name in ("condition", "occupied", "at")}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[*room_states.primary_key],
            set_=overwritten,
            where=room_states.c.at <= statement.excluded.at,
        )
    )


async def rooms(tx: Tx, hotel_id: int) -> list[RoomStatus]:
    """The rooms whose state was told, by number."""
    query = select(room_states.c.room, room_states.c.condition, room_states.c.occupied, room_states.c.at)
    query = query.where(room_states.c.hotel_id == hotel_id)
    found = await tx.execute(query.order_by(func.length(room_states.c.room), room_states.c.room))
    return [RoomStatus(*row) for row in found.all()]


# --- figures -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from receiving an event to our store and to the CRM's confirmation, over the latest records."""

    records: int
    store_p50_s: float
    store_max_s: float
    in_crm: int
    crm_p50_s: float
    crm_max_s: float


async def lag(tx: Tx, hotel_id: int, door: str, *, last: int = 200) -> Lag | None:
    """How quick a door's tellings came through; None before the first one."""
    record = and_(
        snapshots.c.hotel_id == door_records.c.hotel_id,
        snapshots.c.entity == door_records.c.entity,
        snapshots.c.key == door_records.c.key,
        snapshots.c.confirmed_at >= door_records.c.stored_at,
    )
    query = (
        select(door_records.c.received_at, door_records.c.stored_at, snapshots.c.confirmed_at)
        .select_from(door_records.outerjoin(snapshots, record))
        .where(door_records.c.hotel_id == hotel_id, door_records.c.door == door)
        .order_by(door_records.c.received_at.desc())
        .limit(last)
    )
    rows = (await tx.execute(query)).all()
    if not rows:
        return None
    store = [(row.stored_at - row.received_at).total_seconds() for row in rows]
    crm = [
        (row.confirmed_at - row.received_at).total_seconds() for row in rows if row.confirmed_at is not None
    ]
    return Lag(
        len(rows),
        round(median(store), 3),
        round(max(store), 3),
        len(crm),
        round(median(crm), 2) if crm else 0.0,
        round(max(crm), 2) if crm else 0.0,
    )
