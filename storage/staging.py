"""The staging store: what a hotel's PMS told last, kept apart from what the CRM holds.

A record is written only when its content differs. What the sync has to look at again is found here, by one
comparison with the snapshots the CRM confirmed; nothing is read from the CRM for a record that stands still.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Column, ColumnElement, Select, Table, and_, func, or_, select, update

from domain.contacts import EmailKind, e164_list, name_key, parse_emails
from domain.guest_search import profile_tokens, stay_tokens
from domain.guests import Profile
from domain.portal import Hotel
from domain.stays import Cursor, Posting, Stay, StayState
from storage import guest_search, postings
from storage.database import Tx
from storage.dialect import inserting
from storage.dialect import upsert as upsert_one
from storage.snapshots import forget
from storage.stays import (
    arrivals,
    arrivals_per_day,
    departures,
    in_house,
    in_house_per_day,
    postings_of,
    profiles_by_id,
    stays_in_room,
    stays_of_profile,
)
from storage.tables import aliases, profiles, snapshots, stays, sync_cursors

__all__ = [
    "Staged",
    "arrivals",
    "arrivals_per_day",
    "changed",
    "count_changed",
    "cursor",
    "departures",
    "forget_items",
    "in_house",
    "in_house_per_day",
    "postings_of",
    "profiles_by_id",
    "see",
    "set_cursor",
    "stays_in_room",
    "stays_of_profile",
    "unseen_stays",
    "upsert",
]

_PACK = 1000
_LONGEST_SEARCH_TEXT = 1000  # a longer one doesn't fit PostgreSQL's index
_VOLATILE = ("updated_at",)  # the PMS's own stamp changes without anything that matters


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one sort of record is kept."""

    table: Table
    key: Column[Any]
    records: TypeAdapter[Any]
    version: ColumnElement[str]
    """What a snapshot is compared with."""


_PROFILES = _Kind(profiles, profiles.c.profile_id, TypeAdapter(Profile), profiles.c.content_hash)
_STAYS = _Kind(stays, stays.c.reservation_id, TypeAdapter(Stay), stays.c.content_hash + stays.c.ledger_hash)
_KINDS: Mapping[str, _Kind] = {"profile": _PROFILES, "stay": _STAYS}


@dataclass(frozen=True, slots=True)
class Staged:
    """A record as staged; ``content_hash`` goes into the snapshot once the CRM has confirmed it.

    ``differs``: the CRM hasn't confirmed it as it is staged now.
    """

    key: str
    record: Profile | Stay
    content_hash: str
    differs: bool = True


# --- writing -------------------------------------------------------------------------------------------------


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
        tx, _PROFILES, {p.profile_id: p for p in new_profiles}, seen, lambda p: _profile_row(p, hotel)
    )
    fresh += await _store(tx, _STAYS, {s.reservation_id: s for s in new_stays}, seen, _stay_row)
    if new_postings:
        await postings.add(tx, portal_id, hotel.id, new_postings, run_id=run_id, now=now)
    if new_stays and await postings.any_of(tx, hotel.id):
        await postings.touch(tx, hotel.id, [one.reservation_id for one in new_stays])
    return fresh


