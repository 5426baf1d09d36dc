"""One read-only session in a thread of its own. The driver blocks (thick mode knows nothing else), the service doesn't."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from domain.errors import ConciergeError, Permanent, Temporary
from integrations.fidelio.oracle.statements import ROW_CAP, Statement

Row = Mapping[str, Any]
"""A row by upper-case column name; dates are naive, in the database server's wall clock."""
T = TypeVar("T")
PAGE = 500
"""Rows brought over at once, and the cap of statements that are paged on."""
CALL_TIMEOUT_S = 30.0
_CODE = re.compile(r"\b(?:ORA|DPY|DPI)-\d{4,5}\b")

REFUSED = frozenset({"ORA-01017", "ORA-01005", "ORA-28000", "ORA-28001", "ORA-01045"})
UNREACHABLE = frozenset(
    {
        "ORA-12541", "ORA-12514", "ORA-12505", "ORA-12170", "ORA-12545", "ORA-12154", "ORA-12537", "ORA-03113",
        "ORA-03114", "ORA-03135", "ORA-01034", "ORA-01033", "ORA-01089", "ORA-00028", "ORA-02396", "DPY-6005",
        "DPY-6000", "DPY-6001", "DPY-6003", "DPY-4011", "DPY-1001", "DPI-1010", "DPI-1080",
    }
)  # fmt: skip
TIMED_OUT = frozenset({"ORA-01013", "DPY-4024", "DPI-1067", "ORA-03136", "ORA-12609", "ORA-12606"})
NEEDS_THICK = frozenset({"DPY-3010", "DPY-3015", "DPY-3001"})
"""Thin mode talks to Oracle 12.1 and newer and to newer password verifiers only."""
NO_CLIENT = frozenset({"DPI-1047", "DPI-1072"})
NOT_THERE = frozenset({"ORA-00942", "ORA-00904"})


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    @property
    def description(self) -> Any: ...
    def execute(self, statement: str, parameters: Any = None, /) -> Any: ...
    def fetchmany(self, size: int, /) -> list[Any]: ...
    def close(self) -> None: ...


class Connection(Protocol):
    """What is used of a DB-API connection."""

    def cursor(self) -> Cursor: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Driver:
    """Opens sessions, in the database's own thread; ``error`` is the base of what the driver raises."""

    connect: Callable[[], Connection]
    error: type[Exception]


def oracle(dsn: str, username: str, password: str, *, schema: str, thick: bool) -> Driver:
    """Sessions of python-oracledb with the PMS's schema as their current one and a time limit on every call."""
    import oracledb  # noqa: PLC0415 - an optional library

    def connect() -> Connection:
        if thick and oracledb.is_thin_mode():
            oracledb.init_oracle_client()
        connection = oracledb.connect(user=username, password=password, dsn=dsn)
        connection.call_timeout = int(CALL_TIMEOUT_S * 1000)
        connection.current_schema = schema
        return connection

    return Driver(connect, oracledb.Error)


class Database:
    """Runs statements one after the other. A lost session is opened anew by the next statement."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="oracle")
        self._lacking: frozenset[tuple[str, str]] = frozenset()

    def lack(self, columns: frozenset[tuple[str, str]]) -> None:
        """Columns (table, column) that this database doesn't have: read as NULL from now on."""
        self._lacking = columns

    async def rows(self, statement: Statement, *, cap: int = PAGE, **binds: Any) -> list[Row]:
        """At most ``cap`` rows. Errors: Permanent or Temporary with a ``pms-…`` code, and Oracle's own number."""
        sql = statement.sql(self._lacking)
        return await self._in_thread(self._fetch, sql, {**binds, ROW_CAP: cap})

    async def pages(
        self, statement: Statement, keys: Mapping[str, str], **binds: Any
    ) -> AsyncIterator[list[Row]]:
        """All rows, page by page. ``keys``: bind → the column it goes on behind; the last page tells where."""
        while True:
            page = await self.rows(statement, **binds)
            if page:
                yield page
            if len(page) < PAGE:
                return
            binds |= {bind: page[-1][column] for bind, column in keys.items()}

    async def close(self) -> None:
        """Let go of the session and its thread."""
        await self._in_thread(self._drop)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    # --- in the thread ----------------------------------------------------------------------------------

    def _fetch(self, sql: str, binds: Mapping[str, object]) -> list[Row]:
        try:
            return self._fetched(sql, binds)
        except self._driver.error as fault:
            self._drop()
            raise told(fault) from fault

    def _fetched(self, sql: str, binds: Mapping[str, object]) -> list[Row]:
        if self._connection is None:
            self._connection = self._driver.connect()
        cursor = self._connection.cursor()
        try:
            # One consistent picture per statement, and a promise that nothing is written.
            cursor.execute("set transaction read only")
            cursor.execute(sql, dict(binds))
            names = [column[0].upper() for column in cursor.description]
            rows: list[Row] = []
            while batch := cursor.fetchmany(PAGE):
                rows += [dict(zip(names, row, strict=True)) for row in batch]
            return rows
        finally:
            with suppress(self._driver.error):
                cursor.close()
                self._connection.rollback()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._driver.error):  # a session that is gone can't be closed
                connection.close()


def told(fault: Exception) -> ConciergeError:
    """The driver's fault as one of ours; the detail is the number and its first line, never a bind."""
    text = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
    codes = set(_CODE.findall(str(fault)))
    detail = ", ".join(sorted(codes))
    if codes & REFUSED:
        return Permanent("pms-refused", detail)
    if codes & NEEDS_THICK:
        return Permanent("oracle-needs-thick", detail)
    if codes & NO_CLIENT:
        return Permanent("oracle-no-client", detail)
    if codes & NOT_THERE:
        return Permanent("oracle-columns", text)
    if codes & TIMED_OUT:
        return Temporary("pms-timeout", detail)
    if codes & UNREACHABLE:
        return Temporary("pms-unreachable", detail)
    return Temporary("pms-answer", detail)
