"""The hotel's pipeline as a run saw it last: a rehearsal compares with it and neither asks nor makes anything."""

from domain.portal import Hotel
from domain.ports import CrmLayout
from handlers.codec import dump, load
from handlers.scope import Scope
from storage import cursors


def _name(hotel: Hotel) -> str:
    return f"crm-layout:{hotel.id}"


async def remember(scope: Scope, hotel: Hotel, layout: CrmLayout) -> None:
    """Keep it, when it isn't kept already."""
    if await recall(scope, hotel) != layout:
        await cursors.put(scope.tx, scope.portal.id, _name(hotel), dump(layout), scope.now)


async def recall(scope: Scope, hotel: Hotel) -> CrmLayout | None:
    """As remembered last; None before the first run."""
    found = await cursors.get(scope.tx, scope.portal.id, _name(hotel))
    return load(CrmLayout, found) if found else None
