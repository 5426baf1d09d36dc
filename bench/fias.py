"""FIAS: frames parsed on one core, against a bare loop of splits; and a hotel's busiest minute, twentyfold, stored.

The sender is a plain socket in a thread of its own, at full speed, so what is measured is our side under pressure:
TCP, frames, records, translation, and the store's transaction before anything more is read.
"""

import asyncio
import contextlib
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.common import Figure, percentile
from bench.staging import opened
from bot.texts import text
from domain.doors import Door, Told
from domain.portal import Hotel, Portal
from handlers.scope import Scopes
from handlers.sync.doors import Doors
from integrations.fidelio.declared import DECLARED
from integrations.fidelio.fias.frames import ETX, FrameReader, frame
from integrations.fidelio.fias.options import Options
from integrations.fidelio.fias.records import GUEST_RECORDS, guest, parse
from integrations.fidelio.fias.source import FiasSource
from storage import Database

ENCODING = "cp1251"
PARSED, ROUNDS, SEGMENT = 140_000, 5, 1460
BUSIEST_PER_MINUTE = 600
"""A hotel of 500 rooms stays well under 10 frames a second; ten a second for a minute is generous for 1,000 rooms."""
TIMES = 20
ALONE = 200
"""Check-ins sent one by one, each when the one before is stored."""
SURNAMES = ("Иванов", "Петров", "Сидоров", "Кузнецова", "Смирнова", "Grünwald", "Holloway", "Лебедев")


def measure(
    parsed: int = PARSED, rounds: int = ROUNDS, times: int = TIMES, alone: int = ALONE
) -> list[Figure]:
    """Both halves."""
    return [*_parsing(parsed, rounds), *asyncio.run(_storing(times * BUSIEST_PER_MINUTE, alone))]


# --- parsing -------------------------------------------------------------------------------------------------


