"""Rows of the interface into guests, stays and postings. A row that can't be read becomes a problem, never an error."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from domain.guests import Profile, ProfileKind
from domain.stays import Money, Night, Posting, PostingKind, RowProblem, Stay, StayState
from integrations.fidelio.rows import BadRow, problem
from integrations.fidelio.suite8 import values
from integrations.fidelio.suite8.answers import Row
from integrations.fidelio.suite8.values import Reading

WAITLIST, OFFER, CANCELLED, NO_SHOW = 1, 2, 3, 4
"""NoAvailReason."""
TENTATIVE, NOT_COUNTING = 0, 3
"""ReservationStatus from Version 1.1.0 on."""
_KINDS = {
    1: ProfileKind.COMPANY, 2: ProfileKind.AGENT, 3: ProfileKind.SOURCE, 4: ProfileKind.INDIVIDUAL,
}  # fmt: skip
_POSTINGS = {1: PostingKind.CHARGE, 2: PostingKind.TAX, 3: PostingKind.PAYMENT}
_EMAIL, _PHONE = "1", "4"
"""CommType."""


def stay(row: Row, reading: Reading) -> Stay | RowProblem:
    """A Reservation row. Problems: row-missing-id, row-bad-date, row-bad-number, row-mojibake."""
    known: str | None = None
    try:
        known = values.key(row, "GuestNum")
        return _stay(known, row, reading)
    except BadRow as fault:
        return problem("stay", known, fault)


def state(row: Row) -> StayState:
    """The canonical state, from what was done and why it does not count.

    ReservationState alone says too little: 1 and 2 are today's check-ins and check-outs only, 0 is both future
    and in house.
    """
    reason = values.integer(row, "NoAvailReason")
    if row.text("CheckoutDateTime"):
        return StayState.CHECKED_OUT
    if reason == CANCELLED:
        return StayState.CANCELLED
    if reason == NO_SHOW:
        return StayState.NO_SHOW
    if row.text("CheckinDateTime"):
        return StayState.IN_HOUSE
    status = values.integer(row, "ReservationStatus", default=1)
    if reason in (WAITLIST, OFFER) or status == TENTATIVE:
        return StayState.TENTATIVE
    if status == NOT_COUNTING:  # no reason given: the state may name it
        told = values.integer(row, "ReservationState")
        return {CANCELLED: StayState.CANCELLED, NO_SHOW: StayState.NO_SHOW}.get(told, StayState.TENTATIVE)
    return StayState.CONFIRMED


def _stay(number: str, row: Row, reading: Reading) -> Stay:
    arrival, departure = values.must_day(row, "GuestArrival"), values.must_day(row, "GuestDeparture")
    if departure < arrival:
        raise BadRow("row-bad-date", "GuestDeparture before GuestArrival")
    room_type = row.text("RoomType")
    return Stay(
        reservation_id=number,
        state=state(row),
        arrival=arrival,
        departure=departure,
        profile_id=values.link(row, "ProfileID"),
        guest_name=" ".join(
            filter(None, (values.words(row, "GuestName"), values.words(row, "GuestFirstname")))
        ),
        confirmation=row.text("CrsResNumber"),
        room=row.text("RoomNum"),
        room_type=room_type,
        room_count=max(1, values.integer(row, "NoOfRooms", 1)),
        adults=values.integer(row, "NoOfAdults"),
        children=sum(int(text) for _, text in row.every("Child") if text.isdecimal()),
        rate_code=row.text("RateCode"),
        rate=reading.money(row, "RateValue"),
        total=reading.money(row, "TotalStay"),
        room_revenue=reading.money(row, "NetRoomRevenue"),
        market=row.text("MarketCode"),
        source=row.text("SourceCode"),
        channel=row.text("ChannelCode"),
        company_id=values.link(row, "CompanyID"),
        agent_id=values.link(row, "TravelAgentID"),
        group=row.text("GroupName") or row.text("BlockCode"),
        share_key=row.text("Share") if row.text("HasShare") == "1" else "",
        companion_ids=_companions(row),
        guarantee=row.text("Guarantee"),
        notes="\n".join(
            filter(None, (values.words(row, "ReservationComment1"), values.words(row, "ReservationComment2")))
        ),
        checked_in_at=reading.moment(row, "CheckinDateTime"),
        checked_out_at=reading.moment(row, "CheckoutDateTime"),
        financial_account=row.text("ReservationType") == "FA",
        pseudo_room=room_type.startswith("-") or room_type in reading.pseudo_types,
        updated_at=reading.moment(row, "LastUpdateTime"),
        created_at=reading.moment(row, "CreationTime"),
        extra=_extra(row, reading),
    )


def _companions(row: Row) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(text for _, text in row.every("AccompanyingGuest") if text.isdecimal() and int(text))
    )


def _extra(row: Row, reading: Reading) -> dict[str, str]:
    """Facts without a field of their own; empty ones are left out."""
    reasons = {WAITLIST: "waitlist", OFFER: "offer"}
    option = values.day(row, "OptionDate")
    foreign = values.number(row, "ForeignTotalStay")
    code = row.text("CurrencyCode")
    found = {
        "no_avail": reasons.get(values.integer(row, "NoAvailReason"), ""),
        "crs": row.text("CrsSystem"),
        "payment_method": row.text("PaymentMethod"),
        "option_date": option.isoformat() if option else "",
        "foreign_total": f"{foreign} {reading.currencies.get(code, code)}" if foreign else "",
    }
    return {name: text for name, text in found.items() if text}


def night(row: Row, reading: Reading) -> tuple[str, Night] | RowProblem:
    """A row of ReservationDetails mode: (reservation, its night)."""
    known: str | None = None
    try:
        known = values.key(row, "GuestNum")
        return known, Night(
            day=values.must_day(row, "DetailDate"),
            room=row.text("RoomNum"),
            room_type=row.text("RoomType"),
            rate_code=row.text("RateCode"),
            rate=reading.money(row, "RateValue"),
            adults=values.integer(row, "NoOfAdults"),
        )
    except BadRow as fault:
        return problem("stay", known, fault)


# --- profiles ------------------------------------------------------------------------------------------------


def profile(row: Row, reading: Reading) -> Profile | RowProblem:
    """A Profile row. Problems: row-missing-id, row-bad-date, row-bad-number, row-mojibake."""
    known: str | None = None
    try:
        known = values.key(row, "ProfileID")
        return _profile(known, row, reading)
    except BadRow as fault:
        return problem("profile", known, fault)


def _kind(row: Row) -> ProfileKind:
    category = values.integer(row, "ProfileCategory")
    if category:
        return _KINDS.get(category, ProfileKind.OTHER)
    return {1: ProfileKind.COMPANY, 2: ProfileKind.INDIVIDUAL}.get(
        values.integer(row, "ProfileType"), ProfileKind.OTHER
    )


def _profile(number: str, row: Row, reading: Reading) -> Profile:
    kind = _kind(row)
    last, first = values.words(row, "GuestName"), values.words(row, "GuestFirstname")
    phones, emails = contacts(row)
    person = kind in (ProfileKind.INDIVIDUAL, ProfileKind.OTHER)
    erased = person and last.casefold() in reading.erased_names and not (first or phones or emails)
    return Profile(
        profile_id=number,
        kind=kind,
        last_name=last if person else "",
        first_name=first if person else "",
        name2=values.words(row, "Name2"),
        title=row.text("Title"),
        company_name="" if person else last,
        phones=phones,
        emails=emails,
        language=row.text("Language"),
        nationality=row.text("NationalityISO2"),
        gender=row.text("Gender"),
        birthday=_birthday(row),
        vip=row.text("VipCode"),
        city=values.words(row, "City"),
        country=row.text("CountryISO2"),
        address=", ".join(filter(None, (values.words(row, f"Street{n}") for n in (1, 2, 3)))),
        postcode=row.text("ZIP"),
        notes=values.words(row, "Notes"),
        memberships=tuple(
            " ".join(filter(None, (attributes.get("Type", ""), text)))
            for attributes, text in row.every("Membership")
            if text
        ),
        preferences=tuple(text for _, text in row.every("ProfilePreference") if text),
        no_mailing=row.text("NoMailing") == "1",
        no_emailing=row.text("NoEMailing") == "1",
        blacklisted=row.text("CreditStatus") == "B",
        merged_into=_merged(row, number),
        anonymised=erased,
        deleted=row.text("DeleteCode") not in ("", "0"),
        updated_at=reading.moment(row, "LastUpdateTime"),
        created_at=reading.moment(row, "CreationTime"),
    )


def _birthday(row: Row) -> date | None:
    """A birthday that can't be read costs the birthday, not the guest."""
    try:
        return values.day(row, "Birthday")
    except BadRow:
        return None