async def _store(
    tx: Tx,
    kind: _Kind,
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
            fingerprint = _fingerprint(data)
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
    kind: _Kind,
    fixed: Mapping[str, Any],
    records: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Keep the guest search in step with what was written."""
    hotel_id, tokens = fixed["hotel_id"], {}
    for row in rows:
        key = row[kind.key.name]
        if kind is _PROFILES:
            found_by = (row["phones"].split(), row["emails"].split())
            tokens[key] = profile_tokens(hotel_id, records[key], *found_by)
        else:
            tokens[key] = stay_tokens(hotel_id, records[key])
    name = guest_search.PROFILE if kind is _PROFILES else guest_search.STAY
    await guest_search.put(tx, fixed["portal_id"], hotel_id, name, tokens)


async def reindex(tx: Tx, portal_id: int, hotel: Hotel) -> int:
    """Index a hotel's staged records anew, index and spellings; returns how many records there are."""
    await guest_search.forget(tx, hotel.id)
    count = 0
    for kind in _KINDS.values():
        after, made = "", _profile_row if kind is _PROFILES else None
        fixed = {"portal_id": portal_id, "hotel_id": hotel.id}
        while pack := await _page(tx, kind, hotel.id, after):
            rows = [
                {kind.key.name: key, **(made(record, hotel) if made else {})} for key, record in pack.items()
            ]
            await _index(tx, kind, fixed, pack, rows)
            count, after = count + len(pack), max(pack)
    return count


async def _page(tx: Tx, kind: _Kind, hotel_id: int, after: str) -> dict[str, Any]:
    query = select(kind.key, kind.table.c.data).where(kind.table.c.hotel_id == hotel_id, kind.key > after)
    rows = (await tx.execute(query.order_by(kind.key).limit(_PACK))).all()
    return {key: kind.records.validate_python(data) for key, data in rows}


async def _known(
    tx: Tx, kind: _Kind, hotel_id: int, keys: Sequence[str]
) -> dict[str, tuple[str | None, int | None]]:
    query = select(kind.key, kind.table.c.content_hash, kind.table.c.seen_run)
    query = query.where(kind.table.c.hotel_id == hotel_id, kind.key.in_(keys))
    return {key: (fingerprint, run) for key, fingerprint, run in (await tx.execute(query)).all()}


async def _write(tx: Tx, kind: _Kind, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = inserting(tx, kind.table)
    overwritten = {name: statement.excluded[name] for name in rows[0] if name not in kind.table.primary_key}
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[*kind.table.primary_key], set_=overwritten), rows
    )


async def _mark_seen(tx: Tx, kind: _Kind, keys: Sequence[str], fixed: Mapping[str, Any]) -> None:
    if not keys:
        return
    stamps = {name: value for name, value in fixed.items() if name.startswith("seen_")}
    statement = update(kind.table).where(kind.table.c.hotel_id == fixed["hotel_id"], kind.key.in_(keys))
    await tx.execute(statement.values(**stamps))


async def see(
    tx: Tx, hotel_id: int, staged: str, keys: Collection[str], *, run_id: int, now: datetime
) -> int:
    """A run has seen these records as they are staged; returns how many it had not seen yet."""
    kind, some = _KINDS[staged], list(keys)
    fresh = 0
    for start in range(0, len(some), _PACK):
        pack = some[start : start + _PACK]
        known = await _known(tx, kind, hotel_id, pack)
        fresh += sum(seen_run != run_id for _, seen_run in known.values())
        await _mark_seen(tx, kind, pack, {"hotel_id": hotel_id, "seen_run": run_id, "seen_at": now})
    return fresh


