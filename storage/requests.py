"""Requests: numbered, saved after each move, and found again. What happened to them: ``storage.request_history``."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, or_, select, update
from sqlalchemy import insert as sql_insert

from domain.chat import Channel
from domain.requests import ClosedAs, Due, Priority, Request, RequestType, Status, Waiting
from storage.database import Tx
from storage.dialect import inserting, upsert
from storage.tables import counters, links, requests


async def next_number(tx: Tx, portal_id: int, name: str, year: int) -> int:
    """The next running number; no number is ever given twice, and a rolled back filing leaves no hole."""
    values = {"portal_id": portal_id, "name": name, "year": year, "value": 1}
    statement = inserting(tx, counters).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[*counters.primary_key], set_={"value": counters.c.value + 1}
    )
    return int((await tx.execute(statement.returning(counters.c.value))).scalar_one())


async def insert(tx: Tx, request: Request) -> int:
    """A new request; returns its id."""
    values = {**_values(request), "portal_id": request.portal_id, "number": request.number}
    values |= {"created_at": request.created_at, "channel": request.channel.value, "home_id": request.home_id}
    result = await tx.execute(sql_insert(requests).values(**values).returning(requests.c.id))
    return int(result.scalar_one())


async def save(tx: Tx, request: Request) -> None:
    """The request as it stands after a move."""
    await tx.execute(
        update(requests)
        .where(requests.c.portal_id == request.portal_id, requests.c.id == request.id)
        .values(**_values(request))
    )


def _values(request: Request) -> dict[str, Any]:
    return {
        "type": request.type.value,
        "priority": request.priority.value,
        "status": request.status.value,
        "closed_as": request.closed_as.value if request.closed_as else None,
        "round": request.round,
        "subject": request.subject,
        "description": request.description,
        "conditions": request.conditions,
        "login": request.login,
        "portal_link": request.portal_link,
        "requester_id": request.requester_id,
        "hotel_id": request.hotel_id,
        "responsible_id": request.responsible_id,
        "updated_at": request.updated_at,
        "due_first_reply": request.due.first_reply,
        "due_solution": request.due.solution,
        "due_derivation": request.due.derivation,
        "first_replied_at": request.first_replied_at,
        "answered_at": request.answered_at,
        "closed_at": request.closed_at,
        "merged_into": request.merged_into,
        "waiting_for": request.waiting_for.value if request.waiting_for else None,
        "votes": request.votes,
        "version": request.version,
    }


def _request(row: Any) -> Request:
    return Request(
        id=row.id,
        portal_id=row.portal_id,
        number=row.number,
        type=RequestType(row.type),
        priority=Priority(row.priority),
        status=Status(row.status),
        subject=row.subject,
        description=row.description,
        channel=Channel(row.channel),
        requester_id=row.requester_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        due=Due(row.due_first_reply, row.due_solution, row.due_derivation or {}),
        round=row.round,
        conditions=row.conditions,
        login=row.login,
        portal_link=row.portal_link,
        closed_as=ClosedAs(row.closed_as) if row.closed_as else None,
        waiting_for=Waiting(row.waiting_for) if row.waiting_for else None,
        responsible_id=row.responsible_id,
        hotel_id=row.hotel_id,
        first_replied_at=row.first_replied_at,
        answered_at=row.answered_at,
        closed_at=row.closed_at,
        merged_into=row.merged_into,
        votes=row.votes,
        version=row.version,
        home_id=row.home_id,
    )


# --- finding -------------------------------------------------------------------------------------------------


async def load(tx: Tx, portal_id: int, request_id: int, *, for_update: bool = False) -> Request | None:
    """One request by id; ``for_update`` keeps others from moving it until the transaction ends."""
    query = _of(portal_id).where(requests.c.id == request_id)
    row = (await tx.execute(query.with_for_update() if for_update else query)).one_or_none()
    return _request(row) if row else None


async def by_number(tx: Tx, portal_id: int, number: str) -> Request | None:
    """One request by its registration number."""
    row = (await tx.execute(_of(portal_id).where(requests.c.number == number))).one_or_none()
    return _request(row) if row else None


async def of_requester(tx: Tx, portal_id: int, person_id: int, limit: int) -> list[Request]:
    """A person's requests, open ones first, newest first."""
    closed_last = case((requests.c.status == Status.CLOSED.value, 1), else_=0)
    query = (
        _of(portal_id)
        .where(requests.c.requester_id == person_id)
        .order_by(closed_last, requests.c.id.desc())
        .limit(limit)
    )
    return [_request(row) for row in (await tx.execute(query)).all()]


async def waiting_for(tx: Tx, portal_id: int, person_id: int) -> list[Request]:
    """A person's requests that wait for his word (asked, offered variants, or answered), newest first."""
    statuses = [Status.WAITING.value, Status.ANSWERED.value]
    query = (
        _of(portal_id)
        .where(requests.c.requester_id == person_id, requests.c.status.in_(statuses))
        .order_by(requests.c.id.desc())
    )
    return [_request(row) for row in (await tx.execute(query)).all()]


async def open_of_hotels(
    tx: Tx, portal_id: int, hotel_ids: Collection[int] | None, *, limit: int = 300
) -> list[Request]:
    """Open requests of these hotels, newest first; None: of all and of none."""
    query = _of(portal_id).where(requests.c.status != Status.CLOSED.value)
    if hotel_ids is not None:
        query = query.where(requests.c.hotel_id.in_(hotel_ids))
    query = query.order_by(requests.c.id.desc()).limit(limit)
    return [_request(row) for row in (await tx.execute(query)).all()]


