"""A DB-API session that looks like the Oracle driver's, over a SQLite file in memory."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

FORMAT = "%Y-%m-%d %H:%M:%S"
_CAP = re.compile(r"where rownum <= :(\w+)$")
_NOT_THERE = re.compile(r"no such (table|column): (\S+)")


class SurrogateError(Exception):
    """Carries Oracle's number in its text, as the driver's errors do."""


def stored(value: object) -> object:
    """A value as the tables hold it: dates in one sortable form."""
    return value.strftime(FORMAT) if isinstance(value, datetime) else value


class Cursor:
    """Runs one statement."""

    def __init__(self, cursor: sqlite3.Cursor, dates: frozenset[str]) -> None:
        self._cursor, self._dates = cursor, dates
        self.description: Sequence[Sequence[Any]] = ()

    def execute(self, statement: str, parameters: Mapping[str, object] | None = None, /) -> Cursor:
        if statement == "set transaction read only":
            self._cursor.execute("PRAGMA query_only = 1")
            return self
        binds = {name: stored(value) for name, value in (parameters or {}).items()}
        try:
            self._cursor.execute(_CAP.sub(r"limit :\1", statement), binds)
        except sqlite3.OperationalError as fault:
            raise SurrogateError(_told(str(fault))) from fault
        self.description = [(name.upper(), *rest) for name, *rest in self._cursor.description or ()]
        return self

    def fetchmany(self, size: int, /) -> list[tuple[Any, ...]]:
        names = [column[0] for column in self.description]
        return [
            tuple(
                datetime.fromisoformat(value) if value is not None and name in self._dates else value
                for name, value in zip(names, row, strict=True)
            )
            for row in self._cursor.fetchmany(size)
        ]

    def close(self) -> None:
        self._cursor.close()


class Session:
    """One connection. ``statements`` are all texts it was given, for tests."""

    def __init__(self, database: sqlite3.Connection, dates: frozenset[str], log: list[str]) -> None:
        self._database, self._dates, self._log = database, dates, log
        self.call_timeout = 0
        self.current_schema = ""

    def cursor(self) -> Cursor:
        logged = _Logged(self._database.cursor(), self._dates)
        logged.log = self._log
        return logged

    def rollback(self) -> None:
        self._database.rollback()
        self._database.execute("PRAGMA query_only = 0")

    def close(self) -> None:
        """The tables outlive a session."""


class _Logged(Cursor):
    log: list[str]

    def execute(self, statement: str, parameters: Mapping[str, object] | None = None, /) -> Cursor:
        self.log.append(statement)
        return super().execute(statement, parameters)


Connect = Callable[[], Session]


def _told(fault: str) -> str:
    found = _NOT_THERE.search(fault)
    if found is None:
        return f"ORA-00933: SQL command not properly ended ({fault})"
    kind, name = found.groups()
    if kind == "table":
        return f'ORA-00942: table or view "{name.upper()}" does not exist'
    return f'ORA-00904: "{name.upper()}": invalid identifier'
