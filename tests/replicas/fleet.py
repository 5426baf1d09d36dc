"""Several `concierge run` on one PostgreSQL, and a cloud of portals where the app is installed: all over real HTTP."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from aiohttp.test_utils import TestServer
from sqlalchemy import make_url

from sandbox.oauth.cloud import build_cloud
from sandbox.oauth.state import Cloud, CloudConfig
from sandbox.portal.state import PortalConfig
from tests.app.world import Running
from tests.stories.cloud_stage import CONFIG, SCOPES, free_port

KEYS = 'secret_keys = ["one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]'
WRITER = 5
HELP = "Что я умею"
INSTALLED_AT_ONCE = 4


@dataclass
class Replica:
    """One process of the service."""

    number: int
    port: int
    process: Running

    @property
    def pid(self) -> int:
        return self.process.process.pid

    def freeze(self) -> None:
        self.process.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.process.send_signal(signal.SIGCONT)

    def told(self, event: str) -> list[dict[str, Any]]:
        """Its log lines of one kind."""
        return [line for line in self.process.log if line.get("event") == event]


@dataclass
class Fleet:
    """The replicas by number, their portals by name."""

    base: str
    http: aiohttp.ClientSession
    folder: Path
    database: str
    app: dict[str, Any]
    install_port: int
    cloud: Cloud
    replicas: dict[int, Replica] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    _bots: dict[str, int] = field(default_factory=dict)

    # --- replicas ---------------------------------------------------------------------------------------

    def config(self, number: int) -> Path:
        """The configuration of one replica: they differ by their port alone."""
        port = self.install_port if number == 1 else free_port()
        file = self.folder / f"replica{number}.toml"
        text = CONFIG.format(
            port=port,
            folder=self.folder,
            database=self.database,
            client_id=self.app["client_id"],
            client_secret=self.app["client_secret"],
            server=self.base.rstrip("/"),
            service=KEYS,
            bitrix24="",
        )
        public = f'public_url = "http://127.0.0.1:{self.install_port}"'
        file.write_text(text.replace(f'public_url = "http://127.0.0.1:{port}"', public), encoding="utf-8")
        return file

    async def start(self, *numbers: int) -> None:
        """Start replicas side by side; each serves when this returns."""
        started = await asyncio.gather(*(Running.start(self.config(number)) for number in numbers))
        for number, process in zip(numbers, started, strict=True):
            self.replicas[number] = Replica(number, process.port, process)

    async def stop(self) -> None:
        for replica in self.replicas.values():
            if replica.process.alive:
                replica.thaw()
        await asyncio.gather(*(one.process.kill() for one in self.replicas.values() if one.process.alive))

    # --- portals ----------------------------------------------------------------------------------------

    async def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self.http.post(f"{self.base}_sandbox/{path}", json=body or {}) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def install(self, count: int) -> None:
        """Make portals and install the app in each."""
        made = await self.control("portals", {"count": count, "prefix": "hotel"})
        self.names = [one["name"] for one in made["portals"]]
        few = asyncio.Semaphore(INSTALLED_AT_ONCE)

        async def one(name: str) -> None:
            async with few:
                told = await self.control(f"portals/{name}/install")
                assert told["status"] == 200, told

        await asyncio.gather(*(one(name) for name in self.names))

    async def bot(self, name: str) -> int | None:
        """Who the bot is in a portal, once it is registered there."""
        if name not in self._bots:
            async with self.http.get(f"{self.base}p/{name}/_sandbox/page.json") as answer:
                found = (await answer.json())["botUserId"]
            if found is None:
                return None
            self._bots[name] = found
        return self._bots[name]

    async def ask(self, name: str, user: int = WRITER) -> None:
        """Somebody asks the bot for help."""
        body = {"dialogId": str(await self.bot(name)), "text": "/help"}
        url = f"{self.base}p/{name}/_sandbox/as/{user}/messages"
        async with self.http.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
        self.asked[name] += 1

    async def answers(self, name: str, user: int = WRITER) -> int:
        """How often the bot has answered him."""
        bot = await self.bot(name)
        url = f"{self.base}p/{name}/_sandbox/as/{user}/dialogs/{bot}/messages"
        async with self.http.get(url) as answer:
            found = (await answer.json())["messages"]
        return sum(message["authorId"] == bot and HELP in message["text"] for message in found)

    async def all_answered(self, patience_s: float = 20.0, names: Iterable[str] = ()) -> None:
        """Every question has its answer, and only one."""
        wanted = list(names) or [name for name in self.asked if self.asked[name]]

        async def open_ones() -> dict[str, tuple[int, int]]:
            found = {name: (self.asked[name], await self.answers(name)) for name in wanted}
            return {name: pair for name, pair in found.items() if pair[0] != pair[1]}

        end = time.monotonic() + patience_s
        while still := await open_ones():
            assert time.monotonic() < end, f"asked and answered: {still}"
            assert all(asked >= told for asked, told in still.values()), f"answered twice: {still}"
            await asyncio.sleep(0.1)

    # --- looking ----------------------------------------------------------------------------------------

    async def rows(self, query: str) -> list[Any]:
        url = make_url(self.database)
        connection = await asyncpg.connect(
            user="postgres", database=url.database, host=str(url.query["host"])
        )
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    async def shares(self) -> Counter[str]:
        """How many portals each process serves, by host and pid."""
        rows = await self.rows(
            "SELECT l.owner FROM leases l JOIN replicas r ON r.owner = l.owner WHERE l.name = 'portal'"
        )
        return Counter(pid_of(row["owner"]) for row in rows)

    async def until(self, look: Callable[[], Any], what: str, patience_s: float = 20.0) -> float:
        """Wait for something; how long it took."""
        began = time.monotonic()
        while not await look():
            assert time.monotonic() - began < patience_s, f"not seen in {patience_s} s: {what}"
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def shared_by(self, *numbers: int) -> bool:
        """Whether these replicas serve all portals between them, evenly."""
        shares = await self.shares()
        pids = {str(self.replicas[number].pid) for number in numbers}
        even = not shares or max(shares.values()) - min(shares.values()) <= 1 + len(self.names) % len(pids)
        return shares.total() == len(self.names) and set(shares) == pids and even

    async def ready(self) -> bool:
        """Whether the bot stands in every portal."""
        return all([await self.bot(name) for name in self.names])


def pid_of(owner: str) -> str:
    """``host:pid:token.life`` → pid."""
    return owner.split(":")[1]


@asynccontextmanager
async def fleet(folder: Path, database: str, portals: int, replicas: int = 3) -> AsyncIterator[Fleet]:
    """``replicas`` processes up, the app installed in ``portals`` portals."""
    cloud = Cloud(CloudConfig(portal=PortalConfig(bucket_capacity=500, bucket_leak_per_s=200.0)))
    server = TestServer(build_cloud(cloud))
    await server.start_server()
    base, port = str(server.make_url("/")), free_port()
    ours = f"http://127.0.0.1:{port}/bitrix24/"
    app = {"kind": "no-ui", "scopes": SCOPES, "install_url": f"{ours}install", "event_url": f"{ours}events"}
    try:
        async with aiohttp.ClientSession() as http:
            async with http.post(f"{base}_sandbox/apps", json=app | {"app_url": f"{ours}app"}) as answer:
                made = await answer.json()
            opened = Fleet(base, http, folder, database, made, port, cloud)
            try:
                await opened.start(*range(1, replicas + 1))
                await opened.install(portals)
                await opened.until(opened.ready, "the bot in every portal", 60)
                yield opened
            finally:
                await opened.stop()
    finally:
        await server.close()
