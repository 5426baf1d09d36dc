"""All requests as one table, for people in XLSX and for programs in CSV. What came from outside never runs as a formula."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from domain.people import Person
from domain.request_clocks import Clock
from domain.requests import Fact, Request
from domain.rights import allows, standings
from handlers.desk.ratings import RATED
from handlers.scope import Scope
from storage import callers, desk_figures, people
from storage import requests as rows

FORMATS = ("xlsx", "csv")
BREACHED = "breached"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_CELL_LIMIT = 32_767
"""Characters in a cell of a workbook; a longer text is cut there."""
_WIDE = {"subject": 40, "description": 60, "conditions": 40}


@dataclass(frozen=True, slots=True)
class Row:
    """A request with what stands in other tables."""

    request: Request
    requester: str
    responsible: str
    hotel: str
    facts: Sequence[Fact]

    @property
    def breached(self) -> list[str]:
        clocks = [str(fact.data["clock"]) for fact in self.facts if fact.what == BREACHED]
        return [clock.value for clock in Clock if clock.value in clocks]

    @property
    def rating(self) -> int | None:
        scores = [int(fact.data["score"]) for fact in self.facts if fact.what == RATED]
        return scores[-1] if scores else None


_COLUMNS: tuple[tuple[str, Callable[[Row], Any]], ...] = (
    ("number", lambda row: row.request.number),
    ("type", lambda row: row.request.type),
    ("priority", lambda row: row.request.priority),
    ("status", lambda row: row.request.status),
    ("closed_as", lambda row: row.request.closed_as),
    ("round", lambda row: row.request.round),
    ("subject", lambda row: row.request.subject),
    ("description", lambda row: row.request.description),
    ("conditions", lambda row: row.request.conditions),
    ("login", lambda row: row.request.login),
    ("portal", lambda row: row.request.portal_link),
    ("channel", lambda row: row.request.channel),
    ("hotel", lambda row: row.hotel),
    ("requester", lambda row: row.requester),
    ("responsible", lambda row: row.responsible),
    ("created_at", lambda row: row.request.created_at),
    ("first_replied_at", lambda row: row.request.first_replied_at),
    ("answered_at", lambda row: row.request.answered_at),
    ("closed_at", lambda row: row.request.closed_at),
    ("due_first_reply", lambda row: row.request.due.first_reply),
    ("due_solution", lambda row: row.request.due.solution),
    ("breached", lambda row: row.breached),
    ("rating", lambda row: row.rating),
)
_CODED = {
    "type": "type",
    "priority": "priority",
    "status": "status",
    "closed_as": "closed",
    "channel": "channel",
}
"""Columns whose values are codes, with the texts' prefix for each."""


class Words(Protocol):
    """The texts in one language."""

    def __call__(self, key: str, /, **params: object) -> str: ...


async def collect(scope: Scope, person: Person | None) -> list[Row]:
    """Every request the person may export, by number; None is whoever sits at the server's terminal."""
    found: list[Request] = []
    while page := await rows.page(scope.tx, scope.portal.id, after_id=found[-1].id if found else 0):
        found += page
    if person is not None:
        found = [one for one in found if allows("export", standings(person, scope.portal, one))]
    names, unknown = await _names(scope, found), await _callers(scope, found)
    hotels = {hotel.id: hotel.code for hotel in scope.portal.hotels}
    facts = await desk_figures.facts(scope.tx, scope.portal.id, [one.id for one in found], [BREACHED, RATED])
    return [
        Row(
            one,
            names.get(one.requester_id or 0) or unknown.get(one.id, ""),
            names.get(one.responsible_id or 0, ""),
            hotels.get(one.hotel_id or 0, ""),
            facts[one.id],
        )
        for one in found
    ]


async def _names(scope: Scope, found: Sequence[Request]) -> dict[int, str]:
    ids = {person for one in found for person in (one.requester_id, one.responsible_id) if person}
    wanted, names = sorted(ids), dict[int, str]()
    for start in range(0, len(wanted), desk_figures.AT_ONCE):
        names |= await people.names(scope.tx, wanted[start : start + desk_figures.AT_ONCE])
    return names


async def _callers(scope: Scope, found: Sequence[Request]) -> dict[int, str]:
    """Who asked without an account: name and phone by request."""
    ids = [one.id for one in found if one.requester_id is None]
    forms = {one: await callers.caller_of(scope.tx, scope.portal.id, one) for one in ids}
    return {one: caller.line for one, caller in forms.items() if caller is not None}


def inert(text: str) -> str:
    """A text no spreadsheet takes for a formula: an apostrophe before what would begin one."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def as_csv(table: Sequence[Row]) -> bytes:
    """RFC 4180 in UTF-8 with a byte-order mark; names of columns and codes as in ``--json``, moments ISO 8601 in UTC."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([name for name, _ in _COLUMNS])
    for row in table:
        writer.writerow([_csv_cell(value(row)) for _, value in _COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return " ".join(value)
    return inert(str(value))


def as_xlsx(table: Sequence[Row], words: Words, zone: ZoneInfo) -> bytes:
    """A workbook for people: words instead of codes, moments in ``zone``, a filter, a head that stays.

    Takes a while for many requests: call it in a thread.
    """
    out = io.BytesIO()
    plain = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    import xlsxwriter  # noqa: PLC0415 - slow to load, and seldom needed

    book = xlsxwriter.Workbook(out, {**plain, "remove_timezone": True})
    sheet = book.add_worksheet(words("export-sheet")[:31])
    head = book.add_format({"bold": True, "bg_color": "#E6EBF1", "text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm", "valign": "top", "align": "left"})
    body = book.add_format({"valign": "top", "text_wrap": True})
    for at, (name, _) in enumerate(_COLUMNS):
        sheet.set_column(at, at, _WIDE.get(name, 17))
        sheet.write_string(0, at, words(f"export-{name}".replace("_", "-")), head)
    for line, row in enumerate(table, start=1):
        for at, (name, value) in enumerate(_COLUMNS):
            found = value(row)
            if isinstance(found, datetime):
                sheet.write_datetime(line, at, found.astimezone(zone).replace(tzinfo=None), moment)
            elif isinstance(found, int):
                sheet.write_number(line, at, found, body)
            elif found:
                sheet.write_string(line, at, _words(name, found, words)[:_CELL_LIMIT], body)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(table), 1), len(_COLUMNS) - 1)
    book.close()
    return out.getvalue()


def _words(name: str, value: Any, words: Words) -> str:
    if isinstance(value, list):
        return ", ".join(words(f"export-due-{clock}".replace("_", "-")) for clock in value)
    if prefix := _CODED.get(name):
        return words(f"{prefix}-{value}".replace("_", "-"))
    return str(value)


def file_name(kind: str, now: datetime) -> str:
    """What the file is called: ``requests-2026-11-23.xlsx``."""
    return f"requests-{now:%Y-%m-%d}.{kind}"
