"""Whether a service runs on this database: an operating system lock beside SQLite's file, which dies with its owner."""

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url


class AlreadyRunningError(Exception):
    """Another `concierge run` serves this SQLite file."""


def lock_path(database_url: str) -> Path | None:
    """Where SQLite's lock lies; None on PostgreSQL, where any number of replicas may run."""
    url = make_url(database_url)
    if not url.drivername.startswith("sqlite") or not url.database:
        return None
    return Path(url.database + ".lock")


class Presence:
    """Held by the running service; others can ask whether somebody holds it."""

    def __init__(self, database_url: str) -> None:
        self._path = lock_path(database_url)
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Become the one service of a SQLite file; AlreadyRunningError when there is one."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise AlreadyRunningError(str(self._path)) from error
        self._file = file

    def is_taken(self) -> bool:
        """Whether a service runs on this SQLite file (on PostgreSQL any number may, and none is asked)."""
        if self._path is None or not self._path.exists():
            return False
        with self._path.open("a") as probe:
            try:
                fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            with suppress(OSError):
                fcntl.flock(self._file, fcntl.LOCK_UN)
            self._file.close()
            self._file = None
