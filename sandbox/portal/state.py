"""The portal itself: settings, clock, documents, and who wants to hear of changes."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.portal.faults import Faults
from sandbox.portal.limits import Limits
from sandbox.portal.links import Links
from sandbox.portal.persistence import Database
from sandbox.portal.stores import Store

Listener = Callable[[str, dict[str, Any]], None]
ALL_SCOPES = (
    "basic", "imbot", "im", "crm", "task", "tasks", "tasks_extended", "user", "user_basic", "user_brief",
    "department", "disk", "userfieldconfig", "placement", "rest",
)  # fmt: skip


@dataclass
class Switches:
    """Where the documents are silent or portals differ; settable over POST /_sandbox/switches."""

    slash_command: str = "command"
    """A typed slash command yields COMMANDADD ("command"), MESSAGEADD ("message") or "both"."""
    message_files: str = "FILE_ID"
    """Files of a message stand in params as `FILE_ID` [ids] or as `files` [{id…}]."""
    task_api: str = "v3"
    """"v2": the /rest/api/ methods of tasks are absent."""
    operating_in_batch: str = "inner"
    """Who pays operating time in a batch: the "inner" methods or the "outer" `batch`."""
    app_storage: bool = False
    """Whether disk.storage.getforapp works for webhooks (documented: it needs an application)."""

    def set(self, name: str, value: object) -> None:
        """Change one switch. ValueError for an unknown name or a value of another type."""
        if name not in asdict(self):
            raise ValueError(f"no such switch: {name}")
        if type(value) is not type(getattr(self, name)):
            raise ValueError(f"switch {name} wants {type(getattr(self, name)).__name__}")
        setattr(self, name, value)


@dataclass
class PortalConfig:
    """How this portal behaves. Times in seconds; a `*` entry of `call_seconds` is for every method."""

    webhook_user: int = 1
    webhook_code: str = "sandboxwebhook00"
    webhooks: dict[str, int] = field(default_factory=dict)
    """Further inbound webhooks: code → user id."""
    scopes: tuple[str, ...] = ALL_SCOPES
    bucket_capacity: int = 50
    bucket_leak_per_s: float = 2.0
    operating_limit_s: float = 480.0
    operating_window_s: float = 600.0
    request_cap_s: float = 60.0
    call_seconds: dict[str, float] = field(default_factory=dict)
    """Method glob → seconds the server pretends to work (charged to the operating meter)."""
    sleep_scale: float = 1.0
    """How much of `call_seconds` is really slept: 1 = all, 0 = charged only."""
    download_ttl_s: float = 3600.0
    member_id: str = "5a4db0c0ffee5a4db0c0ffee5a4db0c0"
    domain: str = "sandbox.bitrix24.local"
    application_token: str = "sandboxapplicationtoken0123456789"  # noqa: S105 - a made-up portal's
    time_zone: str = "Europe/Moscow"
    db_path: Path | None = None
    flush_every_s: float = 0.5
    seed: bool = True
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    switches: Switches = field(default_factory=Switches)


class Portal:
    """One portal: everything REST, the page and tests see goes through this object."""

    def __init__(self, config: PortalConfig | None = None) -> None:
        self.config = config or PortalConfig()
        self.database = Database(self.config.db_path)
        self.requests: deque[dict[str, Any]] = deque(maxlen=1000)
        """Recent REST calls, newest last: {at, method, user, ms, status, error}."""
        self.limits = Limits(self.config)
        self.faults = Faults()
        self.links = Links()
        self._counters = self.database.counters()
        self._dirty_counters: set[str] = set()
        self._stores: dict[str, Store] = {}
        self._listeners: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._flusher: asyncio.Task[None] | None = None
        self._zone = ZoneInfo(self.config.time_zone)

    @property
    def switches(self) -> Switches:
        return self.config.switches

    def now(self) -> datetime:
        """The portal's time, aware, in its own time zone."""
        return self.config.clock().astimezone(self._zone)

    def now_iso(self) -> str:
        """ATOM with offset and whole seconds, as every REST answer writes it."""
        return self.now().isoformat(timespec="seconds")

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

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(topic, payload)` at every change; returns a function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self, topic: str, payload: dict[str, Any]) -> None:
        for listener in tuple(self._listeners):
            listener(topic, payload)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside the request (a late execution, a webhook post); ended with the portal."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self) -> None:
        """Wait for everything spawned so far (tests)."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def flush(self) -> None:
        """Write all changes to the file now; what an sqlite3.Error leaves unwritten is kept for the next time."""
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
        if self._flusher is None and self.config.db_path is not None:
            self._flusher = asyncio.create_task(self._flush_forever())

    async def _flush_forever(self) -> None:
        while True:
            await asyncio.sleep(self.config.flush_every_s)
            with suppress(sqlite3.OperationalError):  # a full disk or a lock: tried again at the next beat
                self.flush()

    async def close(self) -> None:
        """Stop what runs beside, write everything, close the file."""
        running = [*self._tasks, *([self._flusher] if self._flusher else [])]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._flusher = None
        self.flush()
        self.database.close()
