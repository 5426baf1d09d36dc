"""The stand-in's one SQLite file: JSON documents and file bodies, so that a restart keeps chats and updates."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
                                      PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bodies (key TEXT PRIMARY KEY, body BLOB NOT NULL);
"""

Change = tuple[str, str, str | None]


class Database:
    """``path=None`` keeps file bodies in memory and everything only for the life of the object."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.durable = path is not None
        name = str(path) if path is not None else ":memory:"
        self._connection = sqlite3.connect(name, check_same_thread=False)
        if self.durable:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)
        self._connection.commit()

    def load(self, kind: str) -> list[tuple[str, Any]]:
        rows = self._connection.execute("SELECT key, body FROM documents WHERE kind = ?", (kind,))
        return [(key, json.loads(body)) for key, body in rows]

    def write(self, changes: Iterable[Change]) -> None:
        """Apply changes in one transaction; a body of None removes the document."""
        kept: list[Change] = []
        gone: list[tuple[str, str]] = []
        for kind, key, body in changes:
            if body is None:
                gone.append((kind, key))
            else:
                kept.append((kind, key, body))
        with self._connection as connection:
            connection.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", kept)
            connection.executemany("DELETE FROM documents WHERE kind = ? AND key = ?", gone)

    def put_body(self, key: str, body: bytes) -> None:
        with self._connection as connection:
            connection.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (key, body))

    def get_body(self, key: str) -> bytes | None:
        row = self._connection.execute("SELECT body FROM bodies WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def close(self) -> None:
        self._connection.close()
