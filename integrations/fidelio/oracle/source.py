"""The Oracle door as a PmsSource: increments behind a watermark with overlap, full reads by arrival, profiles by number.

What was read twice is told apart by its content where it is staged; here the overlap is only generous.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import ConciergeError, Permanent
from domain.guests import Profile, ProfileKind
from domain.ports import PmsRecord, SourceStatus, SourceWindow
from domain.stays import Cursor, RowProblem
from integrations.fidelio.oracle.access import named, probe, refuse_writers
from integrations.fidelio.oracle.database import Database, Driver, Row
from integrations.fidelio.oracle.opera5 import Opera5
from integrations.fidelio.oracle.schema import Details, Schema
from integrations.fidelio.oracle.statements import Statement, packs
from integrations.fidelio.oracle.suite8 import Suite8

OVERLAP = timedelta(minutes=10)
"""Stamps are set when a change begins and seen when it is committed; check-ins are committed in bursts."""
PROFILES: Mapping[str, tuple[type[Schema], str]] = {"opera5": (Opera5, "OPERA"), "suite8": (Suite8, "V8LIVE")}
"""By the setting's word: the schema's statements, and who owns its tables."""
LOWEST = -1
"""Before every number of the PMS."""


class OracleSource:
    """One hotel's database. The first call opens the session, looks what the account may do, and what is there."""

    name = "opera_db"
    capabilities = frozenset({"profiles", "stays", "postings", "nights", "business_date", "increments"})

    def __init__(
        self,
        driver: Driver,
        *,
        profile: str,
        resort: str = "",
        owner: str = "",
        timezone: str = "Europe/Moscow",
        currency: str = "RUB",
        overlap: timedelta = OVERLAP,
    ) -> None:
        """``timezone`` is the database server's, ``owner`` the schema where it isn't the usual one."""
        kind, usual = PROFILES[profile]
        self._zone = ZoneInfo(timezone)
        self._schema = kind(zone=self._zone, currency=currency, resort=resort)
        self._owner = (owner or usual).upper()
        self._database = Database(driver)
        self._overlap = overlap
        self._without: frozenset[str] = frozenset()
        self._looked = False

    # --- the port ---------------------------------------------------------------------------------------

    async def changed_since(self, cursor: Cursor, window: SourceWindow) -> AsyncIterator[PmsRecord]:
        """Profiles before the stays that name them. With a cursor all that changed, else what the window holds."""
        await self._look()
        now = await self._now()
        self._schema.today = now.date()
        self._schema.code_rows = await self._codes()
        seen: set[str] = set()
        if cursor.at is None:
            pages = self._database.pages(
                self._schema.window_stays,
                {"last": self._schema.stay_key},
                **self._window(window),
                last=LOWEST,
            )
        else:
            since = self._since(cursor.at, now)
            async for guest in self._changed_profiles(since, seen):
                yield guest
            pages = self._database.pages(
                self._schema.changed_stays, self._schema.stay_keys, **self._place(), after=since, last=LOWEST
            )
        async for rows in pages:
            async for record in self._stays(rows, seen):
                yield record
        first = window.first if cursor.at is None else (cursor.at - self._overlap).date() - timedelta(days=1)
        async for line in self._lines(first, window.last):
            yield line

    async def business_date(self) -> date | None:
        """The PMS's business date."""
        rows = await self._database.rows(self._schema.business_date, cap=1, **self._place())
        return next((value.date() for row in rows for value in row.values() if value is not None), None)

    async def source_time(self) -> datetime:
        """The database server's clock."""
        return (await self._now()).replace(tzinfo=self._zone).astimezone(UTC)

    async def check(self) -> SourceStatus:
        """What the account may do, which columns are missing, and the business date."""
        try:
            too_much, lacking = await self._look()
            today = await self.business_date()
        except ConciergeError as fault:
            return SourceStatus(False, fault.code, fault.detail)
        hints = [f"lacks {named([f'{table}.{column}' for table, column in lacking])}"] if lacking else []
        hints += [f"without: {named(sorted(self._without))}"] if self._without else []
        hints += [f"may read more than needed: {named(too_much)}"] if too_much else []
        return SourceStatus(True, "ok", "; ".join(hints), today, "not run against Oracle by its makers")

    async def close(self) -> None:
        await self._database.close()

    # --- before reading ---------------------------------------------------------------------------------

    async def _look(self) -> tuple[Sequence[str], Sequence[tuple[str, str]]]:
        """Refuse an account that can write; find what this version of the PMS lacks. Once a session of ours."""
        if self._looked:
            return (), ()
        too_much = await refuse_writers(self._database)
        found = await probe(self._database, self._owner, self._schema.statements)
        if found.missing:
            raise Permanent("oracle-columns", named(found.missing))
        self._database.lack(found.lacking)
        self._without = found.without
        self._looked = True
        return too_much, sorted(found.lacking)

    async def _now(self) -> datetime:
        rows = await self._database.rows(self._schema.clock, cap=1)
        now: datetime = rows[0]["SYSDATE"]
        return now

    def _since(self, at: datetime, now: datetime) -> datetime:
        """The watermark in the server's wall clock; an hour earlier where the clock was put back since."""
        begin = (at - self._overlap).astimezone(self._zone)
        later = now.replace(tzinfo=self._zone, fold=1)  # of an hour that comes twice the second one
        turned = (begin.utcoffset() or timedelta()) - (later.utcoffset() or timedelta())
        return begin.replace(tzinfo=None) - max(turned, timedelta())

    def _place(self) -> dict[str, Any]:
        return {"resort": self._schema.resort} if isinstance(self._schema, Opera5) else {}

    def _window(self, window: SourceWindow) -> dict[str, Any]:
        """Binds of a span of days; Oracle compares dates with their time of day."""
        since = datetime.combine(window.first, datetime.min.time())
        until = datetime.combine(window.last, datetime.min.time())
        if isinstance(self._schema, Opera5):
            return {**self._place(), "since": since, "until": until}
        return {"since": since, "after_until": until + timedelta(days=1)}

    async def _codes(self) -> Mapping[str, Row]:
        codes = self._schema.codes
        if codes is None or codes.name in self._without:
            return {}
        rows = await self._database.rows(codes, cap=5000, **self._place())
        return {str(next(iter(row.values()))): row for row in rows}

    # --- reading ----------------------------------------------------------------------------------------

    async def _stays(self, rows: Sequence[Row], seen: set[str]) -> AsyncIterator[PmsRecord]:
        """A page of reservations with their details, behind the profiles nobody has told yet."""
        schema = self._schema
        details = await self._details(schema.stay_details, schema.stay_key, rows, companions=True)
        stays = [stay for row in rows if (stay := schema.stay(row, details)) is not None]
        named_ids = {
            number
            for stay in stays
            if not isinstance(stay, RowProblem)
            for number in (stay.profile_id, stay.company_id, stay.agent_id, *stay.companion_ids)
            if number
        }
        for pack in packs(named_ids - seen):
            guests = await self._database.rows(schema.profiles, **pack)
            async for guest in self._profiles(guests, seen):
                yield guest
        for stay in stays:
            yield stay

    async def _profiles(self, rows: Sequence[Row], seen: set[str]) -> AsyncIterator[PmsRecord]:
        schema = self._schema
        details = await self._details(schema.profile_details, schema.profile_key, rows)
        for row in rows:
            guest = schema.profile(row, details)
            if isinstance(guest, Profile):
                seen.add(guest.profile_id)
            yield guest

    async def _changed_profiles(self, since: datetime, seen: set[str]) -> AsyncIterator[PmsRecord]:
        schema = self._schema
        keys = {**schema.stay_keys}
        if keys["last"] == schema.stay_key:  # stamped rows: the profile's own number, not the reservation's
            keys["last"] = schema.profile_key
        for statement in schema.changed_profiles:
            if statement.name in self._without:
                continue
            async for rows in self._database.pages(statement, keys, after=since, last=LOWEST):
                async for guest in self._profiles(rows, seen):
                    yield guest
        if schema.merges is None or schema.merges.name in self._without:
            return
        async for rows in self._database.pages(schema.merges, schema.merge_keys, after=since, last=LOWEST):
            for gone, survivor in filter(None, (schema.merge(row) for row in rows)):
                yield Profile(gone, ProfileKind.INDIVIDUAL, merged_into=survivor, deleted=True)

    async def _lines(self, first: date, last: date) -> AsyncIterator[PmsRecord]:
        schema = self._schema
        if schema.postings.name in self._without:
            return
        binds = self._window(SourceWindow(first, last))
        async for rows in self._database.pages(
            schema.postings, {"last": schema.posting_key}, **binds, last=LOWEST
        ):
            for row in rows:
                yield schema.posting(row)

    async def _details(
        self, statements: Iterable[Statement], key: str, rows: Sequence[Row], *, companions: bool = False
    ) -> Details:
        """The rows that belong to these records, by statement and record."""
        numbers = {str(int(row[key])) for row in rows if row.get(key) is not None}
        place = self._place() if companions else {}
        found: dict[str, dict[str, list[Row]]] = {}
        for statement in statements:
            by_record: dict[str, list[Row]] = defaultdict(list)
            found[statement.name] = by_record
            if statement.name in self._without:
                continue
            column = self._schema.detail_keys.get(statement.name, key)
            for pack in packs(numbers):
                for row in await self._database.rows(statement, cap=100_000, **place, **pack):
                    by_record[str(int(row[column]))].append(row)
        return found
