"""A day's picture of the hotel: occupancy, who comes and goes, money for those who may see it.

Managers get it each morning at the hotel's hour, each at his own level; ``/day`` shows it at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.chat import Address, Channel, Markup
from domain.doors import Fact
from domain.people import Person
from domain.portal import Hotel
from domain.privacy import Sight, sight
from domain.stays import Money
from handlers import outgoing
from handlers.codec import dump
from handlers.guests import looks
from handlers.people import managers_of, private_address
from handlers.pictures import HotelPicture
from handlers.scope import Scope, Scopes
from handlers.sync.freshness import freshness
from storage import cursors, guest_lists, hotel_days
from storage.hotel_days import HotelDay

BACK, AHEAD = timedelta(days=6), timedelta(days=8)
POST = "day.post"
"""The outbox's kind: the picture of a hotel's day for one place."""
VIP_SHOWN = 5
LATE = timedelta(hours=6)
"""A service that was away comes with the picture later, but not in the evening."""


@dataclass(frozen=True, slots=True)
class DayReport:
    """A hotel's day: caption and picture."""

    caption: str
    picture: HotelPicture


async def report(scope: Scope, hotel: Hotel, day: date, seen: Sight) -> DayReport:
    """The day as somebody at this level may see it."""
    first, last = day - BACK, day + AHEAD
    days = list(await hotel_days.days(scope.tx, hotel.id, first, last, hotel.currency))
    today = next(one for one in days if one.day == day)
    return DayReport(
        await _caption(scope, hotel, days, today, seen), _picture(scope, hotel, days, today, seen)
    )


def _share(hotel: Hotel, rooms: int) -> int | None:
    return round(100 * rooms / hotel.rooms) if hotel.rooms else None


async def _caption(scope: Scope, hotel: Hotel, days: list[HotelDay], today: HotelDay, seen: Sight) -> str:
    text, share = scope.text, _share(hotel, today.rooms)
    lines = [text("morning-head", hotel=hotel.name, day=today.day)]
    if share is None:
        lines.append(text("morning-occupancy-plain", occupied=today.rooms))
    else:
        lines.append(text("morning-occupancy", percent=share, occupied=today.rooms, rooms=hotel.rooms))
    lines.append(
        text("morning-moves", arrivals=today.arrivals, departures=today.departures, guests=today.guests)
    )
    if seen.sees("revenue"):
        lines.append(_money(scope, hotel, today))
    if seen.sees("vip") and (names := await _vip(scope, hotel, today.day)):
        lines.append(text("morning-vip", names=Markup(names)))
    tomorrow = next((one for one in days if one.day == today.day + timedelta(days=1)), None)
    if not hotel.gives(Fact.BOOKINGS):
        lines.append(text("morning-no-bookings"))
    elif tomorrow is not None:
        lines.append(text("morning-tomorrow", occupied=tomorrow.rooms, arrivals=tomorrow.arrivals))
    lines.append(f"<i>{await freshness(scope, hotel)}</i>")
    return "\n".join(lines)


def _money(scope: Scope, hotel: Hotel, today: HotelDay) -> str:
    if today.adr is None:
        return scope.text("morning-money-none")
    revpar = today.revenue / hotel.rooms if hotel.rooms else None
    return scope.text(
        "morning-money",
        revenue=_rounded(scope, hotel, today.revenue),
        adr=_rounded(scope, hotel, today.adr),
        has_revpar=revpar is not None,
        revpar=_rounded(scope, hotel, revpar) if revpar is not None else "",
    )


def _rounded(scope: Scope, hotel: Hotel, amount: Decimal) -> str:
    return looks.money(scope, Money(amount.quantize(Decimal(1)), hotel.currency))


async def _vip(scope: Scope, hotel: Hotel, day: date) -> str:
    """VIP guests of the day: those in house and those who arrive."""
    found = [one for one in await guest_lists.lines(scope.tx, hotel.id, "staying", day) if one.vip]
    found.sort(key=lambda one: one.room_order)
    names = [
        scope.text(
            "morning-guest", name=one.guest_name or one.reservation_id, room=one.room or scope.text("no-room")
        )
        for one in found[:VIP_SHOWN]
    ]
    more = len(found) - len(names)
    return ", ".join(names) + (f" +{more}" if more > 0 else "")


