"""The journal of syncs: each record's fate in a run, written before the CRM is called; and what is still amiss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, literal, literal_column, or_, select, update

from domain.ports import CrmResult
from domain.stays import RowProblem
from storage.database import Tx
from storage.tables import profiles, run_items, runs, snapshots, stays

_BAD = ("failed", "rejected", "unclear")
_OPEN = ("planned", "sent", "unclear")


@dataclass(frozen=True, slots=True)
class RunItem:
    """One record's fate in a run. ``state``: planned | sent | done | failed | unclear | rejected | superseded.

    Superseded: its outcome was never heard, and a later run has looked and settled the record.
    """

    id: int
    run_id: int
    entity: str
    key: str
    action: str
    state: str
    sent_at: datetime | None
    crm_id: int | None
    code: str | None
    reason: str | None


_ITEM = [run_items.c[name] for name in RunItem.__slots__]


async def add_rejected(
    tx: Tx, portal_id: int, hotel_id: int, run_id: int, problems: Sequence[RowProblem]
) -> None:
    """Rows the PMS gave that can't be used."""
    fixed: dict[str, Any] = {"portal_id": portal_id, "hotel_id": hotel_id, "run_id": run_id}
    fixed |= {"action": "read", "state": "rejected"}
    rows = [
        {**fixed, "entity": p.entity, "key": p.key or "", "code": p.code, "reason": p.detail}
        for p in problems
    ]
    if rows:
        await tx.execute(insert(run_items), rows)


async def plan_items(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    run_id: int,
    entity: str,
    items: Sequence[tuple[str, str, Mapping[str, Any] | None]],
    now: datetime,
) -> None:
    """Journal (key, create | update, field → [before, after]) of what is about to be sent; once per key and run."""
    fixed: dict[str, Any] = {"portal_id": portal_id, "hotel_id": hotel_id, "run_id": run_id, "entity": entity}
    fixed |= {"state": "sent", "sent_at": now}
    if items:
        await tx.execute(
            insert(run_items), [{**fixed, "key": key, "action": do, "diff": diff} for key, do, diff in items]
        )


async def settle_items(tx: Tx, run_id: int, entity: str, results: Sequence[CrmResult], now: datetime) -> None:
    """What became of the items: done, failed with a reason, or unclear."""
    if not results:
        return
    statement = (
        update(run_items)
        .where(
            run_items.c.run_id == run_id,
            run_items.c.entity == entity,
            run_items.c.key == bindparam("of_key"),
        )
        .values(
            state=bindparam("new_state"),
            crm_id=bindparam("new_crm_id"),
            code=bindparam("new_code"),
            reason=bindparam("new_reason"),
            settle_at=now,
        )
    )
    await tx.execute(
        statement,
        [
            {
                "of_key": result.write.key,
                "new_state": result.state,
                "new_crm_id": result.crm_id,
                "new_code": result.code or None,
                "new_reason": result.reason or None,
            }
            for result in results
        ],
    )


async def open_writes(tx: Tx, hotel_id: int, before_run: int) -> list[tuple[str, str, datetime]]:
    """Writes of earlier runs whose outcome nobody heard: (entity, key, when their run let go of the portal)."""
    query = (
        select(
            run_items.c.entity, run_items.c.key, func.max(func.coalesce(runs.c.ended_at, runs.c.started_at))
        )
        .join(runs, runs.c.id == run_items.c.run_id)
        .where(run_items.c.hotel_id == hotel_id, _is_open(), run_items.c.run_id < before_run)
        .group_by(run_items.c.entity, run_items.c.key)
    )
    return [(entity, key, at) for entity, key, at in (await tx.execute(query)).all()]


async def supersede(tx: Tx, hotel_id: int, before_run: int) -> None:
    """Close what :func:`open_writes` gave: a run has looked at all of it and come to its end."""
    await tx.execute(
        update(run_items)
        .where(run_items.c.hotel_id == hotel_id, _is_open(), run_items.c.run_id < before_run)
        .values(state="superseded")
    )


async def items(
    tx: Tx, run_id: int, *, state: str | None = None, after_id: int = 0, limit: int = 1000
) -> list[RunItem]:
    """A run's items in order; page on with the last one's id."""
    query = select(*_ITEM).where(run_items.c.run_id == run_id, run_items.c.id > after_id)
    if state is not None:
        query = query.where(run_items.c.state == state)
    query = query.order_by(run_items.c.id).limit(limit)
    return [RunItem(*row) for row in (await tx.execute(query)).all()]


async def item_states(tx: Tx, run_id: int) -> dict[str, int]:
    """How many of a run's items stand in each state."""
    query = select(run_items.c.state, func.count()).where(run_items.c.run_id == run_id)
    return {state: int(n) for state, n in (await tx.execute(query.group_by(run_items.c.state))).all()}


def _is_bad() -> Any:
    """The states spelt out, as the partial index has them: SQLite can't see through parameters."""
    return run_items.c.state.in_([literal_column(f"'{state}'") for state in _BAD])


