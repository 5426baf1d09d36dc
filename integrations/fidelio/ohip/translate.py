"""OHIP's JSON as guests, stays and postings. Paths are those of Oracle's public specifications (25.5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from domain.guests import Profile, ProfileKind
from domain.stays import Money, Posting, PostingKind, RowProblem, Stay, StayState
from integrations.fidelio.mojibake import is_mojibake
from integrations.fidelio.rows import BadRow, problem

Json = Mapping[str, Any]
STATES: Mapping[str, StayState] = {
    "Requested": StayState.TENTATIVE, "Waitlisted": StayState.TENTATIVE, "Reserved": StayState.CONFIRMED,
    "DueIn": StayState.CONFIRMED, "InHouse": StayState.IN_HOUSE, "DueOut": StayState.IN_HOUSE,
    "Walkin": StayState.IN_HOUSE, "PendingCheckout": StayState.IN_HOUSE, "CheckedOut": StayState.CHECKED_OUT,
    "Cancelled": StayState.CANCELLED, "NoShow": StayState.NO_SHOW,
}  # fmt: skip
KINDS: Mapping[str, ProfileKind] = {
    "Guest": ProfileKind.INDIVIDUAL, "Company": ProfileKind.COMPANY, "Agent": ProfileKind.AGENT,
    "Source": ProfileKind.SOURCE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What the hotel's answers don't say themselves. Times without an offset are the hotel's wall clock."""

    zone: ZoneInfo
    currency: str

    def moment(self, node: Json, name: str) -> datetime | None:
        text = node.get(name)
        if not text:
            return None
        try:
            at = datetime.fromisoformat(str(text))
        except ValueError as fault:
            raise BadRow("row-bad-date", name) from fault
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def money(self, node: Json, name: str) -> Money | None:
        told = node.get(name)
        if not isinstance(told, Mapping) or told.get("amount") is None:
            return None
        return Money(_decimal(told["amount"], name), told.get("currencyCode") or self.currency)


# --- reservations ----------------------------------------------------------------------------------------------


def stay(node: Json, reading: Reading) -> Stay | RowProblem:
    """One ``reservationInfo``. Problems: row-missing-id, row-bad-date, row-bad-number, row-bad-state, row-mojibake."""
    known = reservation_id(node)
    try:
        if known is None:
            raise BadRow("row-missing-id", "reservationIdList")  # noqa: TRY301 - the row's own fault
        return _stay(known, node, reading)
    except BadRow as fault:
        return problem("stay", known, fault)


def reservation_id(node: Json) -> str | None:
    """OPERA's own number: never the confirmation number, which may stand for several legs."""
    return _id_of(node.get("reservationIdList"), "Reservation")


def _stay(key: str, node: Json, reading: Reading) -> Stay:
    room, guest = node.get("roomStay") or {}, node.get("reservationGuest") or {}
    told = node.get("computedReservationStatus") or node.get("reservationStatus") or ""
    if told not in STATES:
        raise BadRow("row-bad-state", "reservationStatus")
    arrival, departure = _must_day(room, "arrivalDate"), _must_day(room, "departureDate")
    if departure < arrival:
        raise BadRow("row-bad-date", "departureDate before arrivalDate")
    attached = {kind: number for kind, number in map(_attached, node.get("attachedProfiles") or ()) if number}
    sharers = [_id(one.get("reservationId")) for one in node.get("sharedGuests") or ()]
    return Stay(
        reservation_id=key,
        state=STATES[told],
        arrival=arrival,
        departure=departure,
        profile_id=_text(guest, "id") or None,
        guest_name=" ".join(filter(None, (_text(guest, "surname"), _text(guest, "givenName")))),
        confirmation=_id_of(node.get("reservationIdList"), "Confirmation") or "",
        room=_text(room, "roomId"),
        room_type=_text(room, "roomType"),
        room_count=max(1, int(room.get("numberOfRooms") or 1)),
        adults=int(room.get("adultCount") or 0),
        children=int(room.get("childCount") or 0),
        rate_code=_text(room, "ratePlanCode"),
        rate=reading.money(room, "rateAmount"),
        total=reading.money(room, "totalAmount"),
        room_revenue=reading.money(node.get("revenuesAndBalances") or {}, "roomRevenue"),
        market=_text(room, "marketCode"),
        source=_text(room, "sourceCode"),
        channel=_text(room, "bookingChannelCode"),
        company_id=attached.get("Company"),
        agent_id=attached.get("TravelAgent"),
        # The whole group has one key, whoever of them one looks at.
        share_key=min((one for one in (key, *sharers) if one), key=_numeric) if any(sharers) else "",
        companion_ids=_companions(guest),
        guarantee=_text(room.get("guarantee") or {}, "guaranteeCode"),
        pseudo_room=bool(room.get("pseudoRoom")),
        updated_at=reading.moment(node, "lastModifyDateTime"),
        created_at=reading.moment(node, "createDateTime"),
    )


def _attached(node: Json) -> tuple[str, str | None]:
    return str(node.get("reservationProfileType") or ""), _id_of(node.get("profileIdList"), "Profile")


def _companions(guest: Json) -> tuple[str, ...]:
    found = (_id_of(one.get("profileIdList"), "Profile") for one in guest.get("accompanyGuests") or ())
    return tuple(dict.fromkeys(number for number in found if number))


# --- profiles --------------------------------------------------------------------------------------------------


def profile(node: Json, reading: Reading) -> Profile | RowProblem:
    """One ``profileInfo``: its numbers and the profile itself."""
    known = _id_of(node.get("profileIdList"), "Profile")
    try:
        if known is None:
            raise BadRow("row-missing-id", "profileIdList")  # noqa: TRY301 - the row's own fault
        return _profile(known, node.get("profile") or {}, reading)
    except BadRow as fault:
        return problem("profile", known, fault)


