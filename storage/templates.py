"""Support's templates for the usual answers, by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from storage.database import Tx
from storage.dialect import upsert
from storage.tables import templates


@dataclass(frozen=True, slots=True)
class Template:
    """One usual answer. ``text_en``: what who reads English is sent instead; empty: the same as the others."""

    id: int
    name: str
    text: str
    text_en: str = ""


async def save(
    tx: Tx,
    portal_id: int,
    name: str,
    folded: str,
    text: str,
    *,
    text_en: str | None = None,
    by: int | None,
    now: datetime,
) -> None:
    """Keep a template; one of the same folded name is replaced, its English only when a new one is given."""
    row = {
        "portal_id": portal_id,
        "name": name,
        "folded": folded,
        "text": text,
        "updated_at": now,
        "updated_by": by,
    }
    if text_en is not None:
        row["text_en"] = text_en
    key = [templates.c.portal_id, templates.c.folded]
    await tx.execute(upsert(tx, templates, key, row, {*row} - {"portal_id", "folded"}))


async def listed(tx: Tx, portal_id: int) -> list[Template]:
    """All, by name."""
    query = select(templates).where(templates.c.portal_id == portal_id).order_by(templates.c.folded)
    return [_template(row) for row in (await tx.execute(query)).all()]


async def load(tx: Tx, portal_id: int, template_id: int) -> Template | None:
    """One by id."""
    query = select(templates).where(templates.c.portal_id == portal_id, templates.c.id == template_id)
    row = (await tx.execute(query)).one_or_none()
    return _template(row) if row else None


async def remove(tx: Tx, portal_id: int, folded: str) -> bool:
    """Forget one; False when there is none of that name."""
    statement = (
        delete(templates)
        .where(templates.c.portal_id == portal_id, templates.c.folded == folded)
        .returning(templates.c.id)
    )
    return (await tx.execute(statement)).first() is not None


def _template(row: Any) -> Template:
    return Template(row.id, row.name, row.text, row.text_en or "")
