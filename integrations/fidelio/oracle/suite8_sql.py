"""The statements of Suite 8. Its only change feed is the audit log WMLG; what that doesn't log a full read brings."""

from integrations.fidelio.oracle.statements import Statement, one_of

_STAY_TABLES = {"R": "YRES", "D": "YDET", "M": "YRMS", "C": "YCAT", "H": "YRCH", "X": "XCMS"}
_STAY_JOINS = (
    " left join YDET D on D.YDET_ID = R.YRES_CURRENT_YDET_ID left join YRMS M on M.YRMS_ID = D.YDET_YRMS_ID"
    " left join YCAT C on C.YCAT_ID = D.YDET_YCAT_ID left join YRCH H on H.YRCH_ID = D.YDET_YRCH_ID"
    " left join XCMS X on X.XCMS_ID = R.YRES_XCMS_ID"
)
_STAY_MUST = (
    "R.YRES_ID", "R.YRES_XCMS_ID", "R.YRES_EXPARRTIME", "R.YRES_EXPDEPTIME", "R.YRES_ACTARRTIME",
    "R.YRES_ACTDEPTIME", "R.YRES_RESSTATUS", "R.YRES_NOAVAILREASON",
)  # fmt: skip
_STAY_MAY = (
    "R.YRES_HASSHARE", "D.YDET_ADULTNO", "D.YDET_NOOFROOMS", "D.YDET_SHARENUM", "D.YDET_RATEAMOUNT",
    "M.YRMS_SHORTDESC", "C.YCAT_SHORTDESC", "H.YRCH_SHORTDESC", "X.XCMS_NAME1", "X.XCMS_NAME3",
)  # fmt: skip
_PROFILE_TABLES = {"X": "XCMS", "I": "XCID"}
_PROFILE_JOINS = " left join XCID I on I.XCID_ID = X.XCMS_ID"
_PROFILE_MUST = ("X.XCMS_ID", "X.XCMS_TYPE", "X.XCMS_NAME1", "X.XCMS_NAME3")
_PROFILE_MAY = ("X.XCMS_NAME2", "I.XCID_ADDRGREET", "I.XCID_SEX", "I.XCID_BIRTHTIME")
_SINCE = " and (L.WMLG_TIME_CREATION > :after or (L.WMLG_TIME_CREATION = :after and L.WMLG_ID > :last))"
_LOG = {"L": "WMLG"}
_LOG_ORDER = "L.WMLG_TIME_CREATION, L.WMLG_ID"
_LOG_MUST = ("L.WMLG_ID", "L.WMLG_TIME_CREATION")


def _logged(name: str, table: str, path: str, *, optional: bool = False) -> Statement:
    """Whole profile rows of what the log says was changed in a table; ``path`` joins it to XCMS."""
    tables = {**_LOG, **_PROFILE_TABLES, **({"K": table} if " K " in path else {})}
    return Statement(
        name, tables, f"WMLG L {path}{_PROFILE_JOINS}", (*_LOG_MUST, *_PROFILE_MUST), _PROFILE_MAY,
        where=f"L.WMLG_TABLENAME = '{table}'{_SINCE}", order=_LOG_ORDER, optional=optional,
    )  # fmt: skip


