"""What happened to requests, and the words in it. Lines are only ever appended; the words are erased alone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, insert, select

from domain.requests import Fact
from storage.database import Tx
from storage.tables import request_history, request_words


async def append_fact(tx: Tx, portal_id: int, request_id: int, fact: Fact) -> int:
    """One more line of history; returns its id. The person's words go into a row that can be erased."""
    words_id = await _keep_words(tx, portal_id, request_id, fact.text) if fact.text else None
    last = select(func.coalesce(func.max(request_history.c.n), 0)).where(
        request_history.c.request_id == request_id
    )
    result = await tx.execute(
        insert(request_history)
        .values(
            portal_id=portal_id,
            request_id=request_id,
            n=last.scalar_subquery() + 1,
            at=fact.at,
            who_id=fact.who_id,
            who_name=fact.who_name,
            what=fact.what,
            data=fact.data,
            words_id=words_id,
        )
        .returning(request_history.c.id)
    )
    return int(result.scalar_one())


async def _keep_words(tx: Tx, portal_id: int, request_id: int, text: str) -> int:
    result = await tx.execute(
        insert(request_words)
        .values(portal_id=portal_id, request_id=request_id, text=text)
        .returning(request_words.c.id)
    )
    return int(result.scalar_one())


async def history(tx: Tx, portal_id: int, request_id: int) -> Sequence[Fact]:
    """All that happened, oldest first; erased words are empty."""
    query = _facts(portal_id, request_id).order_by(request_history.c.n)
    return [_fact(row) for row in (await tx.execute(query)).all()]


async def last_fact(tx: Tx, portal_id: int, request_id: int, what: str) -> Fact | None:
    """The newest line of one kind."""
    query = _facts(portal_id, request_id).where(request_history.c.what == what)
    row = (await tx.execute(query.order_by(request_history.c.n.desc()).limit(1))).one_or_none()
    return _fact(row) if row else None


def _facts(portal_id: int, request_id: int) -> Select[Any]:
    return (
        select(request_history, request_words.c.text.label("words"))
        .outerjoin(request_words, request_words.c.id == request_history.c.words_id)
        .where(request_history.c.portal_id == portal_id, request_history.c.request_id == request_id)
    )


def _fact(row: Any) -> Fact:
    return Fact(row.what, row.at, row.who_id, row.who_name, row.words or "", row.data, row.id)
