"""Who works on a SQLite file: operating system locks beside it, which die with their owners.

``FILE.lock`` is held by the one service; ``FILE.work.lock`` is shared by commands that execute an order themselves.
"""

import fcntl
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

PATIENCE_S = 1.0
"""Somebody who only asks holds the lock for a moment: a refusal must last longer than that."""


class AlreadyRunningError(Exception):
    """Another `concierge run` serves this SQLite file."""


def database_file(database_url: str) -> Path | None:
    """SQLite's file; None on PostgreSQL, where any number of replicas may run."""
    url = make_url(database_url)
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None


class _Lock:
    """One lock file. ``None`` as path: everything succeeds, nothing is locked."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self, *, shared: bool, patience_s: float = 0.0) -> bool:
        """Take it, or change how it is held; False when others hold it in a way that forbids ours."""
        if self._path is None:
            return True
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a")
        until = time.monotonic() + patience_s
        while not self._flock(fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            if time.monotonic() >= until:
                self.release()
                return False
            time.sleep(0.05)
        return True

    def _flock(self, how: int) -> bool:
        assert self._file is not None
        try:
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def held_elsewhere(self) -> bool:
        """Whether somebody holds it alone; asks without writing, so a stranger's file is fine."""
        if self._path is None or self._file is not None:
            return False
        try:
            with self._path.open() as probe:
                fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def release(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)
            self._file.close()
            self._file = None


class Presence:
    """Held by the running service; others can ask whether somebody holds it."""

    def __init__(self, database_url: str) -> None:
        file = database_file(database_url)
        self._service = _Lock(file.with_name(file.name + ".lock") if file else None)
        self._work = _Lock(file.with_name(file.name + ".work.lock") if file else None)

    def take(self) -> None:
        """Become the one service of a SQLite file; AlreadyRunningError when there is one."""
        if not self._service.acquire(shared=False, patience_s=PATIENCE_S):
            raise AlreadyRunningError

    def is_taken(self) -> bool:
        """Whether a service runs on this SQLite file (on PostgreSQL any number may, and none is asked)."""
        return self._service.held_elsewhere()

    def nobody_works(self) -> bool:
        """Whether no command executes an order: then every claim in the tables is a dead process's.

        True leaves the lock held alone until :meth:`work` or :meth:`release`, so that none can begin meanwhile.
        """
        return self._work.acquire(shared=False, patience_s=PATIENCE_S)

    def work(self) -> None:
        """Execute orders as a command, beside other commands; waits while somebody clears up."""
        while not self._work.acquire(shared=True, patience_s=PATIENCE_S):
            pass

    def rest(self) -> None:
        """No command's work any more; the service's lock stays."""
        self._work.release()

    def release(self) -> None:
        """Give everything back."""
        self._work.release()
        self._service.release()
