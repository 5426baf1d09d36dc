"""Of many portals, those in which something may be due: one query for the clock, instead of one per portal a minute."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, union

from domain.requests import Status
from storage.database import Tx
from storage.tables import guest_cards, links, requests


async def with_running_requests(tx: Tx, portal_ids: Collection[int], cards: str) -> list[int]:
    """Portals with a request whose clock ticks, or with a card of this kind that must stay true."""
    wanted = list(portal_ids)
    ticking = (Status.REGISTERED.value, Status.IN_PROGRESS.value)
    running = select(requests.c.portal_id).where(
        requests.c.portal_id.in_(wanted), requests.c.status.in_(ticking)
    )
    kept = select(links.c.portal_id).where(links.c.portal_id.in_(wanted), links.c.kind == cards)
    return list((await tx.execute(union(running, kept))).scalars())


async def with_cards_over(tx: Tx, portal_ids: Collection[int], now: datetime) -> list[int]:
    """Portals where a message still shows guests although its time is over."""
    over = (guest_cards.c.hidden_at.is_(None), guest_cards.c.expires_at <= now)
    query = select(guest_cards.c.portal_id).where(guest_cards.c.portal_id.in_(list(portal_ids)), *over)
    return list((await tx.execute(query.distinct())).scalars())
