"""The watched folder: files are taken only when whole, moved before they are read, and kept until all is confirmed.

``work/`` holds what is being read (also after a crash), ``archive/`` what was, ``quarantine/`` what could not be, each
with its reasons. The same bytes twice are read once: an old file put there again must not undo what came after it.
"""

import asyncio
import csv
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

WORK, ARCHIVE, QUARANTINE = "work", "archive", "quarantine"
SEEN = ".seen.json"
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
SEEN_MOST = 5000
DIGEST_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """A file in ``work/``. ``name`` as it came; ``written_at``: its last change, UTC; ``digest`` of its bytes."""

    path: Path
    name: str
    written_at: datetime
    digest: str


@dataclass(slots=True)
class Bad:
    """What of a file could not be used: the whole of it (``why``), or some rows."""

    why: str = ""
    rows: list[tuple[int, str, str, str]] = field(default_factory=list)
    """(line, code, detail, the row itself)."""


class Folder:
    """One watched folder. Calls that touch the disk are synchronous: run them in a thread."""

    def __init__(
        self,
        path: Path,
        *,
        keep_days: int = 30,
        steady_s: float = 5.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.path = path
        self._keep = timedelta(days=keep_days)
        self._steady_s, self._clock, self._sleep = steady_s, clock, sleep

    # --- taking ----------------------------------------------------------------------------------------------

    async def take(self) -> list[Taken]:
        """Whole files moved into ``work/``, and what lies there from a run that was cut off, oldest first.

        A file counts as whole when it neither grows nor changes while we look on for ``steady_s``; copying tools
        set the old date while they still write, so the date alone says nothing. OSError when the folder is away.
        """
        before = await asyncio.to_thread(self._look)
        if before:
            await self._sleep(self._steady_s)
        return await asyncio.to_thread(self._take, before)

    def _look(self) -> dict[Path, tuple[int, int]]:
        found = {}
        for path in self.path.iterdir():
            if path.name.startswith(".") or path.name.casefold().endswith(UNFINISHED) or not path.is_file():
                continue
            with suppress(FileNotFoundError):
                stat = path.stat()
                if stat.st_size:
                    found[path] = (stat.st_size, stat.st_mtime_ns)
        return found

    def _take(self, before: dict[Path, tuple[int, int]]) -> list[Taken]:
        for name in (WORK, ARCHIVE, QUARANTINE):
            (self.path / name).mkdir(exist_ok=True)
        now = self._look() if before else {}
        for path in sorted(path for path, stat in before.items() if now.get(path) == stat):
            target = self.path / WORK / f"{time.time_ns():020d}__{path.name}"
            with suppress(FileNotFoundError, PermissionError):  # its writer still holds it: next time
                path.rename(target)
        taken = [self._taken(path) for path in (self.path / WORK).iterdir() if path.is_file()]
        return sorted(taken, key=lambda one: (one.written_at, one.path.name))

    def _taken(self, path: Path) -> Taken:
        digest = hashlib.blake2b(digest_size=16)
        with path.open("rb") as source:
            while chunk := source.read(DIGEST_CHUNK):
                digest.update(chunk)
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Taken(path, path.name.partition("__")[2] or path.name, written_at, digest.hexdigest())

    # --- what was read before --------------------------------------------------------------------------------

    def seen(self) -> dict[str, str]:
        """Digest → name of what was read to its end, oldest first."""
        try:
            found: dict[str, str] = json.loads((self.path / SEEN).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def _remember(self, one: Taken) -> None:
        seen = self.seen()
        seen.pop(one.digest, None)
        seen[one.digest] = one.name
        newest = dict(list(seen.items())[-SEEN_MOST:])
        fresh = self.path / f"{SEEN}.new"
        fresh.write_text(json.dumps(newest, ensure_ascii=False, indent=0), encoding="utf-8")
        fresh.replace(self.path / SEEN)

    # --- putting away ----------------------------------------------------------------------------------------

    def archive(self, files: Iterable[Taken]) -> None:
        """What was read and confirmed."""
        for one in files:
            day = self.path / ARCHIVE / f"{self._clock():%Y-%m-%d}"
            day.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                one.path.rename(_free(day / one.name))
            self._remember(one)

    def quarantine(self, one: Taken, bad: Bad) -> Path:
        """Write the reasons down; a file that can't be used at all goes there itself."""
        place = self.path / QUARANTINE
        if bad.why:
            target = _free(place / one.name)
            one.path.rename(target)
            target.with_name(f"{target.name}.why.txt").write_text(f"{bad.why}\n", encoding="utf-8")
            return target
        target = place / f"{one.name}.{one.digest[:8]}.bad.csv"
        with target.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, delimiter=";")
            writer.writerow(("line", "code", "detail", "row"))
            writer.writerows(bad.rows)
        return target

    def forget_old(self) -> int:
        """Delete what is kept longer than it should be (152-FZ: no longer than needed); returns how many files."""
        oldest, count = (self._clock() - self._keep).timestamp(), 0
        for place in (ARCHIVE, QUARANTINE):
            for path in (self.path / place).rglob("*"):
                if path.is_file() and path.stat().st_ctime < oldest:
                    path.unlink()
                    count += 1
        for day in (self.path / ARCHIVE).glob("*-*-*"):
            with suppress(OSError):
                day.rmdir()
        return count

    def check(self) -> str:
        """Empty, or what is wrong with the folder."""
        if not self.path.is_dir():
            return f"{self.path}: no such folder"
        probe = self.path / ".concierge-probe"
        try:
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as fault:
            return f"{self.path}: {fault.strerror}"
        return ""

    def waiting(self) -> int:
        """How many files lie there."""
        return len(self._look())


def _free(target: Path) -> Path:
    """The name, or one beside it that isn't taken."""
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