def _fingerprint(data: Mapping[str, Any]) -> str:
    lasting = {name: value for name, value in data.items() if name not in _VOLATILE}
    return hashlib.blake2b(orjson.dumps(lasting, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _spaced(words: Iterable[str]) -> str:
    """Words with a blank around each, cut to what an index holds."""
    joined = " ".join(words)[:_LONGEST_SEARCH_TEXT]
    return f" {joined} " if joined else ""


def _profile_row(profile: Profile, hotel: Hotel) -> dict[str, Any]:
    phones = (number for raw in profile.phones for number in e164_list(raw, hotel.country))
    found = (email for raw in profile.emails for email in parse_emails(raw))
    emails = (email.address for email in found if email.kind in {EmailKind.REAL, EmailKind.ALIAS})
    return {
        "kind": profile.kind.value,
        "name_key": _spaced([name_key(profile.last_name, profile.first_name, profile.company_name)]),
        "phones": _spaced(dict.fromkeys(phones)),
        "emails": _spaced(dict.fromkeys(emails)),
        "source_updated_at": profile.updated_at,
    }


def _stay_row(stay: Stay) -> dict[str, Any]:
    return {
        "profile_id": stay.profile_id,
        "confirmation": stay.confirmation,
        "state": stay.state.value,
        "arrival": stay.arrival,
        "departure": stay.departure,
        "room": stay.room,
        "share_key": stay.share_key,
        "name_key": _spaced([name_key(stay.guest_name)]),
        "source_updated_at": stay.updated_at,
    }


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


# --- what the sync has to look at ----------------------------------------------------------------------------


def _differs(kind: _Kind, mapping: str) -> ColumnElement[bool]:
    return or_(
        snapshots.c.key.is_(None),
        snapshots.c.source_hash != kind.version,
        snapshots.c.mapping != mapping,
    )


def _beside_snapshots(kind: _Kind, hotel_id: int, staged: str, *columns: Any) -> Select[Any]:
    table = kind.table
    same_record = and_(
        snapshots.c.hotel_id == table.c.hotel_id,
        snapshots.c.entity == staged,
        snapshots.c.key == kind.key,
    )
    joined = table.outerjoin(snapshots, same_record)
    return select(*columns).select_from(joined).where(table.c.hotel_id == hotel_id)


async def changed(
    tx: Tx,
    hotel_id: int,
    staged: str,
    mapping: str,
    *,
    after: str = "",
    limit: int = _PACK,
    among: Sequence[str] | None = None,
    whole: bool = False,
) -> list[Staged]:
    """Records that are not in the CRM as they are staged, by key; page on with the last one's key.

    ``staged`` is profile or stay; ``among`` looks at these keys only, ``whole`` gives the others too. A new
    ``mapping`` version makes every record differ.
    """
    kind = _KINDS[staged]
    differs = _differs(kind, mapping)
    columns = (kind.key, kind.table.c.data, kind.version, differs)
    query = _beside_snapshots(kind, hotel_id, staged, *columns)
    if not whole:
        query = query.where(differs)
    if among is not None:
        query = query.where(kind.key.in_(among))
    query = query.where(kind.key > after).order_by(kind.key).limit(limit)
    return [
        Staged(key, kind.records.validate_python(data), fingerprint, bool(other))
        for key, data, fingerprint, other in (await tx.execute(query)).all()
    ]


async def count_changed(tx: Tx, hotel_id: int, staged: str, mapping: str, *, whole: bool = False) -> int:
    """How many records ``changed`` would give in all."""
    kind = _KINDS[staged]
    query = _beside_snapshots(kind, hotel_id, staged, func.count())
    if not whole:
        query = query.where(_differs(kind, mapping))
    return int((await tx.execute(query)).scalar_one())


async def unseen_stays(tx: Tx, hotel_id: int, run_id: int, first: date, last: date) -> list[Stay]:
    """Living stays that arrive between two dates and were not in what a full run, nor any later one, has read.

    What only a live door has told was never read by any.
    """
    query = select(stays.c.data).where(
        stays.c.hotel_id == hotel_id,
        stays.c.arrival.between(first, last),
        stays.c.seen_run < run_id,
        stays.c.state.in_((StayState.TENTATIVE, StayState.CONFIRMED, StayState.IN_HOUSE)),
    )
    return [_STAYS.records.validate_python(data) for data in (await tx.execute(query)).scalars()]


async def forget_items(tx: Tx, hotel_id: int, staged: str, keys: Sequence[str]) -> list[str]:
    """Items that people deleted in the CRM: as if never written. Returns the stays that led to them.

    Those count as differing from now on, so that they are led to whatever takes the items' place.
    """
    await forget(tx, hotel_id, staged, keys)
    if staged != "profile" or not keys:
        return []
    query = select(stays.c.reservation_id).where(stays.c.hotel_id == hotel_id, stays.c.profile_id.in_(keys))
    found = list((await tx.execute(query)).scalars())
    mine = (snapshots.c.hotel_id == hotel_id, snapshots.c.entity == "stay", snapshots.c.key.in_(found))
    await tx.execute(update(snapshots).where(*mine).values(source_hash=""))
    return found


# --- cursors -------------------------------------------------------------------------------------------------


_REACH = Cursor.__slots__


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
