"""The stored settings of a portal with their version, every change of them, and links that open the pages once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from storage.database import Tx
from storage.tables import page_links, portals, settings_changes


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds of a portal's settings; version 0 was never changed here."""

    version: int
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """One change: ``changes`` is (path, before, after) without secrets."""

    id: int
    portal_id: int
    version: int
    at: datetime
    person_id: int | None
    who: str
    changes: Sequence[Sequence[Any]]


_CHANGE = [settings_changes.c[name] for name in SettingsChange.__slots__]


async def stored(tx: Tx, portal_id: int, *, lock: bool = False) -> Stored:
    """Settings and version; ``lock``: nobody else changes them until this transaction ends."""
    query = select(portals.c.settings).where(portals.c.id == portal_id)
    settings = (await tx.execute(query.with_for_update() if lock else query)).scalar_one()
    newest = select(func.max(settings_changes.c.version)).where(settings_changes.c.portal_id == portal_id)
    return Stored((await tx.execute(newest)).scalar_one() or 0, settings or {})


async def store(
    tx: Tx,
    portal_id: int,
    settings: Mapping[str, Any],
    *,
    version: int,
    now: datetime,
    person_id: int | None,
    who: str,
    changes: Sequence[Sequence[Any]],
) -> None:
    """Replace the settings and journal who did it, as this version (one above the last)."""
    await tx.execute(update(portals).where(portals.c.id == portal_id).values(settings=settings))
    row = {"portal_id": portal_id, "version": version, "at": now, "person_id": person_id, "who": who}
    await tx.execute(insert(settings_changes).values(**row, changes=[list(one) for one in changes]))


async def changes(
    tx: Tx, portal_id: int, *, before_id: int | None = None, limit: int = 50
) -> list[SettingsChange]:
    """Changes, newest first; page on with the last one's id."""
    query = select(*_CHANGE).where(settings_changes.c.portal_id == portal_id)
    if before_id is not None:
        query = query.where(settings_changes.c.id < before_id)
    query = query.order_by(settings_changes.c.id.desc()).limit(limit)
    return [SettingsChange(*row) for row in (await tx.execute(query)).all()]


async def add_link(tx: Tx, token_hash: str, portal_id: int, person_id: int, expires_at: datetime) -> None:
    """A link that opens the pages for this person once."""
    row = {"token_hash": token_hash, "portal_id": portal_id, "person_id": person_id, "expires_at": expires_at}
    await tx.execute(insert(page_links).values(**row))


async def use_link(tx: Tx, token_hash: str, now: datetime) -> tuple[int, int] | None:
    """Spend a link: (portal, person) it was made for; None when it is unknown, spent or too old."""
    spent = (
        update(page_links)
        .where(
            page_links.c.token_hash == token_hash,
            page_links.c.used_at.is_(None),
            page_links.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(page_links.c.portal_id, page_links.c.person_id)
    )
    row = (await tx.execute(spent)).one_or_none()
    return (row.portal_id, row.person_id) if row else None


async def changes_of(tx: Tx, portal_id: int, *paths: str) -> list[SettingsChange]:
    """Changes that touched one of these paths, newest first; all there ever were."""
    found: list[SettingsChange] = []
    before: int | None = None
    while some := await changes(tx, portal_id, before_id=before, limit=200):
        found += [one for one in some if any(changed[0] in paths for changed in one.changes)]
        before = some[-1].id
    return found
