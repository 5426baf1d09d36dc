"""Which messages show guests: so that they can be hidden when their time is over, or the guest is erased."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from domain.chat import Address, Channel, MessageRef
from storage.database import Tx
from storage.dialect import upsert
from storage.tables import guest_cards, outbox

POST, AMEND = "guest.post", "guest.amend"
"""Kinds of the outbox's rows that carry guests' data."""


@dataclass(frozen=True, slots=True)
class Card:
    """One message. ``expires_at`` None: it stays until somebody takes it away."""

    id: int
    ref: MessageRef
    guests: tuple[str, ...]
    shown_at: datetime
    expires_at: datetime | None
    hidden_at: datetime | None


async def shown(
    tx: Tx, portal_id: int, ref: MessageRef, guests: Sequence[str], now: datetime, expires_at: datetime | None
) -> None:
    """A message shows these guests from now on."""
    row = {
        "portal_id": portal_id,
        "channel": ref.address.channel.value,
        "chat": _chat(ref.address),
        "message_id": ref.message_id,
        "guests": list(guests),
        "shown_at": now,
        "expires_at": expires_at,
        "hidden_at": None,
    }
    key = [guest_cards.c[name] for name in ("portal_id", "channel", "chat", "message_id")]
    await tx.execute(upsert(tx, guest_cards, key, row, {"guests", "shown_at", "expires_at", "hidden_at"}))


async def get(tx: Tx, portal_id: int, card_id: int) -> Card | None:
    """One message by our number."""
    return next(iter(await _cards(tx, portal_id, guest_cards.c.id == card_id)), None)


async def due(tx: Tx, portal_id: int, now: datetime, limit: int) -> list[Card]:
    """Messages whose time is over and that still show somebody, the oldest first."""
    over = (guest_cards.c.hidden_at.is_(None), guest_cards.c.expires_at <= now)
    return await _cards(tx, portal_id, *over, limit=limit)


async def of_guest(tx: Tx, portal_id: int, keys: Collection[str]) -> list[Card]:
    """Messages that still show one of these guests; there are never many."""
    wanted = set(keys)
    standing = await _cards(tx, portal_id, guest_cards.c.hidden_at.is_(None))
    return [card for card in standing if wanted & set(card.guests)]


async def hidden(tx: Tx, portal_id: int, card_id: int, now: datetime) -> None:
    """A message shows nobody any more."""
    mine = (guest_cards.c.portal_id == portal_id, guest_cards.c.id == card_id)
    await tx.execute(update(guest_cards).where(*mine).values(hidden_at=now, guests=[]))


async def _cards(
    tx: Tx, portal_id: int, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[Card]:
    query = select(guest_cards).where(guest_cards.c.portal_id == portal_id, *conditions)
    query = query.order_by(guest_cards.c.id).limit(limit)
    return [_card(row) for row in (await tx.execute(query)).all()]


def _card(row: Any) -> Card:
    chat, _, topic = row.chat.partition("/")
    ref = MessageRef(Address(Channel(row.channel), chat, topic or None), row.message_id)
    return Card(row.id, ref, tuple(row.guests), row.shown_at, row.expires_at, row.hidden_at)


def _chat(address: Address) -> str:
    return address.chat if address.topic is None else f"{address.chat}/{address.topic}"


async def blank_delivered(tx: Tx, portal_id: int, done_before: datetime) -> int:
    """Delivered rows of the outbox don't keep what they carried; returns how many were emptied."""
    statement = update(outbox).where(
        outbox.c.portal_id == portal_id,
        outbox.c.kind.in_((POST, AMEND)),
        outbox.c.state.in_(("done", "dead")),
        outbox.c.done_at <= done_before,
        outbox.c.payload["blanked"].as_string().is_(None),
    )
    return (await tx.execute(statement.values(payload={"blanked": "yes"}))).rowcount


async def purge(tx: Tx, *, hidden_before: datetime, shown_before: datetime) -> int:
    """Forget messages hidden long ago, and such as nobody scrolls back to."""
    old = or_(guest_cards.c.hidden_at < hidden_before, guest_cards.c.shown_at < shown_before)
    return (await tx.execute(delete(guest_cards).where(old))).rowcount
