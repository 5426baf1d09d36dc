"""The staging store: what a hotel's PMS told last, kept apart from what the CRM holds.

A record is written only when its content differs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select, update

from domain.guest_search import profile_tokens, stay_tokens
from domain.guests import Profile
from domain.portal import Hotel
from domain.stays import Cursor, Posting, Stay
from storage import guest_search, postings
from storage.database import Tx
from storage.dialect import inserting
from storage.dialect import upsert as upsert_one
from storage.staged import KINDS, PROFILES, STAYS, Kind, fingerprint_of, profile_row, stay_row
from storage.tables import aliases, sync_cursors

_PACK = 1000
_REACH = Cursor.__slots__


async def upsert(
    tx: Tx,
    portal_id: int,
    hotel: Hotel,
    new_profiles: Sequence[Profile],
    new_stays: Sequence[Stay],
    new_postings: Sequence[Posting] = (),
    *,
    run_id: int | None,
    now: datetime,
) -> int:
    """Stage what a run has read; returns how many profiles and stays the run saw for the first time.

    Of a record that comes twice the last one counts. ``run_id`` None: told by a live door, outside of any run.
    """
    fixed = {"portal_id": portal_id, "hotel_id": hotel.id}
    fixed |= {"seen_run": run_id} if run_id is not None else {}
    seen = {**fixed, "seen_at": now}
    await _remember_merges(tx, portal_id, hotel.id, new_profiles)
    fresh = await _store(
        tx, PROFILES, {p.profile_id: p for p in new_profiles}, seen, lambda p: profile_row(p, hotel)
    )
    fresh += await _store(tx, STAYS, {s.reservation_id: s for s in new_stays}, seen, stay_row)
    if new_postings:
        await postings.add(tx, portal_id, hotel.id, new_postings, run_id=run_id, now=now)
    if new_stays and await postings.any_of(tx, hotel.id):
        await postings.touch(tx, hotel.id, [one.reservation_id for one in new_stays])
    return fresh


async def _store(
    tx: Tx,
    kind: Kind,
    records: Mapping[str, Any],
    fixed: Mapping[str, Any],
    search: Callable[[Any], dict[str, Any]],
) -> int:
    """Write what is new or differs, mark the rest as seen; returns how many this run had not seen yet."""
    fresh = 0
    for start in range(0, len(records), _PACK):
        pack = dict(islice(records.items(), start, start + _PACK))
        known = await _known(tx, kind, fixed["hotel_id"], list(pack))
        rows, unchanged = [], []
        for key, record in pack.items():
            old_hash, seen_run = known.get(key, (None, None))
            fresh += "seen_run" in fixed and seen_run != fixed["seen_run"]
            data = kind.records.dump_python(record, mode="json", exclude_defaults=True)
            fingerprint = fingerprint_of(data)
            if fingerprint == old_hash:
                unchanged.append(key)
            else:
                rows.append({**fixed, kind.key.name: key, **search(record), "data": data})
                rows[-1]["content_hash"] = fingerprint
        await _write(tx, kind, rows)
        await _index(tx, kind, fixed, pack, rows)
        await _mark_seen(tx, kind, unchanged, fixed)
    return fresh


async def _index(
    tx: Tx,
    kind: Kind,
    fixed: Mapping[str, Any],
    records: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Keep the guest search in step with what was written."""
    hotel_id, tokens = fixed["hotel_id"], {}
    for row in rows:
        key = row[kind.key.name]
        if kind is PROFILES:
            found_by = (row["phones"].split(), row["emails"].split())
            tokens[key] = profile_tokens(hotel_id, records[key], *found_by)
        else:
            tokens[key] = stay_tokens(hotel_id, records[key])
    name = guest_search.PROFILE if kind is PROFILES else guest_search.STAY
    await guest_search.put(tx, fixed["portal_id"], hotel_id, name, tokens)


