"""Rows of one hotel, whole: windows wide enough to be quick, cut again where the server may have cut them."""

import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.errors import Permanent
from domain.stays import RowProblem
from integrations.fidelio.suite8 import queries, windows
from integrations.fidelio.suite8.answers import Row
from integrations.fidelio.suite8.client import Suite8Client
from integrations.fidelio.suite8.moments import BadMoment, Stamps, assumed, learn, parse_day
from integrations.fidelio.suite8.queries import Condition, all_of, any_of

log = logging.getLogger(__name__)

IDS_AT_ONCE = 50
"""Numbers in one OR chain; each nests two elements deeper."""
MAX_CUTS = 12


class Reader:
    """Asks the questions of the source; knows the interface's conditions, but nothing of guests and stays."""

    def __init__(self, client: Suite8Client, zone: ZoneInfo) -> None:
        self.client, self.zone = client, zone
        self._stamps: Stamps | None = None
        self._currencies: dict[str, str] | None = None
        self._departments: dict[str, str] | None = None

    async def business_date(self) -> date | None:
        """SystemDate; None when the server tells none that can be read."""
        for row in await self.client.query("SystemDate"):
            try:
                return parse_day(row.text("SystemDate"))
            except BadMoment:
                return None
        return None

    async def version(self) -> str:
        """The program's version; empty where the licence does not tell it."""
        try:
            rows = await self.client.query("SystemInfo")
        except Permanent:
            return ""
        return rows[0].text("Version") if rows else ""

    async def currencies(self) -> dict[str, str]:
        """The site's currency codes → ISO 4217 (they differ); empty where the list is not licensed."""
        if self._currencies is None:
            try:
                rows = await self.client.query("CurrencyList", ("CurrencyShortdesc", "CurrencyISO3"))
            except Permanent as fault:
                log.info("suite8: no currency list (%s)", fault)
                rows = []
            self._currencies = {row.text("CurrencyShortdesc"): row.text("CurrencyISO3") for row in rows}
        return self._currencies

    async def departments(self) -> dict[str, str]:
        """Name by the code that postings bear; empty where the list is not licensed."""
        if self._departments is None:
            try:
                rows = await self.client.query("Departments", ("DepartmentCode", "DepartmentName"))
            except Permanent as fault:
                log.info("suite8: no list of departments (%s)", fault)
                rows = []
            self._departments = {row.text("DepartmentCode"): row.text("DepartmentName") for row in rows}
        return self._departments

    async def stamps(self) -> Stamps:
        """How this server writes moments: learnt once from reservations around the business date."""
        if self._stamps is None:
            today = await self.business_date() or datetime.now(self.zone).date()
            for days in (0, 7, 60):
                near = _between("GuestArrival", today - timedelta(days=days), today + timedelta(days=days))
                for row in await self.client.query("Reservation", ("LastUpdateTime",), near):
                    if (found := self._try_learn(row.text("LastUpdateTime"))) is not None:
                        self._stamps = found
                        return found
            return assumed(self.zone)
        return self._stamps

    def _try_learn(self, sample: str) -> Stamps | None:
        try:
            found = learn(sample, self.zone, self.client.server_time or datetime.now(UTC))
        except BadMoment:
            return None
        log.info("suite8: moments are read as %s, shift written %s", found.meaning, found.suffix or "never")
        return found

    # --- reservations ----------------------------------------------------------------------------------------

    async def arriving(self, first: date, last: date) -> AsyncIterator[list[Row | RowProblem]]:
        """Reservations by arrival, window by window; first those who came before and are still due then."""
        before = all_of(
            Condition.of("GuestArrival", "lt", queries.day(first)),
            Condition.of("GuestDeparture", "ge", queries.day(first)),
        )
        yield await self._reservations(before)
        for start, end in windows.day_windows(first, last):
            yield await self._reservations(_between("GuestArrival", start, end))

    async def changed_reservations(self, since: datetime) -> AsyncIterator[list[Row | RowProblem]]:
        async for where in self._changes(since):
            yield await self._reservations(where)

    async def numbered_reservations(self, numbers: Iterable[str]) -> AsyncIterator[list[Row | RowProblem]]:
        """Reservations by number, in packs of OR links."""
        for pack in windows.packs(sorted(numbers), IDS_AT_ONCE):
            yield await self._reservations(any_of("GuestNum", pack))

    async def nights(self, numbers: Sequence[str]) -> list[Row]:
        """One row per night of these reservations."""
        rows: list[Row] = []
        for pack in windows.packs(numbers, IDS_AT_ONCE):
            rows += await self.client.query("Reservation", queries.NIGHT_FIELDS, any_of("GuestNum", pack))
        return rows

    async def _reservations(self, where: Condition) -> list[Row | RowProblem]:
        return await self._whole("Reservation", queries.RESERVATION_FIELDS, where, "GuestNum", "stay")

    # --- profiles and postings -------------------------------------------------------------------------------

    async def profiles(self, numbers: Iterable[str]) -> AsyncIterator[tuple[Sequence[str], list[Row]]]:
        """(what was asked, rows) in packs of OR links."""
        for pack in windows.packs(sorted(numbers), IDS_AT_ONCE):
            rows = await self.client.query("Profile", queries.PROFILE_FIELDS, any_of("ProfileID", pack))
            yield pack, rows

    async def changed_profiles(self, since: datetime) -> AsyncIterator[list[Row | RowProblem]]:
        async for where in self._changes(since):
            yield await self._whole("Profile", queries.PROFILE_FIELDS, where, "ProfileID", "profile")

    async def postings(self, first: date, last: date) -> AsyncIterator[list[Row | RowProblem]]:
        """Postings by business date, window by window."""
        for start, end in windows.day_windows(first, last, windows.POSTING_DAYS):
            where = _between("PostingDate", start, end)
            yield await self._whole("Posting", queries.POSTING_FIELDS, where, "PostingID", "posting")

    # --- inside ----------------------------------------------------------------------------------------------

    async def _changes(self, since: datetime) -> AsyncIterator[Condition]:
        stamps = await self.stamps()
        now = self.client.server_time or datetime.now(UTC)
        for start, end in windows.change_windows(since, now):
            low = Condition.of("LastUpdateTime", "ge", stamps.write(start))
            high = Condition.of("LastUpdateTime", "lt", stamps.write(end)) if end else None
            yield all_of(low, high) if high else low

    async def _whole(
        self, req_type: str, fields: Sequence[str], where: Condition, key: str, entity: str, cuts: int = 0
    ) -> list[Row | RowProblem]:
        """All rows of a question. When their number looks like a limit, it is asked again below and above the
        middle number found; a limit that can't be cut under is told as a problem.
        """
        rows: list[Row | RowProblem] = list(await self.client.query(req_type, fields, where))
        if not windows.looks_cut(len(rows)):
            return rows
        numbers = sorted(
            int(row.text(key)) for row in rows if isinstance(row, Row) and row.text(key).isdecimal()
        )
        if cuts >= MAX_CUTS or len(numbers) < 2:
            return [*rows, RowProblem(entity, None, "row-limit", f"{len(rows)} rows")]
        middle = str(numbers[(len(numbers) - 1) // 2])
        found: list[Row | RowProblem] = []
        for operation in ("le", "gt"):
            part = Condition.of(key, operation, middle).linked("AND", where)
            found += await self._whole(req_type, fields, part, key, entity, cuts + 1)
        return found


def _between(name: str, first: date, last: date) -> Condition:
    return all_of(Condition.of(name, "ge", queries.day(first)), Condition.of(name, "le", queries.day(last)))
