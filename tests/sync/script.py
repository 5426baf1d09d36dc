"""A PMS out of a script: the same guests and stays every time, by version, as the PMS would have them then."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from domain.guests import Profile, ProfileKind
from domain.portal import Hotel
from domain.stays import Cursor, Money, Stay, StayState

BEGAN = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SURNAMES = ("Иванов", "Петрова", "Сидоров", "Кузнецова", "Смирнов", "Попова", "Лебедев", "Козлова", "Новиков")
NAMES = ("Иван", "Анна", "Пётр", "Мария", "Олег", "Дарья", "Игорь", "Ольга", "Семён", "Нина", "Юрий")
FIRST_DAY = date(2026, 11, 20)


def hotel(hotel_id: int) -> Hotel:
    return Hotel(hotel_id, "GRAND", "Гранд Отель", currency="EUR", rooms=200)


class Script:
    """``guests`` profiles (every fiftieth a firm) and ``stays`` reservations.

    Version 1 is the first load. Version 2 changes a fifth and adds some; version 3 takes half of that back and
    changes others: whoever was cut off between the two must not leave version 2 behind.
    """

    name = "script"
    capabilities = frozenset({"profiles", "stays", "increments"})

    def __init__(self, guests: int, stays: int, version: int) -> None:
        self.guests, self.stays, self.version = guests, stays, version

    def profile(self, number: int, version: int) -> Profile:
        phone = 79_000_000_000 + number
        if version >= 2 and number % 5 == 0 and not (version >= 3 and number % 10 == 0):
            phone += 500_000_000
        surname = SURNAMES[number % len(SURNAMES)]
        if version >= 3 and number % 7 == 0:
            surname = f"{surname}-Второй"
        firm = number % 50 == 0
        return Profile(
            profile_id=str(number),
            kind=ProfileKind.COMPANY if firm else ProfileKind.INDIVIDUAL,
            last_name="" if firm else surname,
            first_name="" if firm else NAMES[number % len(NAMES)],
            company_name=f"ООО «{surname} {number}»" if firm else "",
            phones=(f"+{phone}", *([f"+{phone + 700_000_000}"] if version >= 2 and number % 11 == 0 else [])),
            emails=(f"guest{number}@mail.example",) if number % 3 == 0 else (),
        )

    def stay(self, number: int, version: int) -> Stay:
        arrival = FIRST_DAY + timedelta(days=number % 20)
        state = StayState.CONFIRMED
        if version >= 2 and number % 4 == 0 and not (version >= 3 and number % 8 == 0):
            state = StayState.IN_HOUSE
        return Stay(
            reservation_id=str(100_000 + number),
            state=state,
            arrival=arrival,
            departure=arrival + timedelta(days=2),
            profile_id=str(number + 1 if (number + 1) % 50 else number),
            company_id="50" if number % 9 == 0 else None,
            guest_name=SURNAMES[number % len(SURNAMES)],
            confirmation=f"C{number}",
            room=str(101 + number % 99),
            rate_code="BAR",
            total=Money(Decimal(100 + number % 50 + (version if number % 3 == 0 else 0)), "EUR"),
        )

    async def changed_since(self, cursor: Cursor, window):
        """A record comes when it was touched since, whatever it came to: also when it is again what it was."""
        for row in rows(self.guests, self.stays, self.version):
            if cursor.at is None or row.updated_at >= cursor.at:
                yield row

    def all(self):
        """Every record as it is in this version."""
        for made, stays in ((self.profile, False), (self.stay, True)):
            for number in range(1, self._count(stays=stays, version=self.version) + 1):
                touched = self._touched(made, number, stays=stays)
                yield replace(made(number, self.version), updated_at=BEGAN + HOUR * touched)

    def _touched(self, made, number, *, stays) -> int:
        """The version that touched a record last."""
        for version in range(self.version, 1, -1):
            new = number > self._count(stays=stays, version=version - 1)
            if new or made(number, version) != made(number, version - 1):
                return version
        return 1

    def _count(self, *, stays: bool, version: int) -> int:
        return (self.stays if stays else self.guests) + 40 * (version - 1)

    async def business_date(self):
        return FIRST_DAY

    async def source_time(self):
        return BEGAN + HOUR * self.version

    async def close(self):
        pass


@cache
def rows(guests: int, stays: int, version: int):
    """A version's records, made once: lives that are forked share them."""
    return tuple(Script(guests, stays, version).all())


class Watcher:
    """Whoever ordered the run: knows the hotel, and doesn't look."""

    def __init__(self, hotel) -> None:
        self._hotel = hotel

    def hotel(self, _order):
        return self._hotel

    async def progress(self, _order, _progress) -> None:
        """Nobody looks."""
