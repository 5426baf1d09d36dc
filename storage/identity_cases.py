"""The cases of identity: one profile and one item of the CRM each, with who said what of them and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update

from storage.database import Tx
from storage.dialect import inserting
from storage.tables import identity_cases

AT_ONCE = 500
OPEN, JOINED, APART = "open", "joined", "apart"
SPLITTING, JOINING = "splitting", "joining"
"""Decided otherwise than before; the hotel's next run carries it out."""
TOGETHER = (JOINED, JOINING)


@dataclass(frozen=True, slots=True)
class Case:
    """One profile and one item of the CRM: one person, two, or not known yet.

    ``state``: open | joined | apart | splitting | joining; ``how``: points | person | pms. ``marks`` is the reckoning as
    (what, outcome, points); ``theirs`` how the item stood, None once that isn't needed any more.
    """

    id: int
    portal_id: int
    hotel_id: int
    profile_id: str
    crm_entity: str
    crm_id: int
    state: str
    how: str
    points: int
    marks: list[list[Any]]
    theirs: Mapping[str, Any] | None
    created_at: datetime
    asked_at: datetime | None
    remind_at: datetime | None
    decided_at: datetime | None
    decided_by: int | None
    undone_at: datetime | None


_CASE = [identity_cases.c[name] for name in Case.__slots__]


async def put(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    profile_id: str,
    crm_id: int,
    *,
    state: str,
    how: str,
    points: int,
    marks: Sequence[Sequence[Any]],
    theirs: Mapping[str, Any] | None,
    now: datetime,
) -> int:
    """Write a case down; a pair that was decided keeps that (the PMS knows best), the reckoning is renewed. Its id."""
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id, "profile_id": profile_id, "crm_id": crm_id}
    row = {**fixed, "crm_entity": "contact", "state": state, "how": how, "points": points, "created_at": now}
    row |= {"marks": [list(one) for one in marks], "theirs": dict(theirs) if theirs else None}
    row |= {"decided_at": None if state == OPEN else now}
    statement = inserting(tx, identity_cases).values(row)
    overwritten = {name: statement.excluded[name] for name in ("points", "marks", "theirs")}
    undecided = or_(identity_cases.c.state == OPEN, statement.excluded.how == "pms")
    for name in ("state", "how", "decided_at"):
        overwritten[name] = case((undecided, statement.excluded[name]), else_=identity_cases.c[name])
    key = [identity_cases.c[name] for name in ("hotel_id", "profile_id", "crm_entity", "crm_id")]
    statement = statement.on_conflict_do_update(index_elements=key, set_=overwritten)
    return int((await tx.execute(statement.returning(identity_cases.c.id))).scalar_one())


async def get(tx: Tx, portal_id: int, case_id: int, *, hold: bool = False) -> Case | None:
    """One case; ``hold`` locks it until the transaction ends."""
    query = select(*_CASE).where(identity_cases.c.portal_id == portal_id, identity_cases.c.id == case_id)
    row = (await tx.execute(query.with_for_update() if hold else query)).one_or_none()
    return Case(*row) if row is not None else None


async def of_profiles(tx: Tx, hotel_id: int, keys: Sequence[str]) -> dict[str, list[Case]]:
    """All cases of these profiles, oldest first."""
    found: dict[str, list[Case]] = {}
    for pack in packs(keys):
        query = select(*_CASE).where(
            identity_cases.c.hotel_id == hotel_id, identity_cases.c.profile_id.in_(pack)
        )
        for row in (await tx.execute(query.order_by(identity_cases.c.id))).all():
            found.setdefault(row.profile_id, []).append(Case(*row))
    return found


