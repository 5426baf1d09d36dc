"""The journal of guest look-ups: who asked, when, where, in what way, why, and who was shown; never what was asked.

Of the question a fingerprint is kept, salted with a secret of this installation: whoever has the table can't try names.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select

from storage import cursors
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import lookup_guests, lookups

_SALT = "lookup-salt"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One look-up; ``query_hash`` tells whether it was the same question, not which."""

    id: int
    portal_id: int
    hotel_id: int | None
    person_id: int | None
    at: datetime
    channel: str
    chat: str
    kind: str
    query_hash: str
    purpose: str
    hits: int


_COLUMNS = [lookups.c[name] for name in Lookup.__slots__]


async def fingerprint(tx: Tx, portal_id: int, question: str, now: datetime) -> str:
    """The same for the same question here, and nothing anywhere else."""
    salt = await cursors.get(tx, portal_id, _SALT)
    if salt is None:
        salt = await cursors.put_first(tx, portal_id, _SALT, secrets.token_hex(32), now)
    folded = " ".join(question.casefold().split())
    return hmac.new(bytes.fromhex(salt), folded.encode(), hashlib.sha256).hexdigest()


async def record(
    tx: Tx,
    *,
    portal_id: int,
    person_id: int | None,
    kind: str,
    query_hash: str,
    channel: str,
    chat: str,
    hits: int,
    now: datetime,
    purpose: str = "",
    hotel_id: int | None = None,
    guests: Sequence[str] = (),
) -> None:
    """Journal a look-up, in the transaction that answered it; ``guests``: whom it has shown."""
    result = await tx.execute(
        insert(lookups)
        .values(
            portal_id=portal_id,
            hotel_id=hotel_id,
            person_id=person_id,
            at=now,
            channel=str(channel),
            chat=chat,
            kind=kind,
            query_hash=query_hash,
            purpose=purpose,
            hits=hits,
        )
        .returning(lookups.c.id)
    )
    if guests:
        one = {"lookup_id": result.scalar_one(), "portal_id": portal_id}
        rows = [{**one, "guest": guest} for guest in dict.fromkeys(guests)]
        await tx.execute(inserting(tx, lookup_guests).on_conflict_do_nothing(), rows)


async def listed(
    tx: Tx,
    portal_id: int,
    *,
    person_id: int | None = None,
    before_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Lookup]:
    """Look-ups of a portal (of one person), newest first, ``until`` not included; page on with the last one's id."""
    query = select(*_COLUMNS).where(lookups.c.portal_id == portal_id)
    if person_id is not None:
        query = query.where(lookups.c.person_id == person_id)
    if before_id is not None:
        query = query.where(lookups.c.id < before_id)
    if since is not None:
        query = query.where(lookups.c.at >= since)
    if until is not None:
        query = query.where(lookups.c.at < until)
    return await _read(tx, query.order_by(lookups.c.id.desc()).limit(limit))


async def askers(tx: Tx, portal_id: int) -> list[int]:
    """Who stands in the journal, by our ids."""
    query = select(lookups.c.person_id).where(
        lookups.c.portal_id == portal_id, lookups.c.person_id.is_not(None)
    )
    return sorted((await tx.execute(query.distinct())).scalars())


async def of_guest(tx: Tx, portal_id: int, guests: Collection[str]) -> list[Lookup]:
    """Look-ups that have shown one of these guests, newest first."""
    query = (
        select(*_COLUMNS)
        .join(lookup_guests, lookup_guests.c.lookup_id == lookups.c.id)
        .where(lookup_guests.c.portal_id == portal_id, lookup_guests.c.guest.in_(guests))
        .distinct()
    )
    return await _read(tx, query.order_by(lookups.c.id.desc()))


async def shown_by(tx: Tx, lookup_ids: Sequence[int]) -> dict[int, list[str]]:
    """Whom each look-up has shown."""
    query = select(lookup_guests.c.lookup_id, lookup_guests.c.guest)
    query = query.where(lookup_guests.c.lookup_id.in_(lookup_ids)).order_by(lookup_guests.c.guest)
    found: dict[int, list[str]] = {}
    for lookup_id, guest in (await tx.execute(query)).all():
        found.setdefault(lookup_id, []).append(guest)
    return found


async def _read(tx: Tx, query: Select[Any]) -> list[Lookup]:
    return [Lookup(*row) for row in (await tx.execute(query)).all()]


async def purge(tx: Tx, portal_id: int, *, before: datetime) -> int:
    """Forget a portal's look-ups older than the retention says; returns how many."""
    old = (lookups.c.portal_id == portal_id, lookups.c.at < before)
    ids = select(lookups.c.id).where(*old)
    await tx.execute(delete(lookup_guests).where(lookup_guests.c.lookup_id.in_(ids)))
    return (await tx.execute(delete(lookups).where(*old))).rowcount
