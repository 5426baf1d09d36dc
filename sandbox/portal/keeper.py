"""Collections of documents with their counters, written behind to one file: what a portal and a cloud share."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path

from sandbox.portal.persistence import Database
from sandbox.portal.stores import Store


class Keeper:
    """Stores by name; `path=None` keeps everything in memory for the life of the object."""

    def __init__(self, path: Path | None, flush_every_s: float = 0.5) -> None:
        self.database = Database(path)
        self._flush_every_s = flush_every_s
        self._counters = self.database.counters()
        self._dirty_counters: set[str] = set()
        self._stores: dict[str, Store] = {}
        self._flusher: asyncio.Task[None] | None = None

    def store(self, name: str, first_id: int = 1) -> Store:
        """The documents of one kind, read from the file at the first call."""
        store = self._stores.get(name)
        if store is None:
            store = self._stores[name] = Store(self, name, first_id)
        return store

    def next_id(self, name: str, first_id: int = 1) -> int:
        """The next value of a counter; counters last with the file."""
        value = self._counters.get(name, first_id - 1) + 1
        self._counters[name] = value
        self._dirty_counters.add(name)
        return value

    def reserve_id(self, name: str, used: int) -> None:
        """Never give out `used` or anything below it again."""
        if self._counters.get(name, 0) < used:
            self._counters[name] = used
            self._dirty_counters.add(name)

    def flush(self) -> None:
        """Write all changes to the file now; what an sqlite3.Error leaves unwritten is kept for the next time."""
        if not self.database.lasts:
            return
        changes = [change for store in self._stores.values() for change in store.take_changes()]
        counters = {name: self._counters[name] for name in self._dirty_counters}
        if not changes and not counters:
            return
        try:
            self.database.write(changes, counters)
        except sqlite3.Error:
            for store, key, _body in changes:
                self._stores[store].mark_unwritten([key])
            raise
        self._dirty_counters.clear()

    def start(self) -> None:
        """Begin the write-behind; call inside a running loop."""
        if self._flusher is None and self.database.lasts:
            self._flusher = asyncio.create_task(self._flush_forever())

    async def _flush_forever(self) -> None:
        while True:
            await asyncio.sleep(self._flush_every_s)
            with suppress(sqlite3.OperationalError):  # a full disk or a lock: tried again at the next beat
                self.flush()

    async def close(self) -> None:
        """Write everything and close the file."""
        if self._flusher is not None:
            self._flusher.cancel()
            await asyncio.gather(self._flusher, return_exceptions=True)
            self._flusher = None
        self.flush()
        self.database.close()
