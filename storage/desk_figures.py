"""The desk in numbers: facts of many requests at once, for clocks, statistics, digest and export."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select

from domain.requests import Fact
from storage.database import Tx
from storage.tables import request_history

AT_ONCE = 500
"""Ids in one query: SQLite's own limit on parameters is far above, its planner's comfort isn't."""


async def facts(
    tx: Tx, portal_id: int, request_ids: Collection[int], wanted: Iterable[str]
) -> dict[int, list[Fact]]:
    """The named facts of several requests, oldest first, without anybody's words."""
    names, ids = sorted(wanted), sorted(request_ids)
    found: dict[int, list[Fact]] = {one: [] for one in ids}
    for start in range(0, len(ids), AT_ONCE):
        query = (
            select(request_history)
            .where(
                request_history.c.portal_id == portal_id,
                request_history.c.request_id.in_(ids[start : start + AT_ONCE]),
                request_history.c.what.in_(names),
            )
            .order_by(request_history.c.request_id, request_history.c.n)
        )
        for row in (await tx.execute(query)).all():
            fact = Fact(row.what, row.at, row.who_id, row.who_name, "", row.data, row.id)
            found[row.request_id].append(fact)
    return found


async def facts_between(
    tx: Tx, portal_id: int, wanted: Iterable[str], start: datetime, end: datetime
) -> list[tuple[int, Fact]]:
    """The named facts of a time, start included, each with its request's id, oldest first."""
    query = (
        select(request_history)
        .where(
            request_history.c.portal_id == portal_id,
            request_history.c.at >= start,
            request_history.c.at < end,
            request_history.c.what.in_(sorted(wanted)),
        )
        .order_by(request_history.c.at, request_history.c.id)
    )
    return [
        (row.request_id, Fact(row.what, row.at, row.who_id, row.who_name, "", row.data, row.id))
        for row in (await tx.execute(query)).all()
    ]
