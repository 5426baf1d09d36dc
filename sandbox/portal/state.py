"""The portal itself: settings, clock, documents, and who wants to hear of changes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.portal.faults import Faults
from sandbox.portal.keeper import Keeper
from sandbox.portal.limits import Limits
from sandbox.portal.links import Links
from sandbox.provoking import Switchboard

if TYPE_CHECKING:
    from sandbox.portal.applications import Office

Listener = Callable[[str, dict[str, Any]], None]
ALL_SCOPES = (
    "basic", "imbot", "im", "crm", "task", "tasks", "tasks_extended", "user", "user_basic", "user_brief",
    "department", "disk", "userfieldconfig", "placement", "rest",
)  # fmt: skip


@dataclass
class Switches(Switchboard):
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
    offline_extended: bool = True
    """Whether the plan has reserve-and-confirm of offline events (feature.get rest_offline_extended)."""
    placement_twice: str = "refused"
    """A second placement.bind of the same place and handler is "refused" or "kept" beside the first."""
    deleted: bool = False
    """PORTAL_DELETED to every REST call."""


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
    requests_kept: int = 1000
    license: str = "ru_pro100"
    """The plan as app.info names it."""
    seed: bool = True
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    switches: Switches = field(default_factory=Switches)


class Portal(Keeper):
    """One portal: everything REST, the page and tests see goes through this object."""

    def __init__(self, config: PortalConfig | None = None) -> None:
        self.config = config or PortalConfig()
        super().__init__(self.config.db_path, self.config.flush_every_s)
        self.office: Office | None = None
        """The cloud that gives out tokens for this portal; None: a portal by itself has webhooks only."""
        self.requests: deque[dict[str, Any]] = deque(maxlen=self.config.requests_kept)
        """Recent REST calls, newest last: {at, method, user, ms, status, error}."""
        self.limits = Limits(self.config)
        self.faults = Faults()
        self.links = Links()
        self._listeners: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()
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

    async def close(self) -> None:
        """Stop what runs beside, write everything, close the file."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await super().close()
