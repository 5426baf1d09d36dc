"""What managers are told about a live door, once: it is away, it is back, something is set up wrong; and their wishes."""

from datetime import datetime

from domain.chat import Address, Channel, Reply
from domain.people import Role
from domain.portal import Hotel
from handlers import outgoing, webhooks
from handlers.people import private_address
from handlers.scope import Scope, Scopes
from storage import people, work_orders

RESYNC = "door.resync"
"""Kind of a work order: params ``hotel_id`` and ``door``."""
NOTICES = frozenset(
    {"fias-displaced", "fias-codepage", "fias-clock", "fias-swap-empty", "fias-unreadable", "fias-missing"}
)


class DoorNews:
    """Writes to managers as syncs' reports do."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def away(self, portal_id: int, hotel: Hotel, door: str, since: datetime) -> None:
        """The link has been down for so long that people must look."""
        async with self._scopes.writing(portal_id) as scope:
            at = f"{since.astimezone(hotel.zone):%H:%M}"
            await webhooks.announce(scope, "door.down", hotel=hotel.code, door=door, since=since.isoformat())
            desk = scope.speaking(scope.portal.language)
            await self._tell(scope, desk.text("door-away", hotel=hotel.name, door=door, at=at))

    async def back(self, portal_id: int, hotel: Hotel, door: str, minutes: int) -> None:
        """It is up again, after it was told to be away."""
        async with self._scopes.writing(portal_id) as scope:
            await webhooks.announce(scope, "door.up", hotel=hotel.code, door=door, minutes=minutes)
            desk = scope.speaking(scope.portal.language)
            await self._tell(scope, desk.text("door-back", hotel=hotel.name, door=door, minutes=minutes))

    async def notice(self, portal_id: int, hotel: Hotel, door: str, code: str, detail: str) -> bool:
        """Something about the door that somebody has to set right; False when there are no words for it."""
        if code not in NOTICES:
            return False
        async with self._scopes.writing(portal_id) as scope:
            desk = scope.speaking(scope.portal.language)
            text = desk.text(f"door-{code}", hotel=hotel.name, door=door, detail=detail)
            await self._tell(scope, text)
        return True

    @staticmethod
    async def _tell(scope: Scope, text: str) -> None:
        """Every manager in Bitrix24, and the managers' chat in Telegram."""
        managers = await people.with_role(scope.tx, scope.portal.id, Role.MANAGER)
        places = [place for one in managers if (place := private_address(one, Channel.BITRIX24))]
        if chat := scope.portal.desk.telegram_managers_chat:
            places.append(Address(Channel.TELEGRAM, chat))
        for place in dict.fromkeys(places):
            await outgoing.post(scope, place, Reply(text))

    # --- the operator's wish ------------------------------------------------------------------------------

    async def wish(self, portal_id: int, hotel: Hotel, door: str, *, asked_by: str = "") -> int:
        """Order a resync of a live door from whatever process; returns the order's number."""
        params = {"hotel_id": hotel.id, "door": door}
        async with self._scopes.writing(portal_id) as scope:
            return await work_orders.add(
                scope.tx, portal_id, RESYNC, params, asked_by=asked_by, now=scope.now
            )

    async def wished(self, portal_id: int, hotel: Hotel, door: str) -> bool:
        """Take the orders for this door, if there are any."""
        async with self._scopes.reading(portal_id) as scope:
            mine = await self._orders(scope, hotel, door)
        if not mine:
            return False
        async with self._scopes.writing(portal_id) as scope:
            for order_id in mine:
                await work_orders.finish(scope.tx, order_id, {}, now=scope.now)
        return True

    @staticmethod
    async def _orders(scope: Scope, hotel: Hotel, door: str) -> list[int]:
        pending = await work_orders.pending(scope.tx, scope.portal.id, RESYNC)
        return [one.id for one in pending if (one.params["hotel_id"], one.params["door"]) == (hotel.id, door)]
