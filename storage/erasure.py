"""Forgetting a guest (152-FZ article 21, GDPR article 17): his profile goes, his stays stay without a name.

The PMS is asked to forget him first: what it still tells is staged again by the next full read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, or_, select, update

from domain.stays import Stay
from storage import door_records, guest_alerts, guest_search, identity, snapshots
from storage.database import Tx
from storage.snapshots import Snapshot
from storage.tables import (
    aliases,
    links,
    profiles,
    request_history,
    request_words,
    requests,
    run_items,
    stays,
    timeline_lines,
    work_orders,
)
from storage.tables import snapshots as snapshot_rows

_STAY = TypeAdapter(Stay)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased here, and the CRM items that the caller still has to clean."""

    profiles: int
    stays: int
    crm_items: tuple[Snapshot, ...]


async def whereabouts(tx: Tx, hotel_id: int, profile_id: str) -> tuple[list[str], list[str]]:
    """All numbers of a guest's profile, those merged into it too, and his reservations."""
    query = select(aliases.c.old_id).where(aliases.c.hotel_id == hotel_id, aliases.c.new_id == profile_id)
    ids = [profile_id, *(await tx.execute(query)).scalars()]
    return ids, [stay.reservation_id for stay in await _stays_of(tx, hotel_id, ids)]


async def erase_guest(tx: Tx, hotel_id: int, profile_id: str) -> Erased:
    """Erase a profile with all numbers merged into it; idempotent."""
    ids, _ = await whereabouts(tx, hotel_id, profile_id)
    found = await _stays_of(tx, hotel_id, ids)
    reservations = [stay.reservation_id for stay in found]
    items = [
        *(await snapshots.load(tx, hotel_id, "profile", ids)).values(),
        *(await snapshots.load(tx, hotel_id, "stay", reservations)).values(),
    ]
    await snapshots.forget(tx, hotel_id, "profile", ids)
    await identity.forget(tx, hotel_id, ids)
    await door_records.erase(tx, hotel_id, ids, reservations)
    await guest_alerts.forget(tx, hotel_id, reservations)
    told = (timeline_lines.c.hotel_id == hotel_id, timeline_lines.c.key.in_(reservations))
    await tx.execute(delete(timeline_lines).where(*told))
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


# --- requests about him ---------------------------------------------------------------------------------------


async def requests_about(tx: Tx, portal_id: int, keys: Sequence[str]) -> list[int]:
    """Requests tied to a guest (``HOTEL:PROFILE``, ``HOTEL:reservation:NUMBER``), by id."""
    query = select(links.c.local_id).where(
        links.c.portal_id == portal_id,
        links.c.kind == "guest",
        links.c.local_type == "request",
        links.c.external_id.in_(keys),
    )
    return sorted({int(one) for one in (await tx.execute(query)).scalars()})


async def erase_words(tx: Tx, portal_id: int, request_id: int, subject: str, now: datetime) -> None:
    """What people said in a request goes; what was done, when and by whom stays (decision 19)."""
    mine = (request_words.c.portal_id == portal_id, request_words.c.request_id == request_id)
    await tx.execute(
        update(request_words).where(*mine, request_words.c.text.is_not(None)).values(text=None, erased_at=now)
    )
    of_request = (requests.c.portal_id == portal_id, requests.c.id == request_id)
    blank = {"subject": subject, "description": "", "conditions": ""}
    await tx.execute(update(requests).where(*of_request).values(**blank))
    query = select(request_history.c.id, request_history.c.data).where(
        request_history.c.portal_id == portal_id, request_history.c.request_id == request_id
    )
    for fact_id, data in (await tx.execute(query)).all():
        if "subject" in data:
            change = update(request_history).where(request_history.c.id == fact_id)
            await tx.execute(change.values(data={**data, "subject": subject}))
    ties = (
        links.c.portal_id == portal_id,
        links.c.local_type == "request",
        links.c.local_id == str(request_id),
    )
    for tie_id, data in (await tx.execute(select(links.c.id, links.c.data).where(*ties))).all():
        if "title" in data:
            change = update(links).where(links.c.id == tie_id)
            await tx.execute(change.values(data={**data, "title": subject}))


async def drop_samples(tx: Tx, portal_id: int, hotel_id: int) -> None:
    """Rehearsals keep examples of what would be written: a hotel's are dropped, whoever stands in them."""
    query = select(work_orders.c.id, work_orders.c.params, work_orders.c.result).where(
        work_orders.c.portal_id == portal_id,
        work_orders.c.kind == "sync",
        work_orders.c.params["mode"].as_string().in_(("dry", "apply")),
    )
    for order_id, params, result in (await tx.execute(query)).all():
        if params["hotel_id"] == hotel_id and result and result.get("samples"):
            change = update(work_orders).where(work_orders.c.id == order_id)
            await tx.execute(change.values(result={**result, "samples": []}))
