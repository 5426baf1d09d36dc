"""OPERA 5 (schema OPERA): its statements, and rows as profiles, stays and postings.

Table and column names as public mappings of a running OPERA 5 have them; nobody has run this against Oracle yet.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from domain.guests import Profile, ProfileKind
from domain.stays import Money, Night, Posting, PostingKind, RowProblem, Stay, StayState
from integrations.fidelio.oracle.database import Row
from integrations.fidelio.oracle.opera5_sql import (
    ADDRESSES,
    BUSINESS_DATE,
    CHANGED_NAMES,
    CHANGED_STAYS,
    COMPANIONS,
    MERGES,
    NAMES,
    NIGHTS,
    NOW,
    PHONES,
    POSTINGS,
    ROOM_TYPES,
    WINDOW_STAYS,
)
from integrations.fidelio.oracle.schema import Details, Schema
from integrations.fidelio.oracle.values import Cells
from integrations.fidelio.rows import BadRow, problem

IN_HOUSE = ("CHECKED IN", "DUE OUT")
STATES: Mapping[str, StayState] = {
    "PROSPECT": StayState.TENTATIVE, "WAITLIST": StayState.TENTATIVE, "RESERVED": StayState.CONFIRMED,
    "DUE IN": StayState.CONFIRMED, "CHECKED IN": StayState.IN_HOUSE, "DUE OUT": StayState.IN_HOUSE,
    "CHECKED OUT": StayState.CHECKED_OUT, "CANCELLED": StayState.CANCELLED, "NO SHOW": StayState.NO_SHOW,
}  # fmt: skip
KINDS: Mapping[str, ProfileKind] = {
    "D": ProfileKind.INDIVIDUAL, "GUEST": ProfileKind.INDIVIDUAL, "INDIVIDUAL": ProfileKind.INDIVIDUAL,
    "COMPANY": ProfileKind.COMPANY, "TRAVEL_AGENT": ProfileKind.AGENT, "AGENT": ProfileKind.AGENT,
    "SOURCE": ProfileKind.SOURCE,
}  # fmt: skip
"""NAME_TYPE. D is the individual guest; contacts, groups and purged profiles are none of ours."""
DAY = timedelta(days=1)


class Opera5(Schema):
    """The hotel is a RESORT of a schema that may hold several."""

    clock = NOW
    business_date = BUSINESS_DATE
    changed_stays = CHANGED_STAYS
    window_stays = WINDOW_STAYS
    changed_profiles = (CHANGED_NAMES,)
    profiles = NAMES
    merges = MERGES
    postings = POSTINGS
    codes = ROOM_TYPES
    stay_details = (NIGHTS, COMPANIONS)
    profile_details = (PHONES, ADDRESSES)
    stay_keys: Mapping[str, str] = {"after": "UPDATE_DATE", "last": "RESV_NAME_ID"}
    detail_keys: Mapping[str, str] = {COMPANIONS.name: "PARENT_RESV_NAME_ID"}
    stay_key, profile_key = "RESV_NAME_ID", "NAME_ID"

    # --- stays ------------------------------------------------------------------------------------------

    def stay(self, row: Row, details: Details) -> Stay | RowProblem | None:
        """A reservation with its nights; None for an accompanying guest's row, which is no stay of its own."""
        cells, known = self.cells(row), None
        try:
            known = cells.key("RESV_NAME_ID")
            nights = details[NIGHTS.name].get(known, [])
            if cells.link("PARENT_RESV_NAME_ID") and not nights:
                return None
            return self._stay(known, cells, [self.cells(one) for one in nights], details)
        except BadRow as fault:
            return problem("stay", known, fault)

    def _stay(self, key: str, cells: Cells, nights: Sequence[Cells], details: Details) -> Stay:
        state = STATES.get(cells.text("RESV_STATUS").upper())
        if state is None:
            raise BadRow("row-bad-state", "RESV_STATUS")
        arrival, departure = cells.must_day("TRUNC_BEGIN_DATE"), cells.must_day("TRUNC_END_DATE")
        if departure < arrival:
            raise BadRow("row-bad-date", "TRUNC_END_DATE before TRUNC_BEGIN_DATE")
        of_now = self._night_of_now(nights)
        total = _sum(nights, self.currency)
        code = of_now.text("ROOM_CATEGORY")
        label, pseudo = self._room_type(code)
        return Stay(
            reservation_id=key,
            state=state,
            arrival=arrival,
            departure=departure,
            profile_id=cells.link("NAME_ID"),
            guest_name=" ".join(
                filter(None, (cells.text("GUEST_LAST_NAME"), cells.text("GUEST_FIRST_NAME")))
            ),
            confirmation=cells.text("CONFIRMATION_NO"),
            room=of_now.text("ROOM"),
            room_type=label,
            room_count=max(1, of_now.integer("QUANTITY", 1)),
            adults=of_now.integer("ADULTS"),
            children=of_now.integer("CHILDREN"),
            rate_code=of_now.text("RATE_CODE"),
            rate=of_now.money("SHARE_AMOUNT", of_now.text("CURRENCY_CODE")),
            total=total,
            market=of_now.text("MARKET_CODE"),
            source=of_now.text("ORIGIN_OF_BOOKING"),
            channel=cells.text("CHANNEL"),
            company_id=of_now.link("COMPANY_ID"),
            agent_id=of_now.link("TRAVEL_AGENT_ID"),
            group=cells.text("PARTY_CODE"),
            share_key=cells.link("PARENT_RESV_NAME_ID") or key if cells.text("SHARE_SEQ_NO") else "",
            companion_ids=self._companions(details[COMPANIONS.name].get(key, [])),
            guarantee=cells.text("GUARANTEE_CODE"),
            checked_in_at=cells.moment("ACTUAL_CHECK_IN_DATE"),
            checked_out_at=cells.moment("ACTUAL_CHECK_OUT_DATE") if state is StayState.CHECKED_OUT else None,
            pseudo_room=pseudo,
            nights=tuple(self._night(one) for one in nights),
            updated_at=cells.moment("UPDATE_DATE"),
            created_at=cells.moment("INSERT_DATE"),
            extra={"crs": crs} if (crs := cells.text("EXTERNAL_REFERENCE")) else {},
        )

    def _night_of_now(self, nights: Sequence[Cells]) -> Cells:
        """Today's night; the first one of a stay to come, the last one of a stay that is over."""
        if not nights:
            return self.cells({})
        begun = [one for one in nights if one.must_day("RESERVATION_DATE") <= self.today]
        return begun[-1] if begun else nights[0]

    def _night(self, cells: Cells) -> Night:
        return Night(
            day=cells.must_day("RESERVATION_DATE"),
            room=cells.text("ROOM"),
            room_type=self._room_type(cells.text("ROOM_CATEGORY"))[0],
            rate_code=cells.text("RATE_CODE"),
            rate=cells.money("SHARE_AMOUNT", cells.text("CURRENCY_CODE")),
            adults=cells.integer("ADULTS"),
        )

    def _room_type(self, code: str) -> tuple[str, bool]:
        """(label, whether it is a pseudo room). Pseudo room types also begin with a dash in the stock exports."""
        row = self.code_rows.get(code)
        if row is None:
            return code, code.startswith("-")
        cells = self.cells(row)
        label = cells.text("LABEL") or code
        return label, cells.yes("PSUEDO_ROOM_TYPE") or label.startswith("-")

    def _companions(self, rows: Sequence[Row]) -> tuple[str, ...]:
        found = (self.cells(row).link("NAME_ID") for row in rows)
        return tuple(dict.fromkeys(name for name in found if name))

    # --- profiles ---------------------------------------------------------------------------------------

    def profile(self, row: Row, details: Details) -> Profile | RowProblem:
        """A profile with its phones, e-mails and first address. The second alphabet's names come first."""
        cells, known = self.cells(row), None
        try:
            known = cells.key("NAME_ID")
            phones, emails = self._contacts(details[PHONES.name].get(known, []))
            address = self._address(details[ADDRESSES.name].get(known, []))
            primary = cells.link("PRIMARY_NAME_ID")
            return Profile(
                profile_id=known,
                kind=KINDS.get(cells.text("NAME_TYPE").upper(), ProfileKind.OTHER),
                last_name=cells.text("XLAST_NAME") or cells.text("LAST"),
                first_name=cells.text("XFIRST_NAME") or cells.text("FIRST"),
                name2=_other(cells),
                title=cells.text("TITLE"),
                company_name=cells.text("XCOMPANY_NAME") or cells.text("COMPANY"),
                phones=phones,
                emails=emails,
                language=cells.text("LANGUAGE"),
                nationality=cells.text("NATIONALITY"),
                gender=cells.text("GENDER")[:1].upper(),
                birthday=_birthday(cells),
                vip=cells.text("VIP_STATUS"),
                city=address.text("CITY"),
                country=address.text("COUNTRY"),
                address=address.text("ADDRESS1"),
                postcode=address.text("ZIP_CODE"),
                no_mailing=cells.text("MAIL_YN").upper() == "N",
                no_emailing=cells.text("EMAIL_YN").upper() == "N",
                blacklisted=cells.yes("CASH_BL_IND"),
                merged_into=primary if primary != known else None,
                deleted=bool(row.get("INACTIVE_DATE")) or cells.text("ACTIVE_YN").upper() == "N",
                updated_at=cells.moment("UPDATE_DATE"),
                created_at=cells.moment("INSERT_DATE"),
            )
        except BadRow as fault:
            return problem("profile", known, fault)

    def _contacts(self, rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(phones, e-mails), the primary ones first; what is inactive, faxes and web pages are left out."""
        found: dict[str, list[tuple[bool, str]]] = defaultdict(list)
        for row in rows:
            cells = self.cells(row)
            if not row.get("INACTIVE_DATE") and (value := cells.text("PHONE_NUMBER")):
                found[cells.text("PHONE_ROLE").upper()].append((not cells.yes("PRIMARY_YN"), value))

        def of(role: str) -> tuple[str, ...]:
            return tuple(dict.fromkeys(value for _, value in sorted(found[role], key=lambda one: one[0])))

        return of("PHONE"), of("EMAIL")

    def _address(self, rows: Sequence[Row]) -> Cells:
        living = [self.cells(row) for row in rows if not row.get("INACTIVE_DATE")]
        return min(living, key=lambda one: not one.yes("PRIMARY_YN"), default=self.cells({}))

    def merge(self, row: Row) -> tuple[str, str] | None:
        """(merged-away profile, survivor)."""
        cells = self.cells(row)
        gone, survivor = cells.link("NAME_ID_FROM"), cells.link("NAME_ID_TO")
        return (gone, survivor) if gone and survivor and gone != survivor else None

    merge_keys: Mapping[str, str] = {"after": "TRANSACTION_DATE", "last": "NAME_ID_FROM"}

    # --- postings ---------------------------------------------------------------------------------------

    posting_key = "TRX_NO"

    def posting(self, row: Row) -> Posting | RowProblem:
        """A folio line. What stands on the credit side is a payment; taxes aren't told apart from charges here."""
        cells, known = self.cells(row), None
        try:
            known = cells.key("TRX_NO")
            credit = row.get("GUEST_ACCOUNT_CREDIT") is not None and row.get("GUEST_ACCOUNT_DEBIT") is None
            return Posting(
                posting_id=known,
                reservation_id=cells.key("RESV_NAME_ID"),
                kind=PostingKind.PAYMENT if credit else PostingKind.CHARGE,
                department=cells.text("TRX_CODE"),
                amount=cells.must_money("TRX_AMOUNT", cells.text("CURRENCY")),
                day=cells.must_day("BUSINESS_DATE"),
                quantity=Decimal(cells.integer("QUANTITY", 1)),
                profile_id=cells.link("NAME_ID"),
                caused_by=cells.link("ORIGINAL_RESV_NAME_ID"),
                hidden=cells.text("DISPLAY_YN").upper() == "N",
            )
        except BadRow as fault:
            return problem("posting", known, fault)


def _other(cells: Cells) -> str:
    """The spelling that isn't shown: it is what one searches by."""
    if not cells.text("XLAST_NAME"):
        return ""
    return " ".join(filter(None, (cells.text("LAST"), cells.text("FIRST"))))


def _birthday(cells: Cells) -> date | None:
    """OPERA masks or encrypts birth dates on many sites: what is no date is no birthday, and no fault."""
    try:
        return cells.day("BIRTH_DATE")
    except BadRow:
        return None


def _sum(nights: Sequence[Cells], currency: str) -> Money | None:
    """What the own share of all nights costs; None when nights are in several currencies or unknown."""
    amounts = [one.money("SHARE_AMOUNT", one.text("CURRENCY_CODE")) for one in nights]
    known = [amount for amount in amounts if amount is not None]
    currencies = {amount.currency for amount in known}
    if not known or len(currencies) > 1:
        return None
    return Money(sum((amount.amount for amount in known), Decimal(0)), currencies.pop() or currency)
