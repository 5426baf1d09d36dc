"""OPERA Cloud as a PmsSource: full reads by arrival windows, increments by Business Events, profiles by number.

Reservations have no last-modified filter: what changed is known from the events alone, and reading an event takes
it from Oracle's queue. So each answer is in our journal before the next is read, and only a cursor that moved
(everything confirmed) lets go of it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import orjson

from domain.errors import ConciergeError, Permanent
from domain.guests import Profile
from domain.ports import DoorJournal, Kept, PmsRecord, SourceStatus, SourceWindow
from domain.stays import Cursor, RowProblem, Stay
from integrations.fidelio.ohip import translate
from integrations.fidelio.ohip.client import RETRY_AFTER_S, Access, OhipClient, Params

WINDOW = timedelta(days=7)
PAGE = 200
EVENTS = 20
"""The most a read of Business Events gives."""
IDS = 20
"""Numbers in one question."""
POSTINGS_PAGE = 2000
MOST_WAITING = 20_000
"""Events of one run; what is behind them waits for the next."""
INSTRUCTIONS: Params = (("fetchInstructions", "Reservation"), ("fetchInstructions", "RevenuesAndBalances"))
PROFILE_INSTRUCTIONS: Params = tuple(
    ("fetchInstructions", name) for name in ("Profile", "Address", "Communication")
)
OVERLAP = timedelta(days=1)
"""Postings are asked for by day."""


class OhipSource:
    """One hotel of a gateway. Without a ``journal`` it can be checked, and read whole."""

    name = "opera_cloud"
    capabilities = frozenset({"profiles", "stays", "postings", "increments"})

    def __init__(
        self,
        url: str,
        access: Access,
        *,
        session: aiohttp.ClientSession,
        journal: DoorJournal | None = None,
        external_system: str = "",
        currency: str = "RUB",
        timezone: str = "Europe/Moscow",
        retry_after_s: Sequence[float] = RETRY_AFTER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        guard: Callable[[], None] | None = None,
    ) -> None:
        self._client = OhipClient(
            url, access, session=session, guard=guard, retry_after_s=retry_after_s, sleep=sleep
        )
        self._hotel, self._external_system = access.hotel_id, external_system
        self._journal = journal
        self._reading = translate.Reading(ZoneInfo(timezone), currency)

    @property
    def requests(self) -> int:
        """HTTP requests made so far."""
        return self._client.requests

    # --- the port ---------------------------------------------------------------------------------------

    async def changed_since(self, cursor: Cursor, window: SourceWindow) -> AsyncIterator[PmsRecord]:
        """Profiles before the stays that name them: all of the window, or what the events since have named."""
        seen: set[str] = set()
        if cursor.at is None:
            pages = self._whole(window)
            since = window.first
        else:
            waiting = await self._news(cursor.at)
            async for guest in self._profiles(_named(waiting, "Profile"), seen):
                yield guest
            pages = self._by_numbers(_named(waiting, "Reservation"))
            since = (cursor.at - OVERLAP).date()
        async for nodes in pages:
            stays = [translate.stay(node, self._reading) for node in nodes]
            named = (number for one in stays if isinstance(one, Stay) for number in _guests(one))
            async for guest in self._profiles([one for one in dict.fromkeys(named) if one not in seen], seen):
                yield guest
            for one in stays:
                yield one
        async for line in self._postings(since, window.last):
            yield line

    async def business_date(self) -> date | None:
        """No operation among ours tells it."""
        return None

    async def source_time(self) -> datetime:
        """Our clock: it is our journal that the cursor is compared with."""
        return datetime.now(UTC)

    async def check(self) -> SourceStatus:
        """One reservation, and one look at the queue's address without reading from it."""
        try:
            day = datetime.now(self._reading.zone).date().isoformat()
            params = [("arrivalStartDate", day), ("arrivalEndDate", day), ("limit", "1")]
            await self._client.get(f"/rsv/v1/hotels/{self._hotel}/reservations", params)
        except ConciergeError as fault:
            return SourceStatus(False, fault.code, fault.detail)
        return SourceStatus(
            True, "ok", "" if self._external_system else "external_system is not set: no events"
        )

    async def close(self) -> None:
        """The session belongs to the caller."""

    # --- what changed -----------------------------------------------------------------------------------

    async def _news(self, confirmed: datetime) -> list[Kept]:
        """Everything the events have named since: read to the end of the queue, each answer kept before the next."""
        journal = self._journal
        if journal is None or not self._external_system:
            raise Permanent("ohip-no-events", "external_system")
        await journal.done_before(confirmed)
        path = f"/int/v1/externalSystem/{self._external_system}/hotels/{self._hotel}/businessEvents"
        while True:
            answer = await self._client.get(path, [("limit", str(EVENTS))])
            events = list(translate.listed(answer, "businessEventData"))
            if not events:
                break
            await journal.keep([(_key(one), orjson.dumps(_place(one)).decode()) for one in events])
        return list(await journal.waiting(MOST_WAITING))

    # --- reading ----------------------------------------------------------------------------------------

    async def _whole(self, window: SourceWindow) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Arrivals of the window in spans of days, and before them who was there at its begin."""
        before = window.first - timedelta(days=1)
        present = [("departureStartDate", window.first.isoformat()), ("arrivalEndDate", before.isoformat())]
        async for nodes in self._pages(present):
            yield nodes
        day = window.first
        while day <= window.last:
            last = min(day + WINDOW - timedelta(days=1), window.last)
            async for nodes in self._pages(
                [("arrivalStartDate", day.isoformat()), ("arrivalEndDate", last.isoformat())]
            ):
                yield nodes
            day = last + timedelta(days=1)

    async def _by_numbers(self, numbers: Iterable[str]) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        for pack in _packs(numbers):
            async for nodes in self._pages([("reservationIdList", number) for number in pack]):
                yield nodes

    async def _pages(self, params: Params) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        path, offset = f"/rsv/v1/hotels/{self._hotel}/reservations", 0
        while True:
            paging = [("limit", str(PAGE)), ("offset", str(offset))]
            answer = await self._client.get(path, [*params, *INSTRUCTIONS, *paging])
            nodes = list(translate.listed(answer, "reservations", "reservationInfo"))
            if nodes:
                yield nodes
            if not (answer.get("reservations") or {}).get("hasMore") or not nodes:
                return
            offset += len(nodes)

    async def _profiles(self, numbers: Sequence[str], seen: set[str]) -> AsyncIterator[Profile | RowProblem]:
        for pack in _packs(numbers):
            ids = [("profileIds", number) for number in pack]
            answer = await self._client.get("/crm/v1/profilesByIds", [*ids, *PROFILE_INSTRUCTIONS])
            for node in translate.listed(answer, "profiles", "profileInfo"):
                guest = translate.profile(node, self._reading)
                if isinstance(guest, Profile):
                    seen.add(guest.profile_id)
                yield guest

    async def _postings(self, first: date, last: date) -> AsyncIterator[PmsRecord]:
        path, offset = f"/csh/v1/hotels/{self._hotel}/financialPostings", 0
        last = min(last, datetime.now(self._reading.zone).date() + timedelta(days=1))
        days = [
            ("startDate", first.isoformat()),
            ("endDate", last.isoformat()),
            ("limit", str(POSTINGS_PAGE)),
        ]
        while first <= last:
            answer = await self._client.get(path, [*days, ("offset", str(offset))])
            nodes = list(translate.listed(answer, "journalPostings", "postings"))
            for node in nodes:
                if (line := translate.posting(node, self._reading)) is not None:
                    yield line
            if not answer.get("hasMore") or not nodes:
                return
            offset += len(nodes)


def _guests(stay: Stay) -> Iterable[str]:
    return filter(None, (stay.profile_id, stay.company_id, stay.agent_id, *stay.companion_ids))


def _packs(numbers: Iterable[str]) -> Iterable[list[str]]:
    left = iter(dict.fromkeys(numbers))
    while pack := list(islice(left, IDS)):
        yield pack


def _key(event: Mapping[str, Any]) -> str:
    """The event's own id; where it has none, what it says."""
    told = event.get("businessEventId") or {}
    if told.get("id"):
        return str(told["id"])
    header = (event.get("businessEvent") or {}).get("header") or {}
    return ":".join(
        str(header.get(name, "")) for name in ("moduleName", "actionType", "primaryKey", "createdDateTime")
    )


def _place(event: Mapping[str, Any]) -> dict[str, str]:
    """What of an event is kept: whose it is. The details would be guests' data, and the record is read anew anyway."""
    header = (event.get("businessEvent") or {}).get("header") or {}
    return {"module": str(header.get("moduleName", "")), "key": str(header.get("primaryKey", ""))}


def _named(waiting: Iterable[Kept], module: str) -> list[str]:
    """Numbers of one module's records, in the order they were named first."""
    found = (orjson.loads(one.body) for one in waiting)
    return list(dict.fromkeys(one["key"] for one in found if one["module"] == module and one["key"]))