def _picture(scope: Scope, hotel: Hotel, days: list[HotelDay], today: HotelDay, seen: Sight) -> HotelPicture:
    text, share = scope.text, _share(hotel, today.rooms)
    if share is None:
        tiles = [(text("picture-day-occupied"), str(today.rooms), "")]
    else:
        of = text("picture-day-of", rooms=hotel.rooms)
        tiles = [(text("picture-day-occupancy"), f"{share} %", f"{today.rooms} {of}")]
    tomorrow = next((one for one in days if one.day == today.day + timedelta(days=1)), None)
    ahead = tomorrow if hotel.gives(Fact.BOOKINGS) else None
    tiles += [
        (text("picture-day-arrivals"), str(today.arrivals), _then(scope, ahead.arrivals if ahead else None)),
        (
            text("picture-day-departures"),
            str(today.departures),
            _then(scope, ahead.departures if ahead else None),
        ),
    ]
    if seen.sees("revenue") and today.adr is not None:
        revpar = f"RevPAR {_rounded(scope, hotel, today.revenue / hotel.rooms)}" if hotel.rooms else ""
        tiles.append((text("picture-day-adr"), _rounded(scope, hotel, today.adr), revpar))
        tiles.append((text("picture-day-revenue"), _rounded(scope, hotel, today.revenue), ""))
    else:
        tiles.append((text("picture-day-guests"), str(today.guests), ""))
    shown = days if hotel.gives(Fact.BOOKINGS) else [one for one in days if one.day <= today.day]
    return HotelPicture(
        title=text("picture-day-title", hotel=hotel.name, day=today.day),
        tiles=tuple(tiles),
        bars_title=text("picture-day-bars-share" if share is not None else "picture-day-bars"),
        today=today.day,
        days=tuple(one.day for one in shown),
        bars=tuple(float(_share(hotel, one.rooms) or 0) if share is not None else one.rooms for one in shown),
        top=100.0 if share is not None else None,
        lines={
            text("picture-day-arrivals"): tuple(one.arrivals for one in shown),
            text("picture-day-departures"): tuple(one.departures for one in shown),
        },
    )


def _then(scope: Scope, count: int | None) -> str:
    return "" if count is None else scope.text("picture-day-tomorrow", count=count)


# --- each morning -------------------------------------------------------------------------------------------------


async def order(
    scope: Scope, hotel: Hotel, day: date, address: Address, person: Person | None, *, once: str = ""
) -> None:
    """Have the picture posted to a place, as this person may see it there; None: as the place may."""
    payload = {
        "address": dump(address),
        "hotel_id": hotel.id,
        "day": day.isoformat(),
        "person_id": person.id if person else None,
        "language": person.language if person else scope.portal.language,
    }
    await outgoing.put(scope, str(address), POST, payload, once=once or None, keep=bool(once))


def level(scope: Scope, hotel: Hotel, person: Person | None, address: Address) -> Sight:
    """A person's own sight there; a managers' chat sees what a manager may, as far as the place allows."""
    if person is not None:
        return sight(person, hotel.code, scope.portal.privacy, address)
    return Sight(scope.portal.privacy.of_place(address, private=False))


class Mornings:
    """Orders the day's picture of each hotel at its hour, once a day."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def tick(self, portal_id: int) -> int:
        """How many hotels' pictures were ordered now."""
        portal = self._scopes.portals(portal_id)
        return sum([await self._one(portal_id, hotel) for hotel in portal.hotels if hotel.morning_at])

    async def _one(self, portal_id: int, hotel: Hotel) -> bool:
        async with self._scopes.writing(portal_id) as scope:
            now = scope.now.astimezone(hotel.zone)
            due = datetime.combine(now.date(), time.fromisoformat(hotel.morning_at), ZoneInfo(hotel.timezone))
            name, today = f"morning:{hotel.code}", now.date().isoformat()
            if not due <= now < due + LATE or await cursors.get(scope.tx, portal_id, name) == today:
                return False
            await cursors.put(scope.tx, portal_id, name, today, scope.now)
            for address, person in await self._readers(scope, hotel):
                await order(scope, hotel, now.date(), address, person, once=f"{name}:{today}:{address}")
        return True

    @staticmethod
    async def _readers(scope: Scope, hotel: Hotel) -> list[tuple[Address, Person | None]]:
        """Managers of the hotel, each where he is; and the managers' chat in Telegram."""
        found: list[tuple[Address, Person | None]] = []
        for person in await managers_of(scope, hotel):
            address = private_address(person, Channel.BITRIX24) or private_address(person, Channel.TELEGRAM)
            if address is not None:
                found.append((address, person))
        if chat := scope.portal.desk.telegram_managers_chat:
            found.append((Address(Channel.TELEGRAM, chat), None))
        return found
