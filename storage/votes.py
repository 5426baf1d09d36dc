"""Who else has the same problem: people who joined a request or an outage instead of filing a copy."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from domain.chat import Channel
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import request_votes


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's vote and the messenger he gave it in."""

    person_id: int
    channel: Channel


async def add(
    tx: Tx,
    portal_id: int,
    person_id: int,
    channel: Channel,
    at: datetime,
    *,
    request_id: int | None = None,
    outage_id: int | None = None,
) -> bool:
    """One vote per person; False when it was given before."""
    row = {
        "portal_id": portal_id,
        "request_id": request_id,
        "outage_id": outage_id,
        "person_id": person_id,
        "channel": channel.value,
        "at": at,
    }
    statement = inserting(tx, request_votes).values(row).on_conflict_do_nothing()
    return (await tx.execute(statement.returning(request_votes.c.id))).first() is not None


async def of_request(tx: Tx, portal_id: int, request_id: int) -> list[Vote]:
    """Who joined a request, in the order they came."""
    return await _votes(tx, portal_id, request_votes.c.request_id == request_id)


async def of_outage(tx: Tx, portal_id: int, outage_id: int) -> list[Vote]:
    """Who joined an outage that has no request of its own."""
    return await _votes(tx, portal_id, request_votes.c.outage_id == outage_id)


async def _votes(tx: Tx, portal_id: int, condition: object) -> list[Vote]:
    query = (
        select(request_votes.c.person_id, request_votes.c.channel)
        .where(request_votes.c.portal_id == portal_id, condition)  # type: ignore[arg-type]
        .order_by(request_votes.c.id)
    )
    return [Vote(row.person_id, Channel(row.channel)) for row in (await tx.execute(query)).all()]


async def count(tx: Tx, request_id: int) -> int:
    """How many joined a request."""
    query = select(func.count()).where(request_votes.c.request_id == request_id)
    return int((await tx.execute(query)).scalar_one())


async def voted(tx: Tx, portal_id: int, person_id: int) -> set[int]:
    """Ids of the requests somebody joined."""
    query = select(request_votes.c.request_id).where(
        request_votes.c.portal_id == portal_id,
        request_votes.c.person_id == person_id,
        request_votes.c.request_id.is_not(None),
    )
    return {int(found) for found in (await tx.execute(query)).scalars() if found is not None}


async def move_all(tx: Tx, portal_id: int, source: int, target: int) -> None:
    """A request was merged: its votes go along, nobody counts twice."""
    already = select(request_votes.c.person_id).where(request_votes.c.request_id == target)
    mine = (request_votes.c.portal_id == portal_id, request_votes.c.request_id == source)
    await tx.execute(delete(request_votes).where(*mine, request_votes.c.person_id.in_(already)))
    await tx.execute(update(request_votes).where(*mine).values(request_id=target))


async def remove(tx: Tx, portal_id: int, request_id: int, person_id: int) -> None:
    """Take one vote away (the person is the requester himself)."""
    await tx.execute(
        delete(request_votes).where(
            request_votes.c.portal_id == portal_id,
            request_votes.c.request_id == request_id,
            request_votes.c.person_id == person_id,
        )
    )
