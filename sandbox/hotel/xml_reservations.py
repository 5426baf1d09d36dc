"""What a reservation looks like in the XML Interface: fields to select, values to ask by, its nights."""

# ruff: noqa: ARG001, ARG005 - every field of the tables has the same signature
from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.hotel import codes
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import CANCELLED, NO_SHOW, OFFER, Profile, Reservation
from sandbox.hotel.xml_fields import EMPTY, ZERO, Cell, FieldMaker, Night, View, one


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
