"""The real bookings: read from the file, and the choice of how many days to shift them to the present."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

SOURCE = Path(__file__).parent / "data" / "bookings.csv.gz"
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_COUNTRIES = {"PRT": "RUS", "CN": "CHN", "NULL": ""}
"""The stand-in stands in Russia: the data set's home guests become Russian ones."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One row of the data set; dates as in the source."""

    arrival: date
    nights: int
    status: str  # Check-Out | Canceled | No-Show
    status_day: date
    lead_days: int
    adults: int
    children: int
    babies: int
    country: str
    market: str
    channel: str
    meal: str
    booked_type: str
    room_type: str
    changes: int
    deposit: str
    customer: str
    agent: int | None
    company: int | None
    adr: Decimal
    parking: int
    requests: int

    @property
    def departure(self) -> date:
        """An early departure is the day the guest left."""
        planned = self.arrival + timedelta(days=self.nights)
        return min(planned, self.status_day) if self.status == "Check-Out" else planned


def _number(value: str) -> int | None:
    return None if value in ("NULL", "") else int(float(value))


def _booking(row: dict[str, str]) -> Booking:
    month = _MONTHS.index(row["arrival_date_month"]) + 1
    return Booking(
        arrival=date(int(row["arrival_date_year"]), month, int(row["arrival_date_day_of_month"])),
        nights=int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"]),
        status=row["reservation_status"],
        status_day=date.fromisoformat(row["reservation_status_date"]),
        lead_days=int(row["lead_time"]),
        adults=int(row["adults"]),
        children=_number(row["children"]) or 0,
        babies=int(row["babies"]),
        country=_COUNTRIES.get(row["country"], row["country"]),
        market=row["market_segment"],
        channel=row["distribution_channel"],
        meal=row["meal"],
        booked_type=row["reserved_room_type"].strip(),
        room_type=row["assigned_room_type"].strip(),
        changes=int(row["booking_changes"]),
        deposit=row["deposit_type"],
        customer=row["customer_type"],
        agent=_number(row["agent"].strip()),
        company=_number(row["company"].strip()),
        adr=Decimal(row["adr"]),
        parking=int(row["required_car_parking_spaces"]),
        requests=int(row["total_of_special_requests"]),
    )


def read(path: Path = SOURCE, limit: int | None = None) -> list[Booking]:
    """All bookings in the file's order; with ``limit`` every n-th, so that all seasons stay in."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if limit is not None and limit < len(rows):
        step = len(rows) / limit
        rows = [rows[int(index * step)] for index in range(limit)]
    return [_booking(row) for row in rows]


def shift_days(bookings: list[Booking], today: date) -> int:
    """Days to add to every date: whole weeks, so that ``today`` falls near the middle, on a lively day."""
    first, last = min(b.arrival for b in bookings), max(b.arrival for b in bookings)
    middle = first + (last - first) / 2
    present: Counter[date] = Counter()
    coming: Counter[date] = Counter()
    leaving: Counter[date] = Counter()
    for booking in bookings:
        if booking.status == "Check-Out":
            coming[booking.arrival] += 1
            leaving[booking.departure] += 1
            present.update(booking.arrival + timedelta(days=n) for n in range(booking.nights))
    near = [middle + timedelta(days=n) for n in range(-45, 46)]
    anchor = max(
        (day for day in near if day.weekday() == today.weekday()),
        key=lambda day: min(present[day], 60) + 5 * min(coming[day], leaving[day], 12),
    )
    return (today - anchor).days
