"""How this site writes the values of the XML Interface's fields (F17639); which fields an entity has stands beside.

Every entity (`xml_reservations`, `xml_profiles`, `xml_postings`) has ``FIELDS`` (name → list of (attributes, text)) and
conditions (name → value).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import (
    Reservation,
)

Cell = tuple[dict[str, str], str]
"""Attributes besides ``name``, and the text. A key ``name`` among the attributes renames the field."""
FieldMaker = Callable[["View", Any], list[Cell]]


@dataclass(frozen=True, slots=True)
class Night:
    """A row in ReservationDetails mode: the reservation on one day."""

    stay: Reservation
    day: date


class View:
    """Writes values the way this site writes them."""

    def __init__(self, hotel: Hotel, version: str = "1.1.0") -> None:
        self.hotel, self.version = hotel, version
        self.sign = -1 if hotel.switches.shift_sign == "inverted" else 1
        self._shift = f"UTC{self.sign * hotel.clock.shift_minutes:+d}"

    def day(self, value: date | None) -> str:
        return f"{value:%d.%m.%Y}" if value else ""

    def moment(self, value: datetime | None) -> str:
        return f"{value:%d.%m.%Y %H:%M:%S}.000 {self._shift}" if value else ""

    def money(self, value: Decimal) -> str:
        text = f"{value:.2f}"
        return text.rstrip("0").rstrip(".") if text.endswith("0") else text

    def firm(self, number: int | None) -> str:
        profile = self.hotel.profiles.get(number) if number else None
        return profile.last_name if profile else ""


def one(make: Callable[[View, Any], object]) -> FieldMaker:
    """A field that stands once; None and False of a bool become empty and 0."""

    def cells(view: View, record: Any) -> list[Cell]:
        value = make(view, record)
        if isinstance(value, bool):
            value = int(value)
        return [({}, "" if value is None else str(value))]

    return cells


def attr(name: str) -> FieldMaker:
    return one(lambda _view, record: getattr(record, name))


def _nothing(_view: View, _record: Any) -> list[Cell]:
    return []


EMPTY, ZERO, NOTHING = one(lambda _v, _r: ""), one(lambda _v, _r: 0), _nothing
"""Fields this hotel does not fill: an empty element, a 0, or no element at all."""
