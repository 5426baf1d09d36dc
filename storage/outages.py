"""Known outages: what support declared, for which hotel, since when, and whether it is over."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from storage.database import Tx
from storage.tables import outages


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage. ``hotel_id`` None: every hotel's; ``request_id``: the request it is worked on in, if any."""

    id: int
    text: str
    started_at: datetime
    hotel_id: int | None = None
    request_id: int | None = None
    ended_at: datetime | None = None


async def start(
    tx: Tx,
    portal_id: int,
    text: str,
    *,
    hotel_id: int | None,
    request_id: int | None,
    by: int | None,
    now: datetime,
) -> int:
    """A new outage; returns its id."""
    values = {
        "portal_id": portal_id,
        "text": text,
        "hotel_id": hotel_id,
        "request_id": request_id,
        "started_at": now,
        "started_by": by,
    }
    return int((await tx.execute(insert(outages).values(values).returning(outages.c.id))).scalar_one())


async def end(tx: Tx, portal_id: int, outage_id: int, *, by: int | None, now: datetime) -> bool:
    """It is over; False when it was already."""
    statement = (
        update(outages)
        .where(outages.c.portal_id == portal_id, outages.c.id == outage_id, outages.c.ended_at.is_(None))
        .values(ended_at=now, ended_by=by)
        .returning(outages.c.id)
    )
    return (await tx.execute(statement)).first() is not None


async def load(tx: Tx, portal_id: int, outage_id: int) -> Outage | None:
    """One by id."""
    query = select(outages).where(outages.c.portal_id == portal_id, outages.c.id == outage_id)
    row = (await tx.execute(query)).one_or_none()
    return _outage(row) if row else None


async def lasting(tx: Tx, portal_id: int, hotel_ids: Collection[int] | None = None) -> list[Outage]:
    """Those not over yet, newest first; with ``hotel_ids`` only these hotels' and everybody's."""
    query = select(outages).where(outages.c.portal_id == portal_id, outages.c.ended_at.is_(None))
    if hotel_ids is not None:
        query = query.where(or_(outages.c.hotel_id.is_(None), outages.c.hotel_id.in_(hotel_ids)))
    return [_outage(row) for row in (await tx.execute(query.order_by(outages.c.id.desc()))).all()]


async def of_request(tx: Tx, portal_id: int, request_id: int) -> list[Outage]:
    """The lasting outages that are worked on in a request."""
    return [one for one in await lasting(tx, portal_id) if one.request_id == request_id]


def _outage(row: Any) -> Outage:
    return Outage(row.id, row.text, row.started_at, row.hotel_id, row.request_id, row.ended_at)
