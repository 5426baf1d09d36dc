"""The statements of OPERA 5. Plain tables only: many of OPERA's views call packages that want a session of their own."""

from integrations.fidelio.oracle.statements import Statement, one_of

_R = {"R": "RESERVATION_NAME"}
_R_MUST = (
    "R.RESV_NAME_ID", "R.NAME_ID", "R.RESV_STATUS", "R.TRUNC_BEGIN_DATE", "R.TRUNC_END_DATE", "R.UPDATE_DATE",
)  # fmt: skip
_R_MAY = (
    "R.CONFIRMATION_NO", "R.GUEST_LAST_NAME", "R.GUEST_FIRST_NAME", "R.ACTUAL_CHECK_IN_DATE",
    "R.ACTUAL_CHECK_OUT_DATE", "R.PARENT_RESV_NAME_ID", "R.SHARE_SEQ_NO", "R.GUARANTEE_CODE", "R.CHANNEL",
    "R.PARTY_CODE", "R.EXTERNAL_REFERENCE", "R.INSERT_DATE",
)  # fmt: skip
_N_MAY = (
    "N.XLAST_NAME", "N.XFIRST_NAME", "N.XCOMPANY_NAME", "N.MIDDLE", "N.TITLE", "N.GENDER", "N.NATIONALITY",
    "N.LANGUAGE", "N.VIP_STATUS", "N.BIRTH_DATE", "N.EMAIL_YN", "N.MAIL_YN", "N.CASH_BL_IND", "N.ACTIVE_YN",
    "N.INACTIVE_DATE", "N.PRIMARY_NAME_ID", "N.INSERT_DATE",
)  # fmt: skip
_N_MUST = ("N.NAME_ID", "N.NAME_TYPE", "N.LAST", "N.FIRST", "N.COMPANY", "N.UPDATE_DATE")