def _is_open() -> Any:
    """The same for writes whose outcome nobody heard."""
    return run_items.c.state.in_([literal_column(f"'{state}'") for state in _OPEN])


def _is_newest() -> Any:
    """Whether no later run has met the item's record again."""
    later = run_items.alias()
    return ~(
        select(later.c.id)
        .where(
            later.c.hotel_id == run_items.c.hotel_id,
            later.c.entity == run_items.c.entity,
            later.c.key == run_items.c.key,
            later.c.id > run_items.c.id,
        )
        .exists()
    )


def _open(hotel_id: int) -> Select[Any]:
    """Items whose record isn't in the CRM as the PMS has it; columns are to be added.

    A row once unreadable is forgotten when a later run could read it; a write that failed, when the record was
    settled later without one: it became what the CRM holds, or has no place there any more.
    """
    settled = (
        select(snapshots.c.key)
        .where(
            snapshots.c.hotel_id == hotel_id,
            snapshots.c.entity == run_items.c.entity,
            snapshots.c.key == run_items.c.key,
            snapshots.c.confirmed_at > func.coalesce(run_items.c.settle_at, run_items.c.sent_at),
        )
        .exists()
    )
    return (
        select()
        .select_from(run_items)
        .where(
            run_items.c.hotel_id == hotel_id,
            _is_bad(),
            _is_newest(),
            or_(
                (run_items.c.state != "rejected") & ~settled,
                (run_items.c.state == "rejected") & ~_read_later(hotel_id) & ~_read_whole_later(hotel_id),
            ),
        )
    )


async def open_failures(
    tx: Tx, hotel_id: int, limit: int | None = None, *, offset: int = 0, codes: Sequence[str] | None = None
) -> list[RunItem]:
    """Records that are not in the CRM as the PMS has them, newest first; of these codes only, if given."""
    query = _open(hotel_id).add_columns(*_ITEM)
    if codes is not None:
        query = query.where(run_items.c.code.in_(codes))
    query = query.order_by(run_items.c.id.desc()).offset(offset)
    return [RunItem(*row) for row in (await tx.execute(query.limit(limit) if limit else query)).all()]


async def open_failure_codes(tx: Tx, hotel_id: int) -> dict[str, int]:
    """How many records fail for each code, of those :func:`open_failures` gives."""
    query = _open(hotel_id).add_columns(run_items.c.code, func.count()).group_by(run_items.c.code)
    return {code or "": int(count) for code, count in (await tx.execute(query)).all()}


async def item(tx: Tx, hotel_id: int, item_id: int) -> RunItem | None:
    """One item of a hotel's journal."""
    query = select(*_ITEM).where(run_items.c.hotel_id == hotel_id, run_items.c.id == item_id)
    row = (await tx.execute(query)).one_or_none()
    return RunItem(*row) if row else None


async def newest_item(tx: Tx, hotel_id: int, entity: str, key: str) -> RunItem | None:
    """The last that happened to a record."""
    query = select(*_ITEM).where(
        run_items.c.hotel_id == hotel_id, run_items.c.entity == entity, run_items.c.key == key
    )
    row = (await tx.execute(query.order_by(run_items.c.id.desc()).limit(1))).one_or_none()
    return RunItem(*row) if row else None


async def diff_of(tx: Tx, item_id: int) -> Mapping[str, Any]:
    """What an item would have changed: field → [before, after]; empty for a new one."""
    found = (await tx.execute(select(run_items.c.diff).where(run_items.c.id == item_id))).scalar_one_or_none()
    return found or {}


def _read_whole_later(hotel_id: int) -> Any:
    """For a row without a number: whether a later run has read the whole window and not met it."""
    whole = select(runs.c.id).where(
        runs.c.hotel_id == hotel_id,
        runs.c.state == "done",
        runs.c.kind.in_(("full", "reread")),
        runs.c.id > run_items.c.run_id,
    )
    return (run_items.c.key == literal("")) & whole.exists()


def _read_later(hotel_id: int) -> Any:
    """Whether a run after the item's own has staged the record."""
    sorts = (("profile", profiles, profiles.c.profile_id), ("stay", stays, stays.c.reservation_id))
    conditions = [
        (run_items.c.entity == literal(entity))
        & select(key)
        .where(
            table.c.hotel_id == hotel_id,
            key == run_items.c.key,
            table.c.seen_run > run_items.c.run_id,
        )
        .exists()
        for entity, table, key in sorts
    ]
    return or_(*conditions)


async def purge(tx: Tx, *, ended_before: datetime) -> int:
    """Forget the items of old runs, but not the last bad fate of a record; the runs themselves stay."""
    old = select(runs.c.id).where(runs.c.ended_at < ended_before)
    open_ones = select(run_items.c.id).where(_is_bad(), _is_newest())
    statement = delete(run_items).where(run_items.c.run_id.in_(old), run_items.c.id.not_in(open_ones))
    return (await tx.execute(statement)).rowcount
