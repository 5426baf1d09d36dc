"""What the hotel's records look like in the XML Interface: fields to select and values to ask by (F17639).

Every entity has ``FIELDS`` (name → list of (attributes, text)) and ``CONDITIONS`` (name → value).
"""

# ruff: noqa: ARG001, ARG005 - every field of the tables has the same signature
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.hotel import codes, names
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import (
    CANCELLED,
    COMPANY,
    INDIVIDUAL,
    NO_SHOW,
    OFFER,
    Posting,
    Profile,
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


# --- reservations --------------------------------------------------------------------------------------------


def state(stay: Reservation, today: date) -> int:
    """ReservationState as the interface tells it: 1 only today's check-ins, 2 every check-out."""
    if stay.no_avail in (CANCELLED, NO_SHOW):
        return stay.no_avail
    if stay.no_avail == OFFER:
        return 5
    if stay.checked_out is not None:
        return 2
    return 1 if stay.checked_in is not None and stay.checked_in.date() == today else 0


def _asked_state(hotel: Hotel, stay: Reservation) -> int:
    """ReservationState as a condition: 2 finds only today's check-outs, 0 also those in house."""
    today = hotel.business_date
    found = state(stay, today)
    if found == 2:
        return 2 if stay.departure == today else -1
    return found


def _room(view: View, record: Reservation | Night) -> str:
    return record.stay.room_on(record.day)[0] if isinstance(record, Night) else record.room


def _room_type(view: View, record: Reservation | Night) -> str:
    return record.stay.room_on(record.day)[1] if isinstance(record, Night) else record.room_type


def _rate(view: View, record: Reservation | Night) -> str:
    if isinstance(record, Night):
        return view.money(record.stay.rate_on(record.day))
    return view.money(record.rate)


def of_stay(make: Callable[[View, Reservation], object]) -> FieldMaker:
    return one(lambda view, record: make(view, record.stay if isinstance(record, Night) else record))


def _guest(view: View, stay: Reservation) -> Profile:
    return view.hotel.profiles[stay.profile]


def _companions(view: View, record: Reservation | Night) -> list[Cell]:
    stay = record.stay if isinstance(record, Night) else record
    guests = [view.hotel.profiles[number] for number in stay.companions]
    return [
        (
            {
                "name": "AccompanyingGuest",
                "name1": g.last_name,
                "name2": g.name2,
                "name3": g.first_name,
                "BedGuestNum": "0",
            },
            str(g.id),
        )
        for g in guests
    ]


def _children(view: View, record: Reservation | Night) -> list[Cell]:
    stay = record.stay if isinstance(record, Night) else record
    found = [({"attr": code}, str(n)) for code, n in (("CHD", stay.children), ("INF", stay.babies)) if n]
    return found or [({}, "")]


def _currency(view: View, stay: Reservation) -> str:
    return codes.CURRENCY


RESERVATION_FIELDS: dict[str, FieldMaker] = {
    "GuestNum": of_stay(lambda v, r: r.id),
    "GuestFirstname": of_stay(lambda v, r: _guest(v, r).first_name),
    "GuestName": of_stay(lambda v, r: _guest(v, r).last_name),
    "Name2": of_stay(lambda v, r: _guest(v, r).name2),
    "ProfileID": of_stay(lambda v, r: r.profile),
    "ProfileGlobalID": ZERO,
    "RoomType": one(_room_type),
    "RoomNum": one(_room),
    "GuestArrival": of_stay(lambda v, r: v.day(r.arrival)),
    "GuestDeparture": of_stay(lambda v, r: v.day(r.departure)),
    "ExpArrivalTime": EMPTY,
    "CheckinDateTime": of_stay(lambda v, r: v.moment(r.checked_in if r.type == "RES" else None)),
    "CheckoutDateTime": of_stay(lambda v, r: v.moment(r.checked_out)),
    "ReservationState": of_stay(lambda v, r: state(r, v.hotel.business_date)),
    "ReservationStatus": of_stay(
        lambda v, r: r.status if v.version >= "1.1.0" else state(r, v.hotel.business_date)
    ),
    "NoAvailReason": of_stay(lambda v, r: r.no_avail),
    "ResStatusPriorCXL": of_stay(lambda v, r: int(r.no_avail == CANCELLED)),
    "ReservationType": of_stay(lambda v, r: r.type),
    "OptionDate": of_stay(lambda v, r: v.day(r.option_day)),
    "NoOfRooms": of_stay(lambda v, r: r.rooms),
    "NoOfAdults": of_stay(lambda v, r: r.adults),
    "Child": _children,
    "RateCode": of_stay(lambda v, r: r.rate_code),
    "RateValue": one(_rate),
    "ForeignRateValue": ZERO,
    "CurrencyCode": of_stay(_currency),
    "TotalStay": of_stay(lambda v, r: v.money(v.hotel.total(r))),
    "ForeignTotalStay": ZERO,
    "NetRoomRevenue": of_stay(lambda v, r: v.money(r.rate * r.nights * r.rooms / Decimal("1.2"))),
    "MarketCode": of_stay(lambda v, r: r.market),
    "SourceCode": of_stay(lambda v, r: r.source),
    "ChannelCode": of_stay(lambda v, r: r.channel),
    "CompanyID": of_stay(lambda v, r: r.company or 0),
    "CompanyName": of_stay(lambda v, r: v.firm(r.company)),
    "TravelAgentID": of_stay(lambda v, r: r.agent or 0),
    "TravelAgentName": of_stay(lambda v, r: v.firm(r.agent)),
    "SourceID": ZERO,
    "SourceName": EMPTY,
    "BookerID": ZERO,
    "BookerGlobalID": ZERO,
    "BookerName": EMPTY,
    "HasShare": of_stay(lambda v, r: r.share is not None),
    "Share": of_stay(lambda v, r: r.share or ""),
    "AccompanyingGuests": _companions,
    "PartyID": ZERO,
    "PartyName": EMPTY,
    "PartyReservation": EMPTY,
    "PartyMember": EMPTY,
    "GroupID": ZERO,
    "GroupName": of_stay(lambda v, r: r.group),
    "BlockCode": EMPTY,
    "Guarantee": of_stay(lambda v, r: r.guarantee),
    "PaymentMethod": of_stay(lambda v, r: codes.TRANSFER if r.agent else codes.CARD),
    "Notes": EMPTY,
    "NotesList": EMPTY,
    "ReservationComment1": of_stay(lambda v, r: r.comment),
    "ReservationComment2": EMPTY,
    "CrsSystem": of_stay(lambda v, r: r.crs_system),
    "CrsResNumber": of_stay(lambda v, r: r.crs_number),
    "ReservationPreferences": EMPTY,
    "CustomField": EMPTY,
    "Policy": EMPTY,
    "Hints": EMPTY,
    "Package": EMPTY,
    "PackageCode": EMPTY,
    "BedReservation": ZERO,
    "LastUpdateTime": of_stay(lambda v, r: v.moment(r.updated)),
    "CreationTime": of_stay(lambda v, r: v.moment(r.created)),
    "DetailDate": one(lambda v, r: v.day(r.day) if isinstance(r, Night) else ""),
    "ReservationDetails": EMPTY,
}


def reservation_conditions(view: View) -> dict[str, Callable[[Reservation], Any]]:
    hotel = view.hotel
    legacy = view.version < "1.1.0"
    return {
        "GuestNum": lambda r: r.id,
        "GuestName": lambda r: hotel.profiles[r.profile].last_name,
        "GuestFirstname": lambda r: hotel.profiles[r.profile].first_name,
        "RoomType": lambda r: r.room_type,
        "RoomNum": lambda r: r.room,
        "GuestArrival": lambda r: r.arrival,
        "GuestDeparture": lambda r: r.departure,
        "ProfileID": lambda r: r.profile,
        "ReservationState": lambda r: _asked_state(hotel, r),
        "ReservationStatus": lambda r: _asked_state(hotel, r) if legacy else r.status,
        "CrsSystem": lambda r: r.crs_system,
        "CrsResNumber": lambda r: r.crs_number,
        "CompanyID": lambda r: r.company or 0,
        "TravelAgentID": lambda r: r.agent or 0,
        "SourceID": lambda r: 0,
        "BookerID": lambda r: 0,
        "AccompanyingGuest": lambda r: frozenset({r.profile, *r.companions}),
        "PartyID": lambda r: 0,
        "Share": lambda r: r.share or 0,
        "LastUpdateTime": lambda r: r.updated,
        "CreationTime": lambda r: r.created,
    }


def nights(stay: Reservation) -> list[Night]:
    """One row per night; day use has its one day."""
    return [Night(stay, stay.arrival + timedelta(days=n)) for n in range(max(1, stay.nights))]


# --- profiles ------------------------------------------------------------------------------------------------

_MISSPELT = {"phones": ("TEL", "4"), "emails": ("EMA", "1")}


def _communications(view: View, p: Profile) -> list[Cell]:
    """Each number and address with its type (CommType 1 e-mail, 4 phone) and row id."""
    cells = []
    for kind, field, values in (("phones", "Telephone", p.phones), ("emails", "Email", p.emails)):
        code, comm_type = _MISSPELT[kind]
        for index, value in enumerate(values):
            attrs = {
                "name": field, "attr": code, "addData": f"{p.id}{comm_type}{index}", "CommType": comm_type,
                "PhoneRole": "0", "Primary": "1" if index == 0 else "0",
            }  # fmt: skip
            cells.append((attrs, value))
    return cells


def _addresses(view: View, p: Profile) -> list[Cell]:
    if not (p.street or p.city):
        return []
    iso2 = names.ISO2.get(p.country, "")
    values = {
        "Street1": p.street, "Street2": "", "Street3": "", "ZIP": p.postcode, "CountryISO2": iso2,
        "CountryISO3": p.country, "State": "", "City": p.city, "PrimaryAddr": "1",
    }  # fmt: skip
    return [({"name": name, "attr": "ADR", "addData": f"{p.id}7"}, value) for name, value in values.items()]


def _custom(view: View, p: Profile) -> list[Cell]:
    values = (
        ("FREETEXT1", "String", ""),
        ("CREATEDINHOTEL", "String", view.hotel.config.name),
        ("MERGEDTO", "String", str(p.merged_to or "")),
    )
    return [({"attr": name, "addData": kind}, value) for name, kind, value in values]


PROFILE_FIELDS: dict[str, FieldMaker] = {
    "ProfileID": attr("id"),
    "ProfileGlobalID": ZERO,
    "ProfileExternalID": ZERO,
    "GuestFirstname": attr("first_name"),
    "GuestName": attr("last_name"),
    "Name2": attr("name2"),
    "ProfileType": one(lambda v, p: 2 if p.category == INDIVIDUAL else 1),
    "ProfileCategory": attr("category"),
    "Title": attr("title"),
    "AddressGreeting": EMPTY,
    "LetterGreeting": EMPTY,
    "Birthday": one(lambda v, p: v.day(p.birthday)),
    "BirthPlace": EMPTY,
    "Gender": attr("gender"),
    "DeleteCode": attr("deleted"),
    "NationalityISO2": one(lambda v, p: names.ISO2.get(p.country, "") if p.category == INDIVIDUAL else ""),
    "NationalityISO3": one(lambda v, p: p.country if p.category == INDIVIDUAL else ""),
    "Language": attr("language"),
    "VipCode": attr("vip"),
    "City": attr("city"),
    "Street1": attr("street"),
    "Street2": EMPTY,
    "Street3": EMPTY,
    "ZIP": attr("postcode"),
    "State": EMPTY,
    "CountryISO2": one(lambda v, p: names.ISO2.get(p.country, "")),
    "CountryISO3": attr("country"),
    "Addresses": _addresses,
    "Telephone": one(lambda v, p: p.phones[0] if p.phones else ""),
    "Email": one(lambda v, p: p.emails[0] if p.emails else ""),
    "Fax": EMPTY,
    "Communication": EMPTY,
    "Communications": _communications,
    "Notes": attr("notes"),
    "NotesList": EMPTY,
    "GuestComment": EMPTY,
    "CreditStatus": attr("credit_status"),
    "CreditReason": EMPTY,
    "CreditStatusChangeTime": EMPTY,
    "LinkedProfile": EMPTY,
    "Department": EMPTY,
    "Position": EMPTY,
    "Membership": lambda v, p: [({"attr": "1", "Type": "GC"}, p.membership)] if p.membership else [],
    "PersonalDocument": NOTHING,
    "ProfileAttribute": NOTHING,
    "ProfilePreference": lambda v, p: [({"attr": code}, code) for code in p.preferences],
    "ProfilePreferences": NOTHING,
    "CustomField": _custom,
    "NoMailing": attr("no_mailing"),
    "NoEMailing": attr("no_emailing"),
    "IncludeNotCommited": NOTHING,
    "CentralSyncTime": EMPTY,
    "LastUpdateTime": one(lambda v, p: v.moment(p.updated)),
    "CreationTime": one(lambda v, p: v.moment(p.created)),
}


def profile_conditions(view: View) -> dict[str, Callable[[Profile], Any]]:
    return {
        "ProfileID": lambda p: p.id,
        "GuestName": lambda p: p.last_name,
        "GuestFirstname": lambda p: p.first_name,
        "Name2": lambda p: p.name2,
        "ProfileType": lambda p: 2 if p.category == INDIVIDUAL else 1,
        "ProfileCategory": lambda p: p.category,
        "City": lambda p: p.city,
        "ZIP": lambda p: p.postcode,
        "EMail": lambda p: p.emails[0] if p.emails else "",
        "CorporateID": lambda p: p.id if p.category == COMPANY else 0,
        "ProfileExternalID": lambda p: 0,
        "ProfileGlobalID": lambda p: 0,
        "Membership": lambda p: p.membership,
        "MembershipType": lambda p: "GC" if p.membership else "",
        "LastUpdateTime": lambda p: p.updated,
        "CreationTime": lambda p: p.created,
    }


# --- postings ------------------------------------------------------------------------------------------------

POSTING_FIELDS: dict[str, FieldMaker] = {
    "PostingID": attr("id"),
    "GuestNum": attr("reservation"),
    "ProfileID": attr("profile"),
    "DepartmentCode": attr("department"),
    "DepartmentType": attr("department_type"),
    "PostingPrice": one(lambda v, p: v.money(p.price)),
    "PostingQuantity": attr("quantity"),
    "PostingDescription": attr("text"),
    "PostingDate": one(lambda v, p: v.day(p.day)),
    "CurrencyCode": one(lambda v, p: codes.CURRENCY),
    "PostingForeignPrice": ZERO,
    "PostingGuestNumOrig": one(lambda v, p: p.origin or p.reservation),
    "PostingProfileOrigID": attr("profile"),
    "PostingComment": EMPTY,
    "PostingCheckNr": attr("check"),
    "LastUpdateTime": EMPTY,
    "CreationTime": EMPTY,
}


def posting_conditions(view: View) -> dict[str, Callable[[Posting], Any]]:
    return {
        "PostingID": lambda p: p.id,
        "GuestNum": lambda p: p.reservation,
        "ProfileID": lambda p: p.profile,
        "DepartmentCode": lambda p: p.department,
        "PostingDescription": lambda p: p.text,
        "PostingDate": lambda p: p.day,
        "PostingGuestNumOrig": lambda p: p.origin or p.reservation,
        "PostingProfileOrigID": lambda p: p.profile,
        "PostingCheckNr": lambda p: p.check,
    }
