"""Leases: one-at-a-time work across replicas, each turn with a fencing token higher than the one before.

A worker that slept past its lease still holds the old token; whatever it tries to store is refused by it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, literal, or_, select, update

from storage.database import Tx
from storage.dialect import inserting
from storage.fates import StaleLease
from storage.tables import leases

__all__ = [
    "PORTAL",
    "WHOLE_SERVICE",
    "Lease",
    "StaleLease",
    "acquire",
    "check_fence",
    "held",
    "purge",
    "release",
    "renew",
]

WHOLE_SERVICE = 0
"""The portal of leases that belong to no portal."""

PORTAL = "portal"
"""The lease of whoever serves a portal; it lasts as long as its owner's heartbeat (replicas.py)."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A turn at a work: ``owner`` may do it until ``until`` (UTC); ``fence`` proves it."""

    portal_id: int
    name: str
    owner: str
    fence: int
    until: datetime


def first_fence(now: datetime) -> int:
    """Where a new row's tokens start: later than those of any purged row of the same name."""
    return int(now.timestamp() * 1_000_000)


async def acquire(
    tx: Tx, portal_id: int, name: str, owner: str, *, now: datetime, lease_s: float
) -> Lease | None:
    """Take a free or expired lease; None while somebody (also this owner) holds it."""
    until = now + timedelta(seconds=lease_s)
    statement = inserting(tx, leases).values(
        portal_id=portal_id, name=name, owner=owner, fence=first_fence(now), until=until
    )
    statement = statement.on_conflict_do_update(
        index_elements=[*leases.primary_key],
        set_={"owner": owner, "fence": leases.c.fence + 1, "until": until},
        where=leases.c.until <= now,
    )
    fence = (await tx.execute(statement.returning(leases.c.fence))).scalar_one_or_none()
    return None if fence is None else Lease(portal_id, name, owner, fence, until)


async def renew(tx: Tx, lease: Lease, *, now: datetime, lease_s: float) -> Lease:
    """Hold it longer. Raises StaleLease if somebody took it over; an expired one nobody took is fine."""
    until = now + timedelta(seconds=lease_s)
    result = await tx.execute(update(leases).where(*_is(lease)).values(until=until))
    if not result.rowcount:
        raise StaleLease(lease.name)
    return replace(lease, until=until)


async def release(tx: Tx, lease: Lease, *, now: datetime) -> None:
    """Give it back at once; nothing happens if it has passed on already."""
    await tx.execute(update(leases).where(*_is(lease)).values(until=now))


async def check_fence(tx: Tx, portal_id: int, name: str, fence: int) -> None:
    """Raise StaleLease unless the token is the newest; nobody can take over before this transaction ends."""
    query = select(leases.c.fence).where(leases.c.portal_id == portal_id, leases.c.name == name)
    if (await tx.execute(query.with_for_update(read=True))).scalar_one_or_none() != fence:
        raise StaleLease(name)


async def held(tx: Tx, portal_id: int, *, now: datetime, prefix: str = "") -> list[Lease]:
    """Who works at what right now."""
    query = select(leases).where(
        leases.c.portal_id == portal_id,
        leases.c.name != PORTAL,
        leases.c.until > now,
        or_(literal(not prefix), leases.c.name.startswith(prefix, autoescape=True)),
    )
    return [Lease(*row) for row in (await tx.execute(query)).all()]


async def purge(tx: Tx, *, expired_before: datetime) -> int:
    """Forget leases long expired; their tokens stay behind all future ones (see first_fence)."""
    old = (leases.c.until < expired_before, leases.c.name != PORTAL)
    return (await tx.execute(delete(leases).where(*old))).rowcount


def _is(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        leases.c.portal_id == lease.portal_id,
        leases.c.name == lease.name,
        leases.c.fence == lease.fence,
    )
