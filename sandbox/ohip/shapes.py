"""The hotel's records in OHIP's shapes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import (
    AGENT,
    CANCELLED,
    COMPANY,
    CREDIT,
    NO_SHOW,
    OFFER,
    SOURCE,
    WAITLIST,
    Posting,
    Profile,
    Reservation,
)

CURRENCY = "RUB"
_TYPES = {COMPANY: "Company", AGENT: "Agent", SOURCE: "Source"}
_GENDERS = {"M": "Male", "F": "Female"}


def status(stay: Reservation, hotel: Hotel) -> str:
    """ComputedReservationStatus."""
    if stay.checked_out:
        return "CheckedOut"
    if stay.no_avail:
        return {CANCELLED: "Cancelled", NO_SHOW: "NoShow", WAITLIST: "Waitlisted", OFFER: "Requested"}[
            stay.no_avail
        ]
    if stay.checked_in:
        return "DueOut" if stay.departure == hotel.business_date else "InHouse"
    if stay.status == 0:
        return "Requested"
    return "DueIn" if stay.arrival == hotel.business_date else "Reserved"


def reservation(stay: Reservation, hotel: Hotel) -> dict[str, Any]:
    """One ``reservationInfo``; what is empty is left out, as the gateway does."""
    guest = hotel.profiles[stay.profile]
    ids = [{"id": str(stay.id), "type": "Reservation"}]
    if stay.crs_number:
        ids.append({"id": stay.crs_number, "type": "Confirmation"})
    attached = [
        {
            "name": hotel.profiles[number].last_name,
            "profileIdList": profile_ids(number),
            "reservationProfileType": kind,
        }
        for kind, number in (("Company", stay.company), ("TravelAgent", stay.agent))
        if number
    ]
    sharers = [
        one
        for one in hotel.reservations.values()
        if stay.share and one.share == stay.share and one.id != stay.id
    ]
    return _filled(
        {
            "reservationIdList": ids,
            "roomStay": _room_stay(stay, hotel),
            "reservationGuest": _filled(
                {
                    "id": str(guest.id), "type": "Profile", "surname": guest.last_name, "givenName": guest.first_name,
                    "language": guest.language, "vip": {"vipCode": guest.vip} if guest.vip else None,
                    "accompanyGuests": [
                        {"firstName": hotel.profiles[one].first_name, "lastName": hotel.profiles[one].last_name,
                         "profileIdList": profile_ids(one)}
                        for one in stay.companions
                    ],
                }
            ),
            "sharedGuests": [
                {"profileId": {"id": str(one.profile), "type": "Profile"},
                 "reservationId": {"id": str(one.id), "type": "Reservation"}}
                for one in sharers
            ],
            "attachedProfiles": attached,
            "revenuesAndBalances": {"roomRevenue": money(hotel.total(stay))} if stay.checked_in else None,
            "hotelId": "GRAND",
            "roomStayReservation": True,
            "createDateTime": moment(stay.created),
            "lastModifyDateTime": moment(stay.updated),
            "reservationStatus": status(stay, hotel),
            "computedReservationStatus": status(stay, hotel),
        }
    )  # fmt: skip


def _room_stay(stay: Reservation, hotel: Hotel) -> dict[str, Any]:
    return _filled(
        {
            "arrivalDate": stay.arrival.isoformat(), "departureDate": stay.departure.isoformat(),
            "adultCount": stay.adults, "childCount": stay.children, "roomType": stay.room_type,
            "roomTypeCharged": stay.booked_type, "numberOfRooms": stay.rooms, "roomId": stay.room,
            "ratePlanCode": stay.rate_code, "rateAmount": money(stay.rate), "totalAmount": money(hotel.total(stay)),
            "bookingChannelCode": stay.channel, "marketCode": stay.market, "sourceCode": stay.source,
            "guarantee": {"guaranteeCode": stay.guarantee} if stay.guarantee else None,
            "pseudoRoom": stay.room_type.startswith("-"),
        }
    )  # fmt: skip


def profile(guest: Profile) -> dict[str, Any]:
    """One ``profileInfo``."""
    firm = guest.category in _TYPES
    shown: dict[str, Any] = {"profileType": _TYPES.get(guest.category, "Guest")}
    shown["statusCode"] = "Inactive" if guest.deleted else "Active"
    if firm:
        shown["company"] = {"companyName": guest.last_name}
    else:
        shown["customer"] = _filled(
            {
                "personName": [_filled({"givenName": guest.first_name, "surname": guest.last_name,
                                        "nameTitle": guest.title, "nameType": "Primary"})],
                "gender": _GENDERS.get(guest.gender), "language": guest.language, "nationality": guest.country,
                "birthDate": guest.birthday.isoformat() if guest.birthday else None, "vipStatus": guest.vip,
                "blacklist": guest.credit_status == "B",
                "anonymization": {"anonymizationStatus": "Anonymized"} if guest.anonymised else None,
            }
        )  # fmt: skip
    if guest.phones:
        shown["telephones"] = {
            "telephoneInfo": [
                {
                    "telephone": {"phoneTechType": "PHONE", "phoneNumber": value, "primaryInd": not n},
                    "id": f"{guest.id}{n}",
                }
                for n, value in enumerate(guest.phones)
            ]
        }
    if guest.emails:
        shown["emails"] = {
            "emailInfo": [
                {
                    "email": {"emailAddress": value, "type": "EMAIL", "primaryInd": not n},
                    "id": f"{guest.id}{n}",
                }
                for n, value in enumerate(guest.emails)
            ]
        }
    if guest.city or guest.street:
        address = {
            "addressLine": [guest.street] if guest.street else [],
            "cityName": guest.city,
            "primaryInd": True,
        }
        shown["addresses"] = {"addressInfo": [{"address": address, "id": str(guest.id)}]}
    shown["privacyInfo"] = {"allowEmail": not guest.no_emailing, "optInMailingList": not guest.no_mailing}
    shown["createDateTime"], shown["lastModifyDateTime"] = moment(guest.created), moment(guest.updated)
    return {"profileIdList": profile_ids(guest.id), "profile": shown}


def posting(line: Posting, hotel: Hotel) -> dict[str, Any]:
    """One line of the posting journal."""
    paid = line.department_type == CREDIT
    return {
        "transactionNo": line.id,
        "transactionCode": line.department,
        "transactionDescription": line.text,
        "transactionDate": line.day.isoformat(),
        "revenueDate": line.day.isoformat(),
        "transactionType": "Payment" if paid else "Revenue",
        "quantity": line.quantity,
        "postedAmount": money(line.amount),
        "hotelId": "GRAND",
        "guestInfo": {
            "profileId": {"id": str(line.profile), "type": "Profile"},
            "reservationId": {"id": str(line.reservation), "type": "Reservation"},
            "roomId": hotel.reservations[line.reservation].room,
        },
    }


def profile_ids(number: int) -> list[dict[str, str]]:
    """A profileIdList."""
    return [{"id": str(number), "type": "Profile"}]


def money(amount: Decimal) -> dict[str, Any]:
    """A currencyAmountType: JSON numbers, not strings."""
    return {"amount": float(amount), "currencyCode": CURRENCY}


def moment(at: datetime) -> str:
    """Times of the gateway carry no offset: the hotel's wall clock."""
    return at.isoformat(sep=" ", timespec="seconds").replace(" ", "T")


def _filled(node: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if value not in (None, "", [])}
