"""Which message is the copy of which: needed to mirror edits and to never echo."""

from sqlalchemy import select

from domain.chat import Address, Channel, MessageRef
from storage.database import Tx
from storage.dialect import upsert
from storage.tables import relayed


async def add_copy(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef) -> None:
    """Remember a message as a copy within its group."""
    await _add(tx, portal_id, request_id, group_key, ref, "copy")


async def add_origin(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef) -> None:
    """Remember a message as the one the copies of its group were made of."""
    await _add(tx, portal_id, request_id, group_key, ref, "origin")


async def _add(tx: Tx, portal_id: int, request_id: int, group_key: str, ref: MessageRef, role: str) -> None:
    row = {
        "portal_id": portal_id,
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
    query = (
        select(relayed.c.channel, relayed.c.chat, relayed.c.message_id)
        .where(relayed.c.portal_id == portal_id, relayed.c.group_key == group_key, relayed.c.role == "copy")
        .order_by(relayed.c.id)
    )
    return [_ref(row.channel, row.chat, row.message_id) for row in (await tx.execute(query)).all()]


async def is_ours(tx: Tx, portal_id: int, ref: MessageRef) -> bool:
    """Whether a message is one of our own copies: an echo."""
    query = select(relayed.c.id).where(
        relayed.c.portal_id == portal_id,
        relayed.c.channel == ref.address.channel.value,
        relayed.c.chat == _chat(ref.address),
        relayed.c.message_id == ref.message_id,
        relayed.c.role == "copy",
    )
    return (await tx.execute(query)).first() is not None


def _chat(address: Address) -> str:
    return address.chat if address.topic is None else f"{address.chat}/{address.topic}"


def _ref(channel: str, chat: str, message_id: str) -> MessageRef:
    place, _, topic = chat.partition("/")
    return MessageRef(Address(Channel(channel), place, topic or None), message_id)
