"""Forgetting a guest (152-FZ article 21, GDPR article 17): his profile goes, his stays stay without a name.

The PMS is asked to forget him first: what it still tells is staged again by the next full read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlalchemy import delete, or_, select, update

from domain.stays import Stay
from storage import door_records, guest_search, identity, snapshots
from storage.database import Tx
from storage.snapshots import Snapshot
from storage.tables import aliases, profiles, run_items, stays
from storage.tables import snapshots as snapshot_rows

_STAY = TypeAdapter(Stay)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased here, and the CRM items that the caller still has to clean."""

    profiles: int
    stays: int
    crm_items: tuple[Snapshot, ...]


async def erase_guest(tx: Tx, hotel_id: int, profile_id: str) -> Erased:
    """Erase a profile with all numbers merged into it; idempotent."""
    query = select(aliases.c.old_id).where(aliases.c.hotel_id == hotel_id, aliases.c.new_id == profile_id)
    ids = [profile_id, *(await tx.execute(query)).scalars()]
    found = await _stays_of(tx, hotel_id, ids)
    reservations = [stay.reservation_id for stay in found]
    items = [
        *(await snapshots.load(tx, hotel_id, "profile", ids)).values(),
        *(await snapshots.load(tx, hotel_id, "stay", reservations)).values(),
    ]
    await snapshots.forget(tx, hotel_id, "profile", ids)
    await identity.forget(tx, hotel_id, ids)
    await door_records.erase(tx, hotel_id, ids, reservations)
    await guest_search.erase(tx, hotel_id, {guest_search.PROFILE: ids, guest_search.STAY: reservations})
    for stay in found:
        await _make_nameless(tx, hotel_id, stay)
    await tx.execute(
        update(run_items).where(run_items.c.hotel_id == hotel_id, run_items.c.key.in_([*ids, *reservations]))
        .values(diff=None, reason=None)
    )  # fmt: skip
    of_guest = or_(aliases.c.new_id.in_(ids), aliases.c.old_id.in_(ids))
    await tx.execute(delete(aliases).where(aliases.c.hotel_id == hotel_id, of_guest))
    gone = delete(profiles).where(profiles.c.hotel_id == hotel_id, profiles.c.profile_id.in_(ids))
    return Erased((await tx.execute(gone)).rowcount, len(found), tuple(items))


async def _stays_of(tx: Tx, hotel_id: int, ids: Sequence[str]) -> list[Stay]:
    query = select(stays.c.data).where(stays.c.hotel_id == hotel_id, stays.c.profile_id.in_(ids))
    return [_STAY.validate_python(data) for data in (await tx.execute(query)).scalars()]


async def _make_nameless(tx: Tx, hotel_id: int, stay: Stay) -> None:
    """Dates, room and money are the hotel's books; name, remarks and own fields are the guest's."""
    nameless = replace(stay, guest_name="", notes="", profile_id=None, extra={})
    data = _STAY.dump_python(nameless, mode="json", exclude_defaults=True)
    key = (stays.c.hotel_id == hotel_id, stays.c.reservation_id == stay.reservation_id)
    # Another hash than the snapshot's, so that the next sync takes the name off the deal, too.
    values = {"data": data, "name_key": "", "profile_id": None, "content_hash": "erased"}
    await tx.execute(update(stays).where(*key).values(**values))
    await tx.execute(
        update(snapshot_rows)
        .where(
            snapshot_rows.c.hotel_id == hotel_id,
            snapshot_rows.c.entity == "stay",
            snapshot_rows.c.key == stay.reservation_id,
        )
        .values(fields={})
    )
