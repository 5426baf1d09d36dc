"""Reservations and stays as a hotel's PMS knows them, and what a read of the PMS yields."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class StayState(StrEnum):
    """The canonical state of a reservation; it may also go backwards (reinstated, check-out undone)."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    IN_HOUSE = "in_house"
    CHECKED_OUT = "checked_out"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a stay: its room, type and rate. ``day`` is the hotel's calendar date, never converted."""

    day: date
    room: str = ""
    room_type: str = ""
    rate_code: str = ""
    rate: Money | None = None
    adults: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """One reservation of a property.

    ``reservation_id`` is the PMS's internal number, unique within the property (never the confirmation number).
    ``arrival``/``departure`` are the hotel's calendar dates; equal on day use. ``checked_in_at``,
    ``checked_out_at`` and ``updated_at`` are moments in UTC.
    """

    reservation_id: str
    state: StayState
    arrival: date
    departure: date
    profile_id: str | None = None
    guest_name: str = ""
    confirmation: str = ""
    room: str = ""
    room_type: str = ""
    room_count: int = 1
    adults: int = 0
    children: int = 0
    rate_code: str = ""
    rate: Money | None = None
    total: Money | None = None
    room_revenue: Money | None = None
    market: str = ""
    source: str = ""
    channel: str = ""
    company_id: str | None = None
    agent_id: str | None = None
    group: str = ""
    share_key: str = ""
    companion_ids: tuple[str, ...] = ()
    guarantee: str = ""
    notes: str = ""
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    financial_account: bool = False
    pseudo_room: bool = False
    nights: tuple[Night, ...] = ()
    updated_at: datetime | None = None
    created_at: datetime | None = None
    extra: dict[str, str] = field(default_factory=dict)


class PostingKind(StrEnum):
    """What a posting is: revenue and tax are what a guest owes, payments what he paid."""

    CHARGE = "charge"
    TAX = "tax"
    PAYMENT = "payment"
    PAID_OUT = "paid_out"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of the folio. Negative amounts are corrections. ``day`` is the business date.

    ``caused_by``: the reservation a routed line came from. ``split_of``: the line this one is a part of.
    ``internal``: the wrapper's side of a package. ``tax_included``: this tax is inside its charge already.
    ``foreign``: the amount as it was told in another currency.
    """

    posting_id: str
    reservation_id: str
    kind: PostingKind
    department: str
    amount: Money
    day: date
    quantity: Decimal = Decimal(1)
    profile_id: str | None = None
    text: str = ""
    caused_by: str | None = None
    hidden: bool = False
    split_of: str | None = None
    internal: bool = False
    tax_included: bool = False
    foreign: Money | None = None
    department_name: str = ""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row the PMS gave that can't be used: told to people, never raised. ``row`` names what, without personal data."""

    entity: str  # profile | stay | posting
    key: str | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a source has been read: the PMS's own clock in UTC; the next read starts ``overlap`` before it.

    Records may be stamped by a clock that goes after ``at``'s. ``newest_at``: the newest stamp seen so far;
    ``bound_at``: the newest when the last read began, so whatever changed during that read bears no earlier one.
    """

    at: datetime | None = None
    full_at: datetime | None = None
    newest_at: datetime | None = None
    bound_at: datetime | None = None
