"""Which request of the desk is about which cause of a hotel's failures: one open at a time per cause."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from storage.database import Tx
from storage.tables import sync_incidents


@dataclass(frozen=True, slots=True)
class Incident:
    """One. ``records``: how many failed in the run that wrote the last line; ``runs``: how often it came."""

    id: int
    hotel_id: int
    cause: str
    request_id: int
    opened_at: datetime
    closed_at: datetime | None
    last_run: int | None
    told_at: datetime
    records: int
    runs: int


_COLUMNS = [sync_incidents.c[name] for name in Incident.__slots__]


async def open_one(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    cause: str,
    request_id: int,
    *,
    records: int,
    run_id: int | None,
    now: datetime,
) -> int:
    """A new one; the unique index refuses a second that is open for the same cause."""
    values = {
        "portal_id": portal_id,
        "hotel_id": hotel_id,
        "cause": cause,
        "request_id": request_id,
        "opened_at": now,
        "told_at": now,
        "last_run": run_id,
        "records": records,
        "runs": 1,
    }
    statement = insert(sync_incidents).values(values).returning(sync_incidents.c.id)
    return int((await tx.execute(statement)).scalar_one())


async def open_ones(tx: Tx, hotel_id: int) -> list[Incident]:
    """The hotel's, oldest first."""
    query = select(*_COLUMNS).where(
        sync_incidents.c.hotel_id == hotel_id, sync_incidents.c.closed_at.is_(None)
    )
    return [Incident(*row) for row in (await tx.execute(query.order_by(sync_incidents.c.id))).all()]


async def last_of(tx: Tx, hotel_id: int, cause: str) -> Incident | None:
    """The newest about a cause, open or not."""
    query = select(*_COLUMNS).where(sync_incidents.c.hotel_id == hotel_id, sync_incidents.c.cause == cause)
    row = (await tx.execute(query.order_by(sync_incidents.c.id.desc()).limit(1))).one_or_none()
    return Incident(*row) if row else None


async def change(tx: Tx, incident_id: int, **values: Any) -> None:
    """Overwrite columns: closed_at, last_run, told_at, records, runs."""
    await tx.execute(update(sync_incidents).where(sync_incidents.c.id == incident_id).values(**values))