NOW = Statement("clock", {}, "dual", ("sysdate",))
BUSINESS_DATE = Statement(
    "business date",
    {"B": "BUSINESSDATE"},
    "BUSINESSDATE B",
    ("B.BUSINESS_DATE",),
    where="B.RESORT = :resort and B.STATE = 'OPEN'",
    order="B.BUSINESS_DATE desc",
)
CHANGED_STAYS = Statement(
    "reservations changed", _R, "RESERVATION_NAME R", _R_MUST, _R_MAY,
    where="R.RESORT = :resort and (R.UPDATE_DATE > :after or (R.UPDATE_DATE = :after and R.RESV_NAME_ID > :last))",
    order="R.UPDATE_DATE, R.RESV_NAME_ID",
)  # fmt: skip
WINDOW_STAYS = Statement(
    "reservations of the window", _R, "RESERVATION_NAME R", _R_MUST, _R_MAY,
    where="R.RESORT = :resort and R.RESV_NAME_ID > :last"
    " and R.TRUNC_BEGIN_DATE <= :until and (R.TRUNC_BEGIN_DATE >= :since"
    " or R.TRUNC_END_DATE >= :since or R.RESV_STATUS in ('CHECKED IN', 'DUE OUT'))",
    order="R.RESV_NAME_ID",
)  # fmt: skip
COMPANIONS = Statement(
    "accompanying guests",
    {"R": "RESERVATION_NAME", "E": "RESERVATION_DAILY_ELEMENT_NAME"},
    "RESERVATION_NAME R",
    ("R.RESV_NAME_ID", "R.NAME_ID", "R.PARENT_RESV_NAME_ID"),
    # Sharers have a parent too, and nights of their own.
    where=f"R.RESORT = :resort and {one_of('R.PARENT_RESV_NAME_ID')} and not exists (select 1"  # noqa: S608
    " from RESERVATION_DAILY_ELEMENT_NAME E where E.RESORT = R.RESORT and E.RESV_NAME_ID = R.RESV_NAME_ID)",
    order="R.RESV_NAME_ID",
    optional=True,
)
NIGHTS = Statement(
    "nights",
    {"E": "RESERVATION_DAILY_ELEMENT_NAME", "D": "RESERVATION_DAILY_ELEMENTS"},
    "RESERVATION_DAILY_ELEMENT_NAME E join RESERVATION_DAILY_ELEMENTS D on D.RESORT = E.RESORT"
    " and D.RESERVATION_DATE = E.RESERVATION_DATE and D.RESV_DAILY_EL_SEQ = E.RESV_DAILY_EL_SEQ",
    ("E.RESV_NAME_ID", "E.RESERVATION_DATE", "E.RESV_DAILY_EL_SEQ", "D.ROOM", "D.ROOM_CATEGORY"),
    (
        "E.ADULTS", "E.CHILDREN", "E.RATE_CODE", "E.SHARE_AMOUNT", "E.CURRENCY_CODE", "E.COMPANY_ID",
        "E.TRAVEL_AGENT_ID", "D.MARKET_CODE", "D.ORIGIN_OF_BOOKING", "D.QUANTITY",
    ),
    where=f"E.RESORT = :resort and {one_of('E.RESV_NAME_ID')}",
    order="E.RESV_NAME_ID, E.RESERVATION_DATE",
)  # fmt: skip
ROOM_TYPES = Statement(
    "room types",
    {"C": "RESORT_ROOM_CATEGORY"},
    "RESORT_ROOM_CATEGORY C",
    ("C.ROOM_CATEGORY", "C.LABEL"),
    ("C.PSUEDO_ROOM_TYPE",),
    where="C.RESORT = :resort",
    order="C.ROOM_CATEGORY",
    optional=True,
)
CHANGED_NAMES = Statement(
    "profiles changed", {"N": "NAME"}, "NAME N", _N_MUST, _N_MAY,
    where="N.UPDATE_DATE > :after or (N.UPDATE_DATE = :after and N.NAME_ID > :last)",
    order="N.UPDATE_DATE, N.NAME_ID",
)  # fmt: skip
NAMES = Statement(
    "profiles", {"N": "NAME"}, "NAME N", _N_MUST, _N_MAY, where=one_of("N.NAME_ID"), order="N.NAME_ID"
)
PHONES = Statement(
    "phones and e-mails",
    {"P": "NAME_PHONE"},
    "NAME_PHONE P",
    ("P.NAME_ID", "P.PHONE_NUMBER", "P.PHONE_ROLE"),
    ("P.PRIMARY_YN", "P.INACTIVE_DATE"),
    where=one_of("P.NAME_ID"),
    order="P.NAME_ID, P.PHONE_NUMBER",
)
ADDRESSES = Statement(
    "addresses",
    {"A": "NAME_ADDRESS"},
    "NAME_ADDRESS A",
    ("A.NAME_ID",),
    ("A.ADDRESS1", "A.CITY", "A.COUNTRY", "A.ZIP_CODE", "A.PRIMARY_YN", "A.INACTIVE_DATE"),
    where=one_of("A.NAME_ID"),
    order="A.NAME_ID",
    optional=True,
)
MERGES = Statement(
    "merged profiles",
    {"M": "NAME_MERGE_LOG"},
    "NAME_MERGE_LOG M",
    ("M.NAME_ID_FROM", "M.NAME_ID_TO", "M.TRANSACTION_DATE"),
    where="M.TRANSACTION_DATE > :after or (M.TRANSACTION_DATE = :after and M.NAME_ID_FROM > :last)",
    order="M.TRANSACTION_DATE, M.NAME_ID_FROM",
    optional=True,
)
POSTINGS = Statement(
    "folio lines",
    {"F": "FINANCIAL_TRANSACTIONS"},
    "FINANCIAL_TRANSACTIONS F",
    ("F.TRX_NO", "F.TRX_CODE", "F.BUSINESS_DATE", "F.RESV_NAME_ID", "F.TRX_AMOUNT"),
    (
        "F.GUEST_ACCOUNT_DEBIT", "F.GUEST_ACCOUNT_CREDIT", "F.CURRENCY", "F.QUANTITY", "F.NAME_ID",
        "F.ORIGINAL_RESV_NAME_ID", "F.DISPLAY_YN", "F.PACKAGE_ARRANGEMENT_CODE",
    ),
    where="F.RESORT = :resort and F.BUSINESS_DATE between :since and :until and F.TRX_NO > :last"
    " and F.RESV_NAME_ID is not null",
    order="F.TRX_NO",
    optional=True,
)  # fmt: skip
