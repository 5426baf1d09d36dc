"""The Suite 8 door as a PmsSource: increments by LastUpdateTime, full reads by arrival, profiles by number."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeGuard, TypeVar
from zoneinfo import ZoneInfo

import aiohttp

from domain.errors import ConciergeError, Permanent
from domain.guests import Profile
from domain.ports import PmsRecord, SourceStatus, SourceWindow
from domain.stays import Cursor, Night, Posting, RowProblem, Stay
from integrations.fidelio.suite8 import parse
from integrations.fidelio.suite8.answers import Row
from integrations.fidelio.suite8.client import ANSWER_TIMEOUT_S, RETRY_AFTER_S, Suite8Client
from integrations.fidelio.suite8.queries import Condition, Credentials
from integrations.fidelio.suite8.reader import Reader
from integrations.fidelio.suite8.values import Reading

T = TypeVar("T")
IN_THREAD_ROWS = 200

OVERLAP = timedelta(minutes=10)
"""Read again this far before the cursor: clocks of database and web server differ, check-ins commit in bursts."""
PSEUDO_TYPES = frozenset({"PM", "PI", "PF"})
ERASED_NAMES = frozenset({"anonymized", "anonymised", "anonym", "de-identified", "deidentified"})
"""What a de-identified guest is called; the document does not say, so it is a setting."""


class Suite8Source:
    """One hotel's XML Interface. Nothing is asked before the first call; the session belongs to the caller."""

    name = "suite8"
    capabilities = frozenset({"profiles", "stays", "postings", "nights", "business_date", "increments"})

    def __init__(
        self,
        url: str,
        *,
        session: aiohttp.ClientSession,
        username: str,
        password: str,
        vendor: str = "Suite8",
        password_encrypted: bool = False,
        currency: str = "RUB",
        timezone: str = "Europe/Moscow",
        packed: bool = True,
        with_nights: bool = False,
        with_postings: bool = False,
        pseudo_types: Iterable[str] = PSEUDO_TYPES,
        erased_names: Iterable[str] = ERASED_NAMES,
        overlap: timedelta = OVERLAP,
        timeout_s: float = ANSWER_TIMEOUT_S,
        retry_after_s: Sequence[float] = RETRY_AFTER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        guard: Callable[[], None] | None = None,
    ) -> None:
        """``with_nights`` and ``with_postings`` also read a row per night and the folios (many more rows)."""
        credentials = Credentials(username, password, vendor, password_encrypted)
        self._client = Suite8Client(
            url, credentials, session=session, packed=packed, guard=guard,
            timeout_s=timeout_s, retry_after_s=retry_after_s, sleep=sleep,
        )  # fmt: skip
        self._reader = Reader(self._client, ZoneInfo(timezone))
        self._currency, self._overlap = currency, overlap
        self._with_nights, self._with_postings = with_nights, with_postings
        self._pseudo_types = frozenset(pseudo_types)
        self._erased_names = frozenset(name.casefold() for name in erased_names)

    @property
    def requests(self) -> int:
        """HTTP requests made so far."""
        return self._client.requests

    # --- the port --------------------------------------------------------------------------------------------

    async def changed_since(self, cursor: Cursor, window: SourceWindow) -> AsyncIterator[PmsRecord]:
        """Profiles before the stays that name them. With a cursor: all that changed, in whatever window it lies.

        Without one: stays arriving in the window, those present at its begin, and the profiles they name.
        """
        reading = await self._reading()
        seen: set[str] = set()
        if cursor.at is None:
            packs = self._reader.arriving(window.first, window.last)
        else:
            since = cursor.at - self._overlap
            packs = self._reader.changed_reservations(since)
            async for rows in self._reader.changed_profiles(since):
                for guest in await _each(rows, lambda row: parse.profile(row, reading)):
                    if isinstance(guest, Profile):
                        seen.add(guest.profile_id)
                    yield guest
        earliest = window.first
        async for rows in packs:
            stays = await _each(rows, lambda row: parse.stay(row, reading))
            async for record in self._named(stays, seen, reading):
                yield record
            earliest = min([earliest, *(one.arrival for one in stays if _has_guests(one))])
            for stay in await self._nightly(stays, reading):
                yield stay
        if self._with_postings:
            first = earliest if cursor.at is None else (cursor.at - self._overlap).date() - timedelta(days=1)
            last = await self.business_date() or window.last
            try:
                async for line in self.postings(first, last):
                    yield line
            except Permanent as fault:  # no licence for the area: guests and stays are brought all the same
                yield RowProblem("posting", None, fault.code, fault.detail)

    async def business_date(self) -> date | None:
        """The PMS's business date. Raises what the client raises."""
        return await self._reader.business_date()

    async def source_time(self) -> datetime:
        """The web server's clock (its Date header beside SystemDate); ours where it sends none."""
        await self._reader.business_date()
        return self._client.server_time or datetime.now(UTC)

    async def check(self) -> SourceStatus:
        """Ask for the date, the version and one empty question per area, so that missing rights show."""
        try:
            today = await self.business_date()
            folios = [("Posting", "PostingID")] if self._with_postings else []
            for area, key in (("Reservation", "GuestNum"), ("Profile", "ProfileID"), *folios):
                await self._client.query(area, (key,), Condition.of(key, "eq", 0))
            stamps = await self._reader.stamps()
            version = await self._reader.version()
        except ConciergeError as fault:
            return SourceStatus(ok=False, code=fault.code, detail=fault.detail)
        detail = f"{self._client.encoding}, {stamps.suffix or 'UTC shift unknown'} ({stamps.meaning})"
        return SourceStatus(ok=True, code="ok", detail=detail, business_date=today, version=version)

    async def close(self) -> None:
        """Nothing to close: the session is the caller's."""

    # --- beyond the port -------------------------------------------------------------------------------------

    async def profiles(self, numbers: Iterable[str]) -> AsyncIterator[Profile | RowProblem]:
        """Profiles by number, in bulk; a number the PMS does not know is a problem (row-profile-missing)."""
        async for record in self._profiles(set(numbers), set(), await self._reading()):
            yield record

    async def reservations(self, numbers: Iterable[str]) -> AsyncIterator[Stay | RowProblem]:
        """Reservations by number, wherever they lie; a number the PMS does not know is absent."""
        reading = await self._reading()
        async for rows in self._reader.numbered_reservations(numbers):
            for stay in await _each(rows, lambda row: parse.stay(row, reading)):
                yield stay

    async def postings(self, first: date, last: date) -> AsyncIterator[Posting | RowProblem]:
        """The folio lines of all guests between two business dates."""
        reading, names = await self._reading(), await self._reader.departments()
        async for rows in self._reader.postings(first, last):
            for line in await _each(rows, lambda row: parse.posting(row, reading, names)):
                if line is not None:
                    yield line

    # --- inside ----------------------------------------------------------------------------------------------

    async def _reading(self) -> Reading:
        return Reading(
            await self._reader.stamps(),
            self._currency,
            await self._reader.currencies(),
            self._pseudo_types,
            self._erased_names,
        )

    async def _named(
        self, stays: Iterable[Stay | RowProblem], seen: set[str], reading: Reading
    ) -> AsyncIterator[Profile | RowProblem]:
        """The profiles that these stays name and that have not been yielded in this read."""
        numbers = set()
        for stay in stays:
            if isinstance(stay, Stay):
                named = (stay.profile_id, stay.company_id, stay.agent_id, *stay.companion_ids)
                numbers |= {number for number in named if number}
        async for record in self._profiles(numbers, seen, reading):
            yield record

    async def _profiles(
        self, numbers: set[str], seen: set[str], reading: Reading
    ) -> AsyncIterator[Profile | RowProblem]:
        """By number; those that were merged away bring the profile they were merged into."""
        while numbers := numbers - seen:
            survivors: set[str] = set()
            seen |= numbers
            async for asked, rows in self._reader.profiles(numbers):
                records = await _each(rows, lambda row: parse.profile(row, reading))
                for record in records:
                    if isinstance(record, Profile) and record.merged_into:
                        survivors.add(record.merged_into)
                    yield record
                for problem in _missing(asked, records):
                    yield problem
            numbers = survivors

    async def _nightly(self, stays: list[Stay | RowProblem], reading: Reading) -> Sequence[Stay | RowProblem]:
        numbers = [
            stay.reservation_id for stay in stays if isinstance(stay, Stay) and not stay.financial_account
        ]
        if not self._with_nights or not numbers:
            return stays
        by_stay: dict[str, list[Night]] = {}
        problems: list[RowProblem] = []
        for row in await self._reader.nights(numbers):
            found = parse.night(row, reading)
            if isinstance(found, RowProblem):
                problems.append(found)
            else:
                by_stay.setdefault(found[0], []).append(found[1])
        return [*(_with(stay, by_stay) for stay in stays), *problems]


