"""The hotel's books as OPERA 5's tables hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
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
    Reservation,
)

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
RESORT = "GRAND"
PSEUDO = frozenset({"PM", "PI", "PF"})
_TYPES = {COMPANY: "COMPANY", AGENT: "TRAVEL_AGENT", SOURCE: "SOURCE"}
_COMPANION = 10_000_000
"""Accompanying guests have a row, and so a number, of their own."""


def midnight(day: date | None) -> datetime | None:
    """A DATE without a time of day."""
    return datetime.combine(day, datetime.min.time()) if day else None


def rows(hotel: Hotel) -> Rows:
    """All tables. Financial accounts are no reservations in OPERA."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    found["BUSINESSDATE"] = [
        {"RESORT": RESORT, "BUSINESS_DATE": midnight(hotel.business_date), "STATE": "OPEN"},
        {
            "RESORT": RESORT,
            "BUSINESS_DATE": midnight(hotel.business_date - timedelta(days=1)),
            "STATE": "CLOSED",
        },
    ]
    _profiles(hotel, found)
    for stay in hotel.reservations.values():
        if stay.type == "RES":
            _reservation(hotel, stay, found)
    for label in sorted({night["ROOM_CATEGORY"] for night in found["RESERVATION_DAILY_ELEMENTS"]}):
        pseudo = label.removeprefix("RC-") in PSEUDO
        found["RESORT_ROOM_CATEGORY"].append(
            {
                "RESORT": RESORT,
                "ROOM_CATEGORY": label,
                "LABEL": label.removeprefix("RC-"),
                "PSUEDO_ROOM_TYPE": "Y" if pseudo else None,
            }
        )
    for line in hotel.postings.values():
        paid = line.department_type == CREDIT
        found["FINANCIAL_TRANSACTIONS"].append(
            {
                "RESORT": RESORT, "TRX_NO": line.id, "TRX_CODE": line.department,
                "BUSINESS_DATE": midnight(line.day), "RESV_NAME_ID": line.reservation, "NAME_ID": line.profile,
                "TRX_AMOUNT": float(line.amount), "GUEST_ACCOUNT_CREDIT": float(line.amount) if paid else None,
                "GUEST_ACCOUNT_DEBIT": None if paid else float(line.amount), "CURRENCY": "RUB",
                "QUANTITY": line.quantity, "DISPLAY_YN": "Y",
            }
        )  # fmt: skip
    return found


def _profiles(hotel: Hotel, found: dict[str, list[dict[str, Any]]]) -> None:
    for guest in hotel.profiles.values():
        person = guest.category not in _TYPES
        if guest.merged_to:
            found["NAME_MERGE_LOG"].append(
                {"NAME_ID_FROM": guest.id, "NAME_ID_TO": guest.merged_to, "TRANSACTION_DATE": guest.updated}
            )
            continue
        cyrillic = not guest.last_name.isascii()
        found["NAME"].append(
            {
                "NAME_ID": guest.id, "NAME_TYPE": _TYPES.get(guest.category, "D"),
                "LAST": guest.last_name if person else None, "FIRST": guest.first_name,
                "COMPANY": None if person else guest.last_name,
                "XLAST_NAME": guest.last_name if person and cyrillic else None,
                "XFIRST_NAME": guest.first_name if person and cyrillic else None, "TITLE": guest.title,
                "GENDER": guest.gender, "NATIONALITY": guest.country, "LANGUAGE": guest.language,
                "VIP_STATUS": guest.vip, "BIRTH_DATE": midnight(guest.birthday),
                "EMAIL_YN": "N" if guest.no_emailing else "Y", "MAIL_YN": "N" if guest.no_mailing else "Y",
                "CASH_BL_IND": "Y" if guest.credit_status == "B" else "N",
                "ACTIVE_YN": "N" if guest.deleted else "Y", "INSERT_DATE": guest.created, "UPDATE_DATE": guest.updated,
            }
        )  # fmt: skip
        for role, values in (("PHONE", guest.phones), ("EMAIL", guest.emails)):
            for n, value in enumerate(values):
                found["NAME_PHONE"].append(
                    {"PHONE_ID": len(found["NAME_PHONE"]) + 1, "NAME_ID": guest.id, "PHONE_ROLE": role,
                     "PHONE_TYPE": role, "PHONE_NUMBER": value, "PRIMARY_YN": "N" if n else "Y"}
                )  # fmt: skip
        if guest.city or guest.street:
            found["NAME_ADDRESS"].append(
                {"ADDRESS_ID": guest.id, "NAME_ID": guest.id, "ADDRESS1": guest.street, "CITY": guest.city,
                 "COUNTRY": guest.country, "ZIP_CODE": guest.postcode, "PRIMARY_YN": "Y"}
            )  # fmt: skip


