"""Which releases each portal was told of, and which requests wait for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from storage.database import Tx
from storage.dialect import inserting, upsert
from storage.tables import portal_releases, request_releases


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request whose requester hears when ``version`` is here."""

    request_id: int
    version: str


async def told_to(tx: Tx, portal_id: int) -> list[str]:
    """The versions a portal knows of."""
    query = select(portal_releases.c.version).where(portal_releases.c.portal_id == portal_id)
    return list((await tx.execute(query)).scalars())


async def told(tx: Tx) -> Mapping[str, list[int]]:
    """Every version with the portals it was told to."""
    found: dict[str, list[int]] = {}
    query = select(portal_releases.c.version, portal_releases.c.portal_id)
    for version, portal_id in (await tx.execute(query)).all():
        found.setdefault(version, []).append(portal_id)
    return found


async def note_told(tx: Tx, portal_id: int, version: str, now: datetime) -> bool:
    """A portal is being told of a version; True for the one replica that does it."""
    statement = (
        inserting(tx, portal_releases)
        .values(portal_id=portal_id, version=version, told_at=now)
        .on_conflict_do_nothing(index_elements=[*portal_releases.primary_key])
        .returning(portal_releases.c.version)
    )
    return (await tx.execute(statement)).first() is not None


async def mark(
    tx: Tx, portal_id: int, request_id: int, version: str, *, who_id: int | None, now: datetime
) -> None:
    """A request is closed by a version; an earlier mark is replaced, and told anew."""
    row = {
        "portal_id": portal_id,
        "request_id": request_id,
        "version": version,
        "who_id": who_id,
        "marked_at": now,
        "told_at": None,
    }
    overwritten = set(row) - {"portal_id", "request_id"}
    await tx.execute(upsert(tx, request_releases, [*request_releases.primary_key], row, overwritten))


async def marked(tx: Tx, request_id: int) -> str | None:
    """The version a request waits for, or was closed by."""
    query = select(request_releases.c.version).where(request_releases.c.request_id == request_id)
    found: str | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def waiting(tx: Tx, portal_id: int) -> list[Waiting]:
    """Requests whose requesters haven't heard yet."""
    query = select(request_releases.c.request_id, request_releases.c.version).where(
        request_releases.c.portal_id == portal_id, request_releases.c.told_at.is_(None)
    )
    return [Waiting(*row) for row in (await tx.execute(query.order_by(request_releases.c.request_id))).all()]


async def note_requester_told(tx: Tx, one: Waiting, now: datetime) -> bool:
    """The requester is being told; True for the one replica that does it."""
    statement = (
        update(request_releases)
        .where(
            request_releases.c.request_id == one.request_id,
            request_releases.c.version == one.version,
            request_releases.c.told_at.is_(None),
        )
        .values(told_at=now)
        .returning(request_releases.c.request_id)
    )
    return (await tx.execute(statement)).first() is not None