def _has_guests(stay: Stay | RowProblem) -> TypeGuard[Stay]:
    """False for the accounts of the house, which may be years old."""
    return isinstance(stay, Stay) and not (stay.financial_account or stay.pseudo_room)


def _with(stay: Stay | RowProblem, nights: dict[str, list[Night]]) -> Stay | RowProblem:
    if isinstance(stay, RowProblem):
        return stay
    own = sorted(nights.get(stay.reservation_id, ()), key=lambda night: night.day)
    return replace(stay, nights=tuple(own))


def _missing(asked: Sequence[str], records: Sequence[Profile | RowProblem]) -> list[RowProblem]:
    """Numbers without a row; rows without a number already are problems and may be these."""
    came = {r.profile_id if isinstance(r, Profile) else r.key for r in records}
    if None in came:
        return []
    detail = "a reservation names it, the PMS has no such profile"
    return [RowProblem("profile", n, "row-profile-missing", detail) for n in asked if n not in came]


async def _each(rows: Sequence[Row | RowProblem], read: Callable[[Row], T]) -> list[T | RowProblem]:
    """Read every row; many of them in a thread, so that the event loop stays free."""

    def work() -> list[T | RowProblem]:
        return [row if isinstance(row, RowProblem) else read(row) for row in rows]

    return work() if len(rows) < IN_THREAD_ROWS else await asyncio.to_thread(work)
