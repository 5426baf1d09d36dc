"""What belongs to a stay and isn't in its record: the sums of its folio, its main guest, who shares the room."""

from collections.abc import Mapping

from domain.guests import Profile
from domain.ledger import Totals, totals
from domain.mapping import Beside
from domain.portal import Hotel
from domain.stays import Stay
from handlers.scope import Scope
from storage import postings
from storage.stays import profiles_by_id, sharing


async def besides(scope: Scope, hotel: Hotel, stays: Mapping[str, Stay]) -> dict[str, Beside]:
    """For each of these stays what its deal needs, each sort in one query and only where the mapping asks."""
    ledgers = await _ledgers(scope, hotel, stays)
    guests = await _guests(scope, hotel, stays)
    rules, found = hotel.mapping.rules, {}
    keys = [one.share_key for one in stays.values() if one.share_key] if rules.link_sharers else []
    groups = await sharing(scope.tx, hotel.id, keys) if keys else {}
    for key, stay in stays.items():
        others = groups.get(stay.share_key, ()) if stay.share_key else ()
        sharers = tuple(guest for reservation, guest in others if reservation != stay.reservation_id)
        found[key] = Beside(guests.get(stay.profile_id or ""), ledgers.get(stay.reservation_id), sharers)
    return found


async def _ledgers(scope: Scope, hotel: Hotel, stays: Mapping[str, Stay]) -> dict[str, Totals]:
    if not await postings.any_of(scope.tx, hotel.id):
        return {}
    ids = [one.reservation_id for one in stays.values()]
    lines = await postings.lines_of(scope.tx, hotel.id, ids, hotel.mapping.rules.revenue_of)
    return {key: totals(some, hotel.currency) for key, some in lines.items()}


async def _guests(scope: Scope, hotel: Hotel, stays: Mapping[str, Stay]) -> dict[str, Profile]:
    if not hotel.mapping.needs_guest:
        return {}
    return await profiles_by_id(
        scope.tx, hotel.id, [one.profile_id for one in stays.values() if one.profile_id]
    )
