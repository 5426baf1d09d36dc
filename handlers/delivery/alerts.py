"""Delivering alerts: rendered when delivered, edited where they stand already; many at once as a list."""

from functools import partial

from domain.chat import Address, Reply
from handlers.codec import load
from handlers.deliveries import Deliver
from handlers.delivery.standing import Matter, StandingCards
from handlers.guests.alerts import CARD, DIGEST, PLACE, Alerts
from handlers.scope import Scope, Scopes
from storage.outbox import Delivery


class AlertDelivery:
    """Kinds ``alert.card`` and ``alert.digest``."""

    def __init__(self, scopes: Scopes, cards: StandingCards, alerts: Alerts) -> None:
        self._scopes = scopes
        self._cards = cards
        self._alerts = alerts

    def kinds(self) -> dict[str, Deliver]:
        return {CARD: self._card, DIGEST: self._digest}

    async def _card(self, delivery: Delivery) -> dict[str, str] | None:
        address, alert_id = load(Address, delivery.payload["address"]), delivery.payload["alert_id"]
        matter = Matter(PLACE, alert_id, f"alert-card:{address}")
        render = partial(self._rendered, alert_id=alert_id, place=address)
        anew = delivery.payload["anew"]
        return await self._cards.show(delivery.portal_id, matter, address, render, "alert-gone", anew=anew)

    async def _rendered(self, scope: Scope, *, alert_id: int, place: Address) -> Reply | None:
        return await self._alerts.card(scope, alert_id, place)

    async def _digest(self, delivery: Delivery) -> dict[str, str] | None:
        address, hotel_id = load(Address, delivery.payload["address"]), delivery.payload["hotel_id"]
        messenger = self._cards.messenger(delivery.portal_id, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            hotel = next((one for one in scope.portal.hotels if one.id == hotel_id), None)
            found = await self._alerts.listed(scope, hotel, address) if hotel else None
        if found is None:
            return {"skipped": "nothing to show here"}
        return {"message_id": (await messenger.send(address, found)).first.message_id}
