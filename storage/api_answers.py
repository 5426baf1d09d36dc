"""Answers to calls with an idempotency key: written in the call's own transaction, so a call and its answer are one.

On PostgreSQL the second of two parallel calls waits at the unique key until the first has committed (and reads its
answer) or was undone (and goes ahead itself); on SQLite writers follow one another anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update

from storage.database import Tx
from storage.dialect import inserting
from storage.tables import api_answers


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered. ``body`` may be sealed; ``body_hash`` is of the question."""

    body_hash: str
    status: int
    headers: Mapping[str, str]
    body: str


async def begin(
    tx: Tx,
    *,
    portal_id: int,
    token_id: int,
    operation: str,
    key: str,
    body_hash: str,
    now: datetime,
    kept_since: datetime,
) -> Kept | None:
    """Take the key for this call: None when it is ours, else what was answered under it."""
    this = _is(token_id, operation, key)
    await tx.execute(delete(api_answers).where(this, api_answers.c.created_at < kept_since))
    values: dict[str, Any] = {"token_id": token_id, "operation": operation, "key": key}
    values |= {"portal_id": portal_id, "body_hash": body_hash, "created_at": now}
    statement = inserting(tx, api_answers).values(**values).on_conflict_do_nothing()
    if (await tx.execute(statement.returning(api_answers.c.token_id))).scalar_one_or_none() is not None:
        return None
    query = select(api_answers.c.body_hash, api_answers.c.status, api_answers.c.headers, api_answers.c.body)
    return Kept(*(await tx.execute(query.where(this))).one())


async def finish(
    tx: Tx, token_id: int, operation: str, key: str, *, status: int, headers: Mapping[str, str], body: str
) -> None:
    """What the call came to."""
    statement = update(api_answers).where(_is(token_id, operation, key))
    await tx.execute(statement.values(status=status, headers=dict(headers), body=body))


async def purge(tx: Tx, *, before: datetime) -> int:
    """Forget old answers; returns how many."""
    return (await tx.execute(delete(api_answers).where(api_answers.c.created_at < before))).rowcount


def _is(token_id: int, operation: str, key: str) -> ColumnElement[bool]:
    return and_(
        api_answers.c.token_id == token_id, api_answers.c.operation == operation, api_answers.c.key == key
    )
