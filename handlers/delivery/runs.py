"""Delivering a sync's live card and its report: rendered when delivered, so the newest state is what people see."""

import asyncio
from datetime import timedelta

from domain.chat import Address, FileContent, MessageRef
from domain.errors import Permanent
from domain.ports import Messenger
from handlers.codec import dump, load
from handlers.deliveries import Deliver
from handlers.delivery.edits import edited
from handlers.outside import OutsideOf
from handlers.pictures import Bars, Draw
from handlers.scope import Scope, Scopes
from handlers.sync.syncs import Syncs
from storage import links, stays, work_orders
from storage.outbox import Delivery
from storage.work_orders import Order

PICTURE_DAYS = 30
PICTURE_FROM = 20
"""A report with fewer changes than this needs no picture."""


class RunDelivery:
    """Kinds ``run.card`` and ``run.report``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, syncs: Syncs, draw: Draw) -> None:
        self._scopes = scopes
        self._outside = outside
        self._syncs = syncs
        self._draw = draw

    def kinds(self) -> dict[str, Deliver]:
        return {"run.card": self._card, "run.report": self._report}

    def _messenger(self, delivery: Delivery, address: Address) -> Messenger:
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        return messenger

    async def _order(self, scope: Scope, delivery: Delivery) -> Order:
        order = await work_orders.load(scope.tx, delivery.payload["order_id"])
        if order is None:
            raise Permanent("no-such-order", str(delivery.payload["order_id"]))
        return order

    async def _card(self, delivery: Delivery) -> None:
        """One message per order and place, edited as the run goes on."""
        address = load(Address, delivery.payload["address"])
        messenger = self._messenger(delivery, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            order = await self._order(scope, delivery)
            card = await self._syncs.cards.card(scope.speaking(order.params["language"]), order)
            link = await links.get(scope.tx, delivery.portal_id, "run-card", "order", f"{order.id}:{address}")
        if link is not None and await edited(messenger, load(MessageRef, link.data["ref"]), card):
            return
        sent = await messenger.send(address, card)
        async with self._scopes.writing(delivery.portal_id) as scope:
            local = f"{order.id}:{address}"
            data = {"ref": dump(sent.first)}
            await links.put(
                scope.tx, delivery.portal_id, "run-card", "order", local, sent.first.message_id, data
            )

    async def _report(self, delivery: Delivery) -> None:
        """The report to somebody who didn't watch, and a picture where it helps."""
        address = load(Address, delivery.payload["address"])
        messenger = self._messenger(delivery, address)
        async with self._scopes.reading(delivery.portal_id) as scope:
            order = await self._order(scope, delivery)
            hotel = self._syncs.hotel(order)
            if hotel is None:
                raise Permanent("no-such-hotel", str(order.params["hotel_id"]))
            report = await self._syncs.cards.report(scope, order, hotel, address)
            bars = await self._bars(scope, order)
        if delivery.payload["with_text"]:
            await messenger.send(address, report)
        if bars is not None:
            picture = await asyncio.to_thread(self._draw, bars)
            await messenger.send_file(address, FileContent("concierge.png", picture, "image/png"))

    async def _bars(self, scope: Scope, order: Order) -> Bars | None:
        """Arrivals and guests in house of the coming days, when the run changed enough to be worth a picture."""
        hotel, result = self._syncs.hotel(order), order.result or {}
        changed = result.get("created", 0) + result.get("updated", 0)
        if hotel is None or changed < PICTURE_FROM:
            return None
        first = scope.now.astimezone(hotel.zone).date()
        days = [first + timedelta(days=n) for n in range(PICTURE_DAYS)]
        return Bars(
            title=scope.text("chart-title", hotel=hotel.name),
            days=tuple(days),
            series={
                scope.text("chart-arrivals"): await stays.arrivals_per_day(scope.tx, hotel.id, days),
                scope.text("chart-in-house"): await stays.in_house_per_day(scope.tx, hotel.id, days),
            },
        )
