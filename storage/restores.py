"""After a restore the tables are older than the world: what they still mean to do was perhaps done already.

So nothing that waited is done again unasked. Deliveries and events are parked for the operator's word, timeline lines
are looked for in the CRM before they are written, numbers of requests jump over those that were given in between.
CRM items need no mark: whoever has no snapshot is looked up by key before anything is created.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from storage import cursors
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import counters, inbox, leases, outbox, portals, replicas, timeline_lines, work_orders

PARKED = "restored"
"""The reason of what a restore has parked."""
MARK = "restored"
"""The cursor that tells when a portal's rows were restored last."""
NUMBERS_APART = 100
"""Request numbers go on at a round number at least so far away."""
_YEARS = (2000, 2999)
DOUBT = timedelta(days=3)
"""So long after a restore a line for a timeline is looked for before it is written: its change may be told anew."""
_LIVE = leases.c.name.in_(("bot-consumer", "telegram-consumer"))


@dataclass(frozen=True, slots=True)
class Parked:
    """What a restore has set aside."""

    deliveries: int
    events: int
    orders: int
    lines: int


async def settle(tx: Tx, now: datetime) -> Parked:
    """Make restored tables safe to serve from, over all portals. To be called while nothing runs on them."""
    given_up = {"state": "dead", "done_at": now}
    deliveries = await tx.execute(
        update(outbox)
        .where(outbox.c.state == "waiting")
        .values(**given_up, claimed_until=None, last_code=PARKED, last_reason=PARKED)
    )
    events = await tx.execute(update(inbox).where(inbox.c.state == "new").values(**given_up, reason=PARKED))
    orders = await tx.execute(
        update(work_orders)
        .where(work_orders.c.state.in_(("new", "taken")))
        .values(state="failed", done_at=now, result={"code": PARKED})
    )
    open_lines = timeline_lines.c.done_at.is_(None)
    lines = await tx.execute(
        update(timeline_lines).where(open_lines, timeline_lines.c.sent_at.is_(None)).values(sent_at=now)
    )
    far = counters.c.value + 2 * NUMBERS_APART - 1
    numbers = counters.c.year.between(*_YEARS)  # others count within windows of their own
    await tx.execute(update(counters).where(numbers).values(value=far - far % NUMBERS_APART))
    await _number_this_year(tx, now.year)
    await tx.execute(delete(leases))
    await tx.execute(delete(replicas))
    for (portal_id,) in (await tx.execute(select(portals.c.id))).all():
        await cursors.put(tx, portal_id, MARK, now.isoformat(), now)
    return Parked(deliveries.rowcount, events.rowcount, orders.rowcount, lines.rowcount)


async def _number_this_year(tx: Tx, year: int) -> None:
    """A year that has begun since the copy has had numbers, too."""
    series = select(counters.c.portal_id, counters.c.name).where(counters.c.year.between(*_YEARS)).distinct()
    for portal_id, name in (await tx.execute(series)).all():
        row = {"portal_id": portal_id, "name": name, "year": year, "value": NUMBERS_APART}
        await tx.execute(inserting(tx, counters).values(row).on_conflict_do_nothing())


async def served(tx: Tx, now: datetime) -> str | None:
    """The replica that serves from these tables right now, if any."""
    alive = select(replicas.c.owner).where(replicas.c.until > now).limit(1)
    held = select(leases.c.owner).where(leases.c.until > now, _LIVE).limit(1)
    found: str | None = (await tx.execute(alive)).scalar_one_or_none()
    return found or (await tx.execute(held)).scalar_one_or_none()


async def restored_at(tx: Tx, portal_id: int) -> datetime | None:
    """When this portal's rows were restored last."""
    found = await cursors.get(tx, portal_id, MARK)
    return datetime.fromisoformat(found) if found else None


async def doubtful_since(tx: Tx, portal_id: int, now: datetime) -> datetime | None:
    """The moment of a restore so fresh that what is told now may have been told before it; None else."""
    at = await restored_at(tx, portal_id)
    return at if at is not None and now - at < DOUBT else None


async def release(tx: Tx, now: datetime) -> Parked:
    """The operator's word: what was parked is done after all, in its order."""
    again = {"attempts": 0, "next_try_at": now, "done_at": None}
    sent = await tx.execute(update(outbox).where(_deliveries()).values(state="waiting", **again))
    heard = await tx.execute(update(inbox).where(_events()).values(state="new", **again))
    return Parked(sent.rowcount, heard.rowcount, 0, 0)


async def drop(tx: Tx, now: datetime) -> Parked:
    """The operator's word: all of it was done before the restore."""
    over = {"state": "done", "done_at": now}
    sent = await tx.execute(update(outbox).where(_deliveries()).values(**over))
    heard = await tx.execute(update(inbox).where(_events()).values(**over))
    return Parked(sent.rowcount, heard.rowcount, 0, 0)


async def parked(tx: Tx) -> Parked:
    """What waits for the operator's word."""
    query = select(
        select(func.count()).select_from(outbox).where(_deliveries()).scalar_subquery(),
        select(func.count()).select_from(inbox).where(_events()).scalar_subquery(),
    )
    deliveries, events = (await tx.execute(query)).one()
    return Parked(deliveries, events, 0, 0)


def _deliveries() -> ColumnElement[bool]:
    return (outbox.c.state == "dead") & (outbox.c.last_code == PARKED)


def _events() -> ColumnElement[bool]:
    return (inbox.c.state == "dead") & (inbox.c.reason == PARKED)
