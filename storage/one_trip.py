"""A statement on SQLite is one trip to the connection's thread, not four.

SQLAlchemy's adapter for aiosqlite makes a cursor, executes, fetches and closes, each a trip through two queues and two
turns of the event loop; most statements of ours take a tenth of that time in SQLite itself. Results are read whole by the
adapter anyway, so nothing is lost by doing all four at once. Streamed results (server-side cursors) stay as they are.
"""

import sqlite3
from collections import deque
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import immutabledict


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Holds what came back; there is nothing to close."""

    __slots__ = ("_description", "_lastrowid", "_rowcount")

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection  # noqa: SLF001 - the adapter's own, as in its base class
        self._soft_closed_memoized = immutabledict()
        self._rows = deque()
        self._description: Any = None
        self._rowcount, self._lastrowid = -1, -1

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> int:
        return self._lastrowid

    def close(self) -> None:
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """It was closed where it was used."""

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        def trip(connection: sqlite3.Connection) -> list[Any]:
            cursor = connection.execute(operation, parameters or ())
            return self._taken(cursor)

        await self._trip(trip)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        def trip(connection: sqlite3.Connection) -> list[Any]:
            return self._taken(connection.executemany(operation, seq_of_parameters))

        await self._trip(trip)

    async def _trip(self, trip: Any) -> None:
        connection: Any = self._connection
        async with self._adapt_connection._execute_mutex:  # noqa: SLF001
            self._rows = deque(await connection._execute(lambda: trip(connection._conn)))  # noqa: SLF001

    def _taken(self, cursor: sqlite3.Cursor) -> list[Any]:
        """In the connection's thread: everything the statement gave."""
        try:
            rows = cursor.fetchall() if cursor.description else []
            self._description = cursor.description
            self._rowcount, self._lastrowid = cursor.rowcount, cursor.lastrowid or -1
        finally:
            cursor.close()
        return rows


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor  # type: ignore[assignment]


class OneTrip(AsyncAdapt_aiosqlite_dbapi):
    """The module for ``create_async_engine(module=…)``."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:
        made = super().connect(*arg, **kw)
        return _Connection(self, made._connection)  # noqa: SLF001