def _profile(key: str, node: Json, reading: Reading) -> Profile:
    person, firm = node.get("customer") or {}, node.get("company") or {}
    names = {one.get("nameType") or "Primary": one for one in person.get("personName") or ()}
    shown = names.get("Alternate") or names.get("Primary") or {}  # the national alphabet, where there is one
    other = names.get("Primary") or {} if "Alternate" in names else {}
    address = _first(node, "addresses", "addressInfo", "address")
    privacy = node.get("privacyInfo") or {}
    anonymised = (person.get("anonymization") or {}).get("anonymizationStatus") == "Anonymized"
    return Profile(
        profile_id=key,
        kind=KINDS.get(str(node.get("profileType") or "Guest"), ProfileKind.OTHER),
        last_name=_text(shown, "surname"),
        first_name=_text(shown, "givenName"),
        name2=" ".join(filter(None, (_text(other, "surname"), _text(other, "givenName")))),
        title=_text(shown, "nameTitle") or _text(shown, "namePrefix"),
        company_name=_text(firm, "companyName"),
        phones=_values(node, "telephones", "telephoneInfo", "telephone", "phoneNumber"),
        emails=_values(node, "emails", "emailInfo", "email", "emailAddress"),
        language=_text(person, "language") or _text(firm, "language"),
        nationality=_text(person, "nationality"),
        gender=_text(person, "gender")[:1].upper(),
        birthday=_day(person, "birthDate"),
        vip=_text(person, "vipStatus") or _text(firm, "vipStatus"),
        city=_text(address, "cityName"),
        country=_text(address.get("country") or {}, "code"),
        address=", ".join(str(line) for line in address.get("addressLine") or () if line),
        postcode=_text(address, "postalCode"),
        no_emailing=privacy.get("allowEmail") is False,
        no_mailing=privacy.get("optInMailingList") is False,
        extra={"marketing_consent": "yes"} if privacy.get("optInMailingList") is True else {},
        blacklisted=bool(person.get("blacklist") or firm.get("blacklist")),
        anonymised=anonymised,
        deleted=node.get("statusCode") == "Inactive",
        updated_at=reading.moment(node, "lastModifyDateTime"),
        created_at=reading.moment(node, "createDateTime"),
    )


def _values(node: Json, many: str, infos: str, one: str, value: str) -> tuple[str, ...]:
    """Phone numbers or addresses, the primary one first."""
    found = [info.get(one) or {} for info in (node.get(many) or {}).get(infos) or ()]
    found.sort(key=lambda told: not told.get("primaryInd"))
    return tuple(dict.fromkeys(filter(None, (_text(told, value) for told in found))))


def _first(node: Json, many: str, infos: str, one: str) -> Json:
    found = [info.get(one) or {} for info in (node.get(many) or {}).get(infos) or ()]
    return min(found, key=lambda told: not told.get("primaryInd"), default={})


# --- postings --------------------------------------------------------------------------------------------------


def posting(node: Json, reading: Reading) -> Posting | RowProblem | None:
    """One line of the journal; None for lines of nobody's stay and for a package's wrapper."""
    number = node.get("transactionNo")
    known = str(number) if number is not None else None
    guest = node.get("guestInfo") or {}
    stay_id = _id(guest.get("reservationId"))
    kind = node.get("transactionType")
    if stay_id is None or kind == "Wrapper":
        return None
    try:
        if known is None:
            raise BadRow("row-missing-id", "transactionNo")  # noqa: TRY301 - the row's own fault
        paid = kind == "Payment"
        told = node.get("postedAmount") or node.get("creditAmount" if paid else "debitAmount") or {}
        amount = Money(
            _decimal(told.get("amount"), "postedAmount"), told.get("currencyCode") or reading.currency
        )
        plain = PostingKind.PAID_OUT if node.get("paidOut") else PostingKind.CHARGE
        return Posting(
            posting_id=known,
            reservation_id=stay_id,
            kind=PostingKind.PAYMENT if paid else plain,
            department=_text(node, "transactionCode"),
            amount=amount,
            day=_day(node, "revenueDate") or _must_day(node, "transactionDate"),
            quantity=_decimal(node.get("quantity") or 1, "quantity"),
            profile_id=_id(guest.get("profileId")),
            text=_text(node, "transactionDescription"),
        )
    except BadRow as fault:
        return problem("posting", known, fault)


# --- values ----------------------------------------------------------------------------------------------------


def _id_of(ids: object, kind: str) -> str | None:
    """The number of a kind in a list of unique ids."""
    for one in ids if isinstance(ids, list) else ():
        if one.get("type") == kind and one.get("id"):
            return str(one["id"])
    return None


def _id(node: object) -> str | None:
    return str(node["id"]) if isinstance(node, Mapping) and node.get("id") else None


def _numeric(number: str) -> tuple[int, str]:
    return (len(number), number)


def _text(node: Json, name: str) -> str:
    words = " ".join(str(node.get(name) or "").split())
    if is_mojibake(words):
        raise BadRow("row-mojibake", name)
    return words


def _day(node: Json, name: str) -> date | None:
    text = node.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError as fault:
        raise BadRow("row-bad-date", name) from fault


def _must_day(node: Json, name: str) -> date:
    found = _day(node, name)
    if found is None:
        raise BadRow("row-bad-date", name)
    return found


def _decimal(value: object, name: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as fault:
        raise BadRow("row-bad-number", name) from fault


def listed(node: Json, *path: str) -> Iterable[Json]:
    """The list at the end of a path; an absent one is empty."""
    found: Any = node
    for name in path:
        found = (found or {}).get(name)
    return found or ()
