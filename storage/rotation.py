"""Sealing everything anew with the first key, so that an old one can be taken out of the settings.

Works beside a running service that knows both keys: a row is locked while it is looked at, in packs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, Table, tuple_, update
from sqlalchemy import select as choose

from domain.errors import Permanent
from storage.database import Database, Tx
from storage.sealing import Place, Sealer
from storage.tables import api_answers, installations, portals, webhook_endpoints

PACK = 200
SEALED: Mapping[Table, tuple[str, ...]] = {
    portals: ("settings",),
    installations: ("access_token", "refresh_token", "former_token", "application_token"),
    webhook_endpoints: ("secrets",),
    api_answers: ("body",),
}
"""Every column that may hold something sealed; in JSON wherever ``{"sealed": …}`` stands."""
_LOOKS_SEALED = re.compile(r"s1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_=-]+")


@dataclass(slots=True)
class Resealed:
    """What became of it. ``unreadable``: places whose key is missing or that were changed by somebody."""

    anew: int = 0
    already: int = 0
    unreadable: list[str] = field(default_factory=list)


async def reseal(db: Database, sealer: Sealer) -> Resealed:
    """Seal with the first key whatever another one sealed."""
    done = Resealed()
    for table, columns in SEALED.items():
        last: tuple[Any, ...] | None = None
        while True:
            async with db.transaction() as tx:
                last = await _pack(tx, table, columns, sealer, last, done)
            if last is None:
                break
    return done


async def _pack(
    tx: Tx, table: Table, columns: tuple[str, ...], sealer: Sealer, after: Any, done: Resealed
) -> tuple[Any, ...] | None:
    """One pack of rows behind ``after``; the last one's key, None at the end."""
    key = [*table.primary_key.columns]
    query = choose(table).order_by(*key).limit(PACK).with_for_update()
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = (await tx.execute(query)).mappings().all()
    for row in rows:
        changed = _anew(table, columns, row, sealer, done)
        if changed:
            same = [column == row[column.name] for column in key]
            await tx.execute(update(table).where(*same).values(**changed))
    return tuple(rows[-1][column.name] for column in key) if len(rows) == PACK else None


def _anew(
    table: Table, columns: tuple[str, ...], row: Mapping[Any, Any], sealer: Sealer, done: Resealed
) -> dict[str, Any]:
    portal_id = row["id" if table is portals else "portal_id"]
    changed = {}
    for name in columns:
        column: Column[Any] = table.c[name]
        value, place = row[name], Place(table.name, portal_id, name)
        fresh = (
            _within(value, place, sealer, done)
            if isinstance(column.type, JSON)
            else _one(value, place, sealer, done)
        )
        if fresh != value:
            changed[name] = fresh
    return changed


def _within(value: Any, place: Place, sealer: Sealer, done: Resealed) -> Any:
    match value:
        case {"sealed": str() as sealed, **rest}:
            return {**rest, "sealed": _one(sealed, place, sealer, done)}
        case dict():
            return {key: _within(one, place, sealer, done) for key, one in value.items()}
        case list():
            return [_within(one, place, sealer, done) for one in value]
    return value


def _one(value: Any, place: Place, sealer: Sealer, done: Resealed) -> Any:
    if not isinstance(value, str) or not _LOOKS_SEALED.fullmatch(value):
        return value
    if not sealer.is_old(value):
        done.already += 1
        return value
    try:
        fresh = sealer.seal(sealer.open(value, place), place)
    except Permanent as fault:
        done.unreadable.append(fault.detail)
        return value
    done.anew += 1
    return fresh