async def listed(tx: Tx, portal_id: int, *, only_open: bool, limit: int = 1000) -> list[Request]:
    """The desk, newest first."""
    query = _of(portal_id).order_by(requests.c.id.desc()).limit(limit)
    if only_open:
        query = query.where(requests.c.status != Status.CLOSED.value)
    return [_request(row) for row in (await tx.execute(query)).all()]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are asked for; None: whatever it is. ``hotels``: of these or of none; ``requester``: his alone."""

    statuses: Collection[str] | None = None
    types: Collection[str] | None = None
    updated_since: datetime | None = None
    hotel_id: int | None = None
    hotels: Collection[int] | None = None
    requester_id: int | None = None


async def matching(
    tx: Tx, portal_id: int, wanted: Wanted, *, before_id: int | None = None, limit: int
) -> list[Request]:
    """Requests that fit, newest first; go on with the last one's id."""
    query = _of(portal_id)
    for column, values in ((requests.c.status, wanted.statuses), (requests.c.type, wanted.types)):
        query = query.where(column.in_(values)) if values is not None else query
    if wanted.updated_since is not None:
        query = query.where(requests.c.updated_at >= wanted.updated_since)
    if wanted.hotel_id is not None:
        query = query.where(requests.c.hotel_id == wanted.hotel_id)
    if wanted.hotels is not None:
        query = query.where(or_(requests.c.hotel_id.is_(None), requests.c.hotel_id.in_(wanted.hotels)))
    if wanted.requester_id is not None:
        query = query.where(requests.c.requester_id == wanted.requester_id)
    if before_id is not None:
        query = query.where(requests.c.id < before_id)
    query = query.order_by(requests.c.id.desc()).limit(limit)
    return [_request(row) for row in (await tx.execute(query)).all()]


async def running(tx: Tx, portal_id: int, *, for_update: bool = False) -> list[Request]:
    """The requests whose clocks tick, by id: registered and in progress."""
    ticking = (Status.REGISTERED.value, Status.IN_PROGRESS.value)
    query = _of(portal_id).where(requests.c.status.in_(ticking)).order_by(requests.c.id)
    found = await tx.execute(query.with_for_update() if for_update else query)
    return [_request(row) for row in found.all()]


async def all_open(tx: Tx, portal_id: int) -> list[Request]:
    """Every request that isn't closed, by id."""
    query = _of(portal_id).where(requests.c.status != Status.CLOSED.value).order_by(requests.c.id)
    return [_request(row) for row in (await tx.execute(query)).all()]


async def open_or_closed_since(tx: Tx, portal_id: int, since: datetime) -> list[int]:
    """Ids of the requests that are open, or were closed after a moment; oldest first."""
    still = or_(requests.c.status != Status.CLOSED.value, requests.c.closed_at >= since)
    query = select(requests.c.id).where(requests.c.portal_id == portal_id, still).order_by(requests.c.id)
    return list((await tx.execute(query)).scalars())


async def portals_open_since(tx: Tx, since: datetime) -> list[int]:
    """The portals that have requests open, or closed after a moment."""
    still = or_(requests.c.status != Status.CLOSED.value, requests.c.closed_at >= since)
    return list((await tx.execute(select(requests.c.portal_id).where(still).distinct())).scalars())


async def touched_since(tx: Tx, portal_id: int, since: datetime) -> list[Request]:
    """The requests something happened to since then, and all open ones, by id."""
    happened = or_(requests.c.updated_at >= since, requests.c.status != Status.CLOSED.value)
    query = _of(portal_id).where(happened).order_by(requests.c.id)
    return [_request(row) for row in (await tx.execute(query)).all()]


async def page(tx: Tx, portal_id: int, *, after_id: int = 0, limit: int = 500) -> list[Request]:
    """The portal's requests by id, a page at a time; go on with the last one's id."""
    query = _of(portal_id).where(requests.c.id > after_id).order_by(requests.c.id).limit(limit)
    return [_request(row) for row in (await tx.execute(query)).all()]


def _of(portal_id: int) -> Select[Any]:
    return select(requests).where(requests.c.portal_id == portal_id)


# --- related requests ----------------------------------------------------------------------------------------


async def relate(tx: Tx, portal_id: int, one: int, other: int) -> None:
    """Cross-link two requests."""
    for here, there in ((one, other), (other, one)):
        values: Mapping[str, Any] = {
            "portal_id": portal_id,
            "kind": f"related:{there}",
            "local_type": "request",
            "local_id": str(here),
            "external_id": str(there),
            "data": {},
        }
        key = [links.c.portal_id, links.c.kind, links.c.local_type, links.c.local_id]
        await tx.execute(upsert(tx, links, key, values, {"external_id"}))


async def related(tx: Tx, portal_id: int, request_id: int) -> list[int]:
    """Ids of the requests this one is linked with."""
    query = select(links.c.external_id).where(
        links.c.portal_id == portal_id,
        links.c.local_type == "request",
        links.c.local_id == str(request_id),
        links.c.kind.startswith("related:"),
    )
    return [int(found) for found in (await tx.execute(query)).scalars()]
