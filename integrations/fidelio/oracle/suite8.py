"""Suite 8 (schema V8LIVE): its statements, and rows as profiles, stays and postings.

Names of tables and columns come from public scripts of hotels, not from a data dictionary: the probe checks every
one of them. Nobody has run this against Oracle yet.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain.guests import Profile, ProfileKind
from domain.stays import Money, Night, Posting, PostingKind, RowProblem, Stay, StayState
from integrations.fidelio.oracle.database import Row
from integrations.fidelio.oracle.schema import Details, Schema
from integrations.fidelio.oracle.suite8_sql import (
    BUSINESS_DATE,
    CHANGED_PROFILES,
    CHANGED_STAYS,
    CONTACTS,
    LINKS,
    NIGHTS,
    NOW,
    PERSONS,
    POSTINGS,
    PROFILES,
    WINDOW_STAYS,
)
from integrations.fidelio.oracle.values import Cells
from integrations.fidelio.rows import BadRow, problem

CANCELLED, NO_SHOW = 3, 4
"""YRES_NOAVAILREASON; 1 is the waitlist, 2 an offer."""
INACTIVE = 3
"""YRES_RESSTATUS of what doesn't count; 1 is definite, 0 tentative."""
EMAIL, PHONE = "1", "4"
"""XCMT_TYPE."""
COMPANY_LINK, AGENT_LINK = 1, 2
"""Category of YCLN."""
TAX, PAYMENT = 2, 5
"""ZPOS_CDT; 1 is a charge."""
_KINDS = {1: ProfileKind.COMPANY, 2: ProfileKind.INDIVIDUAL}
_GENDERS = {"1": "M", "2": "F"}


