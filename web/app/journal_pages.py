"""The journal of guest look-ups, for administrators only: who was shown whom; and as a workbook."""

import asyncio
from datetime import date

from aiohttp import web

from handlers.settings import journal
from handlers.settings.journal import COLUMNS, Wanted
from web.app.desks import Desks, number_in
from web.app.visits import Page, Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class JournalPages:
    """Look-ups of the visitor's portal."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("journal", self.show, None, frozenset(), "menu-journal", "page-menu-journals"),
            Page("journal/file", self.export),
        ]

    async def show(self, visit: Visit) -> web.StreamResponse:
        """A page of the journal, filtered by person and day."""
        query = visit.request.query
        typed = _typed(visit)
        wanted, wrong = _wanted(typed)
        before = number_in(query.get("before", ""))
        async with self._desks.reading(visit) as scope:
            found = await journal.page(scope, wanted, before)
        return visit.page("journal.html", found=found, typed=typed, wrong=wrong, before=before)

    async def export(self, visit: Visit) -> web.StreamResponse:
        """What the filter finds, as a workbook; that it was taken out is written down."""
        visit.viewer.require_change()
        typed = _typed(visit)
        wanted, _wrong = _wanted(typed)
        async with self._desks.doing(visit, "journal.export", typed) as scope:
            lines, _cut = await journal.all_lines(scope, wanted)
            name = journal.file_name(scope.now)
        words = {column: str(visit.texts(f"journal-{column}", visit.language)) for column, _ in COLUMNS}
        sheet = str(visit.texts("journal-sheet", visit.language))
        body = await asyncio.to_thread(journal.as_xlsx, lines, words, sheet)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return web.Response(body=body, content_type=XLSX, headers=headers)


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.request.query.get(name, "")[:40] for name in ("person", "since", "until")}


def _wanted(typed: dict[str, str]) -> tuple[Wanted, list[str]]:
    """The filter, and the names of its fields that can't be read."""
    days: dict[str, date | None] = {}
    wrong = []
    for name in ("since", "until"):
        try:
            days[name] = date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            days[name] = None
            wrong.append(name)
    return Wanted(number_in(typed["person"]), days["since"], days["until"]), wrong
