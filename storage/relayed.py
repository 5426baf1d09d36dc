"""Which message is the copy of which: needed to mirror edits and deletions, to answer in place, to never echo.

A *group* is one person's message with everything made of it: the message itself (``origin``), its words elsewhere
(``copy``), its files elsewhere (``file``). A message belongs to one group only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from domain.chat import Address, Channel, MessageRef
from storage.database import Tx
from storage.dialect import upsert
from storage.tables import relayed

ORIGIN, COPY, FILE = "origin", "copy", "file"


@dataclass(frozen=True, slots=True)
class Relayed:
    """One message of a group. ``role``: origin | copy | file."""

    id: int
    request_id: int
    group: str
    ref: MessageRef
    role: str


async def add_copy(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef) -> None:
    """Remember a message as a copy within its group."""
    await _add(tx, portal_id, request_id, group_key, ref, COPY)


async def add_origin(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef) -> None:
    """Remember a message as the one the copies of its group were made of."""
    await _add(tx, portal_id, request_id, group_key, ref, ORIGIN)


async def add_file(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef) -> None:
    """Remember a message as one that carries a file of the group: it has no words to edit."""
    await _add(tx, portal_id, request_id, group_key, ref, FILE)


async def _add(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef, role: str) -> None:
    row = {
        "portal_id": ref.address.home or portal_id,
        "request_id": request_id,
        "group_key": group_key,
        "channel": ref.address.channel.value,
        "chat": _chat(ref.address),
        "message_id": ref.message_id,
        "role": role,
    }
    key = [relayed.c.portal_id, relayed.c.channel, relayed.c.chat, relayed.c.message_id]
    await tx.execute(upsert(tx, relayed, key, row, {"group_key", "role"}))


async def copies(tx: Tx, portal_id: int, group_key: str) -> list[MessageRef]:
    """The copies of a message, in the order they were made."""
    return [one.ref for one in await of_group(tx, portal_id, group_key) if one.role == COPY]


async def copies_of_request(tx: Tx, request_id: int) -> list[MessageRef]:
    """Every copy of words that was made for a request, wherever it stands."""
    query = select(relayed).where(relayed.c.request_id == request_id, relayed.c.role == COPY)
    return [_relayed(row).ref for row in (await tx.execute(query.order_by(relayed.c.id))).all()]


async def of_group(tx: Tx, portal_id: int, group_key: str, at: Address | None = None) -> list[Relayed]:
    """All messages of a group, or those at one place, in the order they were made."""
    query = select(relayed).where(relayed.c.portal_id == portal_id, relayed.c.group_key == group_key)
    if at is not None:
        query = query.where(relayed.c.channel == at.channel.value, relayed.c.chat == _chat(at))
    return [_relayed(row) for row in (await tx.execute(query.order_by(relayed.c.id))).all()]


async def find(tx: Tx, portal_id: int, ref: MessageRef) -> Relayed | None:
    """What is known of a message; None when it belongs to no group."""
    query = select(relayed).where(
        relayed.c.portal_id == (ref.address.home or portal_id),
        relayed.c.channel == ref.address.channel.value,
        relayed.c.chat == _chat(ref.address),
        relayed.c.message_id == ref.message_id,
    )
    row = (await tx.execute(query)).one_or_none()
    return _relayed(row) if row else None


async def known(tx: Tx, portal_id: int, place: Address, message_ids: Sequence[str]) -> dict[str, Relayed]:
    """What is known of several messages of one place, by message id."""
    if not message_ids:
        return {}
    query = select(relayed).where(
        relayed.c.portal_id == portal_id,
        relayed.c.channel == place.channel.value,
        relayed.c.chat == _chat(place),
        relayed.c.message_id.in_(message_ids),
    )
    return {row.message_id: _relayed(row) for row in (await tx.execute(query)).all()}


async def is_ours(tx: Tx, portal_id: int, ref: MessageRef) -> bool:
    """Whether a message is one of our own copies: an echo."""
    found = await find(tx, portal_id, ref)
    return found is not None and found.role != ORIGIN


async def lonely(tx: Tx, portal_id: int, after_id: int, limit: int = 1000) -> list[Relayed]:
    """People's messages of which no copy is known, oldest first: what the self-audit looks at."""
    other = relayed.alias()
    made = exists().where(
        other.c.portal_id == portal_id, other.c.group_key == relayed.c.group_key, other.c.role != ORIGIN
    )
    query = (
        select(relayed)
        .where(relayed.c.portal_id == portal_id, relayed.c.id > after_id, relayed.c.role == ORIGIN, ~made)
        .order_by(relayed.c.id)
        .limit(limit)
    )
    return [_relayed(row) for row in (await tx.execute(query)).all()]


async def last_id(tx: Tx, portal_id: int) -> int:
    """The newest row's number; 0 when there is none."""
    query = select(func.coalesce(func.max(relayed.c.id), 0)).where(relayed.c.portal_id == portal_id)
    return int((await tx.execute(query)).scalar_one())


def _chat(address: Address) -> str:
    return address.chat if address.topic is None else f"{address.chat}/{address.topic}"


def _relayed(row: Any) -> Relayed:
    place, _, topic = row.chat.partition("/")
    at = Address(Channel(row.channel), place, topic or None, home=row.portal_id)
    ref = MessageRef(at, row.message_id)
    return Relayed(row.id, row.request_id, row.group_key, ref, row.role)
