"""Guests' data don't stand in chats for good: a card or list is hidden when its time is over, or the guest is erased.

What a message shows is remembered when it has been sent; the clock looks each minute, so a restart loses nothing.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from domain.chat import MessageRef
from handlers import outgoing
from handlers.scope import Scope, Scopes
from storage import guest_cards, upcoming
from storage.guest_cards import Card

HIDE = "guest.hide"
"""The outbox's kind: take a guest's data out of a message."""
AT_ONCE = 200


async def remember(
    scopes: Scopes, portal_id: int, refs: Sequence[MessageRef], guests: Sequence[str] | None
) -> None:
    """These messages show guests (None: nobody's data) from now on."""
    if guests is None:
        return
    async with scopes.writing(portal_id) as scope:
        minutes = scope.portal.privacy.card_minutes
        expires_at = scope.now + timedelta(minutes=minutes) if minutes else None
        for ref in refs:
            await guest_cards.shown(scope.tx, portal_id, ref, guests, scope.now, expires_at)


async def hide(scope: Scope, card: Card, *, erased: bool = False) -> None:
    """Have a message hidden; ``erased``: whether its time is over or not."""
    payload = {"card_id": card.id, "erased": erased}
    once = f"guest-hide:{card.id}:{erased}"
    await outgoing.put(scope, str(card.ref.address), HIDE, payload, once=once)


async def hide_guest(scope: Scope, keys: Collection[str]) -> int:
    """Have all messages hidden that show a guest; returns how many."""
    found = await guest_cards.of_guest(scope.tx, scope.portal.id, keys)
    for card in found:
        await hide(scope, card, erased=True)
    return len(found)


class Fading:
    """Looks each minute."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def among(self, portal_ids: Collection[int]) -> Collection[int]:
        """Of many portals, those with a message to be hidden now."""
        async with self._scopes.db.reading() as tx:
            return await upcoming.with_cards_over(tx, portal_ids, self._scopes.clock())

    async def tick(self, portal_id: int) -> int:
        """Order what is over to be hidden, and empty what was delivered; returns how many messages."""
        async with self._scopes.writing(portal_id) as scope:
            due = await guest_cards.due(scope.tx, portal_id, scope.now, AT_ONCE)
            for card in due:
                await hide(scope, card)
            if minutes := scope.portal.privacy.card_minutes:
                over = scope.now - timedelta(minutes=minutes)
                await guest_cards.blank_delivered(scope.tx, portal_id, over)
        return len(due)
