"""How far a foreign stream has been read: the bot's event offset, Telegram's update id, ..."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from storage.database import Tx
from storage.dialect import inserting, upsert
from storage.tables import cursors


async def get(tx: Tx, portal_id: int, name: str) -> Any:
    """The stored JSON value; None before the first one."""
    query = select(cursors.c.value).where(cursors.c.portal_id == portal_id, cursors.c.name == name)
    return (await tx.execute(query)).scalar_one_or_none()


async def put(tx: Tx, portal_id: int, name: str, value: object, now: datetime) -> None:
    """Remember a value, in the transaction that stored what was read up to it."""
    row = {"portal_id": portal_id, "name": name, "value": value, "updated_at": now}
    await tx.execute(upsert(tx, cursors, [*cursors.primary_key], row, {"value", "updated_at"}))


async def put_first(tx: Tx, portal_id: int, name: str, value: object, now: datetime) -> Any:
    """Remember a value unless there is one; returns the one that stands, whoever of two at once was first."""
    row = {"portal_id": portal_id, "name": name, "value": value, "updated_at": now}
    statement = inserting(tx, cursors).values(row)
    await tx.execute(statement.on_conflict_do_nothing(index_elements=[*cursors.primary_key]))
    return await get(tx, portal_id, name)


async def forget(tx: Tx, portal_id: int, name: str) -> None:
    """The stream begins anew: what wrote it there is gone."""
    await tx.execute(delete(cursors).where(cursors.c.portal_id == portal_id, cursors.c.name == name))
