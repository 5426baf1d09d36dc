"""From an event pushed to the reply's call, nothing throttled (P11), against a handler with nothing but one call.

Open loop: events leave at their moments whether the last was answered or not, each from a person of his own, so that
none waits for another. The whole way is measured: stored durably, claimed, a turn of the conversation, the outbox.
"""

import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from bench.accepting import FORM
from bench.common import Figure, free_port, get, percentile, running

PER_S, SECONDS, ROUNDS = 100.0, 8.0, 3
PEOPLE = 400
PATIENCE_S = 20.0
CONFIG = """
[service]
port = {port}
public_url = "http://127.0.0.1:{port}"
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
files = "{folder}/files"
[bitrix24]
webhook_url = "{portal}rest/1/bench/"
bot_token = "bench-token"
support_users = [2]
event_mode = "webhook"
bucket_capacity = 100000
calls_per_second = 100000
"""


def measure(per_s: float = PER_S, seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """Interleaved rounds; the medians of their p99s, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ends = [sys.executable, "-m", "bench.answering_ends"]
        portal_port, bare_port, port = free_port(), free_port(), free_port()
        portal = f"http://127.0.0.1:{portal_port}/"
        config = Path(folder) / "concierge.toml"
        config.write_text(CONFIG.format(port=port, folder=folder, portal=portal), encoding="utf-8")
        service = [sys.executable, "-m", "app", "run", "--config", str(config)]
        with (
            running([*ends, "portal", str(portal_port)], f"{portal}ready"),
            running([*ends, "bare", str(bare_port), portal], f"http://127.0.0.1:{bare_port}/ready"),
            running(service, f"http://127.0.0.1:{port}/healthz"),
        ):
            return asyncio.run(_rounds(portal, bare_port, port, per_s, seconds, rounds))


async def _rounds(
    portal: str, bare_port: int, port: int, per_s: float, seconds: float, rounds: int
) -> list[Figure]:
    waits: dict[int, list[list[float]]] = {bare_port: [], port: []}
    lost = 0
    await _load(portal, port, 20.0, PEOPLE / 20.0)  # everybody is known from here on
    for _ in range(rounds):
        for one in (bare_port, port):
            taken, missing = await _load(portal, one, per_s, seconds)
            waits[one].append(taken)
            lost += missing
    bare = statistics.median(percentile(one, 0.99) for one in waits[bare_port])
    ours = statistics.median(percentile(one, 0.99) for one in waits[port])
    p50 = statistics.median(statistics.median(one) for one in waits[port])
    name = f"P11 event to reply, {per_s:g} a second, nothing throttled"
    return [
        Figure(f"{name}: p50 / p99", f"{p50 * 1000:.1f} / {ours * 1000:.1f} ms"),
        Figure("… a bare handler with one call: p99", f"{bare * 1000:.1f} ms"),
        Figure("… p99 against the bare handler", f"{ours / bare:.1f}×", "≤ 3", ours / bare <= 3),
        Figure("… events without a reply", str(lost), "0", lost == 0),
    ]


_MESSAGES = itertools.count(1)


async def _load(portal: str, port: int, per_s: float, seconds: float) -> tuple[list[float], int]:
    """Waits from sending the event to the reply's arrival, and how many never came."""
    chance, people = random.Random(2026), itertools.cycle(range(1000, 1000 + PEOPLE))
    seen = len(await asyncio.to_thread(get, f"{portal}arrivals"))
    sent: list[tuple[str, float]] = []
    async with aiohttp.ClientSession() as http:
        events: list[asyncio.Task[None]] = []
        end = time.monotonic() + seconds
        due = time.monotonic()
        while due < end:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            events.append(asyncio.create_task(_event(http, port, next(people), sent)))
            due += chance.expovariate(per_s)
        await asyncio.gather(*events)
        return await _waits(portal, seen, sent)


async def _event(http: aiohttp.ClientSession, port: int, person: int, sent: list[tuple[str, float]]) -> None:
    number = str(next(_MESSAGES))
    who = {f"data[{place}]": str(person) for place in ("chat][dialogId", "chat][id", "user][id")}
    who |= {"data[message][authorId]": str(person), "data[message][id]": number}
    body = urlencode({**FORM, **who, "data[message][text]": "помощь"})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent.append((str(person), time.monotonic()))
    async with http.post(f"http://127.0.0.1:{port}/bitrix24/events", data=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def _waits(portal: str, seen: int, sent: list[tuple[str, float]]) -> tuple[list[float], int]:
    """Replies to one person come in the order of his events."""
    end = time.monotonic() + PATIENCE_S
    while True:
        arrived = (await asyncio.to_thread(get, f"{portal}arrivals"))[seen:]
        if len(arrived) >= len(sent) or time.monotonic() > end:
            break
        await asyncio.sleep(0.2)
    by_person: dict[str, list[float]] = {}
    for person, at in arrived:
        by_person.setdefault(person, []).append(at)
    waits = []
    for person, at in sent:
        if by_person.get(person):
            waits.append(by_person[person].pop(0) - at)
    return waits, len(sent) - len(waits)
