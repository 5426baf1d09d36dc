"""Delivering identity's cards: rendered when delivered, edited where they stand already, in every chat alike."""

from functools import partial

from domain.chat import Address, Button, Reply, rows
from domain.errors import Refused
from handlers.codec import load
from handlers.deliveries import Deliver
from handlers.delivery.standing import Matter, StandingCards
from handlers.scope import Scope, Scopes
from handlers.sync.asks import CARD, DIGEST, PLACE, Asks
from storage.outbox import Delivery


class IdentityDelivery:
    """Kinds ``identity.card`` and ``identity.digest``."""

    def __init__(self, scopes: Scopes, cards: StandingCards, asks: Asks) -> None:
        self._scopes = scopes
        self._cards = cards
        self._asks = asks

    def kinds(self) -> dict[str, Deliver]:
        return {CARD: self._card, DIGEST: self._digest}

    async def _card(self, delivery: Delivery) -> dict[str, str] | None:
        address, case_id = load(Address, delivery.payload["address"]), delivery.payload["case_id"]
        matter = Matter(PLACE, case_id, f"identity-card:{address}")
        render = partial(self._rendered, case_id=case_id, place=address)
        anew = delivery.payload["fresh"]
        return await self._cards.show(
            delivery.portal_id, matter, address, render, "identity-settled", anew=anew
        )

    async def _rendered(self, scope: Scope, *, case_id: int, place: Address) -> Reply | None:
        try:
            return await self._asks.card(scope, await self._asks.get(scope, case_id), place)
        except Refused:  # settled otherwise meanwhile: nothing to ask any more
            return None

    async def _digest(self, delivery: Delivery) -> None:
        address, hotel_id = load(Address, delivery.payload["address"]), delivery.payload["hotel_id"]
        messenger = self._cards.messenger(delivery.portal_id, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            hotel = next((one for one in scope.portal.hotels if one.id == hotel_id), None)
            text = scope.text(
                "identity-more", hotel=hotel.name if hotel else "?", count=delivery.payload["more"]
            )
            button = Button(scope.text("identity-one-by-one"), f"i:next:{hotel_id}:0", "primary")
        await messenger.send(address, Reply(text, rows(button)))
