"""What a hotel keeps no longer than it has said: stays that are over, and guests who have no other one.

That an item of the CRM is ours stays known (a snapshot without fields), so that a reconciliation doesn't miss it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update

from domain.guests import ProfileKind
from storage import guest_alerts, guest_search, identity
from storage.database import Tx
from storage.tables import (
    aliases,
    door_records,
    posting_history,
    postings,
    profiles,
    run_items,
    snapshots,
    stays,
)

AT_ONCE = 300


async def expire_stays(tx: Tx, hotel_id: int, ended_before: date) -> int:
    """Forget some stays whose departure lies before a day; returns how many, 0 when there are none left."""
    query = select(stays.c.reservation_id).where(
        stays.c.hotel_id == hotel_id, stays.c.departure < ended_before
    )
    keys = list((await tx.execute(query.limit(AT_ONCE))).scalars())
    if keys:
        lines = (postings.c.hotel_id == hotel_id, postings.c.reservation_id.in_(keys))
        ids = select(postings.c.posting_id).where(*lines)
        before = (posting_history.c.hotel_id == hotel_id, posting_history.c.posting_id.in_(ids))
        await tx.execute(delete(posting_history).where(*before))
        await tx.execute(delete(postings).where(*lines))
        await guest_alerts.forget(tx, hotel_id, keys)
        await _forget(tx, hotel_id, guest_search.STAY, keys)
        await tx.execute(delete(stays).where(stays.c.hotel_id == hotel_id, stays.c.reservation_id.in_(keys)))
    return len(keys)


async def expire_guests(tx: Tx, hotel_id: int, seen_before: datetime) -> int:
    """Forget some persons without a stay whom the PMS hasn't told of since; returns how many."""
    staying = select(stays.c.profile_id).where(
        stays.c.hotel_id == hotel_id, stays.c.profile_id == profiles.c.profile_id
    )
    survivors = (
        select(stays.c.profile_id)
        .join(aliases, (aliases.c.hotel_id == hotel_id) & (aliases.c.old_id == stays.c.profile_id))
        .where(stays.c.hotel_id == hotel_id, aliases.c.new_id == profiles.c.profile_id)
    )
    query = select(profiles.c.profile_id).where(
        profiles.c.hotel_id == hotel_id,
        profiles.c.kind == ProfileKind.INDIVIDUAL.value,
        profiles.c.seen_at < seen_before,
        ~staying.exists(),
        ~survivors.exists(),
    )
    keys = list((await tx.execute(query.limit(AT_ONCE))).scalars())
    if keys:
        await identity.forget(tx, hotel_id, keys)
        await _forget(tx, hotel_id, guest_search.PROFILE, keys)
        mine = (profiles.c.hotel_id == hotel_id, profiles.c.profile_id.in_(keys))
        await tx.execute(delete(profiles).where(*mine))
    return len(keys)


async def _forget(tx: Tx, hotel_id: int, entity: str, keys: Sequence[str]) -> None:
    """What beside the record itself tells of it."""
    await guest_search.erase(tx, hotel_id, {entity: keys})
    told = (door_records.c.hotel_id == hotel_id, door_records.c.entity == entity)
    await tx.execute(delete(door_records).where(*told, door_records.c.key.in_(keys)))
    written = (snapshots.c.hotel_id == hotel_id, snapshots.c.entity == entity, snapshots.c.key.in_(keys))
    await tx.execute(update(snapshots).where(*written).values(fields={}, source_hash=""))
    items = (run_items.c.hotel_id == hotel_id, run_items.c.entity == entity, run_items.c.key.in_(keys))
    await tx.execute(update(run_items).where(*items).values(diff=None, reason=None))
