"""The doors into a hotel's PMS: those that are read, and those that tell by themselves."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from domain.doors import Told
from domain.guests import Profile
from domain.stays import Cursor, Posting, RowProblem, Stay

PmsRecord = Profile | Stay | Posting | RowProblem


@dataclass(frozen=True, slots=True)
class SourceWindow:
    """Which stays interest us: arrivals (and present guests) between two calendar dates."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What a door answers when asked how it is."""

    ok: bool
    code: str
    detail: str = ""
    business_date: date | None = None
    version: str = ""


class PmsSource(Protocol):
    """One door into a hotel's PMS."""

    name: str
    capabilities: frozenset[str]  # profiles | stays | postings | nights | business_date | increments

    def changed_since(self, cursor: Cursor, window: SourceWindow) -> AsyncIterator[PmsRecord]:
        """All records changed since the cursor (everything in the window when it is empty), streamed.

        Profiles that a stay refers to come before or after it; bad rows come as RowProblem.
        """

    async def business_date(self) -> date | None: ...

    async def check(self) -> SourceStatus: ...

    async def source_time(self) -> datetime:
        """The PMS's clock now, in UTC: the next cursor, read before the rows are."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of a door's journal."""

    id: int
    key: str
    body: str
    received_at: datetime


class DoorJournal(Protocol):
    """Where a door keeps what it is given only once, before it works it through: reading it took it from the PMS."""

    async def keep(self, messages: Sequence[tuple[str, str]]) -> int:
        """Store (key, body) in order, durable when it returns; a key known already is left alone. How many were new."""

    async def waiting(self, limit: int = 500) -> Sequence[Kept]:
        """What isn't worked through yet, oldest first."""

    async def done(self, ids: Sequence[int], problem: str = "") -> None:
        """These are through; ``problem`` says why one could not be used, without personal data."""

    async def done_before(self, moment: datetime) -> None:
        """All received before the moment are through."""


@runtime_checkable
class Consuming(Protocol):
    """A door whose reading takes something away (files from a folder): told once all it gave is confirmed."""

    async def confirm(self) -> None:
        """The run that read it has ended well. Whatever was given before may be put away for good."""


Deliver = Callable[[Sequence[Told]], Awaitable[None]]
"""Takes what a live door told; stored durably when it returns. It waits while the store is away and raises nothing
but cancellation, so a door just awaits it before it reads on."""


class LiveSource(Protocol):
    """A door that tells by itself, as things happen."""

    name: str
    capabilities: frozenset[str]  # as PmsSource's, and: live | room_status

    async def run(self, deliver: Deliver) -> None:
        """Listen and deliver until cancelled; connects, and connects again after every loss, with back-off.

        May raise Permanent where trying again can't help before somebody changes a setting.
        """

    def status(self) -> SourceStatus:
        """How the link of the running service is right now (``code`` "ok", "connecting", "pms-unreachable" …)."""

    async def check(self) -> SourceStatus:
        """For ``concierge check``: whether the other end can be reached, without disturbing a running service."""

    async def close(self) -> None: ...


@runtime_checkable
class NumberedSource(Protocol):
    """A door that can be asked for single records: whether what a whole read didn't show is really gone."""

    def reservations(self, numbers: Iterable[str]) -> AsyncIterator[Stay | RowProblem]:
        """Reservations by number, wherever they lie; unknown numbers are absent."""
