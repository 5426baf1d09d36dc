"""The outbox: what a use case wants to leave the house, written with it, delivered after it.

Rows of one destination leave strictly in order: only its oldest waiting row can be claimed. A claim is a
lease of its own (``claimed_until``); its number of attempts tells a late worker from the present one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Update, case, delete, func, null, or_, select, update

from domain.causes import current
from storage.database import Tx
from storage.dialect import inserting, later
from storage.replicas import EVERYWHERE, Within
from storage.tables import outbox


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row. ``attempts`` counts claims, this one included; ``state``: waiting | done | dead | parked.

    Parked is what waits for a portal that can't be reached any more (storage/parking.py).
    """

    id: int
    portal_id: int
    destination: str
    kind: str
    payload: Mapping[str, Any]
    lane: int
    state: str
    attempts: int
    next_try_at: datetime
    claimed_until: datetime | None
    last_reason: str | None
    last_code: str | None
    created_at: datetime
    done_at: datetime | None
    result: Mapping[str, Any] | None
    request_id: int | None
    cause: str | None
    caused_at: datetime | None


_COLUMNS = [outbox.c[name] for name in Delivery.__slots__]


async def add(
    tx: Tx,
    *,
    portal_id: int,
    destination: str,
    kind: str,
    payload: Mapping[str, Any],
    lane: int,
    now: datetime,
    dedupe_key: str | None = None,
    keep_key: bool = False,
    request_id: int | None = None,
    not_before: datetime | None = None,
) -> int | None:
    """Queue a delivery; returns its id, or None when a row with the same ``dedupe_key`` stands there.

    The key is free again as soon as the row is claimed (what is sent then may miss the newest state);
    with ``keep_key`` it is taken for as long as the row is kept.
    """
    cause = current()
    statement = (
        inserting(tx, outbox)
        .values(
            portal_id=portal_id,
            destination=destination,
            kind=kind,
            payload=dict(payload),
            lane=lane,
            dedupe_key=dedupe_key,
            keep_key=keep_key,
            created_at=now,
            next_try_at=not_before or now,
            request_id=request_id,
            cause=cause.id if cause else None,
            caused_at=cause.at if cause else None,
        )
        .on_conflict_do_nothing(index_elements=[outbox.c.portal_id, outbox.c.dedupe_key])
    )
    found: int | None = (await tx.execute(statement.returning(outbox.c.id))).scalar_one_or_none()
    return found


def _heads(within: Within) -> Select[int]:
    """The oldest waiting row of each destination."""
    return (
        select(func.min(outbox.c.id))
        .where(outbox.c.state == "waiting", *within(outbox.c.portal_id))
        .group_by(outbox.c.portal_id, outbox.c.destination)
    )


