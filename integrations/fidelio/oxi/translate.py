"""Reservation and profile messages as what this door tells. It tells only what a message has.

The names of elements are those of the public message specifications; where these leave a place open (the room, the
resort's own profile number) it is marked, and read from every place it has been seen in.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from domain.doors import DoorRecord
from domain.guests import Profile, ProfileKind
from domain.stays import Money, Stay, StayState
from integrations.fidelio.mojibake import is_mojibake
from integrations.fidelio.oxi.messages import Label, Node
from integrations.fidelio.rows import BadRow

STATES = {
    "RESERVED": StayState.CONFIRMED, "REQUESTED": StayState.TENTATIVE, "WAITLISTED": StayState.TENTATIVE,
    "PROSPECT": StayState.TENTATIVE, "INHOUSE": StayState.IN_HOUSE, "CHECKEDIN": StayState.IN_HOUSE,
    "CHECKEDOUT": StayState.CHECKED_OUT, "CANCELED": StayState.CANCELLED, "CANCELLED": StayState.CANCELLED,
    "NOSHOW": StayState.NO_SHOW,
}  # fmt: skip
ACTIONS = {
    "CHECKIN": StayState.IN_HOUSE, "CHECKOUT": StayState.CHECKED_OUT, "CANCEL": StayState.CANCELLED,
    "NOSHOW": StayState.NO_SHOW, "REVERSECHECKIN": StayState.CONFIRMED, "REVERSECHECKOUT": StayState.IN_HOUSE,
    "REINSTATE": StayState.CONFIRMED,
}  # fmt: skip
"""What an action says of the state, whatever the room stay says."""
KINDS = {
    "GUEST": ProfileKind.INDIVIDUAL, "COMPANY": ProfileKind.COMPANY, "CORPORATE": ProfileKind.COMPANY,
    "TRAVEL_AGENT": ProfileKind.AGENT, "TRAVELAGENT": ProfileKind.AGENT, "SOURCE": ProfileKind.SOURCE,
}  # fmt: skip
_OWN_NUMBER = ("mfResortProfileID", "resortProfileID", "profileID")
"""Open in the public documents: where the PMS's own profile number stands."""
_ROOM = ("roomID", "mfRoomNumber", "roomNumber")
"""Open in the public documents: where the room's number stands."""


def records(label: Label, root: Node, received_at: datetime) -> list[DoorRecord]:
    """All that a message tells. Raises BadRow; a module that isn't ours tells nothing."""
    match root.name:
        case "Reservation":
            return _reservation(label, root, received_at)
        case "Profile":
            return [_record("profile", *_profile(root), label, received_at)]
        case _:
            return []


def _record(
    entity: str, record: Profile | Stay, knows: frozenset[str], label: Label, received_at: datetime
) -> DoorRecord:
    key = record.profile_id if isinstance(record, Profile) else record.reservation_id
    assert key is not None
    return DoorRecord(entity, key, record, knows, received_at, sequence=label.number, received_at=received_at)


# --- reservations ----------------------------------------------------------------------------------------------


def _reservation(label: Label, root: Node, received_at: datetime) -> list[DoorRecord]:
    key = root.text("reservationID")
    if not key:
        raise BadRow("row-missing-id", "reservationID")
    profiles = [(one.text("resProfileRPH"), *_profile(node)) for one, node in _profiles_of(root)]
    stay, knows = _stay(key, root, {rph: guest for rph, guest, _ in profiles if rph})
    told = [_record("profile", guest, known, label, received_at) for _, guest, known in profiles]
    return [*told, _record("stay", stay, knows, label, received_at)]


def _profiles_of(root: Node) -> Iterable[tuple[Node, Node]]:
    for one in root.children("ResProfiles", "ResProfile"):
        profile = one.child("Profile")
        if profile is not None and _number(profile):
            yield one, profile


def _stay(key: str, root: Node, profiles: dict[str, Profile]) -> tuple[Stay, frozenset[str]]:
    rooms = root.children("RoomStays", "RoomStay")
    room = rooms[0] if rooms else None
    arrival, departure = _days(root)
    guests = [profiles[rph] for rph in _guest_rphs(root) if rph in profiles]
    firms = {guest.kind: guest.profile_id for guest in profiles.values()}
    values: dict[str, object] = {
        "state": _state(root, room),
        "arrival": arrival,
        "departure": departure,
        "confirmation": _words(root, "confirmationID"),
        "room": next((words for name in _ROOM if room and (words := _words(room, name))), None),
        "room_type": _words(room, "roomInventoryCode") if room else None,
        "adults": _count(root, "ADULT"),
        "children": _count(root, "CHILD"),
        "profile_id": guests[0].profile_id if guests else None,
        "guest_name": " ".join(filter(None, (guests[0].last_name, guests[0].first_name))) if guests else None,
        "companion_ids": tuple(guest.profile_id for guest in guests[1:]) or None,
        "company_id": firms.get(ProfileKind.COMPANY),
        "agent_id": firms.get(ProfileKind.AGENT),
        **_rate(room),
    }
    known = {name: value for name, value in values.items() if value not in (None, "")}
    needed = {"state": StayState.CONFIRMED, "arrival": date.min, "departure": date.min}
    return Stay(key, **{**needed, **known}), frozenset(known)  # type: ignore[arg-type]


