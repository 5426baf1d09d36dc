"""Which database failures are worth another try: drivers' errors end in this room."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from domain.errors import ConciergeError, Permanent, Temporary

_SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
    }
)
# Serialization failure, deadlock, idle for too long, too many connections, shutting down; class 08 is the connection.
_POSTGRES_PASSING = frozenset(
    {"40001", "25P03", "40P01", "53300", "53100", "55P03", "57P01", "57P02", "57P03"}
)


def as_temporary(error: Exception) -> Temporary | None:
    """The Temporary that a database error means, or None if repeating can't help (a bug, a constraint)."""
    if isinstance(error, PoolTimeoutError | OSError):
        return Temporary("database-unavailable", type(error).__name__)
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig)
    state = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or state in _POSTGRES_PASSING or state.startswith("08"):
        return Temporary("database-unavailable", f"{type(error.orig).__name__} {state}".strip())
    return None


def _of_sqlite(error: sqlite3.Error) -> Temporary | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code & 0xFF not in _SQLITE_PASSING:
        return None
    return Temporary("database-unavailable", getattr(error, "sqlite_errorname", ""))


class StaleLease(Temporary):
    """Somebody else has taken the lease over in the meantime."""

    def __init__(self, name: str) -> None:
        super().__init__("stale-lease", name)


DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)


def at_opening(error: Exception, *, is_file: bool) -> ConciergeError:
    """What it means that a database can't be opened. A file that can't be is a wrong setting, a server may come.

    The detail is the engine's own words about file or server, without our statement and its values.
    """
    orig = getattr(error, "orig", None) or error
    words = " ".join(str(getattr(orig, "strerror", None) or orig).split())[:200]
    busy = (getattr(orig, "sqlite_errorcode", None) or 0) & 0xFF in {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    }
    if busy or (not is_file and (isinstance(error, OSError) or as_temporary(error))):
        return Temporary("database-unavailable", words)
    return Permanent("database-unusable", words)
