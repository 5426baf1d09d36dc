"""The journal of guest look-ups for administrators: who was shown whom, when, where and what for, and as a workbook.

What was asked is not kept (a fingerprint is), so a look-up that found nobody shows nobody. Reading the journal shows
guests' names again: an export is an audit row of its own.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.chat import Channel, Markup, escape
from domain.markup import plain_text
from domain.portal import Hotel
from handlers.scope import Scope
from storage import lookups, people, stays
from storage.lookups import Lookup

PER_PAGE = 50
EXPORTED = 20_000
"""Rows of one workbook; the page says so when there are more."""
CHUNK = 1000
KINDS = frozenset(
    {"alert", "arrivals", "birthdays", "card", "day", "departures", "erase", "filing", "inhouse", "report",
     "recognised", "room", "rooms", "search", "vip", "why"}
)  # fmt: skip
"""Kinds our texts have a word for: ``lookup-kind-…``."""
COLUMNS = (
    ("at", 18),
    ("who", 28),
    ("kind", 22),
    ("where", 26),
    ("hotel", 12),
    ("hits", 8),
    ("guests", 60),
    ("purpose", 40),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. ``since`` and ``until`` are days of the portal's zone, both included."""

    person_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One guest that was shown: his key, and his name as far as the store has it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One look-up."""

    id: int
    at: datetime
    who: str
    kind: Markup
    where: Markup
    hotel: str
    hits: int
    guests: Sequence[Seen]
    purpose: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, with who can be picked. ``next_before``: what the next page is asked with."""

    lines: Sequence[Line]
    people: Sequence[tuple[int, str]]
    next_before: int | None


async def page(scope: Scope, wanted: Wanted, before: int | None = None) -> Listed:
    """A page of the journal, newest first."""
    found = await _found(scope, wanted, before, PER_PAGE + 1)
    shown = found[:PER_PAGE]
    askers = await people.load_many(
        scope.tx, scope.portal.id, await lookups.askers(scope.tx, scope.portal.id)
    )
    named = sorted(((one.id, one.name or one.login) for one in askers.values()), key=lambda pair: pair[1])
    return Listed(await _lines(scope, shown), named, shown[-1].id if len(found) > PER_PAGE else None)


async def all_lines(scope: Scope, wanted: Wanted) -> tuple[list[Line], bool]:
    """What goes into the workbook, and whether it was cut off."""
    lines: list[Line] = []
    before: int | None = None
    while len(lines) < EXPORTED:
        found = await _found(scope, wanted, before, CHUNK)
        lines += await _lines(scope, found)
        if len(found) < CHUNK:
            return lines, False
        before = found[-1].id
    return lines[:EXPORTED], True


async def _found(scope: Scope, wanted: Wanted, before: int | None, limit: int) -> list[Lookup]:
    zone = ZoneInfo(scope.portal.timezone)
    since = datetime.combine(wanted.since, time.min, zone) if wanted.since else None
    until = datetime.combine(wanted.until + timedelta(days=1), time.min, zone) if wanted.until else None
    return await lookups.listed(
        scope.tx,
        scope.portal.id,
        person_id=wanted.person_id,
        before_id=before,
        since=since,
        until=until,
        limit=limit,
    )


async def _lines(scope: Scope, found: Sequence[Lookup]) -> list[Line]:
    shown = await lookups.shown_by(scope.tx, [one.id for one in found])
    ids = sorted({one.person_id for one in found if one.person_id})
    names = await people.load_many(scope.tx, scope.portal.id, ids)
    guests = await _names(scope, {key for keys in shown.values() for key in keys})
    hotels = {hotel.id: hotel.code for hotel in scope.portal.hotels}
    zone = ZoneInfo(scope.portal.timezone)
    return [
        Line(
            id=one.id,
            at=one.at.astimezone(zone),
            who=names[one.person_id].name if one.person_id in names else "",
            kind=Markup(scope.text(f"lookup-kind-{one.kind}") if one.kind in KINDS else escape(one.kind)),
            where=_where(scope, one),
            hotel=hotels.get(one.hotel_id or 0, ""),
            hits=one.hits,
            guests=[Seen(key, guests.get(key, "")) for key in shown.get(one.id, ())],
            purpose=one.purpose,
        )
        for one in found
    ]


def _where(scope: Scope, one: Lookup) -> Markup:
    if one.channel not in set(Channel):
        return Markup(escape(one.channel))
    return Markup(
        scope.text("lookup-where", channel=Markup(scope.text(f"channel-{one.channel}")), chat=one.chat)
    )


async def _names(scope: Scope, keys: set[str]) -> dict[str, str]:
    """Names by key (``HOTEL:PROFILE``, ``HOTEL:reservation:NUMBER``), as far as the store still has them."""
    found: dict[str, str] = {}
    for hotel in scope.portal.hotels:
        mine = {key: key.removeprefix(f"{hotel.code}:") for key in keys if key.startswith(f"{hotel.code}:")}
        found |= await _names_of(scope, hotel, mine)
    return found


async def _names_of(scope: Scope, hotel: Hotel, keys: Mapping[str, str]) -> dict[str, str]:
    stay = {
        key: one.removeprefix("reservation:") for key, one in keys.items() if one.startswith("reservation:")
    }
    mine = {key: one for key, one in keys.items() if key not in stay}
    profiles = await stays.profiles_by_id(scope.tx, hotel.id, sorted(set(mine.values())))
    named = {
        one.reservation_id: one.guest_name
        for one in await stays.numbered(scope.tx, hotel.id, sorted(set(stay.values())))
    }
    told = {
        key: " ".join(filter(None, (profile.last_name, profile.first_name))) or profile.company_name
        for key, one in mine.items()
        if (profile := profiles.get(one)) is not None
    }
    return told | {key: named[one] for key, one in stay.items() if one in named}


def as_xlsx(lines: Sequence[Line], words: Mapping[str, str], sheet_name: str) -> bytes:
    """A workbook in which nothing from outside is a formula. Takes a while for many lines: call it in a thread.

    ``words``: the columns' heads by name; moments are in the zone of the lines.
    """
    import xlsxwriter  # noqa: PLC0415 - slow to load, and seldom needed

    out = io.BytesIO()
    options: dict[str, Any] = dict.fromkeys(
        ("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False
    )
    book = xlsxwriter.Workbook(out, {**options, "in_memory": True, "remove_timezone": True})
    sheet = book.add_worksheet(sheet_name[:31])
    head = book.add_format({"bold": True, "bg_color": "#E6EBF1", "text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm", "valign": "top", "align": "left"})
    body = book.add_format({"valign": "top", "text_wrap": True})
    for at, (name, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, words[name], head)
    for row, line in enumerate(lines, start=1):
        sheet.write_datetime(row, 0, line.at.replace(tzinfo=None), moment)
        cells = (line.who, plain_text(line.kind), plain_text(line.where), line.hotel)
        for at, value in enumerate(cells, start=1):
            sheet.write_string(row, at, value, body)
        sheet.write_number(row, 5, line.hits, body)
        guests = "; ".join(f"{one.name} ({one.key})" if one.name else one.key for one in line.guests)
        sheet.write_string(row, 6, guests[:32_767], body)
        sheet.write_string(row, 7, line.purpose, body)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(lines), 1), len(COLUMNS) - 1)
    book.close()
    return out.getvalue()


def file_name(now: datetime) -> str:
    """What the workbook is called."""
    return f"lookups-{now:%Y-%m-%d}.xlsx"
