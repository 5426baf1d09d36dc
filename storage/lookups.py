"""The journal of guest look-ups: who asked, when, where, in what way, how many hits; never what was asked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from storage.database import Tx
from storage.tables import lookups


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
) -> None:
    """Journal a look-up, in the transaction that answered it."""
    await tx.execute(
        insert(lookups).values(
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
    )


async def listed(
    tx: Tx, portal_id: int, *, person_id: int | None = None, before_id: int | None = None, limit: int = 100
) -> list[Lookup]:
    """Look-ups of a portal (of one person), newest first; page on with the last one's id."""
    query = select(*_COLUMNS).where(lookups.c.portal_id == portal_id)
    if person_id is not None:
        query = query.where(lookups.c.person_id == person_id)
    if before_id is not None:
        query = query.where(lookups.c.id < before_id)
    return [
        Lookup(*row) for row in (await tx.execute(query.order_by(lookups.c.id.desc()).limit(limit))).all()
    ]


async def purge(tx: Tx, *, before: datetime) -> int:
    """Forget look-ups older than the retention says; returns how many."""
    return (await tx.execute(delete(lookups).where(lookups.c.at < before))).rowcount
