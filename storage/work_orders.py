"""Orders for the running service: a sync asked for by the clock, in a chat or on the command line (decision 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from domain.causes import Cause, current
from storage.database import Tx
from storage.replicas import EVERYWHERE, Within
from storage.tables import work_orders
from storage.wakes import tell_in

_MOST_ATTEMPTS = 3  # an order that has taken the process down so often is not tried again


@dataclass(frozen=True, slots=True)
class Order:
    """One order. ``state``: new | taken | done | failed."""

    id: int
    portal_id: int
    kind: str
    params: Mapping[str, Any]
    state: str
    asked_by: str | None
    progress: Mapping[str, Any] | None
    result: Mapping[str, Any] | None
    created_at: datetime
    taken_at: datetime | None
    done_at: datetime | None


_CAUSE = "cause"
_COLUMNS = [work_orders.c[name] for name in Order.__slots__]
_UNFINISHED = or_(
    work_orders.c.state == "new",
    (work_orders.c.state == "taken") & (work_orders.c.attempts < _MOST_ATTEMPTS),
)


async def add(
    tx: Tx, portal_id: int, kind: str, params: Mapping[str, Any], *, asked_by: str = "", now: datetime
) -> int:
    """Order a work; returns the order's number. What it follows from is kept with it."""
    cause = current()
    whole = dict(params)
    if cause is not None:
        whole[_CAUSE] = {"id": cause.id, "at": cause.at.isoformat() if cause.at else None}
    statement = insert(work_orders).values(
        portal_id=portal_id,
        kind=kind,
        params=whole,
        state="new",
        asked_by=asked_by,
        created_at=now,
    )
    order_id = int((await tx.execute(statement.returning(work_orders.c.id))).scalar_one())
    await tell_in(tx, "orders", portal_id)
    return order_id


def cause_of(order: Order) -> Cause:
    """What an order follows from; itself, when it was given on the command line or by the clock."""
    kept = order.params.get(_CAUSE)
    if kept is None:
        return Cause(f"o{order.id}")
    return Cause(kept["id"], datetime.fromisoformat(kept["at"]) if kept["at"] else None)


async def load(tx: Tx, order_id: int) -> Order | None:
    """One order as it stands."""
    row = (await tx.execute(select(*_COLUMNS).where(work_orders.c.id == order_id))).one_or_none()
    return Order(*row) if row else None


async def any_open(tx: Tx, kind: str, within: Within = EVERYWHERE) -> bool:
    """Whether there is any order that is neither done nor failed."""
    open_ones = (work_orders.c.state.in_(("new", "taken")), work_orders.c.kind == kind)
    query = select(work_orders.c.id).where(*open_ones, *within(work_orders.c.portal_id)).limit(1)
    return (await tx.execute(query)).first() is not None


async def waiting(tx: Tx, kind: str, within: Within = EVERYWHERE) -> list[Order]:
    """Orders to be done, oldest first: new ones, and taken ones whose worker may have vanished.

    Whoever takes one must first get the lease of the work itself; that tells the two apart.
    """
    mine = (work_orders.c.kind == kind, _UNFINISHED, *within(work_orders.c.portal_id))
    query = select(*_COLUMNS).where(*mine).order_by(work_orders.c.id)
    return [Order(*row) for row in (await tx.execute(query)).all()]


async def exhausted(tx: Tx, kind: str, within: Within = EVERYWHERE) -> list[Order]:
    """Orders that were begun too often and never came to an end."""
    query = select(*_COLUMNS).where(
        work_orders.c.kind == kind,
        work_orders.c.state == "taken",
        work_orders.c.attempts >= _MOST_ATTEMPTS,
        *within(work_orders.c.portal_id),
    )
    return [Order(*row) for row in (await tx.execute(query.order_by(work_orders.c.id))).all()]


async def running(tx: Tx, portal_id: int, kind: str) -> list[Order]:
    """A portal's orders that somebody has begun and not ended."""
    query = select(*_COLUMNS).where(
        work_orders.c.portal_id == portal_id, work_orders.c.kind == kind, work_orders.c.state == "taken"
    )
    return [Order(*row) for row in (await tx.execute(query.order_by(work_orders.c.id))).all()]


async def pending(tx: Tx, portal_id: int, kind: str) -> list[Order]:
    """A portal's orders that wait or are being done."""
    query = select(*_COLUMNS).where(
        work_orders.c.portal_id == portal_id, work_orders.c.kind == kind, _UNFINISHED
    )
    return [Order(*row) for row in (await tx.execute(query.order_by(work_orders.c.id))).all()]


async def take(tx: Tx, order_id: int, now: datetime) -> None:
    """Begin (or, after a crash, begin again)."""
    await _change(tx, order_id, state="taken", taken_at=now, attempts=work_orders.c.attempts + 1)


async def give_back(tx: Tx, order_id: int) -> None:
    """Not the order's fault: it is begun again elsewhere, and this time doesn't count."""
    await tx.execute(
        update(work_orders)
        .where(work_orders.c.id == order_id, work_orders.c.state == "taken")
        .values(attempts=work_orders.c.attempts - 1)
    )


async def set_progress(tx: Tx, order_id: int, progress: Mapping[str, Any]) -> None:
    """How far it is, for whoever watches."""
    await _change(tx, order_id, progress=dict(progress))


async def finish(
    tx: Tx, order_id: int, result: Mapping[str, Any], *, failed: bool = False, now: datetime
) -> None:
    """Done, or failed for good, with what came out."""
    state = "failed" if failed else "done"
    await _change(tx, order_id, state=state, result=dict(result), done_at=now)


async def forget_previews(tx: Tx, *, done_before: datetime) -> int:
    """Take guests' data out of old rehearsals; their counts stay. Returns how many were emptied."""
    query = select(work_orders.c.id, work_orders.c.result).where(
        work_orders.c.kind == "sync",
        work_orders.c.done_at < done_before,
        work_orders.c.params["mode"].as_string().in_(("dry", "apply")),
    )
    full = [(one, result) for one, result in (await tx.execute(query)).all() if (result or {}).get("samples")]
    for order_id, result in full:
        await _change(tx, order_id, result={**result, "samples": []})
    return len(full)


async def _change(tx: Tx, order_id: int, **values: Any) -> None:
    await tx.execute(update(work_orders).where(work_orders.c.id == order_id).values(**values))
