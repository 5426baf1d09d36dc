"""Delivering alerts: rendered when delivered, edited where they stand already."""

from domain.chat import Address, MessageRef, Reply
from domain.errors import Permanent
from domain.ports import Messenger
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.copies import GONE
from handlers.guests.alerts import CARD, PLACE, Alerts
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from storage import links
from storage.outbox import Delivery


class AlertDelivery:
    """Kind ``alert.card``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, alerts: Alerts) -> None:
        self._scopes = scopes
        self._outside = outside
        self._alerts = alerts

    def kinds(self) -> dict[str, Deliver]:
        return {CARD: self._card}

    async def _card(self, delivery: Delivery) -> dict[str, str] | None:
        address, alert_id = load(Address, delivery.payload["address"]), delivery.payload["alert_id"]
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        kind = f"alert-card:{address}"
        async with self._scopes.reading(delivery.portal_id) as scope:
            card = await self._alerts.card(scope, alert_id, address)
            link = await links.get(scope.tx, delivery.portal_id, kind, PLACE, str(alert_id))
            gone = Reply(scope.text("alert-gone"))
        if link is not None:
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
