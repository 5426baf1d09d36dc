"""Everything outside, in this process and over real HTTP; and `concierge` as people start it, in processes of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from app import sandboxes
from app.sandboxes import whole_demo
from app.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
CODE = "sandboxwebhook00"
TOKEN = "123456:sandbox"
SUPPORT_CHAT, MANAGERS_CHAT = -1002000000001, -1002000000002
START_S, LEAVE_S = 60.0, 30.0


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be one JSON object and nothing else."""
        return orjson.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.err.strip().splitlines()


@dataclass
class World:
    """The stand-ins, a folder for the service, and its configuration, which a test may bend before it is read."""

    base: str
    folder: Path
    http: aiohttp.ClientSession
    with_hotel: bool = True
    service: dict[str, Any] = field(default_factory=dict)
    portal: dict[str, Any] = field(default_factory=dict)
    telegram: dict[str, Any] = field(default_factory=dict)
    hotel: dict[str, Any] = field(default_factory=dict)
    sync: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.service |= {"port": 0, "files": f"{self.folder}/files"}
        self.service["database_url"] = f"sqlite+aiosqlite:///{self.folder}/concierge.db"
        self.portal |= {"webhook_url": f"{self.base}rest/1/{CODE}/", "bot_token": "world-token"}
        self.portal |= {"support_users": [2, 3], "managers": [4], "poll_seconds": 0.2}
        self.portal |= {"bucket_capacity": 500, "calls_per_second": 200}
        self.hotel |= {"kind": "suite8", "username": "XMLINTERFACE", "password": "sandbox"}
        self.hotel["url"] = f"{self.base}hotel/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX"
        self.sync |= {"every_minutes": 600, "days_back": 3, "days_ahead": 3}

    def mirrored(self) -> None:
        """With Telegram."""
        self.telegram |= {"token": TOKEN, "api_url": f"{self.base}telegram"}
        self.telegram |= {"support_chat": SUPPORT_CHAT, "managers_chat": MANAGERS_CHAT}

    @property
    def config(self) -> Path:
        """concierge.toml as it stands now."""
        tables = {"service": self.service, "bitrix24": self.portal, "telegram": self.telegram}
        text = "".join(_table(f"[{name}]", values) for name, values in tables.items())
        if self.with_hotel:
            text += _table("[[hotels]]", {"code": "GRAND", "name": "Гранд Отель", "currency": "EUR"})
            text += _table("[hotels.source]", self.hotel) if self.hotel else ""
            text += _table("[hotels.sync]", self.sync)
        file = self.folder / "concierge.toml"
        file.write_text(text, encoding="utf-8")
        return file

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    async def fault(self, **rule: Any) -> None:
        await self.post("_sandbox/faults", rule)

    async def hotel_fault(self, kind: str, **more: Any) -> None:
        await self.post("hotel/_sandbox/faults", {"kind": kind, "times": -1, **more})

    async def telegram_fault(self, **rule: Any) -> None:
        await self.post("telegram/_sandbox/faults", rule)

    async def mend(self) -> None:
        """No faults any more."""
        for place in ("", "telegram/", *(["hotel/"] if self.with_hotel else [])):
            async with self.http.delete(f"{self.base}{place}_sandbox/faults") as answer:
                assert answer.status == 200

    async def post(self, path: str, body: Any) -> Any:
        async with self.http.post(self.base + path, json=body) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(self.base + path) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def rest(self, method: str, **params: Any) -> Any:
        """A call of somebody else's application."""
        return (await self.post(f"rest/1/{CODE}/{method}", params))["result"]

    # --- commands ---------------------------------------------------------------------------------------

    async def concierge(self, *words: str, **environment: str) -> Done:
        """Run one command to its end, with this world's configuration."""
        return await concierge(*words, "--config", str(self.config), **environment)

    @asynccontextmanager
    async def running(self, *, graceful: bool = True) -> AsyncIterator["Running"]:
        """`concierge run` in a process of its own, once it serves."""
        process = await Running.start(self.config)
        try:
            yield process
        finally:
            if process.alive:
                await (process.stop() if graceful else process.kill())


@dataclass
class Running:
    """A service as a process. Its log lies in ``log``."""

    process: asyncio.subprocess.Process
    log: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None
    port: int = 0

    @classmethod
    async def start(cls, config: Path, **environment: str) -> "Running":
        process = await _spawn("run", "--config", str(config), **environment)
        running = cls(process)
        serving = asyncio.Event()
        running._reader = asyncio.create_task(running._read(serving))
        waits = asyncio.create_task(serving.wait())
        await asyncio.wait({waits, running._reader}, timeout=START_S, return_when="FIRST_COMPLETED")
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        assert serving.is_set(), f"it didn't start: {running.raw}"
        return running

    async def _read(self, serving: asyncio.Event) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.raw.append(text)
            try:
                entry = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
            self.log.append(entry)
            if entry.get("event") == "serving":
                self.port = entry["port"]
                serving.set()

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def kill(self) -> None:
        """As the machine does it: at once."""
        if self.alive:
            self.process.kill()
        await self._gone()

    async def stop(self) -> int:
        """As an operator does it; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(LEAVE_S):
                return await self._gone()
        except TimeoutError:
            await self.kill()
            raise

    async def _gone(self) -> int:
        code = await self.process.wait()
        assert self._reader is not None
        await self._reader
        if self.process.stdout is not None:
            await self.process.stdout.read()
        return code


async def _spawn(*words: str, cwd: Path = ROOT, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        limit=1 << 20,
    )


async def concierge(*words: str, cwd: Path = ROOT, **environment: str) -> Done:
    """Run one command to its end."""
    process = await _spawn(*words, cwd=cwd, **environment)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def world(folder: Path, *, hotel: bool = True) -> AsyncIterator[World]:
    """The stand-ins up; down again at the end. Without the hotel it is quicker by two thirds of a second."""
    server = TestServer(_everything() if hotel else _messengers())
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as http:
            yield World(str(server.make_url("/")), folder, http, with_hotel=hotel)
    finally:
        await server.close()


def _everything() -> web.Application:
    return whole_demo(
        None, bucket_capacity=5000, bucket_leak_per_s=1000.0, telegram_limits_scale=0, hotel_pace_s=0
    )


def _messengers() -> web.Application:
    app = sandboxes._portal(None, None, 5000, 1000.0)
    app.add_subapp(sandboxes.TELEGRAM, sandboxes._telegram(None, 0))
    return app


def nobody() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{unused_port()}/"


def _table(head: str, values: dict[str, Any]) -> str:
    lines = [f"{name} = {orjson.dumps(value).decode()}" for name, value in values.items()]
    return "\n".join([head, *lines, "", ""])
