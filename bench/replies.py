"""How long a person waits: from the moment his message was fetched to the reply's call, at rest and during a sync.

Read from the portal's live stream, where messages and calls stand in the order in which they happened. One reply may
travel in a batch with others; it counts at the moment when the portal has it.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench.common import Figure, commands_of, percentile, service, stand_ins

USERS = (5, 6, 2, 3)
"""Nobody among them gets a report of the sync, which would pass for an answer."""
GAP_S = 0.55
"""1.8 messages a second in all: below the two for which the target holds."""
QUIET_S, REST_S = 60.0, 30.0
LEAK_PER_S = 2.0
LIMIT_S = 0.5
PATIENCE_S, PATIENT_S = 10.0, 240.0
FETCH = "imbot.v2.event.get"


class Witness:
    """Hears the portal's stream and matches each person's messages with the bot's answers, in their order."""

    def __init__(self) -> None:
        self.bot = 0
        self.waits: list[float] = []
        self.calls: list[tuple[float, list[str]]] = []
        self.batched = 0
        self._written: dict[int, deque[float | None]] = defaultdict(deque)  # chat → when fetched

    @property
    def open(self) -> int:
        """Messages without an answer."""
        return sum(map(len, self._written.values()))

    def hear(self, event: dict[str, Any]) -> None:
        """One event of the stream."""
        now = time.perf_counter()
        if event["topic"] == "resync":
            raise RuntimeError("the stream was read too slowly")
        if event["topic"] == "request":
            names = commands_of(event)
            self.calls.append((now, names))
            if FETCH in names:
                self._fetched(now)
        elif event["topic"] == "message" and event["action"] == "add":
            self._said(event["message"], now)

    def _fetched(self, now: float) -> None:
        for waiting in self._written.values():
            for place, fetched in enumerate(waiting):
                if fetched is None:
                    waiting[place] = now

    def _said(self, message: dict[str, Any], now: float) -> None:
        waiting = self._written[message["chatId"]]
        if message["authorId"] in USERS:
            waiting.append(None)
        elif message["authorId"] == self.bot and waiting:
            fetched = waiting.popleft()
            self.waits.append(now - (fetched if fetched is not None else now))

    def taken(self) -> list[float]:
        """The waits since the last time."""
        waits, self.waits = self.waits, []
        return waits

    def poll_share(self, since: float, until: float) -> float:
        """The part of the budget that went into asking for events."""
        polls = sum(1 for at, names in self.calls if since <= at <= until and FETCH in names)
        return polls / ((until - since) * LEAK_PER_S)


def measure(quiet_s: float = QUIET_S, rest_s: float = REST_S, days: int = 500) -> list[Figure]:
    """p50 and p99 of the reply, and the share of the budget that polling takes."""
    with tempfile.TemporaryDirectory() as folder, stand_ins() as portal:
        with service(Path(folder), portal.base, days=days) as (_process, config):
            return asyncio.run(_measured(portal.base, config, quiet_s, rest_s))


async def _measured(base: str, config: Path, quiet_s: float, rest_s: float) -> list[Figure]:
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(base, timeout=timeout) as http, _witness(http) as witness:
        while not witness.bot:
            async with http.get("_sandbox/page.json") as answer:
                witness.bot = (await answer.json())["botUserId"] or 0
            await asyncio.sleep(0.1)
        began = time.perf_counter()
        await asyncio.sleep(rest_s)
        rested = time.perf_counter()
        lost = await _talk(http, witness, asyncio.create_task(asyncio.sleep(quiet_s)))
        quiet, talked = witness.taken(), time.perf_counter()
        lost += await _talk(http, witness, asyncio.create_task(asyncio.to_thread(_sync, config)))
        busy = witness.taken()
    resting, talking = witness.poll_share(began, rested), witness.poll_share(rested, talked)
    return [
        *_row("reply, from fetched to sent", quiet),
        *_row("reply, while the first load of all bookings runs", busy),
        Figure("messages without an answer", str(lost), "0", lost == 0),
        Figure("polling's part of the budget, at rest", f"{resting:.1%}", "≤ 25 %", resting <= 0.25),
        Figure(
            "polling's part of the budget, while people talk", f"{talking:.1%}", "≤ 25 %", talking <= 0.26
        ),
    ]


def _row(name: str, waits: list[float]) -> list[Figure]:
    if not waits:
        return [Figure(name, "no answers", f"≤ {LIMIT_S} s", ok=False)]
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    return [
        Figure(f"{name}: p50 of {len(waits)}", f"{p50 * 1000:.0f} ms"),
        Figure(f"{name}: p99", f"{p99 * 1000:.0f} ms", f"≤ {LIMIT_S * 1000:.0f} ms", p99 <= LIMIT_S),
    ]


def _sync(config: Path) -> None:
    command = [sys.executable, "-m", "app", "sync", "GRAND", "--full", "--json", "--config", str(config)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=PATIENT_S)


async def _talk(http: aiohttp.ClientSession, witness: Witness, while_: "asyncio.Task[None]") -> int:
    """People write in turn while the task runs; returns how many answers never came."""
    people = itertools.cycle(USERS)
    while not while_.done():
        body = {"dialogId": str(witness.bot), "text": "/help"}
        async with http.post(f"_sandbox/as/{next(people)}/messages", json=body) as answer:
            answer.raise_for_status()
        await asyncio.sleep(GAP_S)
    await while_
    for _ in range(int(PATIENCE_S / 0.1)):
        if not witness.open:
            break
        await asyncio.sleep(0.1)
    return witness.open


@asynccontextmanager
async def _witness(http: aiohttp.ClientSession) -> AsyncIterator[Witness]:
    witness = Witness()
    async with http.get("_sandbox/stream") as stream:
        listening = asyncio.create_task(_listen(stream, witness))
        try:
            yield witness
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _listen(stream: aiohttp.ClientResponse, witness: Witness) -> None:
    async for line in stream.content:
        if line.startswith(b"data: "):
            witness.hear(json.loads(line[6:]))
