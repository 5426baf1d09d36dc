"""How the whole service stands, counted in one read: for metrics and the status page.

Every statement here is bounded by what is open or by the number of hotels, not by how much history there is.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal, select

from domain.licence import Terms, judge
from domain.requests import Status
from storage import restores
from storage.database import Tx
from storage.runs import NO_WRITES
from storage.tables import (
    hotels,
    inbox,
    licences,
    outbox,
    portals,
    replicas,
    requests,
    runs,
    sync_cursors,
    sync_incidents,
    sync_states,
    webhook_endpoints,
)

_OVER = (Status.CLOSED, Status.COMPLETED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many, the oldest since then."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Requests by status; ``late``: open ones whose deadline has passed, by the deadline's name."""

    by_status: Mapping[str, int]
    late: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HotelSync:
    """One hotel's sync. ``good_at``: when its last run that came to something began."""

    portal_id: int
    portal: str
    hotel: str
    good_at: datetime | None
    failures: int
    paused: bool


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """All of it. ``inbox`` by state, ``outbox`` by (state, kind), ``webhooks`` by (state, failing)."""

    at: datetime
    portals: int
    replicas: int
    inbox: Mapping[str, Waiting]
    outbox: Mapping[tuple[str, str], Waiting]
    parked: int
    desk: Desk
    syncs: tuple[HotelSync, ...]
    webhooks: Mapping[str, int]
    webhook_failures: int
    licences: Mapping[str, int]

    def oldest(self, state: str = "waiting") -> datetime | None:
        """Since when the longest waiting delivery waits."""
        found = [one.oldest for (s, _), one in self.outbox.items() if s == state and one.oldest]
        return min(found, default=None)


async def take(tx: Tx, now: datetime) -> ServiceFigures:
    """Count everything as it stands at ``now``."""
    counted = await _rows(tx, _counts(now))
    events, deliveries = await _rows(tx, _inbox()), await _rows(tx, _outbox())
    webhooks = await _rows(tx, _webhooks())
    ((first_reply, solution),) = await _rows(tx, _late(now))
    ((portal_count, replica_count),) = counted
    return ServiceFigures(
        at=now,
        portals=portal_count,
        replicas=replica_count,
        inbox={state: Waiting(count, since) for state, count, since in events},
        outbox={(state, kind): Waiting(count, since) for state, kind, count, since in deliveries},
        parked=(await restores.parked(tx)).deliveries,
        desk=Desk(
            {str(status): int(count) for status, count in await _rows(tx, _requests())},
            {"first_reply": first_reply, "solution": solution},
        ),
        syncs=tuple([HotelSync(*row) for row in await _rows(tx, _syncs())]),
        webhooks={state: count for state, count, _ in webhooks},
        webhook_failures=sum(int(failures or 0) for _, _, failures in webhooks),
        licences=await licences_by_state(tx, now.date()),
    )


async def licences_by_state(tx: Tx, today: date) -> Mapping[str, int]:
    """Portals with a licence on record, by its state; the day is UTC's, which is near enough for a figure."""
    return Counter([str(judge(Terms(*row), today).state) for row in await _rows(tx, _licences())])


async def door_reads(tx: Tx) -> dict[tuple[int, str], datetime]:
    """When each door that is read was read to its end last, by hotel id and door."""
    query = select(sync_cursors.c.hotel_id, sync_cursors.c.door, sync_cursors.c.at)
    found = await _rows(tx, query.where(sync_cursors.c.at.is_not(None)))
    return {(hotel_id, door): at for hotel_id, door, at in found}


async def _rows(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in (await tx.execute(query)).all()]


def _counts(now: datetime) -> Select[*tuple[Any, ...]]:
    alive = select(func.count()).select_from(replicas).where(replicas.c.until > now)
    return select(select(func.count()).select_from(portals).scalar_subquery(), alive.scalar_subquery())


def _inbox() -> Select[*tuple[Any, ...]]:
    return (
        select(inbox.c.state, func.count(), func.min(inbox.c.received_at))
        .where(inbox.c.state.in_(("new", "dead")))
        .group_by(inbox.c.state)
    )


def _outbox() -> Select[*tuple[Any, ...]]:
    return (
        select(outbox.c.state, outbox.c.kind, func.count(), func.min(outbox.c.created_at))
        .where(outbox.c.state.in_(("waiting", "dead")))
        .group_by(outbox.c.state, outbox.c.kind)
    )


def _requests() -> Select[*tuple[Any, ...]]:
    return (
        select(requests.c.status, func.count())
        .where(requests.c.status.not_in(_OVER))
        .group_by(requests.c.status)
    )


def _late(now: datetime) -> Select[*tuple[Any, ...]]:
    """Whose clock stands (somebody else is waited for) has its deadline moved by the desk, so none is left out."""
    still_open = requests.c.status.not_in((*_OVER, Status.ANSWERED))
    unheard = and_(requests.c.due_first_reply < now, requests.c.first_replied_at.is_(None))
    return select(func.count().filter(unheard), func.count().filter(requests.c.due_solution < now)).where(
        still_open
    )


def _syncs() -> Select[*tuple[Any, ...]]:
    newest_good = (
        select(runs.c.started_at)
        .where(runs.c.hotel_id == hotels.c.id, runs.c.state == "done", runs.c.kind.not_in(NO_WRITES))
        .order_by(runs.c.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            portals.c.id,
            portals.c.key,
            hotels.c.code,
            newest_good,
            func.coalesce(sync_states.c.failures, 0),
            sync_states.c.paused_at.is_not(None),
        )
        .select_from(hotels.join(portals).outerjoin(sync_states, sync_states.c.hotel_id == hotels.c.id))
        .order_by(hotels.c.id)
    )


def _licences() -> Select[*tuple[Any, ...]]:
    return select(licences.c.paid_until, licences.c.grace_days)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something support should see. ``sort``: dead | sync; ``code``: why; ``count``: how often."""

    sort: str
    portal: str
    what: str
    code: str
    count: int
    newest: datetime


async def troubles(tx: Tx, limit: int = 20) -> list[Trouble]:
    """The latest: deliveries given up by portal and code, and open causes of syncs' failures; no one's data."""
    dead = (
        select(
            literal("dead"),
            portals.c.key,
            outbox.c.kind,
            outbox.c.last_code,
            func.count(),
            func.max(outbox.c.done_at),
        )
        .join(portals, portals.c.id == outbox.c.portal_id)
        .where(outbox.c.state == "dead")
        .group_by(portals.c.key, outbox.c.kind, outbox.c.last_code)
    )
    failing = (
        select(
            literal("sync"),
            portals.c.key,
            hotels.c.code,
            sync_incidents.c.cause,
            sync_incidents.c.records,
            sync_incidents.c.opened_at,
        )
        .join(hotels, hotels.c.id == sync_incidents.c.hotel_id)
        .join(portals, portals.c.id == hotels.c.portal_id)
        .where(sync_incidents.c.closed_at.is_(None))
    )
    found = [Trouble(*row) for query in (dead, failing) for row in await _rows(tx, query.limit(200))]
    return sorted(found, key=lambda one: one.newest, reverse=True)[:limit]


def _webhooks() -> Select[*tuple[Any, ...]]:
    return select(webhook_endpoints.c.state, func.count(), func.sum(webhook_endpoints.c.failures)).group_by(
        webhook_endpoints.c.state
    )
