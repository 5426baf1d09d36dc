"""What the self-audit counts: accepted, stored, delivered; and which dead deliveries are worth another try."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.requests import Status
from storage.database import Tx
from storage.tables import inbox, links, outbox, requests


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Dead deliveries of one destination's sort with one reason."""

    destination: str
    code: str
    count: int


async def unhandled_events(tx: Tx, portal_id: int, before: datetime) -> int:
    """Events taken in before a moment and not handled yet."""
    query = select(func.count()).where(
        inbox.c.portal_id == portal_id, inbox.c.state == "new", inbox.c.received_at < before
    )
    return int((await tx.execute(query)).scalar_one())


async def dead_events(tx: Tx, portal_id: int, since: datetime) -> int:
    """Events given up since a moment."""
    query = select(func.count()).where(
        inbox.c.portal_id == portal_id, inbox.c.state == "dead", inbox.c.done_at >= since
    )
    return int((await tx.execute(query)).scalar_one())


async def undelivered(tx: Tx, portal_id: int, since: datetime) -> list[Undelivered]:
    """Deliveries given up since a moment, by destination and reason."""
    query = (
        select(outbox.c.destination, outbox.c.last_code, func.count())
        .where(outbox.c.portal_id == portal_id, outbox.c.state == "dead", outbox.c.done_at >= since)
        .group_by(outbox.c.destination, outbox.c.last_code)
    )
    return [Undelivered(place, code or "", count) for place, code, count in (await tx.execute(query)).all()]


async def late_deliveries(tx: Tx, portal_id: int, before: datetime) -> int:
    """Deliveries that have waited since before a moment."""
    query = select(func.count()).where(
        outbox.c.portal_id == portal_id, outbox.c.state == "waiting", outbox.c.created_at < before
    )
    return int((await tx.execute(query)).scalar_one())


async def waiting_requests(tx: Tx, portal_id: int) -> frozenset[int]:
    """Requests something of which still has to leave."""
    query = (
        select(outbox.c.request_id)
        .where(outbox.c.portal_id == portal_id, outbox.c.state == "waiting", outbox.c.request_id.is_not(None))
        .distinct()
    )
    return frozenset((await tx.execute(query)).scalars())


async def without(tx: Tx, portal_id: int, kind: str, filed_before: datetime) -> list[tuple[int, str]]:
    """Open requests, filed before a moment, that lack a tie of this kind: id and number."""
    tied = select(links.c.local_id).where(
        links.c.portal_id == portal_id, links.c.kind == kind, links.c.local_type == "request"
    )
    query = (
        select(requests.c.id, requests.c.number)
        .where(
            requests.c.portal_id == portal_id,
            requests.c.status != Status.CLOSED.value,
            requests.c.created_at < filed_before,
        )
        .order_by(requests.c.id)
    )
    known = set((await tx.execute(tied)).scalars())
    return [(row.id, row.number) for row in (await tx.execute(query)).all() if str(row.id) not in known]


async def numbers(tx: Tx, portal_id: int, ids: Collection[int]) -> dict[int, str]:
    """Registration numbers by id."""
    query = select(requests.c.id, requests.c.number).where(
        requests.c.portal_id == portal_id, requests.c.id.in_(ids)
    )
    return {row.id: row.number for row in (await tx.execute(query)).all()}


async def retryable(tx: Tx, portal_id: int, codes: Collection[str], since: datetime) -> list[int]:
    """Dead deliveries of open requests, made since a moment, that ended for one of these reasons; oldest first."""
    open_ones = select(requests.c.id).where(
        requests.c.portal_id == portal_id, requests.c.status != Status.CLOSED.value
    )
    query = (
        select(outbox.c.id)
        .where(
            outbox.c.portal_id == portal_id,
            outbox.c.state == "dead",
            outbox.c.last_code.in_(codes),
            outbox.c.created_at >= since,
            outbox.c.request_id.in_(open_ones),
        )
        .order_by(outbox.c.id)
    )
    return list((await tx.execute(query)).scalars())


async def is_queued(tx: Tx, portal_id: int, destination: str, kind: str) -> bool:
    """Whether a delivery of this kind waits for this destination."""
    query = select(outbox.c.id).where(
        outbox.c.portal_id == portal_id,
        outbox.c.destination == destination,
        outbox.c.kind == kind,
        outbox.c.state == "waiting",
    )
    return (await tx.execute(query.limit(1))).first() is not None
