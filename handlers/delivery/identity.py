"""Delivering identity's cards: rendered when delivered, edited where they stand already, in every chat alike."""

from domain.chat import Address, Button, MessageRef, Reply, rows
from domain.errors import Permanent, Refused
from domain.ports import Messenger
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.copies import GONE
from handlers.outside import OutsideOf
from handlers.scope import Scopes
from handlers.sync.asks import CARD, DIGEST, PLACE, Asks
from storage import links
from storage.outbox import Delivery


class IdentityDelivery:
    """Kinds ``identity.card`` and ``identity.digest``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, asks: Asks) -> None:
        self._scopes = scopes
        self._outside = outside
        self._asks = asks

    def kinds(self) -> dict[str, Deliver]:
        return {CARD: self._card, DIGEST: self._digest}

    def _messenger(self, delivery: Delivery, address: Address) -> Messenger:
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        return messenger

    async def _card(self, delivery: Delivery) -> dict[str, str] | None:
        address, case_id = load(Address, delivery.payload["address"]), delivery.payload["case_id"]
        messenger = self._messenger(delivery, address)
        kind = f"identity-card:{address}"
        async with self._scopes.reading(delivery.portal_id) as scope:
            try:
                card = await self._asks.card(scope, await self._asks.get(scope, case_id), address)
            except Refused:  # settled otherwise meanwhile: nothing to ask any more
                card = Reply(scope.text("identity-settled"))
            link = await links.get(scope.tx, delivery.portal_id, kind, PLACE, str(case_id))
        if link is not None:
            fresh = delivery.payload["fresh"] and bool(card.buttons)
            ref = load(MessageRef, link.data["ref"])
            if await self._edited(messenger, ref, Reply(card.text) if fresh else card) and not fresh:
                return None
        elif not card.buttons:
            return {"skipped": "settled"}
        sent = await messenger.send(address, card)
        async with self._scopes.writing(delivery.portal_id) as scope:
            data = {"ref": dump(sent.refs[-1]), "address": dump(address)}
            message_id = sent.refs[-1].message_id
            await links.put(scope.tx, delivery.portal_id, kind, PLACE, str(case_id), message_id, data)
        return {"message_id": sent.first.message_id}

    @staticmethod
    async def _edited(messenger: Messenger, ref: MessageRef, card: Reply) -> bool:
        try:
            await messenger.edit(ref, card)
        except Permanent as failure:
            if failure.code not in GONE:
                raise
            return False
        return True

    async def _digest(self, delivery: Delivery) -> None:
        address, hotel_id = load(Address, delivery.payload["address"]), delivery.payload["hotel_id"]
        messenger = self._messenger(delivery, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            hotel = next((one for one in scope.portal.hotels if one.id == hotel_id), None)
            text = scope.text(
                "identity-more", hotel=hotel.name if hotel else "?", count=delivery.payload["more"]
            )
            button = Button(scope.text("identity-one-by-one"), f"i:next:{hotel_id}:0", "primary")
        await messenger.send(address, Reply(text, rows(button)))
