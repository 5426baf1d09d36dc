"""The exports door as a PmsSource: every read takes what lies in the folder; files are put away once all is confirmed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.doors import Declared
from domain.errors import ConciergeError, Permanent, Temporary
from domain.guests import Profile
from domain.ports import PmsRecord, SourceStatus, SourceWindow
from domain.stays import Cursor, RowProblem, Stay
from integrations.fidelio.exports.column_map import BadMap, ExportMap, FileMap, load_map
from integrations.fidelio.exports.folder import Bad, Folder, Taken
from integrations.fidelio.exports.readers import MAX_BYTES, BadFile, rows
from integrations.fidelio.exports.translate import Context, records
from integrations.fidelio.rows import BadRow

log = logging.getLogger(__name__)

MAP, FOLDER = "exports-map", "exports-folder"


class Fetch(Protocol):
    """Brings files into the folder first, from a server."""

    async def fetch(self, into: Path) -> int:
        """How many came. Temporary(exports-sftp) or Permanent(exports-sftp)."""

    async def check(self) -> str:
        """What the server says of itself. Raises as fetch does."""


@dataclass(slots=True)
class _Read:
    """What came of one file."""

    records: list[Stay | Profile] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    bad: Bad = field(default_factory=Bad)


def declared(path: Path) -> Declared:
    """What the files of a map can tell; of a map that can't be read: nothing special, `check` tells."""
    try:
        return load_map(path).declared
    except BadMap:
        return Declared(facts=frozenset())


class ExportsSource:
    """One hotel's export folder."""

    name = "exports"
    capabilities = frozenset({"profiles", "stays", "increments"})

    def __init__(
        self,
        path: Path,
        map_path: Path,
        *,
        currency: str = "RUB",
        timezone: str = "Europe/Moscow",
        keep_days: int = 30,
        steady_s: float = 5.0,
        fetch: Fetch | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.folder = Folder(path, keep_days=keep_days, steady_s=steady_s, clock=clock, sleep=sleep)
        self._map_path, self._fetch, self._clock = map_path, fetch, clock
        self._zone, self._currency = ZoneInfo(timezone), currency
        self._read: list[Taken] = []

    # --- the port --------------------------------------------------------------------------------------------

    async def changed_since(self, cursor: Cursor, window: SourceWindow) -> AsyncIterator[PmsRecord]:
        """What the files hold that have come since, oldest first; a full read has no more than they hold either."""
        del cursor, window
        known = await asyncio.to_thread(self._map)
        if self._fetch is not None:
            await self._fetch.fetch(self.folder.path)
        try:
            taken = await self.folder.take()
            seen = await asyncio.to_thread(self.folder.seen)
        except OSError as fault:
            raise Temporary(FOLDER, f"{type(fault).__name__}") from fault
        self._read = []
        for one in taken:
            if one.digest in seen or any(one.digest == other.digest for other in self._read):
                log.info("exports: %s is the same as a file read before", one.name)
                self._read.append(one)
                continue
            async for record in self._file(one, known):
                yield record

    async def confirm(self) -> None:
        """Everything that was given is in the store and its run is over: put the files away."""
        done, self._read = self._read, []
        await asyncio.to_thread(self.folder.archive, done)
        await asyncio.to_thread(self.folder.forget_old)

    async def business_date(self) -> date | None:
        """Files have none."""
        return None

    async def source_time(self) -> datetime:
        """Our own clock: files come when they come."""
        return self._clock()

    async def check(self) -> SourceStatus:
        """The map, the folder, and the server where there is one."""
        try:
            known = await asyncio.to_thread(self._map)
            wrong = await asyncio.to_thread(self.folder.check)
            if wrong:
                return SourceStatus(ok=False, code=FOLDER, detail=wrong)
            server = await self._fetch.check() if self._fetch is not None else ""
            waiting = await asyncio.to_thread(self.folder.waiting)
        except ConciergeError as fault:
            return SourceStatus(ok=False, code=fault.code, detail=fault.detail)
        detail = f"{len(known.files)} [[files]], {waiting} to read"
        return SourceStatus(ok=True, code="ok", detail=", ".join(filter(None, (detail, server))))

    async def close(self) -> None:
        """Nothing is open between two reads."""

    # --- inside ----------------------------------------------------------------------------------------------

    def _map(self) -> ExportMap:
        try:
            return load_map(self._map_path)
        except BadMap as fault:
            raise Permanent(MAP, str(fault)) from fault

    async def _file(self, one: Taken, known: ExportMap) -> AsyncIterator[PmsRecord]:
        of = known.of(one.name)
        if of is None:
            found = _Read(bad=Bad(why="no [[files]] of the map takes a file of this name"))
        else:
            found = await asyncio.to_thread(self._parse, one, of)
        if found.bad.why:
            await asyncio.to_thread(self.folder.quarantine, one, found.bad)
            log.warning("exports: a file goes to quarantine: %s", found.bad.why)
            yield RowProblem("stay", None, "row-file", f"{one.name}: {found.bad.why}")
            return
        if found.bad.rows:
            await asyncio.to_thread(self.folder.quarantine, one, found.bad)
        self._read.append(one)
        for record in (*found.records, *found.problems):
            yield record

    def _parse(self, one: Taken, of: FileMap) -> _Read:
        """All rows of a file; the file itself is refused when it can't be read at all."""
        found = _Read()
        context = Context(self._zone, self._currency, one.written_at)
        try:
            for line in rows(_content(one.path), of):
                try:
                    found.records += list(records(line, of, context))
                except BadRow as fault:
                    found.bad.rows.append((line.number, fault.code, fault.detail, line.raw))
                    detail = f"{one.name}, line {line.number}: {fault.detail}"
                    found.problems.append(RowProblem("stay", None, fault.code, detail))
        except BadFile as fault:
            return _Read(bad=Bad(why=str(fault)))
        if found.bad.rows and not found.records:
            return _Read(bad=Bad(why=f"no row can be used; the first: {found.bad.rows[0][2]}"))
        return found


def _content(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise BadFile("bigger than 100 MB")
    return path.read_bytes()
