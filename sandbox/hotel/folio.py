"""What lies on a guest's bill: nights from the rate, tax, extras, and the payment at the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from sandbox.hotel import codes
from sandbox.hotel.records import Posting, Reservation

_CENT = Decimal("0.01")
_EXTRAS = ((codes.BAR, 450, 4200), (codes.MINIBAR, 200, 1500), (codes.SPA, 2500, 9000))

Line = tuple[str, Decimal, date, str, int]
"""(department, price, day, text, quantity)."""


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def night_lines(stay: Reservation, day: date) -> Iterator[Line]:
    """What the night audit posts for one night: accommodation and the tax on it."""
    rate = cents(stay.rate_on(day) * stay.rooms)
    if rate == 0:
        return
    room = stay.room_on(day)[0]
    yield codes.ACCOMMODATION, rate, day, f"Проживание {room}".strip(), 1
    yield codes.CITY_TAX, cents(rate * codes.TAX_SHARE), day, "Туристический налог", 1


def extra_line(rng: Random, day: date) -> Line:
    department, low, high = rng.choice(_EXTRAS)
    price = Decimal(rng.randrange(low, high, 10))
    return department, price, day, codes.DEPARTMENTS[department][0], 1


def stay_lines(stay: Reservation, until: date, rng: Random) -> Iterator[Line]:
    """Everything posted before ``until`` for a past or present stay, in the order of days, without payments."""
    for offset in range((min(stay.departure, until) - stay.arrival).days):
        day = stay.arrival + timedelta(days=offset)
        yield from night_lines(stay, day)
        if offset == 0 and stay.parking:
            yield codes.PARKING, Decimal(800), day, "Парковка", stay.parking * max(1, stay.nights)
        dice = rng.random()
        if dice < 0.08:
            line = extra_line(rng, day)
            yield line
            if dice < 0.004:  # rung up by mistake: corrected by a negative line
                yield line[0], line[1], day, f"Сторно {line[3]}", -1


def payment_line(stay: Reservation, due: Decimal, day: date) -> Line | None:
    """The payment that settles the bill at check-out; nothing when nothing is due."""
    if due <= 0:
        return None
    department = (
        codes.TRANSFER if stay.company or stay.agent else (codes.CASH if stay.id % 5 == 0 else codes.CARD)
    )
    return department, due, day, codes.DEPARTMENTS[department][0], 1


def posting(number: int, stay: Reservation, line: Line) -> Posting:
    department, price, day, text, quantity = line
    return Posting(
        id=number,
        reservation=stay.id,
        profile=stay.profile,
        department=department,
        department_type=codes.DEPARTMENTS[department][1],
        price=price,
        day=day,
        text=text,
        quantity=quantity,
        check=f"B{number}" if department == codes.BAR else "",
    )


def balance(postings: list[Posting]) -> Decimal:
    """Charges and taxes less payments."""
    return sum((p.amount if p.department_type != 3 else -p.amount for p in postings), Decimal(0))


def charged(postings: list[Posting]) -> Decimal:
    return sum((p.amount for p in postings if p.department_type != 3), Decimal(0))
