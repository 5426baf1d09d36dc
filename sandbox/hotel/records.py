"""What the hotel's books hold: profiles, reservations, postings; and how they lie in JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

WAITLIST, OFFER, CANCELLED, NO_SHOW = 1, 2, 3, 4
"""Values of ``Reservation.no_avail`` (Suite 8's NoAvailReason)."""
TENTATIVE, DEFINITE, NOT_COUNTING = 0, 1, 3
"""Values of ``Reservation.status`` (Suite 8's ReservationStatus)."""
COMPANY, AGENT, SOURCE, INDIVIDUAL = 1, 2, 3, 4
"""Values of ``Profile.category`` (Suite 8's ProfileCategory)."""
DEBIT, TAX, CREDIT = 1, 2, 3
"""Values of ``Posting.department_type``."""


@dataclass(slots=True)
class Profile:
    """A guest, company or agency. Times are the hotel's local wall clock, naive."""

    id: int
    category: int
    last_name: str
    created: datetime
    updated: datetime
    first_name: str = ""
    name2: str = ""
    title: str = ""
    gender: str = ""
    birthday: date | None = None
    country: str = ""  # ISO 3166-1 alpha-3
    language: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    city: str = ""
    street: str = ""
    postcode: str = ""
    vip: str = ""
    notes: str = ""
    membership: str = ""
    preferences: list[str] = field(default_factory=list)
    no_mailing: bool = False
    no_emailing: bool = False
    credit_status: str = ""
    deleted: bool = False
    merged_to: int | None = None
    anonymised: bool = False


@dataclass(slots=True)
class Segment:
    """From this night on the guest sleeps in this room; a second one is a room move."""

    day: date
    room: str
    room_type: str


@dataclass(slots=True)
class Reservation:
    """One reservation. ``plan`` and ``plan_day`` say what the source data know of its end (life follows them)."""

    id: int
    profile: int
    arrival: date
    departure: date
    created: datetime
    updated: datetime
    room_type: str
    booked_type: str
    origin: str = "booking"  # booking | sharer | account | waitlist | offer | life
    type: str = "RES"  # RES | FA
    status: int = DEFINITE
    no_avail: int = 0
    room: str = ""
    segments: list[Segment] = field(default_factory=list)
    checked_in: datetime | None = None
    checked_out: datetime | None = None
    cancelled: datetime | None = None
    rooms: int = 1
    adults: int = 0
    children: int = 0
    babies: int = 0
    rate_code: str = ""
    rate: Decimal = Decimal(0)
    stepped_rate: bool = False
    market: str = ""
    channel: str = ""
    source: str = ""
    company: int | None = None
    agent: int | None = None
    group: str = ""
    share: int | None = None
    companions: list[int] = field(default_factory=list)
    guarantee: str = ""
    comment: str = ""
    crs_system: str = ""
    crs_number: str = ""
    option_day: date | None = None
    parking: int = 0
    plan: str = "Check-Out"
    plan_day: date | None = None

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days

    @property
    def in_house(self) -> bool:
        return self.checked_in is not None and self.checked_out is None and self.type == "RES"

    @property
    def expected(self) -> bool:
        """Due to come: counts for availability and has not checked in."""
        return self.checked_in is None and self.no_avail == 0 and self.type == "RES"

    def room_on(self, day: date) -> tuple[str, str]:
        """Room and type of one night; before the first segment what is assigned now."""
        found = (self.room, self.room_type)
        for index, segment in enumerate(self.segments):
            if index == 0 or segment.day <= day:
                found = (segment.room, segment.room_type)
        return found

    def rate_on(self, day: date) -> Decimal:
        """The rate of one night; some bookings were changed and begin dearer and end cheaper by a tenth."""
        if not self.stepped_rate or self.nights < 2:
            return self.rate
        if day == self.arrival:
            return self.rate + self.rate / 10
        return self.rate - self.rate / 10 if day == self.departure - timedelta(days=1) else self.rate


@dataclass(slots=True)
class Posting:
    """One line of a folio. ``day`` is the business date; ``price`` is per unit, payments are positive."""

    id: int
    reservation: int
    profile: int
    department: str
    department_type: int
    price: Decimal
    day: date
    text: str
    quantity: int = 1
    check: str = ""
    origin: int | None = None
    """The reservation a routed line came from; its bill shows it, another one pays."""

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


def dump(record: Profile | Reservation | Posting) -> bytes:
    """A record as JSON; amounts as strings."""
    return orjson.dumps(record, default=str)


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _revive(raw: dict[str, Any], *, days: tuple[str, ...], moments: tuple[str, ...]) -> dict[str, Any]:
    for name in days:
        raw[name] = _date(raw[name])
    for name in moments:
        raw[name] = _moment(raw[name])
    return raw


def load_profile(body: bytes) -> Profile:
    return Profile(**_revive(orjson.loads(body), days=("birthday",), moments=("created", "updated")))


def load_reservation(body: bytes) -> Reservation:
    raw = _revive(
        orjson.loads(body),
        days=("arrival", "departure", "option_day", "plan_day"),
        moments=("created", "updated", "checked_in", "checked_out", "cancelled"),
    )
    raw["rate"] = Decimal(raw["rate"])
    raw["segments"] = [
        Segment(date.fromisoformat(s["day"]), s["room"], s["room_type"]) for s in raw["segments"]
    ]
    return Reservation(**raw)


def load_posting(body: bytes) -> Posting:
    raw = _revive(orjson.loads(body), days=("day",), moments=())
    raw["price"] = Decimal(raw["price"])
    return Posting(**raw)
