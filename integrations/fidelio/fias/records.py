"""A frame's text as a record: two letters, then fields of two letters and a value, each closed by a pipe.

The order of fields is kept, for a GC that moves a room carries GS twice: after RN of the new room, after RO of the old.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

GUEST_RECORDS = frozenset({"GI", "GO", "GC"})
_COMMON = GUEST_RECORDS | {"LS", "LA", "RE", "NS", "NE", "DS", "DE"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CENTURY = 2000


class BadRecord(ValueError):
    """The text is no record, or a field that is needed can't be read. The message names the field, never its value."""


class Record(NamedTuple):
    """A record's id and its fields in their order; a field without a value has an empty one."""

    id: str
    fields: list[tuple[str, str]]

    def get(self, code: str) -> str:
        """The first field of that id; empty when it is absent."""
        for found, value in self.fields:
            if found == code:
                return value
        return ""


def parse(frame: bytes, encoding: str) -> Record:
    """A frame's text to a record. Bytes that the code page doesn't know become U+FFFD. BadRecord when it is none.

    A field of less than two characters has no id: nobody will ask for it, as for any unknown one.
    """
    text = frame.decode(encoding, "replace")
    if not text.isprintable() and _CONTROL.search(text):  # the first is quick, but dislikes some spaces, too
        raise BadRecord("control characters")
    name, *parts = text.split("|")
    if name not in _COMMON and not (len(name) == 2 and name.isascii() and name.isalnum()):
        raise BadRecord("no record id")
    if parts and not parts[-1]:  # behind the closing pipe
        parts.pop()
    return Record(name, [(part[:2], part[2:]) for part in parts])


def write(name: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """A record's text. The pipe can't be escaped, so values lose theirs, and control characters."""
    return f"{name}|" + "".join(f"{code}{_clean(value)}|" for code, value in fields)


def _clean(value: str) -> str:
    return "".join(char for char in value if char != "|" and (ord(char) >= 32 and ord(char) != 127))


@lru_cache(maxsize=2048)
def read_day(text: str) -> date:
    """YYMMDD. ValueError otherwise."""
    if len(text) != 6 or not text.isascii() or not text.isdecimal():
        raise ValueError("not YYMMDD")
    return date(_CENTURY + int(text[:2]), int(text[2:4]), int(text[4:]))


@lru_cache(maxsize=2048)
def read_moment(day: str, time: str) -> datetime:
    """DA and TI (HHMMSS, or HHMM as some sites write it) as wall time of the hotel. ValueError otherwise."""
    if len(time) not in (4, 6) or not time.isascii() or not time.isdecimal():
        raise ValueError("not HHMMSS")
    found = read_day(day)
    return datetime(  # noqa: DTZ001 - wall time; the zone is the caller's
        found.year, found.month, found.day, int(time[:2]), int(time[2:4]), int(time[4:] or 0)
    )


def write_stamp(wall: datetime) -> tuple[tuple[str, str], ...]:
    """DA and TI."""
    return (("DA", f"{wall:%y%m%d}"), ("TI", f"{wall:%H%M%S}"))


@dataclass(slots=True)
class Guest:
    """A GI, GO or GC. ``fields``: id → value, of repeated ones the first, GS of the old room left out.

    ``arrival``/``departure``/``at`` are None when absent or empty; ``shares`` and ``old_shares`` too.
    """

    kind: str
    reservation: str
    room: str
    fields: dict[str, str]
    arrival: date | None = None
    departure: date | None = None
    shares: bool | None = None
    old_room: str = ""
    old_shares: bool | None = None
    swap: bool = False
    at: datetime | None = None


_FLAG = {"Y": True, "N": False}


def guest(record: Record) -> Guest:
    """Read a guest record. BadRecord(field) when G# is no number or a date is none.

    G# may be missing on GO only; leading zeros of G# and G+ don't count, the hotel's other doors write none.
    """
    fields = dict(reversed(record.fields))  # of repeated fields the first stays
    shares, old_shares = _shares(record) if "GS" in fields else (None, None)
    try:
        at = read_moment(fields["DA"], fields["TI"]) if fields.get("DA") and fields.get("TI") else None
    except ValueError as fault:
        raise BadRecord("DA TI") from fault
    return Guest(
        kind=record.id,
        reservation=number(fields, "G#", needed=record.id != "GO"),
        room=fields.get("RN", ""),
        fields=fields,
        arrival=_day(fields, "GA"),
        departure=_day(fields, "GD"),
        shares=shares,
        old_room=fields.get("RO", ""),
        old_shares=old_shares,
        swap="SF" in fields,
        at=at,
    )


def number(fields: dict[str, str], code: str, *, needed: bool = False) -> str:
    """An id without leading zeros and blanks; empty when absent or 0."""
    text = fields.get(code, "").strip()
    if not text or text.strip("0") == "":
        if needed:
            raise BadRecord(code)
        return ""
    if not text.isascii() or not text.isalnum():
        raise BadRecord(code)
    return text.lstrip("0")


def _shares(record: Record) -> tuple[bool | None, bool | None]:
    """(of the new room, of the old room): each GS speaks of the RN or RO before it."""
    if record.id != "GC":
        return _FLAG.get(record.get("GS")), None
    new = old = None
    last = "RN"
    for code, value in record.fields:
        if code in ("RN", "RO"):
            last = code
        elif code == "GS" and last == "RN":
            new = _FLAG.get(value) if new is None else new
        elif code == "GS":
            old = _FLAG.get(value)
    return new, old


def _day(fields: dict[str, str], code: str) -> date | None:
    text = fields.get(code)
    if not text:
        return None
    try:
        return read_day(text)
    except ValueError as fault:
        raise BadRecord(code) from fault
