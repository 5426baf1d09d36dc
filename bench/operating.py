"""What an operator waits for: a copy, a restore, the move to PostgreSQL; and what a look at the metrics costs."""

import asyncio
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from sqlalchemy import insert, text

from app import commands
from app.settings import Settings
from bench import guest_search, postgres
from bench.common import Figure
from bench.made_guests import guests
from storage import Database, migrate, outbox, portals, service_figures
from storage.tables import runs

GUESTS, PACK = 100_000, 5000
PORTALS, RUNS_EACH, WAITING = 1000, 100, 2000
LOOK_MS = 100.0
"""A scrape may cost the database so much, at most every five seconds."""
MOVE_MB = 150
_CHILD = """
import asyncio, re, sys
from storage.moving import move
moved = asyncio.run(move(*sys.argv[1:]))
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())  # ru_maxrss is the parent's, too
print(sum(one.rows for one in moved), int(peak[1]) // 1024)
"""


def measure() -> list[Figure]:
    """All of it; the move only where there is a PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "guests.db"
        asyncio.run(_fill(file))
        figures = asyncio.run(_copied(file, Path(folder) / "copy.db"))
        figures.append(asyncio.run(_looked(f"sqlite+aiosqlite:///{folder}/portals.db", "SQLite")))
        programs = postgres.binaries()
        if programs is None:
            return [*figures, Figure("move to PostgreSQL", "not measured: none here")]
        with postgres.server(programs) as url:
            figures.append(_moved(file, url))
        with postgres.server(programs) as url:
            figures.append(asyncio.run(_looked(url, "PostgreSQL")))
    return figures


async def _fill(file: Path) -> None:
    db, hotel, portal_id = await guest_search.opened(f"sqlite+aiosqlite:///{file}")
    made = guests(GUESTS)
    while pack := list(islice(made, PACK)):
        await guest_search._into_sqlite(file, guest_search._rows(pack, hotel.id, portal_id))  # noqa: SLF001
    async with db.transaction() as tx:
        for table in ("profiles", "stays"):  # the rows are made for searching, their stamps aren't ours
            await tx.execute(text(f"UPDATE {table} SET seen_at = '2026-11-22T12:00:00.000000Z'"))  # noqa: S608
    await db.close()


async def _copied(file: Path, copy: Path) -> list[Figure]:
    settings = Settings(service={"database_url": f"sqlite+aiosqlite:///{file}"})  # type: ignore[arg-type]
    began = time.monotonic()
    await commands.backup(settings, copy)
    written = time.monotonic()
    await commands.restore(settings, copy)
    done = time.monotonic()
    return [
        Figure(f"backup of {GUESTS:,} guests", f"{written - began:.1f} s"),
        Figure("… restore, what stood there kept", f"{done - written:.1f} s"),
    ]


def _moved(file: Path, url: str) -> Figure:
    began = time.monotonic()
    words = [sys.executable, "-c", _CHILD, f"sqlite+aiosqlite:///{file}", url]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    rows, peak_mb = map(int, done.stdout.split())
    return Figure(
        f"move to PostgreSQL, compared row by row: {rows:,} rows",
        f"{time.monotonic() - began:.0f} s, {peak_mb} MB",
        f"< {MOVE_MB} MB",
        peak_mb < MOVE_MB,
    )


async def _looked(url: str, engine: str) -> Figure:
    await migrate(url)
    db, now = Database.open(url), datetime.now(UTC)
    async with db.transaction() as tx:
        place = {"name": "x", "timezone": "Europe/Moscow", "currency": "RUB"}
        for n in range(PORTALS):
            portal_id = await portals.ensure(tx, f"p{n}", now)
            fixed = {"portal_id": portal_id, "kind": "sync", "state": "done", "counts": {}}
            fixed["hotel_id"] = await portals.ensure_hotel(tx, portal_id, "GRAND", **place)
            rows = [{**fixed, "started_at": now - timedelta(minutes=15 * i)} for i in range(RUNS_EACH)]
            await tx.execute(insert(runs), rows)
        fixed = {"kind": "message.post", "payload": {}, "lane": 1, "now": now}
        for n in range(WAITING):
            await outbox.add(tx, portal_id=n % PORTALS + 1, destination=str(n), **fixed)  # type: ignore[arg-type]
        await tx.execute(text("ANALYZE"))
    took = []
    for _ in range(9):
        began = time.monotonic()
        async with db.reading() as tx:
            await service_figures.take(tx, now)
        took.append((time.monotonic() - began) * 1000)
    await db.close()
    value = median(took)
    name = (
        f"{engine}: the figures of {PORTALS:,} portals, {PORTALS * RUNS_EACH:,} runs, {WAITING:,} deliveries"
    )
    return Figure(name, f"{value:.0f} ms", f"≤ {LOOK_MS:.0f} ms", value <= LOOK_MS)