def _parsing(count: int, rounds: int) -> list[Figure]:
    texts = [
        "GI|RN305|G#200145|GSN|GNИванов|GFИван|GLRU|GVV1|GA261120|GD261123|DA261120|TI141500|",
        "GC|RN305|GSN|RO304|GSN|G#200145|GNИванов|GA261120|GD261124|DA261121|TI101500|",
        "GO|RN305|G#200145|GSN|DA261121|TI101500|",
        "GC|RN305|G#200145|GSN|GNСмирнова-Вознесенская|GFЕкатерина|GA261120|GD261124|DA261121|TI101500|",
        "LA|DA261121|TI101500|",
    ]
    data = b"".join(frame(one.encode(ENCODING)) for one in texts) * (count // len(texts))
    count -= count % len(texts)
    loops: dict[str, Callable[[], None]] = {
        "bare": lambda: _bare(data),
        "records": lambda: _ours(data, typed=False),
        "typed": lambda: _ours(data, typed=True),
    }
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in loops.items():
            began = time.process_time()  # one core's own time: the machine is not ours alone
            loop()
            rates[name].append(count / (time.process_time() - began))
    median = {name: statistics.median(found) for name, found in rates.items()}
    ratio = statistics.median(ours / bare for ours, bare in zip(rates["records"], rates["bare"], strict=True))
    return [
        Figure("FIAS: frames per second into checked records", f"{median['records']:,.0f}", "≥ 50,000",
               median["records"] >= 50_000),
        Figure("… against a bare loop of splits", f"{ratio:.2f}", "≥ 0.4", ratio >= 0.4),
        Figure("… with guests' fields read as dates and numbers, per second", f"{median['typed']:,.0f}", "≥ 50,000",
               median["typed"] >= 50_000),
    ]  # fmt: skip


def _bare(data: bytes) -> None:
    for one in data.split(ETX):
        _ = {part[:2]: part[2:] for part in one[1:].split(b"|")}


def _ours(data: bytes, *, typed: bool) -> None:
    reader = FrameReader()
    for start in range(0, len(data), SEGMENT):
        for one in reader.feed(data[start : start + SEGMENT]):
            record = parse(one, ENCODING)
            if typed and record.id in GUEST_RECORDS:
                guest(record)


# --- storing -------------------------------------------------------------------------------------------------


class Sender:
    """IFC8's side on a blocking socket: the link's start, then frames as told."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._orders: list[bytes] = []
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        self._orders.append(data)
        self._wake.set()

    def close(self) -> None:
        self.send(b"")
        self._thread.join(5)
        self._listening.close()

    def _serve(self) -> None:
        line, _ = self._listening.accept()
        with line:
            now = datetime.now(ZoneInfo("Europe/Moscow"))
            line.sendall(frame(f"LS|DA{now:%y%m%d}|TI{now:%H%M%S}|".encode()))
            heard = b""
            while b"\x02LA|" not in heard:
                heard += line.recv(4096)
            line.sendall(frame(b"LA|"))
            while True:
                self._wake.wait()
                self._wake.clear()
                while self._orders:
                    data = self._orders.pop(0)
                    if not data:
                        return
                    line.sendall(data)


class Meter:
    """The real store behind a count of stays it has made durable."""

    def __init__(self, doors: Doors, portal_id: int, hotel: Hotel) -> None:
        self._doors, self._portal_id, self._hotel = doors, portal_id, hotel
        self.stays = self.deliveries = 0
        self.grown = asyncio.Event()

    async def deliver(self, news: Sequence[Told]) -> None:
        await self._doors.deliver(self._portal_id, self._hotel, self._hotel.doors[0], news)
        self.deliveries += 1
        self.stays += sum(getattr(one, "entity", "") == "stay" for one in news)
        self.grown.set()

    async def until(self, stays: int) -> None:
        while self.stays < stays:
            self.grown.clear()
            await self.grown.wait()


async def _storing(count: int, alone: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        db, plain, portal_id = await opened(f"sqlite+aiosqlite:///{Path(folder) / 'fias.db'}")
        sender = Sender()
        try:
            return await _measured(db, plain, portal_id, sender, count, alone)
        finally:
            sender.close()
            await db.close()


async def _measured(
    db: Database, plain: Hotel, portal_id: int, sender: Sender, count: int, alone: int
) -> list[Figure]:
    door = Door("fias", "fias", live=True, authority=10, same_ids=True, declared=DECLARED["fias"])
    hotel = Hotel(plain.id, plain.code, plain.name, plain.timezone, plain.currency, doors=(door,))
    portal = Portal(portal_id, "main", "https://bench.example/", hotels=(hotel,))
    scopes = Scopes(db, lambda: datetime.now(UTC), text, lambda _id: portal)
    meter = Meter(Doors(scopes), portal_id, hotel)
    source = FiasSource(Options("127.0.0.1", sender.port, encoding=ENCODING, move_window_s=0))
    listening = asyncio.create_task(source.run(meter.deliver))
    try:
        waits = []
        for number in range(alone):
            began = time.perf_counter()
            sender.send(_record("GI", 900_000 + number))
            await meter.until(number + 1)
            waits.append(time.perf_counter() - began)
        stream = b"".join(_life(count))
        began = time.perf_counter()
        sender.send(stream)
        await meter.until(alone + count)
        rate = count / (time.perf_counter() - began)
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    needed = TIMES * BUSIEST_PER_MINUTE / 60
    worst = percentile(waits, 0.99)
    return [
        Figure(f"FIAS: frames per second stored durably ({count:,} at once, {meter.deliveries:,} transactions)",
               f"{rate:,.0f}", f"≥ {needed:,.0f}: {TIMES} × the busiest minute of 1,000 rooms", rate >= needed),
        Figure("… that is so many times the busiest minute", f"{rate * 60 / BUSIEST_PER_MINUTE:,.0f} ×", "≥ 20 ×",
               rate * 60 >= TIMES * BUSIEST_PER_MINUTE),
        Figure("a single check-in, from the wire to the store, p50 / p99",
               f"{percentile(waits, 0.5) * 1000:.0f} / {worst * 1000:.0f} ms", "≤ 2 s", worst <= 2),
    ]  # fmt: skip


def _life(count: int) -> list[bytes]:
    """Check-ins, changes, moves and check-outs of a house of 1,500 guests, in a mixed but possible order."""
    rng = random.Random(8)
    here: list[int] = []
    told = []
    coming = iter(range(200_000, 200_000 + count))
    for _ in range(count):
        dice = rng.random()
        if not here or (dice < 0.4 and len(here) < 1500):
            here.append(next(coming))
            told.append(_record("GI", here[-1]))
        elif dice < 0.65:
            told.append(_record("GC", rng.choice(here), day=rng.randrange(24, 28)))
        else:
            told.append(_record("GO", here.pop(rng.randrange(len(here)))))
    return told


def _record(kind: str, number: int, day: int = 26) -> bytes:
    about = ""
    if kind != "GO":
        name = SURNAMES[number % len(SURNAMES)]
        about = f"GN{name}|GFАнна|GLRU|GV|G+{number + 300_000}|GA261123|GD2611{day}|"
    line = f"{kind}|RN{100 + number % 1000}|G#{number}|GSN|{about}DA261123|TI120000|"
    return frame(line.encode(ENCODING, "replace"))