class Suite8(Schema):
    """One property a schema; ``resort`` isn't used."""

    clock = NOW
    business_date = BUSINESS_DATE
    changed_stays = CHANGED_STAYS
    window_stays = WINDOW_STAYS
    changed_profiles = CHANGED_PROFILES
    profiles = PROFILES
    postings = POSTINGS
    stay_details = (NIGHTS, PERSONS, LINKS)
    profile_details = (CONTACTS,)
    stay_keys: Mapping[str, str] = {"after": "WMLG_TIME_CREATION", "last": "WMLG_ID"}
    detail_keys: Mapping[str, str] = {
        NIGHTS.name: "YDET_YRES_ID", PERSONS.name: "YRPL_YRES_ID", LINKS.name: "YCLN_YRES_ID",
        CONTACTS.name: "XCOM_XCMS_ID",
    }  # fmt: skip
    stay_key, profile_key, posting_key = "YRES_ID", "XCMS_ID", "ZPOS_ID"

    # --- stays ------------------------------------------------------------------------------------------

    def stay(self, row: Row, details: Details) -> Stay | RowProblem | None:
        """A reservation with its present period, persons and firms."""
        cells, known = self.cells(row), None
        try:
            known = cells.key("YRES_ID")
            return self._stay(known, cells, details)
        except BadRow as fault:
            return problem("stay", known, fault)

    def _stay(self, key: str, cells: Cells, details: Details) -> Stay:
        arrival, departure = cells.must_day("YRES_EXPARRTIME"), cells.must_day("YRES_EXPDEPTIME")
        if departure < arrival:
            raise BadRow("row-bad-date", "YRES_EXPDEPTIME before YRES_EXPARRTIME")
        guest = cells.link("YRES_XCMS_ID")
        persons = (self.cells(one).link("YRPL_XCMS_ID") for one in details[PERSONS.name].get(key, []))
        room_type = cells.text("YCAT_SHORTDESC")
        state = _state(cells)
        return Stay(
            reservation_id=key,
            state=state,
            arrival=arrival,
            departure=departure,
            profile_id=guest,
            guest_name=" ".join(filter(None, (cells.text("XCMS_NAME1"), cells.text("XCMS_NAME3")))),
            room=cells.text("YRMS_SHORTDESC"),
            room_type=room_type,
            room_count=max(1, cells.integer("YDET_NOOFROOMS", 1)),
            adults=cells.integer("YDET_ADULTNO"),
            rate_code=cells.text("YRCH_SHORTDESC"),
            rate=cells.money("YDET_RATEAMOUNT"),
            company_id=self._firm(details, key, COMPANY_LINK),
            agent_id=self._firm(details, key, AGENT_LINK),
            share_key=cells.text("YDET_SHARENUM") if cells.integer("YRES_HASSHARE") else "",
            companion_ids=tuple(dict.fromkeys(one for one in persons if one and one != guest)),
            checked_in_at=cells.moment("YRES_ACTARRTIME"),
            checked_out_at=cells.moment("YRES_ACTDEPTIME") if state is StayState.CHECKED_OUT else None,
            pseudo_room=room_type.startswith("-"),
            nights=tuple(self._night(self.cells(one)) for one in details[NIGHTS.name].get(key, [])),
            updated_at=cells.moment("WMLG_TIME_CREATION"),
        )

    def _firm(self, details: Details, key: str, category: int) -> str | None:
        links = (self.cells(one) for one in details[LINKS.name].get(key, []))
        return next(
            (one.link("YCLN_XCMS_ID") for one in links if one.integer("YCLN_CATEGORY") == category), None
        )

    @staticmethod
    def _night(cells: Cells) -> Night:
        return Night(
            day=cells.must_day("YDET_DATE"),
            room=cells.text("YRMS_SHORTDESC"),
            room_type=cells.text("YCAT_SHORTDESC"),
            rate=cells.money("YDET_RATEAMOUNT"),
            adults=cells.integer("YDET_ADULTNO"),
        )

    # --- profiles ---------------------------------------------------------------------------------------

    def profile(self, row: Row, details: Details) -> Profile | RowProblem:
        """A profile with its phones and e-mails, the primary ones first."""
        cells, known = self.cells(row), None
        try:
            known = cells.key("XCMS_ID")
            kind = _KINDS.get(cells.integer("XCMS_TYPE"), ProfileKind.OTHER)
            contacts = [self.cells(one) for one in details[CONTACTS.name].get(known, [])]
            firm = kind is ProfileKind.COMPANY
            return Profile(
                profile_id=known,
                kind=kind,
                last_name=cells.text("XCMS_NAME1"),
                first_name=cells.text("XCMS_NAME3"),
                name2=cells.text("XCMS_NAME2"),
                company_name=cells.text("XCMS_NAME1") if firm else "",
                title=cells.text("XCID_ADDRGREET"),
                phones=_of(contacts, PHONE),
                emails=_of(contacts, EMAIL),
                gender=_GENDERS.get(cells.text("XCID_SEX"), ""),
                birthday=cells.day("XCID_BIRTHTIME"),
                updated_at=cells.moment("WMLG_TIME_CREATION"),
            )
        except BadRow as fault:
            return problem("profile", known, fault)

    # --- postings ---------------------------------------------------------------------------------------

    def posting(self, row: Row) -> Posting | RowProblem:
        """A folio line: quantity × gross unit price (the net one where there is no gross one)."""
        cells, known = self.cells(row), None
        try:
            known = cells.key("ZPOS_ID")
            price = cells.money("ZPOS_GROSSUNITPRICE") or cells.must_money("ZPOS_UNITPRICE")
            quantity = Decimal(str(row.get("ZPOS_QUANTITY") or 1))
            split = cells.link("ZPOS_INTERNALSPLIT_ZPOS_ID")
            return Posting(
                posting_id=known,
                reservation_id=cells.key("ZPOS_YRES_ID"),
                kind=_posting_kind(cells),
                department=cells.text("ZDCO_SHORTDESC"),
                amount=Money(price.amount * quantity, price.currency),
                day=cells.must_day("ZPOS_POSTDATE"),
                quantity=quantity,
                caused_by=cells.link("ZPOS_ORIGINATED_YRES_ID"),
                hidden=bool(cells.integer("ZPOS_HIDDEN")),
                split_of=split,
                internal=split is not None,
                tax_included=cells.integer("ZPOS_CDT") == TAX and cells.link("ZPOS_TAXLINK_ID") is not None,
            )
        except BadRow as fault:
            return problem("posting", known, fault)


def _state(cells: Cells) -> StayState:
    """From what was done and why it doesn't count; V8's own status alone says too little."""
    reason = cells.integer("YRES_NOAVAILREASON")
    inactive = cells.integer("YRES_RESSTATUS", 1) == INACTIVE
    if cells.row.get("YRES_ACTDEPTIME") is not None and not inactive:
        return StayState.CHECKED_OUT
    if inactive and reason == CANCELLED:
        return StayState.CANCELLED
    if inactive and reason == NO_SHOW:
        return StayState.NO_SHOW
    if inactive:
        return StayState.TENTATIVE
    if cells.row.get("YRES_ACTARRTIME") is not None:
        return StayState.IN_HOUSE
    return StayState.CONFIRMED if cells.integer("YRES_RESSTATUS", 1) else StayState.TENTATIVE


def _of(contacts: Sequence[Cells], kind: str) -> tuple[str, ...]:
    found = [one for one in contacts if one.text("XCMT_TYPE") == kind]
    found.sort(key=lambda one: not one.integer("XCOM_PRIMARY"))
    return tuple(dict.fromkeys(filter(None, (one.text("XCOM_VALUE") for one in found))))


def _posting_kind(cells: Cells) -> PostingKind:
    if cells.integer("ZPOS_PAIDOUT"):
        return PostingKind.PAID_OUT
    return {TAX: PostingKind.TAX, PAYMENT: PostingKind.PAYMENT}.get(
        cells.integer("ZPOS_CDT"), PostingKind.CHARGE
    )
