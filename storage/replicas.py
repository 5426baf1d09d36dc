"""Which process serves which portal: a lease row per portal with a fencing token, a heartbeat row per process.

A portal's lease lasts as long as the heartbeat of its owner, so one row written every two seconds renews a thousand
leases. A process whose heartbeat ended is declared dead by deleting its row: from then on its portals are free, and it
can't come back under its old name. Moments are the database's, whatever the machines' own clocks say.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, null, select, update

from storage.database import Tx
from storage.dialect import inserting
from storage.leases import PORTAL, Lease, first_fence
from storage.tables import leases, outbox, portals, replicas

Within = Callable[[ColumnElement[int]], tuple[ColumnElement[bool], ...]]
"""From the column with a row's portal to the conditions under which the row is looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at a beat: processes alive, portals to be served, and how many of them nobody serves."""

    alive: int
    portals: int
    free: int


@dataclass(frozen=True, slots=True)
class Replica:
    """One live process, for people."""

    owner: str
    version: str
    portals: int
    started_at: datetime
    seen_at: datetime


async def moment(tx: Tx) -> datetime:
    """Now, by the database's clock."""
    return (await tx.execute(select(func.clock_timestamp()))).scalar_one()  # type: ignore[no-any-return]


async def appear(tx: Tx, owner: str, version: str, *, now: datetime, lease_s: float) -> None:
    """Begin to live under a name nobody has had before."""
    row = {"owner": owner, "version": version, "started_at": now, "seen_at": now}
    await tx.execute(insert(replicas).values(**row, until=now + timedelta(seconds=lease_s)))


async def beat(tx: Tx, owner: str, portals_owned: int, *, now: datetime, lease_s: float) -> bool:
    """Renew all leases of a process; False when it was declared dead meanwhile, and owns nothing any more."""
    values = {"seen_at": now, "until": now + timedelta(seconds=lease_s), "portals": portals_owned}
    return bool(
        (await tx.execute(update(replicas).where(replicas.c.owner == owner).values(**values))).rowcount
    )


async def bury(tx: Tx, *, now: datetime) -> list[str]:
    """Declare those dead whose heartbeat ended. Locks a row first, so a heartbeat is either before it or too late."""
    ended = select(replicas.c.owner).where(replicas.c.until <= now).with_for_update(skip_locked=True)
    found = list((await tx.execute(ended)).scalars())
    if found:
        await tx.execute(delete(replicas).where(replicas.c.owner.in_(found)))
    return found


async def standing(tx: Tx) -> Standing:
    """What a process must know to see whether it has its share."""
    alive = select(func.count()).select_from(replicas).scalar_subquery()
    to_serve = select(func.count()).select_from(portals).scalar_subquery()
    served = select(func.count()).select_from(leases).where(leases.c.name == PORTAL, ~_ownerless())
    row = (await tx.execute(select(alive, to_serve, to_serve - served.scalar_subquery()))).one()
    return Standing(*map(int, row))


