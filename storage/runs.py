"""The journal of syncs: each run. What became of each record in it: ``storage.run_items``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from storage.database import Tx
from storage.tables import runs

NO_WRITES = ("dry", "reconcile", "erase")


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``state``: running | done | failed | interrupted; ``seconds`` None while it runs."""

    id: int
    portal_id: int
    hotel_id: int
    kind: str
    started_at: datetime
    ended_at: datetime | None
    state: str
    counts: Mapping[str, int]
    seconds: float | None
    error_code: str | None
    error_reason: str | None
    asked_by: int | None = None


_RUN = [runs.c[name] for name in Run.__slots__]


async def start(
    tx: Tx, portal_id: int, hotel_id: int, kind: str, now: datetime, *, asked_by: int | None = None
) -> int:
    """Open a run; returns its number."""
    statement = insert(runs).values(
        portal_id=portal_id,
        hotel_id=hotel_id,
        kind=kind,
        asked_by=asked_by,
        started_at=now,
        state="running",
        counts={},
    )
    return int((await tx.execute(statement.returning(runs.c.id))).scalar_one())


async def completed(tx: Tx, hotel_id: int) -> bool:
    """Whether a run that writes has ever come to its end here; the first load goes on until then."""
    query = select(runs.c.id).where(
        runs.c.hotel_id == hotel_id, runs.c.state == "done", runs.c.kind.not_in(NO_WRITES)
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def last_done(tx: Tx, hotel_id: int, kind: str) -> Run | None:
    """The newest run of a kind that came to its end."""
    query = select(*_RUN).where(runs.c.hotel_id == hotel_id, runs.c.state == "done", runs.c.kind == kind)
    row = (await tx.execute(query.order_by(runs.c.id.desc()).limit(1))).one_or_none()
    return Run(*row) if row else None


async def interrupt_stale(tx: Tx, hotel_id: int, now: datetime) -> int:
    """Close the runs a vanished process left open; only under the hotel's lease. Returns how many."""
    statement = update(runs).where(runs.c.hotel_id == hotel_id, runs.c.state == "running")
    return (await tx.execute(statement.values(state="interrupted", ended_at=now))).rowcount


async def finish(
    tx: Tx,
    run_id: int,
    *,
    state: str,
    counts: Mapping[str, int],
    seconds: float,
    now: datetime,
    error_code: str | None = None,
    error_reason: str | None = None,
) -> None:
    """Close a run: done, failed or interrupted."""
    await tx.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(
            state=state,
            counts=dict(counts),
            seconds=seconds,
            ended_at=now,
            error_code=error_code,
            error_reason=error_reason,
        )
    )


async def get(tx: Tx, portal_id: int, run_id: int) -> Run | None:
    """One run by its number."""
    query = select(*_RUN).where(runs.c.portal_id == portal_id, runs.c.id == run_id)
    row = (await tx.execute(query)).one_or_none()
    return Run(*row) if row else None


async def last(tx: Tx, hotel_id: int, limit: int, *, offset: int = 0) -> list[Run]:
    """The hotel's last runs, newest first."""
    query = select(*_RUN).where(runs.c.hotel_id == hotel_id)
    query = query.order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit).offset(offset)
    return [Run(*row) for row in (await tx.execute(query)).all()]


async def newest(tx: Tx, hotel_id: int, *, before_id: int | None = None, limit: int) -> list[Run]:
    """The hotel's runs by number, newest first; page on with the last one's id."""
    query = select(*_RUN).where(runs.c.hotel_id == hotel_id)
    if before_id is not None:
        query = query.where(runs.c.id < before_id)
    return [Run(*row) for row in (await tx.execute(query.order_by(runs.c.id.desc()).limit(limit))).all()]
