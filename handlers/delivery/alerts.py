"""Delivering alerts: rendered when delivered, edited where they stand already; many at once as a list."""

from domain.chat import Address, MessageRef, Reply
from domain.errors import Permanent
from domain.ports import Messenger
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.copies import GONE
from handlers.guests.alerts import CARD, DIGEST, PLACE, Alerts
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from storage import links
from storage.outbox import Delivery


class AlertDelivery:
    """Kinds ``alert.card`` and ``alert.digest``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, alerts: Alerts) -> None:
        self._scopes = scopes
        self._outside = outside
        self._alerts = alerts

    def kinds(self) -> dict[str, Deliver]:
        return {CARD: self._card, DIGEST: self._digest}

    def _messenger(self, delivery: Delivery, address: Address) -> Messenger:
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        return messenger

    async def _digest(self, delivery: Delivery) -> dict[str, str] | None:
        address, hotel_id = load(Address, delivery.payload["address"]), delivery.payload["hotel_id"]
        messenger = self._messenger(delivery, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            hotel = next((one for one in scope.portal.hotels if one.id == hotel_id), None)
            found = await self._alerts.listed(scope, hotel, address) if hotel else None
        if found is None:
            return {"skipped": "nothing to show here"}
        return {"message_id": (await messenger.send(address, found)).first.message_id}

    async def _card(self, delivery: Delivery) -> dict[str, str] | None:
        address, alert_id = load(Address, delivery.payload["address"]), delivery.payload["alert_id"]
        messenger = self._messenger(delivery, address)
        kind = f"alert-card:{address}"
        async with self._scopes.reading(delivery.portal_id) as scope:
            card = await self._alerts.card(scope, alert_id, address)
            link = await links.get(scope.tx, delivery.portal_id, kind, PLACE, str(alert_id))
            gone = Reply(scope.text("alert-gone"))
        if link is not None and not delivery.payload["anew"]:
            await _edit(messenger, load(MessageRef, link.data["ref"]), card or gone)
            return None
        if card is None:
            return {"skipped": "not shown here"}
        sent = await messenger.send(address, card)
        async with self._scopes.writing(delivery.portal_id) as scope:
            data = {"ref": dump(sent.refs[-1]), "address": dump(address)}
            message_id = sent.refs[-1].message_id
            await links.put(scope.tx, delivery.portal_id, kind, PLACE, str(alert_id), message_id, data)
        return {"message_id": sent.first.message_id}


async def _edit(messenger: Messenger, ref: MessageRef, card: Reply) -> None:
    """Somebody may have deleted the message: then there is nothing to keep up to date."""
    try:
        await messenger.edit(ref, card)
    except Permanent as failure:
        if failure.code not in GONE:
            raise
