"""How fresh the hotel's data are: «данные Fidelio на 09:42», on every card, list and report."""

from datetime import datetime

from domain.portal import Hotel
from handlers.scope import Scope
from storage import runs, sync_states


async def fresh_at(scope: Scope, hotel: Hotel) -> datetime | None:
    """The PMS's clock of the last settled read, in UTC; None before the first."""
    return await sync_states.fresh_at(scope.tx, hotel.id)


async def freshness(scope: Scope, hotel: Hotel) -> str:
    """The line under a card: «данные Fidelio на 09:42»; with the day when that isn't today's."""
    at = await fresh_at(scope, hotel)
    if at is None and await runs.last(scope.tx, hotel.id, 1):
        return scope.text("fresh-loading")  # the first read is under way, or was cut off: not all is there
    return said(scope, hotel, at)


def said(scope: Scope, hotel: Hotel, at: datetime | None) -> str:
    """The same for a known moment, in the hotel's time."""
    if at is None:
        return scope.text("fresh-never")
    local, today = at.astimezone(hotel.zone), scope.now.astimezone(hotel.zone).date()
    if local.date() == today:
        return scope.text("fresh-today", at=f"{local:%H:%M}")
    return scope.text("fresh-earlier", at=f"{local:%d.%m %H:%M}")
