"""The portal's only file: JSON documents and file bodies in SQLite, so that a restart is the same portal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

Id = int | str
Change = tuple[str, Id, bytes | None]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (store TEXT NOT NULL, id NOT NULL, body BLOB NOT NULL,
                                      PRIMARY KEY (store, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""


class Database:
    """One SQLite file; `path=None` keeps everything in memory for the life of the object."""

    def __init__(self, path: Path | None) -> None:
        self.lasts = path is not None
        self._closed = False
        self._connection: sqlite3.Connection | None = None if path is None else _connect(path)

    @property
    def connection(self) -> sqlite3.Connection:
        """Without a file it is opened when the first blob needs it: a thousand idle portals hold none."""
        if self._closed:
            raise RuntimeError("the portal's database is closed")
        if self._connection is None:
            self._connection = _connect(None)
        return self._connection

    def load(self, store: str) -> Iterator[dict[str, Any]]:
        """Every document of a store, in the order of ids."""
        if not self.lasts:
            return
        rows = self.connection.execute("SELECT body FROM documents WHERE store = ? ORDER BY id", (store,))
        for (body,) in rows:
            yield orjson.loads(body)

    def counters(self) -> dict[str, int]:
        if not self.lasts:
            return {}
        return dict(self.connection.execute("SELECT name, value FROM counters").fetchall())

    def write(self, changes: Iterable[Change], counters: dict[str, int]) -> None:
        """Apply changes (a body of None removes) and counters in one transaction."""
        kept, removed = [], []
        for store, key, body in changes:
            if body is None:
                removed.append((store, key))
            else:
                kept.append((store, key, body))
        with self.connection as connection:
            connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", kept)
            connection.executemany("DELETE FROM documents WHERE store = ? AND id = ?", removed)
            connection.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", counters.items())

    def put_blob(self, body: bytes) -> int:
        """Keep a file's bytes; they are written at once, being too big to wait in memory."""
        with self.connection as connection:
            key = connection.execute("INSERT INTO blobs (body) VALUES (?)", (body,)).lastrowid
        assert key is not None
        return key

    def get_blob(self, key: int) -> bytes:
        row = self.connection.execute("SELECT body FROM blobs WHERE id = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def close(self) -> None:
        self._closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(":memory:" if path is None else str(path), check_same_thread=False)
    if path is not None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(_SCHEMA)
    connection.commit()
    return connection