async def listed(
    tx: Tx,
    portal_id: int,
    *,
    hotel_id: int | None = None,
    states: Sequence[str] = (),
    decided_since: datetime | None = None,
    limit: int = 1000,
) -> list[Case]:
    """Cases, the newest first; open ones the weightiest first."""
    query = select(*_CASE).where(identity_cases.c.portal_id == portal_id)
    if hotel_id is not None:
        query = query.where(identity_cases.c.hotel_id == hotel_id)
    if states:
        query = query.where(identity_cases.c.state.in_(states))
    if decided_since is not None:
        query = query.where(identity_cases.c.decided_at >= decided_since)
    newest = (identity_cases.c.decided_at.desc(), identity_cases.c.points.desc(), identity_cases.c.id)
    return [Case(*row) for row in (await tx.execute(query.order_by(*newest).limit(limit))).all()]


async def count_open(tx: Tx, portal_id: int, hotel_id: int | None = None) -> int:
    """How many wait for somebody's word."""
    query = select(func.count()).where(
        identity_cases.c.portal_id == portal_id, identity_cases.c.state == OPEN
    )
    if hotel_id is not None:
        query = query.where(identity_cases.c.hotel_id == hotel_id)
    return int((await tx.execute(query)).scalar_one())


async def not_asked(tx: Tx, portal_id: int, hotel_id: int, now: datetime, limit: int) -> list[Case]:
    """Open cases of which no card was shown yet, or which were put off until now; the weightiest first."""
    query = (
        select(*_CASE)
        .where(
            identity_cases.c.portal_id == portal_id,
            identity_cases.c.hotel_id == hotel_id,
            identity_cases.c.state == OPEN,
            or_(identity_cases.c.asked_at.is_(None), identity_cases.c.remind_at <= now),
        )
        .order_by(identity_cases.c.points.desc(), identity_cases.c.id)
        .limit(limit)
    )
    return [Case(*row) for row in (await tx.execute(query)).all()]


async def mark_asked(tx: Tx, portal_id: int, hotel_id: int, now: datetime) -> int:
    """Open cases without a card of their own were told of together; returns how many."""
    statement = update(identity_cases).where(
        identity_cases.c.portal_id == portal_id,
        identity_cases.c.hotel_id == hotel_id,
        identity_cases.c.state == OPEN,
        or_(identity_cases.c.asked_at.is_(None), identity_cases.c.remind_at <= now),
    )
    return (await tx.execute(statement.values(asked_at=now, remind_at=None))).rowcount


async def change(tx: Tx, case_id: int, **values: Any) -> None:
    """Set some of a case's columns."""
    await tx.execute(update(identity_cases).where(identity_cases.c.id == case_id).values(**values))


async def drop_open(tx: Tx, hotel_id: int, keys: Sequence[str], besides: Sequence[int]) -> None:
    """Questions about these profiles that nobody has to answer any more, besides some."""
    for pack in packs(keys):
        await tx.execute(
            delete(identity_cases).where(
                identity_cases.c.hotel_id == hotel_id,
                identity_cases.c.profile_id.in_(pack),
                identity_cases.c.state == OPEN,
                identity_cases.c.id.not_in(besides),
            )
        )


async def tidy(tx: Tx, decided_before: datetime) -> None:
    """How items stood is not kept longer than a joining can be taken back."""
    await tx.execute(
        update(identity_cases)
        .where(identity_cases.c.decided_at < decided_before, identity_cases.c.theirs.is_not(None))
        .values(theirs=None)
    )


async def joined_into(tx: Tx, portal_id: int, crm_ids: Sequence[int]) -> dict[int, list[Case]]:
    """The joinings into each of these contacts that hold, oldest first."""
    query = select(*_CASE).where(
        identity_cases.c.portal_id == portal_id,
        identity_cases.c.crm_entity == "contact",
        identity_cases.c.crm_id.in_(crm_ids),
        identity_cases.c.state.in_(TOGETHER),
    )
    found: dict[int, list[Case]] = {}
    for row in (await tx.execute(query.order_by(identity_cases.c.id))).all():
        found.setdefault(row.crm_id, []).append(Case(*row))
    return found


def packs(values: Iterable[str]) -> Iterable[list[str]]:
    """Values without repeats, so many as one query takes."""
    rest = iter(sorted(set(values)))
    while pack := list(islice(rest, AT_ONCE)):
        yield pack