NOW = Statement("clock", {}, "dual", ("sysdate",))
BUSINESS_DATE = Statement(
    "business date",
    {"G": "WGBS"},
    "WGBS G",
    ("G.WGBS_DATEVALUE",),
    where="G.WGBS_DATEVALUE is not null",
    order="G.WGBS_DATEVALUE desc",
)
CHANGED_STAYS = Statement(
    "reservations changed",
    {**_LOG, **_STAY_TABLES},
    f"WMLG L join YRES R on R.YRES_ID = L.WMLG_TABLE_ID{_STAY_JOINS}",
    (*_LOG_MUST, *_STAY_MUST),
    _STAY_MAY,
    where=f"L.WMLG_TABLENAME = 'YRES'{_SINCE}",
    order=_LOG_ORDER,
)
WINDOW_STAYS = Statement(
    "reservations of the window",
    _STAY_TABLES,
    f"YRES R{_STAY_JOINS}",
    _STAY_MUST,
    _STAY_MAY,
    where="R.YRES_ID > :last and R.YRES_EXPARRTIME < :after_until"
    " and (R.YRES_EXPARRTIME >= :since or R.YRES_EXPDEPTIME >= :since"
    " or (R.YRES_ACTARRTIME is not null and R.YRES_ACTDEPTIME is null and R.YRES_RESSTATUS <> 3))",
    order="R.YRES_ID",
)
NIGHTS = Statement(
    "nights",
    {"D": "YDET", "M": "YRMS", "C": "YCAT"},
    "YDET D left join YRMS M on M.YRMS_ID = D.YDET_YRMS_ID left join YCAT C on C.YCAT_ID = D.YDET_YCAT_ID",
    ("D.YDET_YRES_ID", "D.YDET_DATE"),
    ("M.YRMS_SHORTDESC", "C.YCAT_SHORTDESC", "D.YDET_RATEAMOUNT", "D.YDET_ADULTNO"),
    where=one_of("D.YDET_YRES_ID"),
    order="D.YDET_YRES_ID, D.YDET_DATE",
    optional=True,
)
PERSONS = Statement(
    "persons of a reservation",
    {"P": "YRPL"},
    "YRPL P",
    ("P.YRPL_YRES_ID", "P.YRPL_XCMS_ID"),
    where=one_of("P.YRPL_YRES_ID"),
    order="P.YRPL_YRES_ID, P.YRPL_XCMS_ID",
    optional=True,
)
LINKS = Statement(
    "firms of a reservation",
    {"K": "YCLN"},
    "YCLN K",
    ("K.YCLN_YRES_ID", "K.YCLN_XCMS_ID", "K.YCLN_CATEGORY"),
    where=one_of("K.YCLN_YRES_ID"),
    order="K.YCLN_YRES_ID, K.YCLN_XCMS_ID",
    optional=True,
)
PROFILES = Statement(
    "profiles", _PROFILE_TABLES, f"XCMS X{_PROFILE_JOINS}", _PROFILE_MUST, _PROFILE_MAY,
    where=one_of("X.XCMS_ID"), order="X.XCMS_ID",
)  # fmt: skip
CONTACTS = Statement(
    "phones and e-mails",
    {"C": "XCOM", "T": "XCMT"},
    "XCOM C join XCMT T on T.XCMT_ID = C.XCOM_XCMT_ID",
    ("C.XCOM_XCMS_ID", "C.XCOM_VALUE", "T.XCMT_TYPE"),
    ("C.XCOM_PRIMARY",),
    where=one_of("C.XCOM_XCMS_ID"),
    order="C.XCOM_XCMS_ID, C.XCOM_VALUE",
)
POSTINGS = Statement(
    "folio lines",
    {"Z": "ZPOS", "D": "ZDCO"},
    "ZPOS Z left join ZDCO D on D.ZDCO_ID = Z.ZPOS_ZDCO_ID",
    ("Z.ZPOS_ID", "Z.ZPOS_YRES_ID", "Z.ZPOS_POSTDATE", "Z.ZPOS_CDT", "Z.ZPOS_QUANTITY", "Z.ZPOS_UNITPRICE"),
    (
        "Z.ZPOS_GROSSUNITPRICE", "Z.ZPOS_PAIDOUT", "Z.ZPOS_ORIGINATED_YRES_ID", "Z.ZPOS_HIDDEN",
        "Z.ZPOS_INTERNALSPLIT_ZPOS_ID", "Z.ZPOS_TAXLINK_ID", "D.ZDCO_SHORTDESC",
    ),
    where="Z.ZPOS_POSTDATE >= :since and Z.ZPOS_POSTDATE < :after_until and Z.ZPOS_ID > :last"
    " and Z.ZPOS_YRES_ID is not null",
    order="Z.ZPOS_ID",
    optional=True,
)  # fmt: skip
CHANGED_PROFILES = (
    _logged("profiles changed", "XCMS", "join XCMS X on X.XCMS_ID = L.WMLG_TABLE_ID"),
    _logged("personal data changed", "XCID", "join XCMS X on X.XCMS_ID = L.WMLG_TABLE_ID"),
    _logged(
        "phones changed",
        "XCOM",
        "join XCOM K on K.XCOM_ID = L.WMLG_TABLE_ID join XCMS X on X.XCMS_ID = K.XCOM_XCMS_ID",
        optional=True,
    ),
)
