"""Replicas on one PostgreSQL: what a question waits, how evenly portals are shared, a kill, and what quiet portals cost.

The portals are the stand-in cloud's, at the documented limits, each with the app installed. A wait is counted from the
end of the poll that fetched the question to the moment the answer's call arrives; both stand in the portal's own log.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from sqlalchemy import make_url

from bench import postgres
from bench.common import Figure, cpu_s, free_port, percentile, post, running

PORTALS, REPLICAS, PER_S, SECONDS = 1000, 3, 10.0, 60.0
QUIET_PORTALS, SETTLE_S, IDLE_S = 100, 90.0, 60.0
LIMIT_S, MOVED_S, MOST_MB, MOST_CPU = 2.0, 10.0, 150.0, 0.01
ANSWERED_S = 40.0
AT_ONCE = 8
SCOPES = ["imbot", "im", "crm", "task", "tasks", "user", "department", "disk", "placement"]
CONFIG = """
[service]
port = {port}
public_url = "http://127.0.0.1:{public}"
database_url = "{database}"
files = "{folder}/files"
log_format = "json"
secret_keys = ["one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
[bitrix24]
client_id = "{client_id}"
client_secret = "{client_secret}"
oauth_servers = ["{server}"]
"""
SEND, FETCH = "imbot.v2.chat.message.send", "imbot.v2.event.get"


@dataclass(slots=True)
class Fleet:
    """The cloud, the database and the replicas."""

    base: str
    database: str
    folder: Path
    app: dict[str, Any]
    port: int
    replicas: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    bots: dict[str, int] = field(default_factory=dict)

    def config(self, number: int) -> tuple[Path, int]:
        port = self.port if number == 0 else free_port()
        file = self.folder / f"replica{number}.toml"
        values = {"port": port, "public": self.port, "database": self.database, "folder": self.folder}
        secret = {name: self.app[name] for name in ("client_id", "client_secret")}
        file.write_text(CONFIG.format(**values, **secret, server=self.base.rstrip("/")), encoding="utf-8")
        return file, port

    async def shares(self) -> Counter[int]:
        """Portals by the process that serves them."""
        url = make_url(self.database)
        connection = await asyncpg.connect(
            user="postgres", database=url.database, host=str(url.query["host"])
        )
        try:
            rows = await connection.fetch(
                "SELECT l.owner FROM leases l JOIN replicas r ON r.owner = l.owner WHERE l.name = 'portal'"
            )
        finally:
            await connection.close()
        return Counter(int(row["owner"].split(":")[1]) for row in rows)

    async def shared_evenly(self, patience_s: float) -> Counter[int]:
        """Wait until every portal is served, by every living replica."""
        end = time.monotonic() + patience_s
        alive = {one.pid for one in self.replicas if one.poll() is None}
        while True:
            shares = await self.shares()
            even = max(shares.values(), default=0) - min(shares.values(), default=0) <= len(alive)
            if shares.total() == len(self.names) and set(shares) == alive and even:
                return shares
            if time.monotonic() > end:
                raise RuntimeError(f"not shared evenly: {shares}")
            await asyncio.sleep(0.1)


@contextmanager
def fleet(count: int) -> Iterator[Fleet]:
    """``count`` replicas up, no portals yet."""
    programs = postgres.binaries()
    if programs is None:
        raise RuntimeError("no PostgreSQL here")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(postgres.server(programs))
        cloud_port, port = free_port(), free_port()
        base = f"http://127.0.0.1:{cloud_port}/"
        command = [sys.executable, "-m", "app", "sandbox", "cloud", "--port", str(cloud_port)]
        stack.enter_context(running(command, base + "_sandbox/apps"))
        ours = f"http://127.0.0.1:{port}/bitrix24/"
        app = {"kind": "no-ui", "scopes": SCOPES, "install_url": f"{ours}install", "app_url": f"{ours}app"}
        made = post(base + "_sandbox/apps", app | {"event_url": f"{ours}events"})
        opened = Fleet(base, database, folder, made, port)
        for number in range(count):
            config, own = opened.config(number)
            command = [sys.executable, "-m", "app", "run", "--config", str(config)]
            process = stack.enter_context(running(command, f"http://127.0.0.1:{own}/healthz"))
            opened.replicas.append(process)
        yield opened


class Talk:
    """What people do in the portals, and what the portals saw of it."""

    def __init__(self, fleet: Fleet, http: aiohttp.ClientSession) -> None:
        self._fleet = fleet
        self._http = http
        self.asked_at: dict[str, float] = {}

    async def _get(self, path: str) -> Any:
        async with self._http.get(self._fleet.base + path) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def _post(self, path: str, body: object) -> Any:
        async with self._http.post(self._fleet.base + path, json=body) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def install(self, count: int) -> float:
        """Make portals and install the app in each; seconds until the bot stands in all."""
        began, few = time.monotonic(), asyncio.Semaphore(AT_ONCE)
        made = await self._post("_sandbox/portals", {"count": count, "prefix": "hotel"})
        names = self._fleet.names = [one["name"] for one in made["portals"]]

        async def one(name: str) -> None:
            async with few:
                await self._post(f"_sandbox/portals/{name}/install", {})

        await asyncio.gather(*(one(name) for name in names))
        for name in names:
            self._fleet.bots[name] = await self._bot(name)
        return time.monotonic() - began

    async def _bot(self, name: str) -> int:
        """Who the bot is, once it is registered."""
        while True:
            found: int | None = (await self._get(f"p/{name}/_sandbox/page.json"))["botUserId"]
            if found is not None:
                return found
            await asyncio.sleep(0.5)

    async def ask_in_turn(self, names: list[str], per_s: float) -> None:
        """A question in each portal, evenly over time."""
        began = time.monotonic()
        for number, name in enumerate(names):
            await asyncio.sleep(max(0.0, began + number / per_s - time.monotonic()))
            body = {"dialogId": str(self._fleet.bots[name]), "text": "/help"}
            self.asked_at[name] = time.time()
            await self._post(f"p/{name}/_sandbox/as/5/messages", body)

    async def seen(self, name: str) -> "Seen":
        """What became of a portal's question."""
        calls = (await self._get(f"p/{name}/_sandbox/requests?limit=500"))["requests"]
        bot = self._fleet.bots[name]
        dialog = (await self._get(f"p/{name}/_sandbox/as/5/dialogs/{bot}/messages"))["messages"]
        told = sum(one["authorId"] == bot and "Что я умею" in one["text"] for one in dialog)
        fetched = sent = 0.0
        for call in calls:
            at = datetime.fromisoformat(call["at"]).timestamp()
            names = [str(one).casefold() for one in call.get("commands") or [call["method"]]]
            if at >= self.asked_at[name] and FETCH in names and not fetched:
                fetched = at + call.get("ms", 0) / 1000
            if fetched and SEND in names:
                sent = at
        refused = sum(call.get("status") == 503 for call in calls)
        return Seen(told, sent - fetched if sent else None, refused)


@dataclass(frozen=True, slots=True)
class Seen:
    """Answers to one question, the wait in seconds, calls beyond the portal's limit."""

    answers: int
    wait_s: float | None
    refused: int


def measure(
    portals: int = PORTALS, replicas: int = REPLICAS, seconds: float = SECONDS, quiet: int = QUIET_PORTALS
) -> list[Figure]:
    """Talk, a kill in the middle, and idle cost."""
    if postgres.binaries() is None:
        return [Figure("replicas", "not measured: no PostgreSQL here")]
    with fleet(replicas) as opened:
        figures = asyncio.run(_talk(opened, portals, seconds))
    with fleet(1) as opened:
        return figures + asyncio.run(_idle(opened, quiet))


async def _talk(opened: Fleet, portals: int, seconds: float) -> list[Figure]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
        talk = Talk(opened, http)
        installed_s = await talk.install(portals)
        shares = await opened.shared_evenly(120)
        asked = min(int(PER_S * seconds), portals)
        first, second = opened.names[: asked // 2], opened.names[asked // 2 : asked]
        await talk.ask_in_turn(first, PER_S)
        await asyncio.sleep(ANSWERED_S / 2)
        calm = await asyncio.gather(*(talk.seen(name) for name in first))
        talking = asyncio.create_task(talk.ask_in_turn(second, PER_S))
        await asyncio.sleep(len(second) / PER_S / 2)
        opened.replicas[-1].kill()
        opened.replicas[-1].wait()
        began = time.monotonic()
        await opened.shared_evenly(60)
        moved_s = time.monotonic() - began
        await talking
        await asyncio.sleep(ANSWERED_S)
        hard = await asyncio.gather(*(talk.seen(name) for name in second))
    waits = [one.wait_s for one in calm if one.wait_s is not None]
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    lost = sum(one.answers == 0 for one in (*calm, *hard))
    doubled = sum(one.answers > 1 for one in (*calm, *hard))
    refused = sum(one.refused for one in (*calm, *hard))
    spread = f"{min(shares.values())}–{max(shares.values())}"
    even = max(shares.values()) - min(shares.values()) <= len(shares)
    return [
        Figure(
            f"{portals} portals installed, bots registered, {len(shares)} replicas", f"{installed_s:.0f} s"
        ),
        Figure("portals per replica", spread, "even", even),
        Figure(f"from fetched to answered: p50 of {len(waits)}", f"{p50 * 1000:.0f} ms"),
        Figure("from fetched to answered: p99", f"{p99 * 1000:.0f} ms", f"< {LIMIT_S:.0f} s", p99 < LIMIT_S),
        Figure("calls beyond a portal's limit", str(refused), "0", refused == 0),
        Figure(
            "a replica killed: its portals moved after",
            f"{moved_s:.1f} s",
            f"≤ {MOVED_S:.0f} s",
            moved_s <= MOVED_S,
        ),
        Figure(
            f"answers lost, answers doubled, of {asked} questions",
            f"{lost}, {doubled}",
            "0, 0",
            lost == doubled == 0,
        ),
    ]


async def _idle(opened: Fleet, portals: int) -> list[Figure]:
    process = opened.replicas[0]
    async with aiohttp.ClientSession() as http:
        await Talk(opened, http).install(portals)
    await opened.shared_evenly(60)
    await asyncio.sleep(SETTLE_S)
    began, used = time.monotonic(), cpu_s(process.pid)
    await asyncio.sleep(IDLE_S)
    share = (cpu_s(process.pid) - used) / (time.monotonic() - began)
    held = resident_mb(process.pid)
    return [
        Figure(
            f"a replica with {portals} quiet portals: part of a core",
            f"{share:.2%}",
            f"< {MOST_CPU:.0%}",
            share < MOST_CPU,
        ),
        Figure(
            f"a replica with {portals} quiet portals: memory",
            f"{held:.0f} MB",
            f"< {MOST_MB:.0f} MB",
            held < MOST_MB,
        ),
    ]


def resident_mb(pid: int) -> float:
    """What a process holds now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """``python -m bench.replicas --portals 60 --seconds 10``: in small, for a machine that is busy."""
    parser = argparse.ArgumentParser(prog="bench.replicas", description=main.__doc__)
    parser.add_argument("--portals", type=int, default=PORTALS)
    parser.add_argument("--replicas", type=int, default=REPLICAS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--quiet", type=int, default=QUIET_PORTALS)
    parser.add_argument("--idle-only", action="store_true")
    parser.add_argument("--talk-only", action="store_true")
    wanted = parser.parse_args()
    if wanted.idle_only:
        with fleet(1) as opened:
            figures = asyncio.run(_idle(opened, wanted.quiet))
    elif wanted.talk_only:
        with fleet(wanted.replicas) as opened:
            figures = asyncio.run(_talk(opened, wanted.portals, wanted.seconds))
    else:
        figures = measure(wanted.portals, wanted.replicas, wanted.seconds, wanted.quiet)
    for figure in figures:
        print(f"{figure.name}: {figure.value} {f'({figure.target})' if figure.target else ''}")


if __name__ == "__main__":
    main()
