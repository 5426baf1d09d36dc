"""A hotel's days in figures, from the staged stays: rooms taken, arrivals, departures, guests, room revenue."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from storage.database import Tx
from storage.guest_lists import overlapping


@dataclass(slots=True)
class HotelDay:
    """One business day: the night that begins on it, and who comes and goes.

    ``priced`` counts the room nights whose rate is known, of which ``revenue`` is the sum; a tentative booking
    counts nowhere. Sharers have one room between them.
    """

    day: date
    rooms: int = 0
    arrivals: int = 0
    departures: int = 0
    guests: int = 0
    priced: int = 0
    revenue: Decimal = Decimal(0)
    taken: set[str] = field(default_factory=set, repr=False)
    sold: set[str] = field(default_factory=set, repr=False)

    @property
    def adr(self) -> Decimal | None:
        """Average daily rate: revenue by rooms sold at a known rate."""
        return self.revenue / self.priced if self.priced else None


async def days(tx: Tx, hotel_id: int, first: date, last: date, currency: str) -> Sequence[HotelDay]:
    """Each day from ``first`` to ``last``; money of other currencies isn't counted."""
    found = {
        first + timedelta(days=n): HotelDay(first + timedelta(days=n)) for n in range((last - first).days + 1)
    }
    for key, _state, arrival, departure, room, data in await overlapping(tx, hotel_id, first, last):
        if data.get("pseudo_room") or data.get("financial_account"):
            continue
        count = int(data.get("room_count", 1))
        if arrival in found:
            found[arrival].arrivals += count
        if departure in found and departure > arrival:
            found[departure].departures += count
        rates = _rates(data, currency)
        last_night = departure - timedelta(days=1)
        for night in _nights(max(arrival, first), min(last_night, last)):
            _sleep(found[night], key, room, data, rates.get(night, rates.get(None)), count)
    return list(found.values())


def _nights(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _sleep(
    day: HotelDay, key: str, room: str, data: dict[str, Any], rate: Decimal | None, count: int
) -> None:
    """One stay's night on a day."""
    where = _room_of(data, day.day) or room or data.get("share_key") or key
    if where not in day.taken:
        day.rooms += count
    day.taken.add(where)
    day.guests += int(data.get("adults", 0)) + int(data.get("children", 0))
    if rate is not None:
        day.priced += 0 if where in day.sold else count
        day.sold.add(where)
        day.revenue += rate * count


def _room_of(data: dict[str, Any], day: date) -> str:
    wanted = day.isoformat()
    return next(
        (str(night.get("room", "")) for night in data.get("nights", ()) if night["day"] == wanted), ""
    )


def _rates(data: dict[str, Any], currency: str) -> dict[date | None, Decimal]:
    """The rate of each night; under None the one that holds for nights of which nothing is told."""
    found: dict[date | None, Decimal] = {}
    if (rate := data.get("rate")) and rate["currency"] == currency:
        found[None] = Decimal(str(rate["amount"]))
    for night in data.get("nights", ()):
        if (rate := night.get("rate")) and rate["currency"] == currency:
            found[date.fromisoformat(night["day"])] = Decimal(str(rate["amount"]))
    return found
