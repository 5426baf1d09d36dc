"""Hiding guests' data in messages: edited to a word without buttons; one that is gone has nothing left to hide."""

import structlog

from domain.chat import Reply
from domain.errors import Permanent
from handlers.deliveries import Deliver
from handlers.delivery.edits import GONE
from handlers.guests.fading import HIDE
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from storage import guest_cards
from storage.outbox import Delivery

log = structlog.get_logger()


class GuestCardDelivery:
    """Kind ``guest.hide``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf) -> None:
        self._scopes = scopes
        self._outside = outside

    def kinds(self) -> dict[str, Deliver]:
        return {HIDE: self._hide}

    async def _hide(self, delivery: Delivery) -> dict[str, str] | None:
        portal_id, erased = delivery.portal_id, delivery.payload["erased"]
        async with self._scopes.reading(portal_id) as scope:
            card = await guest_cards.get(scope.tx, portal_id, delivery.payload["card_id"])
            reply = Reply(scope.text("card-erased" if erased else "card-hidden"))
        if card is None or card.hidden_at is not None:
            return {"skipped": "hidden"}
        if not erased and (card.expires_at is None or card.expires_at > scope.now):
            return {"skipped": "shown-again"}  # a page was turned meanwhile
        messenger = self._outside(portal_id).messengers.get(card.ref.address.channel)
        failed = "messenger-off" if messenger is None else ""
        if messenger is not None:
            try:
                await messenger.edit(card.ref, reply)
            except Permanent as failure:
                failed = failure.code
        if failed and failed not in GONE:
            log.warning("a guest's card can't be hidden", channel=card.ref.address.channel, code=failed)
        async with self._scopes.writing(portal_id) as scope:
            await guest_cards.hidden(scope.tx, portal_id, card.id, scope.now)
        return {"skipped": failed} if failed else None
