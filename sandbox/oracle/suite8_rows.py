"""The hotel's books as Suite 8's tables hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import AGENT, COMPANY, SOURCE, TAX, Reservation
from sandbox.oracle.opera5_rows import midnight

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
_EMAIL, _PHONE = 10, 40
_CDT = {1: 1, TAX: 2, 3: 5}


class _Codes:
    """Short descriptions with numbers of their own, as V8 keeps all its codes."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._numbers: dict[str, int] = {}

    def of(self, code: str) -> int | None:
        return self._numbers.setdefault(code, len(self._numbers) + 1) if code else None

    def rows(self) -> list[dict[str, Any]]:
        return [
            {f"{self._prefix}_ID": n, f"{self._prefix}_SHORTDESC": code} for code, n in self._numbers.items()
        ]


def rows(hotel: Hotel) -> Rows:
    """All tables; the log tells the last change of every record."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    found["WGBS"] = [{"WGBS_ID": 1, "WGBS_DATEVALUE": midnight(hotel.business_date)}, {"WGBS_ID": 2}]
    found["XCMT"] = [{"XCMT_ID": _EMAIL, "XCMT_TYPE": 1}, {"XCMT_ID": _PHONE, "XCMT_TYPE": 4}]
    codes = {name: _Codes(name) for name in ("YRMS", "YCAT", "YRCH", "ZDCO")}
    _profiles(hotel, found)
    for stay in hotel.reservations.values():
        if stay.type == "RES":
            _reservation(stay, codes, found)
    for line in hotel.postings.values():
        found["ZPOS"].append(
            {
                "ZPOS_ID": line.id, "ZPOS_YRES_ID": line.reservation, "ZPOS_POSTDATE": midnight(line.day),
                "ZPOS_ZDCO_ID": codes["ZDCO"].of(line.department), "ZPOS_CDT": _CDT[line.department_type],
                "ZPOS_QUANTITY": line.quantity, "ZPOS_UNITPRICE": float(line.price),
                "ZPOS_GROSSUNITPRICE": float(line.price), "ZPOS_PAIDOUT": 0, "ZPOS_HIDDEN": 0,
            }
        )  # fmt: skip
    for name, table in codes.items():
        found[name] = table.rows()
    return found


def _log(found: dict[str, list[dict[str, Any]]], table: str, number: int, at: datetime) -> None:
    found["WMLG"].append(
        {
            "WMLG_ID": len(found["WMLG"]) + 1,
            "WMLG_TABLENAME": table,
            "WMLG_TABLE_ID": number,
            "WMLG_TIME_CREATION": at,
        }
    )


def _profiles(hotel: Hotel, found: dict[str, list[dict[str, Any]]]) -> None:
    firms = {COMPANY, AGENT, SOURCE}
    for guest in hotel.profiles.values():
        if guest.merged_to:
            continue
        found["XCMS"].append(
            {"XCMS_ID": guest.id, "XCMS_TYPE": 1 if guest.category in firms else 2, "XCMS_NAME1": guest.last_name,
             "XCMS_NAME2": guest.name2, "XCMS_NAME3": guest.first_name}
        )  # fmt: skip
        if guest.category not in firms:
            found["XCID"].append(
                {"XCID_ID": guest.id, "XCID_ADDRGREET": guest.title, "XCID_SEX": {"M": 1, "F": 2}.get(guest.gender, 0),
                 "XCID_BIRTHTIME": midnight(guest.birthday)}
            )  # fmt: skip
        for kind, values in ((_PHONE, guest.phones), (_EMAIL, guest.emails)):
            for n, value in enumerate(values):
                found["XCOM"].append(
                    {"XCOM_ID": len(found["XCOM"]) + 1, "XCOM_XCMS_ID": guest.id, "XCOM_XCMT_ID": kind,
                     "XCOM_PRIMARY": 0 if n else 1, "XCOM_VALUE": value}
                )  # fmt: skip
        _log(found, "XCMS", guest.id, guest.updated)


def _reservation(stay: Reservation, codes: dict[str, _Codes], found: dict[str, list[dict[str, Any]]]) -> None:
    first = len(found["YDET"]) + 1
    for n in range(max(stay.nights, 1)):
        day = stay.arrival + timedelta(days=n)
        room, room_type = stay.room_on(day)
        found["YDET"].append(
            {"YDET_ID": len(found["YDET"]) + 1, "YDET_YRES_ID": stay.id, "YDET_DATE": midnight(day),
             "YDET_YRMS_ID": codes["YRMS"].of(room), "YDET_YCAT_ID": codes["YCAT"].of(room_type),
             "YDET_YRCH_ID": codes["YRCH"].of(stay.rate_code), "YDET_ADULTNO": stay.adults,
             "YDET_NOOFROOMS": stay.rooms, "YDET_SHARENUM": stay.share, "YDET_RATEAMOUNT": float(stay.rate_on(day))}
        )  # fmt: skip
    found["YRES"].append(
        {
            "YRES_ID": stay.id, "YRES_XCMS_ID": stay.profile,
            "YRES_EXPARRTIME": datetime.combine(stay.arrival, time(15)),
            "YRES_EXPDEPTIME": datetime.combine(stay.departure, time(11) if stay.nights else time(20)),
            "YRES_ACTARRTIME": stay.checked_in, "YRES_ACTDEPTIME": stay.checked_out,
            "YRES_RESSTATUS": 3 if stay.no_avail else stay.status, "YRES_NOAVAILREASON": stay.no_avail,
            "YRES_HASSHARE": 1 if stay.share else 0, "YRES_CURRENT_YDET_ID": _current(found, first, stay),
        }
    )  # fmt: skip
    for person in (stay.profile, *stay.companions):
        found["YRPL"].append(
            {"YRPL_ID": len(found["YRPL"]) + 1, "YRPL_YRES_ID": stay.id, "YRPL_XCMS_ID": person}
        )
    for category, firm in ((1, stay.company), (2, stay.agent)):
        if firm:
            found["YCLN"].append(
                {"YCLN_ID": len(found["YCLN"]) + 1, "YCLN_YRES_ID": stay.id, "YCLN_XCMS_ID": firm,
                 "YCLN_CATEGORY": category}
            )  # fmt: skip
    _log(found, "YRES", stay.id, stay.updated)


def _current(found: dict[str, list[dict[str, Any]]], first: int, stay: Reservation) -> int:
    """The period that counts now: where the guest sleeps, for one who moved the room moved to."""
    room = stay.room
    for row in found["YDET"][first - 1 :]:
        if room and stay.room_on(row["YDET_DATE"].date())[0] == room:
            return int(row["YDET_ID"])
    return first
