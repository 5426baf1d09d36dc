"""Staging many reservations: our store against bare sqlite3, and its memory when there are ten times as many."""

import asyncio
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bench.common import Figure, peak_mb
from domain.portal import Hotel
from domain.stays import Money, Stay, StayState
from storage import Database, migrate, portals, staging
from storage.staged import STAYS, stay_row

ROWS, ROUNDS, PACK = 20_000, 3, 1000
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def measure(rows: int = ROWS, rounds: int = ROUNDS, few: int = 10_000, many: int = 100_000) -> list[Figure]:
    """Interleaved rounds; each writes rows that are all new, then the same ones changed."""
    ours, bare, whole = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            core, full = asyncio.run(_ours(Path(folder), rows))
            ours.append(core)
            whole.append(full)
            bare.append(_bare(Path(folder) / "ours.db", Path(folder) / "bare.db", rows))
    ratio = statistics.median(ours) / statistics.median(bare)
    peaks = {count: _peak(count) for count in (few, many)}
    growth = peaks[many] / peaks[few]
    return [
        Figure("staging: rows per second through SQLAlchemy Core", f"{statistics.median(ours):,.0f}"),
        Figure("… against bare sqlite3 executemany", f"{ratio:.2f}", "≥ 0.35", ratio >= 0.35),
        Figure(
            "… with reading, fingerprints and search keys: rows per second",
            f"{statistics.median(whole):,.0f}",
        ),
        Figure(
            f"… peak memory, {many:,} stays against {few:,}",
            f"{growth:.2f} ({peaks[many]:.0f} / {peaks[few]:.0f} MB)",
            "≤ 1.2",
            growth <= 1.2,
        ),
    ]


async def _ours(folder: Path, rows: int) -> tuple[float, float]:
    """Rows per second of the upsert statement alone, and of the whole store."""
    db, hotel, portal_id = await _opened(folder / "ours.db")
    try:
        began = time.perf_counter()
        for pack in packs(rows):
            await _stage(db, hotel, portal_id, pack, run_id=1)
        whole = rows / (time.perf_counter() - began)
        fixed = {"portal_id": portal_id, "hotel_id": hotel.id, "seen_run": 2, "seen_at": NOW}
        prepared = [[_row(stay, fixed) for stay in pack] for pack in packs(rows, room="302")]
        began = time.perf_counter()
        for pack_rows in prepared:
            async with db.transaction() as tx:
                await staging._write(tx, STAYS, pack_rows)  # noqa: SLF001 - the statement alone
        core = rows / (time.perf_counter() - began)
    finally:
        await db.close()
    return core, whole


def _row(stay: Stay, fixed: dict[str, object]) -> dict[str, object]:
    data = STAYS.records.dump_python(stay, mode="json", exclude_defaults=True)
    searched = stay_row(stay)
    return {**fixed, "reservation_id": stay.reservation_id, **searched, "data": data, "content_hash": "other"}


def _bare(schema: Path, file: Path, rows: int) -> float:
    """The same table and indexes, filled with as many rows; then executemany in the same packs."""
    with sqlite3.connect(schema) as old, sqlite3.connect(file) as connection:
        old.backup(connection)
    old.close()
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    names = [row[1] for row in connection.execute("PRAGMA table_info(stays)")]
    found = connection.execute("SELECT * FROM stays").fetchall()
    assert len(found) == rows
    places, room = ", ".join("?" * len(names)), names.index("room")
    changed = [(*row[:room], "303", *row[room + 1 :]) for row in found]
    setting = ", ".join(f"{n} = excluded.{n}" for n in names if n not in {"hotel_id", "reservation_id"})
    statement = (
        f"INSERT INTO stays VALUES ({places}) "  # noqa: S608 - the table's own names
        f"ON CONFLICT (hotel_id, reservation_id) DO UPDATE SET {setting}"
    )
    began = time.perf_counter()
    for start in range(0, rows, PACK):
        with connection:
            connection.executemany(statement, changed[start : start + PACK])
    taken = time.perf_counter() - began
    connection.close()
    return rows / taken


async def _opened(file: Path) -> tuple[Database, Hotel, int]:
    return await opened(f"sqlite+aiosqlite:///{file}")


async def opened(url: str) -> tuple[Database, Hotel, int]:
    """A migrated database with one portal and one hotel."""
    await migrate(url)
    db = Database.open(url)
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", NOW)
        hotel_id = await portals.ensure_hotel(
            tx, portal_id, "GRAND", name="Гранд", timezone="Europe/Moscow", currency="RUB"
        )
    return db, Hotel(hotel_id, "GRAND", "Гранд", "Europe/Moscow", "RUB"), portal_id


async def _stage(db: Database, hotel: Hotel, portal_id: int, pack: list[Stay], *, run_id: int) -> None:
    async with db.transaction() as tx:
        await staging.upsert(tx, portal_id, hotel, [], pack, run_id=run_id, now=NOW)


def packs(rows: int, room: str = "301") -> Iterator[list[Stay]]:
    """Made as they are wanted: nobody holds all of them."""
    for start in range(0, rows, PACK):
        yield [_stay(number, room) for number in range(start, min(start + PACK, rows))]


def _stay(number: int, room: str) -> Stay:
    arrival = date(2026, 1, 1) + timedelta(days=number % 600)
    return Stay(
        reservation_id=str(9_000_000 + number),
        state=StayState.CONFIRMED,
        arrival=arrival,
        departure=arrival + timedelta(days=1 + number % 6),
        profile_id=str(500_000 + number % 7000),
        guest_name=f"Щербакова{number % 977} Юлия",
        confirmation=f"CRS{number}",
        room=room,
        room_type="DBL",
        adults=2,
        rate_code="BAR",
        total=Money(Decimal(12_500 + number % 900), "RUB"),
        market="IND",
        source="WEB",
        updated_at=NOW,
    )


def _peak(rows: int) -> float:
    """Peak memory of a process that stages so many, in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.staging", str(rows)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


async def _only_stage(rows: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        db, hotel, portal_id = await _opened(Path(folder) / "stays.db")
        for pack in packs(rows):
            await _stage(db, hotel, portal_id, pack, run_id=1)
        await db.close()
    return peak_mb("self")


if __name__ == "__main__":
    print(asyncio.run(_only_stage(int(sys.argv[1]))))
