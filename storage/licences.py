"""Until when portals are paid, and what their managers were told of it."""

from datetime import date, datetime

from sqlalchemy import select, update

from domain.licence import Terms
from storage.database import Tx
from storage.dialect import upsert
from storage.tables import licences, portals


async def load(tx: Tx, portal_id: int) -> tuple[Terms, str]:
    """The terms, and what was told last (``ended:2026-12-01``, empty: nothing); unlimited without a record."""
    query = select(licences.c.paid_until, licences.c.grace_days, licences.c.note, licences.c.told).where(
        licences.c.portal_id == portal_id
    )
    row = (await tx.execute(query)).one_or_none()
    return (Terms(row.paid_until, row.grace_days, row.note), row.told) if row else (Terms(), "")


async def save(tx: Tx, portal_id: int, terms: Terms, *, by: str, now: datetime) -> None:
    """Other terms; what was told stays, so that the change itself can be told."""
    row = {
        "portal_id": portal_id,
        "paid_until": terms.paid_until,
        "grace_days": terms.grace_days,
        "note": terms.note,
        "changed_at": now,
        "changed_by": by,
    }
    overwritten = set(row) - {"portal_id"}
    await tx.execute(upsert(tx, licences, [*licences.primary_key], row, overwritten))


async def tell(tx: Tx, portal_id: int, before: str, now: str) -> bool:
    """Note what is being told; True for the one replica that does it."""
    statement = (
        update(licences)
        .where(licences.c.portal_id == portal_id, licences.c.told == before)
        .values(told=now)
        .returning(licences.c.portal_id)
    )
    return (await tx.execute(statement)).first() is not None


async def all_of(tx: Tx) -> list[tuple[str, int, date | None, int, str]]:
    """Every portal by key with its terms: key, id, paid until, grace days, note."""
    query = (
        select(portals.c.key, portals.c.id, licences.c.paid_until, licences.c.grace_days, licences.c.note)
        .outerjoin(licences, licences.c.portal_id == portals.c.id)
        .order_by(portals.c.id)
    )
    return [
        (key, portal_id, paid, days or 0, note or "")
        for key, portal_id, paid, days, note in (await tx.execute(query)).all()
    ]