def _merged(row: Row, own: str) -> str | None:
    for attributes, text in row.every("CustomField"):
        if attributes.get("attr", "").upper() == "MERGEDTO" and text.isdecimal() and int(text):
            return str(int(text)) if str(int(text)) != own else None
    return None


def contacts(row: Row) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(phones, e-mails), raw, the primary ones first; faxes are left out.

    Desks type addresses into phone lines: what has an @ is an e-mail wherever it stands.
    """
    found: list[tuple[int, bool, str]] = []
    for name in ("Telephone", "Email", "Communication", "Communications"):
        for attributes, text in row.every(name):
            kind = attributes.get("CommType", "")
            is_phone = name == "Telephone" or kind == _PHONE
            if not text or not (is_phone or name == "Email" or kind == _EMAIL):
                continue
            rank = 0 if attributes.get("Primary") == "1" else (1 if not attributes else 2)
            found.append((rank, "@" in text or not is_phone, text))
    found.sort(key=lambda contact: contact[0])
    phones = dict.fromkeys(text for _, mail, text in found if not mail)
    emails = dict.fromkeys(text for _, mail, text in found if mail)
    return tuple(phones), tuple(emails)


# --- postings ------------------------------------------------------------------------------------------------


def posting(row: Row, reading: Reading, names: Mapping[str, str]) -> Posting | RowProblem | None:
    """A Posting row (``names`` of departments by code); None for one that belongs to no reservation. The amount is price × quantity."""
    known: str | None = None
    try:
        known = values.key(row, "PostingID")
        guest_num = values.link(row, "GuestNum")
        return _posting(known, guest_num, row, reading, names) if guest_num else None
    except BadRow as fault:
        return problem("posting", known, fault)


def _posting(number: str, guest_num: str, row: Row, reading: Reading, names: Mapping[str, str]) -> Posting:
    price, quantity = values.number(row, "PostingPrice"), values.number(row, "PostingQuantity")
    kind = _POSTINGS.get(values.integer(row, "DepartmentType"))
    if price is None or kind is None:
        raise BadRow("row-bad-number", "PostingPrice" if price is None else "DepartmentType")
    quantity = Decimal(1) if quantity is None else quantity
    return Posting(
        posting_id=number,
        reservation_id=guest_num,
        kind=kind,
        department=row.text("DepartmentCode"),
        department_name=names.get(row.text("DepartmentCode"), ""),
        amount=Money(price * quantity, reading.currency),
        day=values.must_day(row, "PostingDate"),
        quantity=quantity,
        profile_id=values.link(row, "ProfileID"),
        text=values.words(row, "PostingDescription"),
        caused_by=origin if (origin := values.link(row, "PostingGuestNumOrig")) != guest_num else None,
        foreign=_foreign(row, quantity, reading),
    )


def _foreign(row: Row, quantity: Decimal, reading: Reading) -> Money | None:
    """The price as it was rung up in another currency; the folio itself is in the hotel's own."""
    price, code = values.number(row, "PostingForeignPrice"), row.text("CurrencyCode")
    currency = reading.currencies.get(code, code)
    return Money(price * quantity, currency) if price and currency and currency != reading.currency else None
