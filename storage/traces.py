"""What became of a record of the PMS on its way into the CRM: as staged, as the CRM confirmed it, as it last failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, or_, select

from domain.guests import Profile
from domain.stays import Stay
from storage.database import Tx
from storage.tables import aliases, profiles, run_items, snapshots, stays

_PROFILE = TypeAdapter(Profile)
_STAY = TypeAdapter(Stay)
_NO_ITEM = 0


@dataclass(frozen=True, slots=True)
class Trace:
    """One staged record. ``crm_id`` None: never confirmed; 0: decided to have no place in the CRM.

    ``settled``: the CRM holds (or needn't hold) it as it is staged now.
    """

    staged: str  # profile | stay
    key: str
    record: Profile | Stay
    seen_at: datetime
    crm_entity: str | None
    crm_id: int | None
    settled: bool
    confirmed_at: datetime | None


async def profiles_like(
    tx: Tx, hotel_id: int, *, name_key: str, phone_tail: str, text: str, limit: int
) -> list[Trace]:
    """Guests and firms whose number, name (words as ``name_key``), end of a phone or e-mail fits."""
    fits: list[ColumnElement[bool]] = [profiles.c.profile_id == text]
    if name_key:
        words = (profiles.c.name_key.contains(f" {word}", autoescape=True) for word in name_key.split())
        fits.append(and_(*words))
    if phone_tail:
        fits.append(profiles.c.phones.contains(f"{phone_tail} ", autoescape=True))
    if "@" in text:
        fits.append(profiles.c.emails.contains(f" {text.lower()} ", autoescape=True))
    return await _traces(tx, hotel_id, "profile", or_(*fits), limit)


async def profile(tx: Tx, hotel_id: int, profile_id: str) -> Trace | None:
    """One by its number, a merged-away one as it was told last."""
    found = await _traces(tx, hotel_id, "profile", profiles.c.profile_id == profile_id, 1)
    return found[0] if found else None


async def stays_like(tx: Tx, hotel_id: int, text: str, limit: int) -> list[Trace]:
    """Reservations of this number or confirmation number."""
    fits = or_(stays.c.reservation_id == text, stays.c.confirmation == text)
    return await _traces(tx, hotel_id, "stay", fits, limit)


async def stays_of(tx: Tx, hotel_id: int, profile_id: str, limit: int) -> list[Trace]:
    """A guest's reservations, newest arrivals first, those under merged-away numbers too."""
    older = select(aliases.c.old_id).where(aliases.c.hotel_id == hotel_id, aliases.c.new_id == profile_id)
    fits = or_(stays.c.profile_id == profile_id, stays.c.profile_id.in_(older))
    return await _traces(tx, hotel_id, "stay", fits, limit)


async def stays_named(tx: Tx, hotel_id: int, name_key: str, limit: int) -> list[Trace]:
    """Reservations whose guest is called so; their profiles may be unknown."""
    words = (stays.c.name_key.contains(f" {word}", autoescape=True) for word in name_key.split())
    return await _traces(tx, hotel_id, "stay", and_(*words), limit)


async def rejected(tx: Tx, hotel_id: int, key: str) -> tuple[str, str | None, str | None] | None:
    """A row of this number that couldn't be read: (entity, code, detail) of the newest."""
    query = (
        select(run_items.c.entity, run_items.c.code, run_items.c.reason)
        .where(
            run_items.c.hotel_id == hotel_id,
            run_items.c.entity.in_(("profile", "stay", "posting")),
            run_items.c.key == key,
            run_items.c.state == "rejected",
        )
        .order_by(run_items.c.id.desc())
        .limit(1)
    )
    row = (await tx.execute(query)).one_or_none()
    return (row.entity, row.code, row.reason) if row else None


async def _traces(tx: Tx, hotel_id: int, staged: str, fits: ColumnElement[bool], limit: int) -> list[Trace]:
    table: Any = profiles if staged == "profile" else stays
    key = table.c.profile_id if staged == "profile" else table.c.reservation_id
    newest_first = table.c.seen_at if staged == "profile" else table.c.arrival
    beside = and_(
        snapshots.c.hotel_id == table.c.hotel_id, snapshots.c.entity == staged, snapshots.c.key == key
    )
    query = (
        select(
            key.label("key"),
            table.c.data,
            table.c.seen_at,
            table.c.content_hash,
            snapshots.c.crm_entity,
            snapshots.c.crm_id,
            snapshots.c.source_hash,
            snapshots.c.confirmed_at,
        )
        .select_from(table.outerjoin(snapshots, beside))
        .where(table.c.hotel_id == hotel_id, fits)
        .order_by(newest_first.desc(), key)
        .limit(limit)
    )
    read = _PROFILE if staged == "profile" else _STAY
    return [
        Trace(
            staged,
            row.key,
            read.validate_python(row.data),
            row.seen_at,
            row.crm_entity,
            row.crm_id,
            row.source_hash == row.content_hash,
            row.confirmed_at,
        )
        for row in (await tx.execute(query)).all()
    ]
