"""Where our events go: the endpoints of other programs, their sealed secrets, and how they fare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from storage.database import Tx
from storage.outbox import Delivery
from storage.tables import outbox, webhook_endpoints

KIND = "webhook.send"
"""The outbox's kind of an event for an endpoint."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. ``state``: active | paused (by hand) | disabled (by its failures, ``reason`` says which)."""

    id: int
    portal_id: int
    url: str
    description: str
    events: Sequence[str]
    secrets: Sequence[Mapping[str, Any]]
    state: str
    reason: str | None
    failures: int
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


_COLUMNS = [webhook_endpoints.c[name] for name in Endpoint.__slots__]


def destination(endpoint_id: int) -> str:
    """The endpoint's destination in the outbox: its events leave in order."""
    return f"webhook:{endpoint_id}"


async def add(tx: Tx, portal_id: int, now: datetime, **values: Any) -> int:
    """A new endpoint; returns its id."""
    statement = insert(webhook_endpoints).values(
        portal_id=portal_id, created_at=now, updated_at=now, **values
    )
    return int((await tx.execute(statement.returning(webhook_endpoints.c.id))).scalar_one())


async def get(tx: Tx, portal_id: int, endpoint_id: int, *, for_update: bool = False) -> Endpoint | None:
    """One endpoint of a portal."""
    query = select(*_COLUMNS).where(
        webhook_endpoints.c.portal_id == portal_id, webhook_endpoints.c.id == endpoint_id
    )
    row = (await tx.execute(query.with_for_update() if for_update else query)).one_or_none()
    return Endpoint(*row) if row else None


async def listed(
    tx: Tx, portal_id: int, *, before_id: int | None = None, limit: int | None = None
) -> list[Endpoint]:
    """A portal's endpoints, newest first."""
    query = select(*_COLUMNS).where(webhook_endpoints.c.portal_id == portal_id)
    if before_id is not None:
        query = query.where(webhook_endpoints.c.id < before_id)
    query = query.order_by(webhook_endpoints.c.id.desc()).limit(limit)
    return [Endpoint(*row) for row in (await tx.execute(query)).all()]


async def active_for(tx: Tx, portal_id: int, event: str) -> list[int]:
    """Ids of the endpoints that want an event."""
    query = select(webhook_endpoints.c.id, webhook_endpoints.c.events).where(
        webhook_endpoints.c.portal_id == portal_id, webhook_endpoints.c.state == "active"
    )
    found = (await tx.execute(query.order_by(webhook_endpoints.c.id))).all()
    return [endpoint_id for endpoint_id, events in found if not events or event in events]


async def change(tx: Tx, portal_id: int, endpoint_id: int, now: datetime, **values: Any) -> None:
    """Overwrite columns."""
    statement = update(webhook_endpoints).where(
        webhook_endpoints.c.portal_id == portal_id, webhook_endpoints.c.id == endpoint_id
    )
    await tx.execute(statement.values(updated_at=now, **values))


async def remove(tx: Tx, portal_id: int, endpoint_id: int) -> bool:
    """Forget an endpoint; what waits for it is given up when its turn comes. False when there is none."""
    statement = delete(webhook_endpoints).where(
        webhook_endpoints.c.portal_id == portal_id, webhook_endpoints.c.id == endpoint_id
    )
    return bool((await tx.execute(statement)).rowcount)


async def succeeded(tx: Tx, endpoint_id: int) -> None:
    """It answered: failures are counted anew."""
    statement = update(webhook_endpoints).where(
        webhook_endpoints.c.id == endpoint_id, webhook_endpoints.c.failures > 0
    )
    await tx.execute(statement.values(failures=0, failing_since=None))


async def failed(tx: Tx, portal_id: int, endpoint_id: int, now: datetime) -> Endpoint | None:
    """It didn't; returns the endpoint with this failure counted, None when it is gone."""
    found = await get(tx, portal_id, endpoint_id, for_update=True)
    if found is None:
        return None
    values = {"failures": found.failures + 1, "failing_since": found.failing_since or now}
    await tx.execute(update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id).values(**values))
    return await get(tx, portal_id, endpoint_id)


# --- what was sent -------------------------------------------------------------------------------------------


async def deliveries(
    tx: Tx, portal_id: int, endpoint_id: int, *, before_id: int | None = None, limit: int
) -> list[Delivery]:
    """The endpoint's rows of the outbox, newest first."""
    query = select(*[outbox.c[name] for name in Delivery.__slots__]).where(
        outbox.c.portal_id == portal_id, outbox.c.destination == destination(endpoint_id)
    )
    if before_id is not None:
        query = query.where(outbox.c.id < before_id)
    query = query.order_by(outbox.c.id.desc()).limit(limit)
    return [Delivery(*row) for row in (await tx.execute(query)).all()]


async def bring_back(tx: Tx, portal_id: int, endpoint_id: int, now: datetime) -> int:
    """Dead rows of an endpoint wait again, in their old order and with all their time; returns how many.

    The event's own moment stands in its payload; ``created_at`` is from when on a row is given up.
    """
    statement = update(outbox).where(
        outbox.c.portal_id == portal_id,
        outbox.c.destination == destination(endpoint_id),
        outbox.c.state == "dead",
    )
    values = {"state": "waiting", "attempts": 0, "next_try_at": now, "done_at": None, "created_at": now}
    return (await tx.execute(statement.values(**values))).rowcount
