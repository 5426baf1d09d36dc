"""A hotel of any size as a door of the PMS, made as it is read: a hundred thousand reservations held by nobody."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from domain.guests import Profile, ProfileKind
from domain.ports import PmsRecord, SourceStatus, SourceWindow
from domain.stays import Cursor, Money, Stay, StayState

GUESTS = 7_000
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


class MadeHotel:
    """``changed`` reservations get another room with every :meth:`step`; an incremental read yields those only."""

    name = "made"
    capabilities = frozenset({"profiles", "stays", "increments"})

    def __init__(self, reservations: int) -> None:
        self._reservations = reservations
        self._changed: range = range(0)
        self._changed_at = BEFORE
        self._first = datetime.now(UTC).date() - timedelta(days=300)

    def step(self, changed: int) -> None:
        """So many reservations change."""
        start = self._changed.stop
        self._changed, self._changed_at = range(start, start + changed), datetime.now(UTC)

    async def changed_since(self, cursor: Cursor, _window: SourceWindow) -> AsyncIterator[PmsRecord]:
        if cursor.at is None:
            for number in range(min(GUESTS, self._reservations)):
                yield guest(number)
            for stay in self._all():
                yield stay
        else:
            for number in self._changed:
                yield self._stay(number)

    def _all(self) -> Iterator[Stay]:
        for number in range(self._reservations):
            yield self._stay(number)

    def _stay(self, number: int) -> Stay:
        stay = reservation(number, self._first)
        if number in self._changed:
            return replace(stay, room="777", updated_at=self._changed_at)
        return stay

    async def business_date(self) -> date | None:
        return None

    async def check(self) -> SourceStatus:
        return SourceStatus(ok=True, code="ok")

    async def source_time(self) -> datetime:
        return datetime.now(UTC)

    async def close(self) -> None:
        """Nothing is open."""


def guest(number: int) -> Profile:
    """A guest with a phone and an e-mail of his own."""
    return Profile(
        profile_id=str(500_000 + number),
        kind=ProfileKind.INDIVIDUAL,
        last_name=f"Щербакова{number}",
        first_name="Юлия",
        phones=(f"+7912{number:07}",),
        emails=(f"guest{number}@example.ru",),
        updated_at=BEFORE,
    )


def reservation(number: int, first: date) -> Stay:
    """A reservation of one of the guests."""
    arrival = first + timedelta(days=number % 600)
    return Stay(
        reservation_id=str(9_000_000 + number),
        state=StayState.CONFIRMED,
        arrival=arrival,
        departure=arrival + timedelta(days=1 + number % 6),
        profile_id=str(500_000 + number % GUESTS),
        guest_name=f"Щербакова{number % GUESTS} Юлия",
        confirmation=f"CRS{number}",
        room="301",
        room_type="DBL",
        adults=2,
        rate_code="BAR",
        total=Money(Decimal(12_500 + number % 900), "RUB"),
        market="IND",
        source="WEB",
        updated_at=BEFORE,
    )
