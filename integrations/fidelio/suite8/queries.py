"""Builds the interface's request documents: one query each, because one failing query empties a whole answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Self

VERSION = "1.1.0"
"""From here on ReservationStatus means tentative, definite, not counting (before: a state)."""

RESERVATION_FIELDS = (
    "GuestNum", "GuestName", "GuestFirstname", "ProfileID", "RoomType", "RoomNum", "GuestArrival", "GuestDeparture",
    "CheckinDateTime", "CheckoutDateTime", "ReservationState", "ReservationStatus", "NoAvailReason", "ReservationType",
    "OptionDate", "NoOfRooms", "NoOfAdults", "Child", "RateCode", "RateValue", "CurrencyCode", "TotalStay",
    "ForeignTotalStay", "NetRoomRevenue", "MarketCode", "SourceCode", "ChannelCode", "CompanyID", "TravelAgentID",
    "HasShare", "Share", "AccompanyingGuests", "GroupName", "BlockCode", "Guarantee", "PaymentMethod",
    "ReservationComment1", "ReservationComment2", "CrsSystem", "CrsResNumber", "LastUpdateTime", "CreationTime",
)  # fmt: skip
NIGHT_FIELDS = (
    "GuestNum", "DetailDate", "ReservationDetails", "RoomNum", "RoomType", "RateCode", "RateValue", "NoOfAdults",
)  # fmt: skip
PROFILE_FIELDS = (
    "ProfileID", "ProfileType", "ProfileCategory", "GuestName", "GuestFirstname", "Name2", "Title", "Birthday", "Gender",
    "DeleteCode", "NationalityISO2", "Language", "VipCode", "City", "Street1", "Street2", "Street3", "ZIP", "CountryISO2",
    "Telephone", "Email", "Communications", "Notes", "CreditStatus", "Membership", "ProfilePreference", "CustomField",
    "NoMailing", "NoEMailing", "LastUpdateTime", "CreationTime",
)  # fmt: skip
"""Without PersonalDocument: passports are not asked for at all."""
POSTING_FIELDS = (
    "PostingID", "GuestNum", "ProfileID", "DepartmentCode", "DepartmentType", "PostingPrice", "PostingQuantity",
    "PostingDescription", "PostingDate", "CurrencyCode", "PostingForeignPrice", "PostingGuestNumOrig",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A tree of conditions, as XML: what stands in ``conditions`` or in a link's ``condition``.

    The interface nests to the right only: a condition, then at most one link with the rest inside.
    """

    xml: str

    @classmethod
    def of(cls, name: str, operation: str, value: str | int) -> Self:
        """One comparison; operation eq, neq, lt, le, gt, ge or like."""
        return cls(f'<condition name="{name}" operation="{operation}">{escape(str(value))}</condition>')

    def linked(self, how: str, other: "Condition") -> "Condition":
        """``self AND|OR (other)``; NOT reads "and not". ``self`` must be a single comparison."""
        return Condition(f'{self.xml}<link operator="{how}"><condition>{other.xml}</condition></link>')


def all_of(first: Condition, *others: Condition) -> Condition:
    """Comparisons joined by AND."""
    return _chain("AND", first, *others)


def any_of(name: str, values: Sequence[str | int]) -> Condition:
    """``name`` equals one of the values (at least one). Each deepens the document by two levels: keep them few."""
    return _chain("OR", *(Condition.of(name, "eq", value) for value in values))


def _chain(how: str, first: Condition, *others: Condition) -> Condition:
    *init, tail = (first, *others)
    for condition in reversed(init):
        tail = condition.linked(how, tail)
    return tail


def day(value: date) -> str:
    """A date as the interface writes it."""
    return f"{value:%d.%m.%Y}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks. ``encrypted``: the password went through the vendor's tool."""

    username: str
    password: str
    vendor: str = "Suite8"
    encrypted: bool = False

    def __repr__(self) -> str:
        return f"Credentials({self.username!r}, ***)"


def document(
    who: Credentials,
    req_type: str,
    fields: Sequence[str] = (),
    where: Condition | None = None,
    ident: int = 1,
) -> bytes:
    """A whole request with one query. SystemDate and SystemInfo take no fields."""
    asked = "".join(f'<field name="{name}"/>' for name in fields)
    conditions = f"<conditions>{where.xml}</conditions>" if where else ""
    encrypted = ' PasswordEncrypted="true"' if who.encrypted else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<fidelio Version="{VERSION}"><request ID="{ident}" UserName="{escape(who.username)}" '
        f'Password="{escape(who.password)}"{encrypted} Vendor="{escape(who.vendor)}">'
        f'<query ReqType="{req_type}" Name="{req_type}">{conditions}<fields>{asked}</fields></query>'
        "</request></fidelio>"
    ).encode()
