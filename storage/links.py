"""What of ours is what over there: a request's task, thread, topic; a guest's contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from storage.database import Tx
from storage.dialect import upsert
from storage.tables import links


@dataclass(frozen=True, slots=True)
class Link:
    """One tie between a thing of ours and a thing over there."""

    kind: str
    local_type: str
    local_id: str
    external_id: str
    data: Mapping[str, Any]


_COLUMNS = [links.c[name] for name in Link.__slots__]


async def put(
    tx: Tx,
    portal_id: int,
    kind: str,
    local_type: str,
    local_id: str,
    external_id: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Tie, or tie anew: one thing over there per (kind, thing of ours)."""
    row = {
        "portal_id": portal_id,
        "kind": kind,
        "local_type": local_type,
        "local_id": local_id,
        "external_id": external_id,
        "data": dict(data or {}),
    }
    key = [links.c.portal_id, links.c.kind, links.c.local_type, links.c.local_id]
    await tx.execute(upsert(tx, links, key, row, {"external_id", "data"}))


async def get(tx: Tx, portal_id: int, kind: str, local_type: str, local_id: str) -> Link | None:
    """The tie of one kind of a thing of ours."""
    query = select(*_COLUMNS).where(
        links.c.portal_id == portal_id,
        links.c.kind == kind,
        links.c.local_type == local_type,
        links.c.local_id == local_id,
    )
    row = (await tx.execute(query)).one_or_none()
    return Link(*row) if row else None


async def merge(
    tx: Tx, portal_id: int, kind: str, local_type: str, local_id: str, **changes: Any
) -> Link | None:
    """Change some of a tie's data, the rest stays; None when there is no such tie.

    The row is locked until the transaction ends, so that two who remember different things lose neither.
    """
    mine = (
        links.c.portal_id == portal_id,
        links.c.kind == kind,
        links.c.local_type == local_type,
        links.c.local_id == local_id,
    )
    row = (await tx.execute(select(*_COLUMNS).where(*mine).with_for_update())).one_or_none()
    if row is None:
        return None
    data = {**row.data, **changes}
    await tx.execute(update(links).where(*mine).values(data=data))
    return Link(row.kind, row.local_type, row.local_id, row.external_id, data)


async def of_kind(tx: Tx, portal_id: int, kind: str, local_type: str, local_ids: Sequence[str]) -> list[Link]:
    """The ties of one kind of several things of ours."""
    if not local_ids:
        return []
    query = select(*_COLUMNS).where(
        links.c.portal_id == portal_id,
        links.c.kind == kind,
        links.c.local_type == local_type,
        links.c.local_id.in_(local_ids),
    )
    return [Link(*row) for row in (await tx.execute(query.order_by(links.c.id))).all()]


async def all_of_kind(tx: Tx, portal_id: int, kind: str, local_type: str) -> list[Link]:
    """Every tie of one kind, oldest first."""
    query = select(*_COLUMNS).where(
        links.c.portal_id == portal_id, links.c.kind == kind, links.c.local_type == local_type
    )
    return [Link(*row) for row in (await tx.execute(query.order_by(links.c.id))).all()]


async def local_of(tx: Tx, portal_id: int, kind: str, external_id: str) -> str | None:
    """Whose tie it is: our id of the newest thing tied to the one over there."""
    query = (
        select(links.c.local_id)
        .where(links.c.portal_id == portal_id, links.c.kind == kind, links.c.external_id == external_id)
        .order_by(links.c.id.desc())
        .limit(1)
    )
    found: str | None = (await tx.execute(query)).scalar_one_or_none()
    return found


async def of_local(tx: Tx, portal_id: int, local_type: str, local_id: str) -> list[Link]:
    """Every tie of a thing of ours."""
    query = (
        select(*_COLUMNS)
        .where(links.c.portal_id == portal_id, links.c.local_type == local_type, links.c.local_id == local_id)
        .order_by(links.c.id)
    )
    return [Link(*row) for row in (await tx.execute(query)).all()]


async def remove(tx: Tx, portal_id: int, kind: str, local_type: str, local_id: str) -> None:
    """Untie."""
    await tx.execute(
        delete(links).where(
            links.c.portal_id == portal_id,
            links.c.kind == kind,
            links.c.local_type == local_type,
            links.c.local_id == local_id,
        )
    )