async def take(tx: Tx, owner: str, *, now: datetime, limit: int) -> list[Lease]:
    """Take up to ``limit`` portals nobody serves, and free what their last owner held of them.

    Rows that somebody else is just taking are passed over, and such as a stopped process has locked in an open
    transaction: they come with a later beat.
    """
    await _ensure_rows(tx, now)
    free = (
        select(leases.c.portal_id, leases.c.owner)
        .where(leases.c.name == PORTAL, _ownerless())
        .order_by(leases.c.portal_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = {row.portal_id: row.owner for row in (await tx.execute(free)).all()}
    if not found:
        return []
    taken = (
        update(leases)
        .where(leases.c.name == PORTAL, leases.c.portal_id.in_(found))
        .values(owner=owner, fence=leases.c.fence + 1, until=now)
        .returning(leases.c.portal_id, leases.c.fence)
    )
    rows = (await tx.execute(taken)).all()
    await _free_what_was_held(tx, [*found], set(found.values()), now)
    return [Lease(row.portal_id, PORTAL, owner, row.fence, now) for row in rows]


async def give_back(tx: Tx, owner: str, portal_ids: Collection[int], *, now: datetime) -> None:
    """Serve these portals no longer; whoever comes next finds nothing claimed."""
    mine = (leases.c.name == PORTAL, leases.c.owner == owner, leases.c.portal_id.in_(list(portal_ids)))
    await tx.execute(update(leases).where(*mine).values(owner="", fence=leases.c.fence + 1))
    await _free_what_was_held(tx, list(portal_ids), {owner}, now)


async def leave(tx: Tx, owner: str) -> None:
    """The end of a process; what it still owned is free."""
    await tx.execute(delete(replicas).where(replicas.c.owner == owner))


async def alive(tx: Tx) -> list[Replica]:
    """The live processes, oldest first."""
    columns = [replicas.c[name] for name in Replica.__slots__]
    query = select(*columns).order_by(replicas.c.started_at, replicas.c.owner)
    return [Replica(*row) for row in (await tx.execute(query)).all()]


async def owners(tx: Tx) -> dict[int, str]:
    """Which live process serves which portal."""
    query = select(leases.c.portal_id, leases.c.owner).where(leases.c.name == PORTAL, ~_ownerless())
    return {int(row.portal_id): row.owner for row in (await tx.execute(query)).all()}


def everywhere(_portal_id: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    """Every portal's rows: where there is one process."""
    return ()


EVERYWHERE: Within = everywhere


async def served(tx: Tx, portal_id: int) -> bool:
    """Whether a living process serves a portal right now; on SQLite a lock beside the file tells that."""
    if tx.dialect.name == "sqlite":
        return False
    query = (
        select(leases.c.portal_id)
        .join(replicas, replicas.c.owner == leases.c.owner)
        .where(
            leases.c.portal_id == portal_id,
            leases.c.name == PORTAL,
            replicas.c.until > func.clock_timestamp(),
        )
    )
    return (await tx.execute(query)).first() is not None


def just(portal: int) -> Within:
    """One portal's rows."""
    return lambda portal_id: (portal_id == portal,)


def but(portal_ids: Collection[int]) -> Within:
    """Every portal's rows but these portals'."""
    return lambda portal_id: (portal_id.notin_(list(portal_ids)),)


def owned_by(owner: str, but: Sequence[int] = ()) -> Within:
    """Rows of the portals a process serves; ``but``: not of those it is just giving up, or has enough to do for."""

    def within(portal_id: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
        mine = select(leases.c.portal_id).where(leases.c.name == PORTAL, leases.c.owner == owner)
        return (portal_id.in_(mine.where(leases.c.portal_id.notin_(but)) if but else mine),)

    return within


def _ownerless() -> ColumnElement[bool]:
    return ~exists().where(replicas.c.owner == leases.c.owner)


async def _ensure_rows(tx: Tx, now: datetime) -> None:
    row = leases.alias("row")
    lacking = ~exists().where(row.c.portal_id == portals.c.id, row.c.name == PORTAL)
    new = select(
        portals.c.id,
        literal(PORTAL),
        literal(""),
        literal(first_fence(now)),
        literal(now, leases.c.until.type),
    )
    new = new.where(lacking).order_by(portals.c.id)
    statement = inserting(tx, leases).from_select(["portal_id", "name", "owner", "fence", "until"], new)
    await tx.execute(statement.on_conflict_do_nothing(index_elements=[*leases.primary_key]))


async def _free_what_was_held(tx: Tx, portal_ids: list[int], owners: set[str], now: datetime) -> None:
    """Lanes, consumers, doors and syncs of a former owner, and the deliveries under way."""
    held = (
        leases.c.portal_id.in_(portal_ids),
        leases.c.owner.in_(owners),
        leases.c.name != PORTAL,
        leases.c.until > now,
    )
    await tx.execute(update(leases).where(*held).values(until=now, fence=leases.c.fence + 1))
    claimed = (
        outbox.c.portal_id.in_(portal_ids),
        outbox.c.state == "waiting",
        outbox.c.claimed_until.is_not(None),
    )
    await tx.execute(update(outbox).where(*claimed).values(claimed_until=null()))