def status(stay: Reservation, today: date) -> str:
    """RESV_STATUS."""
    if stay.checked_out:
        return "CHECKED OUT"
    by_reason = {CANCELLED: "CANCELLED", NO_SHOW: "NO SHOW", WAITLIST: "WAITLIST", OFFER: "PROSPECT"}
    if stay.no_avail:
        return by_reason[stay.no_avail]
    if stay.checked_in:
        return "DUE OUT" if stay.departure == today else "CHECKED IN"
    if stay.status == 0:
        return "PROSPECT"
    return "DUE IN" if stay.arrival == today else "RESERVED"


def _reservation(hotel: Hotel, stay: Reservation, found: dict[str, list[dict[str, Any]]]) -> None:
    guest = hotel.profiles[stay.profile]
    row = {
        "RESORT": RESORT, "RESV_NAME_ID": stay.id, "NAME_ID": stay.profile, "CONFIRMATION_NO": stay.crs_number,
        "RESV_STATUS": status(stay, hotel.business_date), "GUEST_LAST_NAME": guest.last_name,
        "GUEST_FIRST_NAME": guest.first_name, "TRUNC_BEGIN_DATE": midnight(stay.arrival),
        "TRUNC_END_DATE": midnight(stay.departure), "ACTUAL_CHECK_IN_DATE": stay.checked_in,
        "ACTUAL_CHECK_OUT_DATE": stay.checked_out, "SHARE_SEQ_NO": 1 if stay.share else None,
        "PARENT_RESV_NAME_ID": stay.share if stay.share != stay.id else None, "GUARANTEE_CODE": stay.guarantee,
        "CHANNEL": stay.channel, "PARTY_CODE": stay.group, "INSERT_DATE": stay.created, "UPDATE_DATE": stay.updated,
    }  # fmt: skip
    found["RESERVATION_NAME"].append(row)
    for n, companion in enumerate(stay.companions):
        found["RESERVATION_NAME"].append(
            {
                **row,
                "RESV_NAME_ID": _COMPANION + stay.id * 10 + n,
                "NAME_ID": companion,
                "PARENT_RESV_NAME_ID": stay.id,
            }
        )
    for n in range(max(stay.nights, 1)):
        day = stay.arrival + timedelta(days=n)
        _night(stay, day, found)


def _night(stay: Reservation, day: date, found: dict[str, list[dict[str, Any]]]) -> None:
    """Sharers have a row each, pointing at one and the same element."""
    sequence = (stay.share or stay.id) * 1_000_000 + day.toordinal()
    found["RESERVATION_DAILY_ELEMENT_NAME"].append(
        {"RESORT": RESORT, "RESV_NAME_ID": stay.id, "RESERVATION_DATE": midnight(day),
         "RESV_DAILY_EL_SEQ": sequence, "ADULTS": stay.adults, "CHILDREN": stay.children,
         "RATE_CODE": stay.rate_code, "SHARE_AMOUNT": float(stay.rate_on(day)) if stay.nights else 0.0,
         "CURRENCY_CODE": "RUB", "COMPANY_ID": stay.company, "TRAVEL_AGENT_ID": stay.agent}
    )  # fmt: skip
    room, room_type = stay.room_on(day)
    night = {
        "RESORT": RESORT, "RESERVATION_DATE": midnight(day), "RESV_DAILY_EL_SEQ": sequence, "ROOM": room,
        "ROOM_CATEGORY": f"RC-{room_type}", "MARKET_CODE": stay.market, "ORIGIN_OF_BOOKING": stay.source,
        "QUANTITY": stay.rooms,
    }  # fmt: skip
    if not stay.share or all(one["RESV_DAILY_EL_SEQ"] != sequence for one in found["SHARED_ELEMENTS"]):
        found["RESERVATION_DAILY_ELEMENTS"].append(night)
        if stay.share:
            found["SHARED_ELEMENTS"].append(night)
