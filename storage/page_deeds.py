"""What people did on the pages beside changing settings: retried, paused, exported, edited a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from storage.database import Tx
from storage.tables import page_deeds


@dataclass(frozen=True, slots=True)
class Deed:
    """One of them. ``deed`` is a key (``sync.retry``), ``data`` its particulars, without names of guests."""

    id: int
    portal_id: int
    at: datetime
    person_id: int | None
    who: str
    deed: str
    data: Mapping[str, Any]


_COLUMNS = [page_deeds.c[name] for name in Deed.__slots__]


async def record(
    tx: Tx, portal_id: int, deed: str, data: Mapping[str, Any], *, person_id: int, who: str, now: datetime
) -> None:
    """Write one down, in the transaction that did it."""
    row = {"portal_id": portal_id, "at": now, "person_id": person_id, "who": who, "deed": deed}
    await tx.execute(insert(page_deeds).values(**row, data=dict(data)))


async def listed(tx: Tx, portal_id: int, *, before_id: int | None = None, limit: int = 50) -> list[Deed]:
    """Newest first; page on with the last one's id."""
    query = select(*_COLUMNS).where(page_deeds.c.portal_id == portal_id)
    if before_id is not None:
        query = query.where(page_deeds.c.id < before_id)
    query = query.order_by(page_deeds.c.id.desc()).limit(limit)
    return [Deed(*row) for row in (await tx.execute(query)).all()]
