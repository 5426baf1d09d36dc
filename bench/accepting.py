"""Events accepted durably per second, against the same handler with a transaction each and without a database."""

import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from urllib.parse import urlencode

from bench import postgres
from bench.common import Figure, free_port, percentile, pinned, running

SECONDS = 1.5
ROUNDS = 3
KINDS = ("none", "each", "grouped")
_NUMBER = itertools.count(1)

FORM = {
    "event": "ONIMBOTV2MESSAGEADD", "data[bot][id]": "7", "data[bot][code]": "concierge", "data[message][id]": "{n}",
    "data[message][chatId]": "5", "data[message][authorId]": "1", "data[message][text]": "Не печатает принтер на стойке",
    "data[message][date]": "2026-11-22T12:00:00+03:00", "data[message][isSystem]": "0", "data[chat][id]": "5",
    "data[chat][dialogId]": "5", "data[chat][type]": "private", "data[chat][messageType]": "P",
    "data[user][id]": "5", "data[user][name]": "Ольга Иванова", "data[user][firstName]": "Ольга",
    "data[user][lastName]": "Иванова", "data[user][bot]": "0", "data[user][active]": "1", "data[user][email]": "",
    "data[language]": "ru", "ts": "1772093963", "auth[domain]": "hotel.example", "auth[member_id]": "m" * 32,
    "auth[application_token]": "t" * 32, "auth[expires_in]": "3600", "auth[scope]": "imbot,im,crm",
}  # fmt: skip


def measure(
    connections: tuple[int, ...] = (1, 16, 128), seconds: float = SECONDS, rounds: int = ROUNDS
) -> list[Figure]:
    """On SQLite, and on PostgreSQL where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/accept.db"
        figures = _on("SQLite", url, connections, seconds=seconds, rounds=rounds)
    programs = postgres.binaries()
    if programs is None:
        return [*figures, Figure("accept, PostgreSQL", "not measured: no server here")]
    with postgres.server(programs) as url:
        # Both engines take the same way in; there the extreme counts would tell nothing new.
        return [*figures, *_on("PostgreSQL", url, connections[1:], seconds=seconds, rounds=rounds)]


def _on(engine: str, url: str, connections: tuple[int, ...], *, seconds: float, rounds: int) -> list[Figure]:
    """Rates by connections, interleaved; ratios of medians."""
    port = free_port()
    command = pinned(0, [sys.executable, "-m", "bench.accept_server", str(port), url])
    with running(command, f"http://127.0.0.1:{port}/ready"):
        return [
            figure
            for count in connections
            for figure in _at(engine, port, count, seconds=seconds, rounds=rounds)
        ]


def _at(engine: str, port: int, connections: int, *, seconds: float, rounds: int) -> list[Figure]:
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    waits: list[list[float]] = []
    for _ in range(rounds):
        for kind in KINDS:
            rate, taken = asyncio.run(load(port, kind, connections, seconds))
            rates[kind].append(rate)
            if kind == "grouped":
                waits.append(taken)
    median = {kind: statistics.median(found) for kind, found in rates.items()}
    against_none, gain = median["grouped"] / median["none"], median["grouped"] / median["each"]
    target = ("≥ 0.55", against_none >= 0.55) if connections == 128 else ("", None)
    p50, p99 = (statistics.median(percentile(one, share) for one in waits) for share in (0.5, 0.99))
    steady = ("≤ 5", p99 / p50 <= 5) if connections == 16 else ("", None)
    return [
        Figure(
            f"accept, {engine}, {connections} connections: events per second", f"{median['grouped']:,.0f}"
        ),
        Figure("… against the same handler without a database", f"{against_none:.2f}", *target),
        Figure("… against the same handler with a transaction per event", f"{gain:.1f}×"),
        Figure("… p99 / p50", f"{p99 / p50:.1f} ({p99 * 1000:.1f} / {p50 * 1000:.1f} ms)", *steady),
    ]


async def load(port: int, kind: str, connections: int, seconds: float) -> tuple[float, list[float]]:
    """Closed-loop load over bare sockets: the client must not be the limit."""
    end = time.perf_counter() + seconds
    results = await asyncio.gather(*(_connection(port, kind, end) for _ in range(connections)))
    waits = [wait for one in results for wait in one]
    return len(waits) / seconds, waits


async def _connection(port: int, kind: str, end: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    waits = []
    while time.perf_counter() < end:
        began = time.perf_counter()
        writer.write(_request(kind))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(2)
        waits.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()
    return waits


_BODY = urlencode(FORM).replace("%7Bn%7D", "{n}")


def _request(kind: str) -> bytes:
    body = _BODY.replace("{n}", str(next(_NUMBER)))
    return (
        f"POST /{kind} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
