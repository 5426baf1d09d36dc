"""Delivering a hotel's day: drawn and worded when it is sent, at the level of whoever reads it there."""

import asyncio
from datetime import date

from domain.chat import Address, FileContent
from domain.errors import Permanent
from handlers.codec import load
from handlers.deliveries import Deliver
from handlers.guests import morning
from handlers.outside import OutsideOf
from handlers.pictures import Draw
from handlers.scope import Scopes
from storage import people
from storage.outbox import Delivery


class HotelDayDelivery:
    """Kind ``day.post``."""

    def __init__(self, scopes: Scopes, outside: OutsideOf, draw: Draw) -> None:
        self._scopes = scopes
        self._outside = outside
        self._draw = draw

    def kinds(self) -> dict[str, Deliver]:
        return {morning.POST: self._post}

    async def _post(self, delivery: Delivery) -> dict[str, str]:
        data = delivery.payload
        address = load(Address, data["address"])
        messenger = self._outside(delivery.portal_id).messengers.get(address.channel)
        if messenger is None:
            raise Permanent("messenger-off", address.channel)
        async with self._scopes.reading(delivery.portal_id) as scope:
            hotel = next((one for one in scope.portal.hotels if one.id == data["hotel_id"]), None)
            if hotel is None:
                raise Permanent("no-such-hotel", str(data["hotel_id"]))
            person_id = data["person_id"]
            person = await people.load(scope.tx, delivery.portal_id, person_id) if person_id else None
            if person_id and person is None:
                raise Permanent("no-such-person", str(person_id))
            seen = morning.level(scope, hotel, person, address)
            theirs = scope.speaking(data["language"])
            day = date.fromisoformat(data["day"])
            told = await morning.report(theirs, hotel, day, seen)
        picture = await asyncio.to_thread(self._draw, told.picture)
        file = FileContent(f"{hotel.code.lower()}-{day}.png", picture, "image/png")
        sent = await messenger.send_file(address, file, told.caption)
        return {"message_id": sent.first.message_id}