async def reindex(tx: Tx, portal_id: int, hotel: Hotel) -> int:
    """Index a hotel's staged records anew, index and spellings; returns how many records there are."""
    await guest_search.forget(tx, hotel.id)
    count = 0
    for kind in KINDS.values():
        after, made = "", profile_row if kind is PROFILES else None
        fixed = {"portal_id": portal_id, "hotel_id": hotel.id}
        while pack := await _page(tx, kind, hotel.id, after):
            rows = [
                {kind.key.name: key, **(made(record, hotel) if made else {})} for key, record in pack.items()
            ]
            await _index(tx, kind, fixed, pack, rows)
            count, after = count + len(pack), max(pack)
    return count


async def _page(tx: Tx, kind: Kind, hotel_id: int, after: str) -> dict[str, Any]:
    query = select(kind.key, kind.table.c.data).where(kind.table.c.hotel_id == hotel_id, kind.key > after)
    rows = (await tx.execute(query.order_by(kind.key).limit(_PACK))).all()
    return {key: kind.records.validate_python(data) for key, data in rows}


async def _known(
    tx: Tx, kind: Kind, hotel_id: int, keys: Sequence[str]
) -> dict[str, tuple[str | None, int | None]]:
    query = select(kind.key, kind.table.c.content_hash, kind.table.c.seen_run)
    query = query.where(kind.table.c.hotel_id == hotel_id, kind.key.in_(keys))
    return {key: (fingerprint, run) for key, fingerprint, run in (await tx.execute(query)).all()}


async def _write(tx: Tx, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = inserting(tx, kind.table)
    overwritten = {name: statement.excluded[name] for name in rows[0] if name not in kind.table.primary_key}
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[*kind.table.primary_key], set_=overwritten), rows
    )


async def _mark_seen(tx: Tx, kind: Kind, keys: Sequence[str], fixed: Mapping[str, Any]) -> None:
    if not keys:
        return
    stamps = {name: value for name, value in fixed.items() if name.startswith("seen_")}
    statement = update(kind.table).where(kind.table.c.hotel_id == fixed["hotel_id"], kind.key.in_(keys))
    await tx.execute(statement.values(**stamps))


async def see(
    tx: Tx, hotel_id: int, staged: str, keys: Collection[str], *, run_id: int, now: datetime
) -> int:
    """A run has seen these records as they are staged; returns how many it had not seen yet."""
    kind, some = KINDS[staged], list(keys)
    fresh = 0
    for start in range(0, len(some), _PACK):
        pack = some[start : start + _PACK]
        known = await _known(tx, kind, hotel_id, pack)
        fresh += sum(seen_run != run_id for _, seen_run in known.values())
        await _mark_seen(tx, kind, pack, {"hotel_id": hotel_id, "seen_run": run_id, "seen_at": now})
    return fresh


async def _remember_merges(tx: Tx, portal_id: int, hotel_id: int, merged: Sequence[Profile]) -> None:
    """A profile merged away in the PMS goes on under the surviving one's number."""
    rows = {
        profile.profile_id: {"portal_id": portal_id, "hotel_id": hotel_id, "new_id": profile.merged_into}
        for profile in merged
        if profile.merged_into and profile.merged_into != profile.profile_id
    }
    if not rows:
        return
    statement = inserting(tx, aliases)
    statement = statement.on_conflict_do_update(
        index_elements=[*aliases.primary_key], set_={"new_id": statement.excluded.new_id}
    )
    await tx.execute(statement, [{**row, "old_id": old_id} for old_id, row in rows.items()])


async def cursor(tx: Tx, hotel_id: int, door: str) -> Cursor:
    """How far a door has been read; an empty one before the first read."""
    query = select(*(sync_cursors.c[name] for name in _REACH))
    query = query.where(sync_cursors.c.hotel_id == hotel_id, sync_cursors.c.door == door)
    row = (await tx.execute(query)).one_or_none()
    return Cursor(*row) if row else Cursor()


async def set_cursor(tx: Tx, portal_id: int, hotel_id: int, door: str, reached: Cursor) -> None:
    """Remember how far a door has been read; only after everything up to there is confirmed or listed."""
    row = {"portal_id": portal_id, "hotel_id": hotel_id, "door": door}
    reach = {name: getattr(reached, name) for name in _REACH}
    await tx.execute(upsert_one(tx, sync_cursors, [*sync_cursors.primary_key], row | reach, set(reach)))
