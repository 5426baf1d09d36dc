"""The hotel's one file: records as JSON in SQLite, so that a restart is the same hotel."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (kind TEXT NOT NULL, id INTEGER NOT NULL, body BLOB NOT NULL,
                                    PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


class Books:
    """One SQLite file; ``path=None`` keeps nothing beyond the process."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.kept = path is not None
        self._connection = sqlite3.connect(
            str(path) if path is not None else ":memory:", check_same_thread=False
        )
        if path is not None:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    def load(self, kind: str) -> list[bytes]:
        rows = self._connection.execute("SELECT body FROM records WHERE kind = ? ORDER BY id", (kind,))
        return [body for (body,) in rows]

    def meta(self) -> dict[str, Any]:
        return {name: orjson.loads(body) for name, body in self._connection.execute("SELECT * FROM meta")}

    def write(self, records: Iterable[tuple[str, int, bytes]], meta: dict[str, Any]) -> None:
        """Put records and meta down in one transaction."""
        with self._connection as connection:
            connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", records)
            connection.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                ((name, orjson.dumps(value)) for name, value in meta.items()),
            )

    def close(self) -> None:
        self._connection.close()
