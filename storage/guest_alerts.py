"""Alerts of coming guests: each kind once for a reservation, one row per telling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from storage.database import Tx
from storage.tables import guest_alerts

OPEN, TAKEN, DONE = "open", "taken", "done"


@dataclass(frozen=True, slots=True)
class Alert:
    """One telling. ``owner_id``: who took it on."""

    id: int
    hotel_id: int
    reservation_id: str
    profile_id: str | None
    arrival: date
    kinds: tuple[str, ...]
    complaints: tuple[str, ...]
    state: str
    owner_id: int | None
    made_at: datetime
    changed_at: datetime


_COLUMNS = [guest_alerts.c[name] for name in Alert.__slots__]


def _alert(row: Any) -> Alert:
    values = dict(zip(Alert.__slots__, row, strict=True))
    return Alert(**{**values, "kinds": tuple(values["kinds"]), "complaints": tuple(values["complaints"])})


async def add(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    reservation_id: str,
    profile_id: str | None,
    arrival: date,
    kinds: Sequence[str],
    complaints: Sequence[str],
    now: datetime,
) -> int:
    """A new telling; its id."""
    row = {
        "portal_id": portal_id, "hotel_id": hotel_id, "reservation_id": reservation_id, "profile_id": profile_id,
        "arrival": arrival, "kinds": list(kinds), "complaints": list(complaints), "state": OPEN,
        "made_at": now, "changed_at": now,
    }  # fmt: skip
    return int(
        (await tx.execute(insert(guest_alerts).values(**row).returning(guest_alerts.c.id))).scalar_one()
    )


async def told(tx: Tx, hotel_id: int, reservation_ids: Sequence[str]) -> dict[str, set[str]]:
    """Kinds told already, by reservation."""
    query = select(guest_alerts.c.reservation_id, guest_alerts.c.kinds).where(
        guest_alerts.c.hotel_id == hotel_id, guest_alerts.c.reservation_id.in_(reservation_ids)
    )
    found: dict[str, set[str]] = {}
    for reservation_id, kinds in (await tx.execute(query)).all():
        found.setdefault(reservation_id, set()).update(kinds)
    return found


async def get(tx: Tx, portal_id: int, alert_id: int) -> Alert | None:
    query = select(*_COLUMNS).where(guest_alerts.c.portal_id == portal_id, guest_alerts.c.id == alert_id)
    row = (await tx.execute(query)).one_or_none()
    return _alert(row) if row else None


async def not_done(tx: Tx, hotel_id: int, first: date) -> list[Alert]:
    """Alerts of arrivals from a day on that nobody has finished, by arrival."""
    query = select(*_COLUMNS).where(
        guest_alerts.c.hotel_id == hotel_id, guest_alerts.c.arrival >= first, guest_alerts.c.state != DONE
    )
    rows = (await tx.execute(query.order_by(guest_alerts.c.arrival, guest_alerts.c.id))).all()
    return [_alert(row) for row in rows]


async def change(tx: Tx, alert_id: int, state: str, owner_id: int | None, now: datetime) -> None:
    """Somebody took it on, or finished it."""
    statement = update(guest_alerts).where(guest_alerts.c.id == alert_id)
    await tx.execute(statement.values(state=state, owner_id=owner_id, changed_at=now))


async def ids_of(tx: Tx, hotel_id: int, reservation_ids: Sequence[str]) -> list[int]:
    """Alerts that were made of these reservations."""
    query = select(guest_alerts.c.id).where(
        guest_alerts.c.hotel_id == hotel_id, guest_alerts.c.reservation_id.in_(reservation_ids)
    )
    return list((await tx.execute(query)).scalars())


async def forget(tx: Tx, hotel_id: int, reservation_ids: Sequence[str]) -> None:
    """Of an erased guest nothing is told any more."""
    await tx.execute(
        delete(guest_alerts).where(
            guest_alerts.c.hotel_id == hotel_id, guest_alerts.c.reservation_id.in_(reservation_ids)
        )
    )