async def claim(
    tx: Tx, *, now: datetime, limit: int, lease_s: float, within: Within = EVERYWHERE
) -> list[Delivery]:
    """Take up to ``limit`` due rows, at most one per destination, urgent lanes first, then oldest.

    ``within`` leaves only the portals a process owns.
    Whoever claimed must call done, postpone or bury; else the row is due again after ``lease_s``.
    """
    free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    due = (
        select(outbox.c.id)
        .where(
            outbox.c.id.in_(_heads(within)), outbox.c.state == "waiting", outbox.c.next_try_at <= now, free
        )
        .order_by(outbox.c.lane, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    statement = (
        update(outbox)
        .where(outbox.c.id.in_(select(due.c.id)))
        .values(
            attempts=outbox.c.attempts + 1,
            claimed_until=now + timedelta(seconds=lease_s),
            dedupe_key=case((outbox.c.keep_key, outbox.c.dedupe_key), else_=null()),
        )
        .returning(*_COLUMNS)
    )
    claimed = [Delivery(*row) for row in (await tx.execute(statement)).all()]
    return sorted(claimed, key=lambda delivery: (delivery.lane, delivery.id))


async def done(tx: Tx, delivery: Delivery, now: datetime, result: Mapping[str, Any] | None = None) -> bool:
    """Delivered. False if the claim had expired and somebody else has claimed the row since."""
    values = {"state": "done", "done_at": now, "result": result, "last_reason": None, "last_code": None}
    return await _settle(tx, delivery, values)


async def postpone(
    tx: Tx, delivery: Delivery, *, now: datetime, delay_s: float, code: str, reason: str
) -> bool:
    """Try again after ``delay_s``; the destination's later rows wait behind it. False as in done."""
    values = {"next_try_at": now + timedelta(seconds=delay_s), "last_code": code, "last_reason": reason}
    return await _settle(tx, delivery, values)


async def bury(tx: Tx, delivery: Delivery, *, now: datetime, code: str, reason: str) -> bool:
    """Give up; the destination's next row goes on. An operator may retry it. False as in done."""
    values = {"state": "dead", "done_at": now, "last_code": code, "last_reason": reason}
    return await _settle(tx, delivery, values)


async def _settle(tx: Tx, delivery: Delivery, values: Mapping[str, Any]) -> bool:
    statement: Update = update(outbox).where(
        outbox.c.id == delivery.id,
        outbox.c.state == "waiting",
        outbox.c.attempts == delivery.attempts,
    )
    return bool((await tx.execute(statement.values(claimed_until=None, **values))).rowcount)


async def retry(tx: Tx, portal_id: int, delivery_id: int, now: datetime) -> bool:
    """Bring a dead row back to the head of its destination; False if there is no such one."""
    statement = update(outbox).where(
        outbox.c.portal_id == portal_id, outbox.c.id == delivery_id, outbox.c.state == "dead"
    )
    values = {"state": "waiting", "attempts": 0, "next_try_at": now, "done_at": None}
    return bool((await tx.execute(statement.values(**values))).rowcount)


async def get(tx: Tx, portal_id: int, delivery_id: int) -> Delivery | None:
    """One row by its number."""
    query = select(*_COLUMNS).where(outbox.c.portal_id == portal_id, outbox.c.id == delivery_id)
    row = (await tx.execute(query)).one_or_none()
    return Delivery(*row) if row else None


async def listed(
    tx: Tx, portal_id: int, *, state: str | None = None, before_id: int | None = None, limit: int = 100
) -> list[Delivery]:
    """Rows of a portal, newest first; page on with the last one's id."""
    query = select(*_COLUMNS).where(outbox.c.portal_id == portal_id)
    if state is not None:
        query = query.where(outbox.c.state == state)
    if before_id is not None:
        query = query.where(outbox.c.id < before_id)
    query = query.order_by(outbox.c.id.desc()).limit(limit)
    return [Delivery(*row) for row in (await tx.execute(query)).all()]


async def counts(tx: Tx) -> dict[str, int]:
    """How many rows stand in ``waiting`` and ``dead``, over all portals."""
    query = (
        select(outbox.c.state, func.count())
        .where(outbox.c.state.in_(("waiting", "dead")))
        .group_by(outbox.c.state)
    )
    found = {state: int(number) for state, number in (await tx.execute(query)).all()}
    return {"waiting": found.get("waiting", 0), "dead": found.get("dead", 0)}


async def under_way(tx: Tx, portal_id: int, destination: str) -> bool:
    """Whether something for this destination is being delivered, or was tried and has to be tried again."""
    query = select(outbox.c.id).where(
        outbox.c.portal_id == portal_id,
        outbox.c.destination == destination,
        outbox.c.state == "waiting",
        outbox.c.attempts > 0,
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def overtaken(tx: Tx, delivery: Delivery, *, person_id: int) -> bool:
    """Whether a later row of the same kind for this person waits for the same destination."""
    query = select(outbox.c.id).where(
        outbox.c.portal_id == delivery.portal_id,
        outbox.c.destination == delivery.destination,
        outbox.c.state == "waiting",
        outbox.c.id > delivery.id,
        outbox.c.kind == delivery.kind,
        outbox.c.payload["person_id"].as_integer() == person_id,
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def oldest_waiting(tx: Tx) -> datetime | None:
    """Since when the longest waiting row waits."""
    query = select(func.min(outbox.c.created_at)).where(outbox.c.state == "waiting")
    moment: datetime | None = (await tx.execute(query)).scalar_one()
    return moment


async def next_due(tx: Tx, within: Within = EVERYWHERE) -> datetime | None:
    """When a row can (or could) be claimed next, to know how long one may sleep; None when nothing waits."""
    free_at = later(tx, outbox.c.next_try_at, func.coalesce(outbox.c.claimed_until, outbox.c.next_try_at))
    query = select(func.min(free_at, type_=outbox.c.next_try_at.type)).where(outbox.c.id.in_(_heads(within)))
    moment: datetime | None = (await tx.execute(query)).scalar_one()
    return moment


async def purge(tx: Tx, *, done_before: datetime, limit: int = 5000) -> int:
    """Delete rows delivered long ago; dead ones stay for the operator. Returns how many."""
    old = (
        select(outbox.c.id)
        .where(outbox.c.state == "done", outbox.c.done_at < done_before)
        .order_by(outbox.c.done_at)
        .limit(limit)
    )
    return (await tx.execute(delete(outbox).where(outbox.c.id.in_(old)))).rowcount


# --- what an operator looks at ------------------------------------------------------------------------------------


async def portal_counts(tx: Tx, portal_id: int) -> dict[str, int]:
    """As :func:`counts`, of one portal."""
    query = (
        select(outbox.c.state, func.count())
        .where(outbox.c.portal_id == portal_id, outbox.c.state.in_(("waiting", "dead")))
        .group_by(outbox.c.state)
    )
    found = {state: int(number) for state, number in (await tx.execute(query)).all()}
    return {"waiting": found.get("waiting", 0), "dead": found.get("dead", 0)}


async def dead_codes(tx: Tx, portal_id: int) -> dict[str, int]:
    """How many of a portal's dead rows ended for each reason, the commonest first."""
    query = (
        select(outbox.c.last_code, func.count())
        .where(outbox.c.portal_id == portal_id, outbox.c.state == "dead")
        .group_by(outbox.c.last_code)
        .order_by(func.count().desc(), outbox.c.last_code)
    )
    return {code or "": int(number) for code, number in (await tx.execute(query)).all()}


async def dead_of(tx: Tx, portal_id: int, code: str, limit: int) -> list[int]:
    """A portal's dead rows that ended for one reason, oldest first."""
    reason = func.coalesce(outbox.c.last_code, "") == code
    query = select(outbox.c.id).where(outbox.c.portal_id == portal_id, outbox.c.state == "dead", reason)
    return list((await tx.execute(query.order_by(outbox.c.id).limit(limit))).scalars())