def _state(root: Node, room: Node | None) -> StayState | None:
    """What was done, else what the room stay says; None when neither says anything we know."""
    action = _plain(root.attribute("mfReservationAction"))
    status = _plain(room.attribute("reservationStatusType")) if room else ""
    return ACTIONS.get(action) or STATES.get(status)


def _plain(word: str) -> str:
    return word.upper().replace("_", "").replace(" ", "")


def _days(root: Node) -> tuple[date | None, date | None]:
    """Arrival, and departure as so many days later."""
    span = root.child("StayDateRange")
    if span is None:
        return None, None
    arrival = _day(span.text("startTime"), "startTime")
    nights = span.text("numberOfTimeUnits")
    if nights and not nights.isdecimal():
        raise BadRow("row-bad-number", "numberOfTimeUnits")
    return arrival, arrival + timedelta(days=int(nights)) if nights else None


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as fault:
        raise BadRow("row-bad-date", name) from fault


def _count(root: Node, who: str) -> int | None:
    found = [
        one.text("mfCount")
        for one in root.children("GuestCounts", "GuestCount")
        if one.text("ageQualifyingCode").upper() == who
    ]
    return sum(int(text) for text in found if text.isdecimal()) if found else None


def _guest_rphs(root: Node) -> list[str]:
    """The profiles' place numbers of the guests, the first guest's first."""
    guests = root.children("ResGuests", "ResGuest")
    guests.sort(key=lambda one: int(one.text("resGuestRPH") or 0))
    return [rph.strip() for one in guests for rph in one.text("profileRPHs").replace(",", " ").split()]


def _rate(room: Node | None) -> dict[str, object]:
    plans = room.children("RatePlans", "RatePlan") if room else []
    if not plans:
        return {}
    plan = plans[0]
    amounts = plan.children("Rates", "Rate", "Amount")
    rate = None
    if amounts and (number := amounts[0].text("valueNum")):
        try:
            rate = Money(Decimal(number), amounts[0].attribute("currencyCode"))
        except InvalidOperation as fault:
            raise BadRow("row-bad-number", "valueNum") from fault
    return {
        "rate_code": plan.text("ratePlanCode"),
        "market": plan.text("mfMarketCode"),
        "source": plan.text("mfsourceCode"),
        "channel": plan.text("mfchannelCode"),
        "rate": rate if rate and rate.currency else None,
    }


# --- profiles --------------------------------------------------------------------------------------------------


def _number(node: Node) -> str:
    return next((words for name in _OWN_NUMBER if (words := node.text(name))), "")


def _profile(node: Node) -> tuple[Profile, frozenset[str]]:
    key = _number(node)
    if not key:
        raise BadRow("row-missing-id", _OWN_NUMBER[0])
    privacy = node.child("PrivacyOption")
    values: dict[str, object] = {
        "kind": KINDS.get(node.attribute("profileType").upper(), ProfileKind.OTHER),
        "last_name": _words(node, "IndividualName", "nameSur"),
        "first_name": _words(node, "IndividualName", "nameFirst"),
        "title": _words(node, "IndividualName", "namePrefix"),
        "company_name": _words(node, "Company", "companyName"),
        "gender": node.attribute("gender")[:1].upper().replace("U", ""),
        "language": node.text("primaryLanguageID"),
        "phones": _many(node, ("PhoneNumbers", "PhoneNumber"), "phoneNumber"),
        "emails": _many(node, ("ElectronicAddresses", "ElectronicAddress"), "eAddress"),
        "city": _words(node, "PostalAddresses", "PostalAddress", "city"),
        "country": node.text("PostalAddresses", "PostalAddress", "countryCode"),
        "postcode": node.text("PostalAddresses", "PostalAddress", "postalCode"),
        "no_mailing": _no(privacy, "mfAllowMail"),
        "no_emailing": _no(privacy, "mfAllowEMail"),
    }
    known = {name: value for name, value in values.items() if value not in (None, "", ())}
    return Profile(key, **known), frozenset(known)  # type: ignore[arg-type]


def _many(node: Node, path: tuple[str, ...], name: str) -> tuple[str, ...]:
    found = node.children(*path)
    found.sort(key=lambda one: one.text("mfPrimaryYN").upper() != "Y")
    return tuple(dict.fromkeys(filter(None, (one.text(name) for one in found))))


def _no(privacy: Node | None, name: str) -> bool | None:
    word = privacy.text(name).upper() if privacy else ""
    return {"NO": True, "N": True, "YES": False, "Y": False}.get(word)


def _words(node: Node, *path: str) -> str:
    words = node.text(*path)
    if is_mojibake(words):
        raise BadRow("row-mojibake", path[-1])
    return words
