"""The ledger: every line of every folio by its number in the PMS, and what a line said before it was changed.

Nothing is counted on: totals are made from the lines. A line told again changes nothing; one that the PMS changed
(moved to another folio) replaces the standing one, which goes into the history.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import bindparam, insert, or_, select, update

from domain.ledger import Party, reservation_of
from domain.stays import Posting
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import posting_history, postings, stays

_POSTING = TypeAdapter(Posting)
_AT_ONCE = 400


async def add(
    tx: Tx, portal_id: int, hotel_id: int, lines: Sequence[Posting], *, run_id: int | None, now: datetime
) -> None:
    """Take lines in, in any order and as often as they come; the reservations they touch are to be looked at again."""
    by_id = {line.posting_id: line for line in lines}
    touched: set[str] = set()
    for keys in _pieces(list(by_id)):
        standing = await _standing(tx, hotel_id, keys)
        rows = [_row(by_id[key], portal_id, hotel_id, run_id) for key in keys]
        fresh = [row for row in rows if _hash_of(standing.get(row["posting_id"])) != row["content_hash"]]
        replaced = [standing[row["posting_id"]] for row in fresh if row["posting_id"] in standing]
        await _keep(tx, portal_id, hotel_id, replaced, run_id, now)
        await _write(tx, fresh)
        for row in (*fresh, *replaced):
            touched |= {one for one in (row["reservation_id"], row["caused_by"]) if one}
    await touch(tx, hotel_id, touched)


async def touch(tx: Tx, hotel_id: int, reservation_ids: Iterable[str]) -> None:
    """Note at these stays what their folios say now, so that the sync sees a folio that changed."""
    for keys in _pieces(sorted(set(reservation_ids))):
        found: dict[str, list[str]] = defaultdict(list)
        asked = set(keys)
        for row in await _rows(tx, hotel_id, keys, postings.c.content_hash):
            for key in {row.reservation_id, row.caused_by} & asked:
                found[key].append(f"{row.posting_id}:{row.content_hash}")
        values = [{"of_key": key, "of_hash": _digest(found.get(key, ()))} for key in keys]
        statement = (
            update(stays)
            .where(
                stays.c.hotel_id == hotel_id,
                stays.c.reservation_id == bindparam("of_key"),
                stays.c.ledger_hash != bindparam("of_hash"),
            )
            .values(ledger_hash=bindparam("of_hash"))
        )
        await tx.execute(statement, values)


async def any_of(tx: Tx, hotel_id: int) -> bool:
    """Whether the hotel has a ledger at all."""
    query = select(postings.c.posting_id).where(postings.c.hotel_id == hotel_id).limit(1)
    return (await tx.execute(query)).first() is not None


async def lines_of(
    tx: Tx, hotel_id: int, reservation_ids: Sequence[str], party: Party
) -> dict[str, list[Posting]]:
    """The lines of reservations, by whose they are; reservations without lines are absent."""
    found: dict[str, list[Posting]] = defaultdict(list)
    asked = set(reservation_ids)
    for keys in _pieces(sorted(asked)):
        for row in await _rows(tx, hotel_id, keys, postings.c.data):
            line = _POSTING.validate_python(row.data)
            owner = reservation_of(line, party)
            if owner in asked:
                found[owner].append(line)
    return {key: list({line.posting_id: line for line in some}.values()) for key, some in found.items()}


async def history(tx: Tx, hotel_id: int, posting_id: str) -> list[Posting]:
    """What a line said before, oldest first."""
    query = (
        select(posting_history.c.data)
        .where(posting_history.c.hotel_id == hotel_id, posting_history.c.posting_id == posting_id)
        .order_by(posting_history.c.id)
    )
    return [_POSTING.validate_python(data) for data in (await tx.execute(query)).scalars()]


async def _rows(tx: Tx, hotel_id: int, keys: Sequence[str], *more: Any) -> Sequence[Any]:
    """Lines on the folios of these reservations, and those they caused elsewhere."""
    columns = (postings.c.posting_id, postings.c.reservation_id, postings.c.caused_by, *more)
    of_these = or_(postings.c.reservation_id.in_(keys), postings.c.caused_by.in_(keys))
    query = select(*columns).where(postings.c.hotel_id == hotel_id, of_these)
    return (await tx.execute(query.order_by(postings.c.posting_id))).all()


async def _standing(tx: Tx, hotel_id: int, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = (postings.c.posting_id, postings.c.reservation_id, postings.c.caused_by, postings.c.data)
    query = select(*columns, postings.c.content_hash).where(
        postings.c.hotel_id == hotel_id, postings.c.posting_id.in_(keys)
    )
    return {row["posting_id"]: dict(row) for row in (await tx.execute(query)).mappings().all()}


async def _keep(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    rows: Sequence[Mapping[str, Any]],
    run_id: int | None,
    now: datetime,
) -> None:
    if rows:
        fixed = {"portal_id": portal_id, "hotel_id": hotel_id, "run_id": run_id, "replaced_at": now}
        kept = [
            {**fixed, **{name: row[name] for name in ("posting_id", "data", "content_hash")}} for row in rows
        ]
        await tx.execute(insert(posting_history), kept)


async def _write(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    statement = inserting(tx, postings)
    overwritten = {c.name: statement.excluded[c.name] for c in postings.c if not c.primary_key}
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[*postings.primary_key], set_=overwritten), rows
    )


def _row(line: Posting, portal_id: int, hotel_id: int, run_id: int | None) -> dict[str, Any]:
    data = _POSTING.dump_python(line, mode="json", exclude_defaults=True)
    packed = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    return {
        "portal_id": portal_id,
        "hotel_id": hotel_id,
        "posting_id": line.posting_id,
        "reservation_id": line.reservation_id,
        "caused_by": line.caused_by,
        "day": line.day,
        "kind": line.kind.value,
        "amount": line.amount.amount,
        "currency": line.amount.currency,
        "data": data,
        "content_hash": hashlib.blake2b(packed, digest_size=8).hexdigest(),
        "seen_run": run_id,
    }


def _hash_of(row: Mapping[str, Any] | None) -> str | None:
    return row["content_hash"] if row else None


def _digest(lines: Iterable[str]) -> str:
    """Of a folio; the same whatever order its lines came in, empty for none."""
    joined = "\n".join(sorted(lines))
    return hashlib.blake2b(joined.encode(), digest_size=8).hexdigest() if joined else ""


def _pieces(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
