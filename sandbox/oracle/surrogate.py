"""The tables, filled from the hotel's books, and the account that reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from sandbox.hotel.hotel import Hotel
from sandbox.oracle import opera5_rows, suite8_rows
from sandbox.oracle.session import FORMAT, Session, SurrogateError, stored
from sandbox.oracle.tables import DICTIONARY, SCHEMAS

ROWS = {"opera5": opera5_rows.rows, "suite8": suite8_rows.rows}


class Surrogate:
    """A database of one profile, ``opera5`` or ``suite8``. ``without`` are ``TABLE`` or ``TABLE.COLUMN`` it lacks."""

    error = SurrogateError

    def __init__(self, hotel: Hotel, profile: str, *, without: Iterable[str] = ()) -> None:
        self._hotel, self._profile = hotel, profile
        self.owner, tables = SCHEMAS[profile]
        gone = set(without)
        self._columns = {
            table: [name for name in text.split() if f"{table}.{name.partition(':')[0]}" not in gone]
            for table, text in tables.items()
            if table not in gone
        }
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self.statements: list[str] = []
        self.fault = ""
        """When set, a session can't be opened: the driver's words."""
        self._create()
        self.refresh()

    def connect(self) -> Session:
        """A session of the account."""
        if self.fault:
            raise SurrogateError(self.fault)
        dates = {"SYSDATE"} | {
            name.partition(":")[0]
            for names in self._columns.values()
            for name in names
            if name.endswith(":d")
        }
        return Session(self._database, frozenset(dates), self.statements)

    def grant(self, privilege: str, table: str = "", *, role: str = "") -> None:
        """Give the account a privilege, of the system or on a table, maybe through a role."""
        if not table:
            self._insert("SESSION_PRIVS", ["PRIVILEGE"], [[privilege]])
        elif role:
            names = ["ROLE", "OWNER", "TABLE_NAME", "PRIVILEGE"]
            self._insert("ROLE_TAB_PRIVS", names, [[role, self.owner, table, privilege]])
        else:
            names = ["OWNER", "TABLE_NAME", "PRIVILEGE"]
            self._insert("USER_TAB_PRIVS_RECD", names, [[self.owner, table, privilege]])

    def refresh(self) -> None:
        """The tables as the books stand now."""
        filled = ROWS[self._profile](self._hotel)
        for table, columns in self._columns.items():
            names = [name.partition(":")[0] for name in columns]
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this folder
            self._insert(table, names, [[row.get(name) for name in names] for row in filled.get(table, ())])

    def change(self, sql: str, **binds: object) -> None:
        """Somebody changes the database behind everybody's back."""
        with self._database:
            self._database.execute(sql, {name: stored(value) for name, value in binds.items()})

    def close(self) -> None:
        self._database.close()

    # --- building ---------------------------------------------------------------------------------------

    def _create(self) -> None:
        for table, columns in self._columns.items():
            names = ", ".join(column.partition(":")[0] for column in columns)
            self._database.execute(f"CREATE TABLE {table} ({names})")
            for key in columns:
                if key.endswith("_ID") or key == "RESV_DAILY_EL_SEQ":
                    self._database.execute(f"CREATE INDEX {table}_{key} ON {table} ({key})")
        for table, text in DICTIONARY.items():
            self._database.execute(f"CREATE TABLE {table} ({', '.join(text.split())})")
        seen = [
            [self.owner, table, column.partition(":")[0]]
            for table, columns in self._columns.items()
            for column in columns
        ]
        self._insert("ALL_TAB_COLUMNS", ["OWNER", "TABLE_NAME", "COLUMN_NAME"], seen)
        self._database.create_function("hotel_now", 0, lambda: self._now().strftime(FORMAT))
        self._database.execute("CREATE VIEW dual AS SELECT hotel_now() AS sysdate")
        self.grant("CREATE SESSION")
        for table in self._columns:
            self.grant("SELECT", table)

    def _now(self) -> datetime:
        return self._hotel.clock.now().replace(microsecond=0)

    def _insert(self, table: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        marks = ", ".join("?" * len(names))
        with self._database:
            self._database.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - names of this folder
                ([stored(value) for value in row] for row in rows),
            )
