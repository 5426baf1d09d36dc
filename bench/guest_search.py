"""Guest search among a hundred thousand and a million profiles: inside the service, against its own bare statement.

The bare query is the very statement the search sends, through the same driver, without SQLAlchemy, without reading
the question, decoding what came and putting it in order. Each question is asked several times, ours and bare by
turns, and counts with its best: what else the machine does in between is not the search's. The percentiles are over
the questions.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import orjson
from pydantic import TypeAdapter
from sqlalchemy import make_url

from bench import postgres
from bench.common import Figure, percentile
from bench.made_guests import TODAY, Asked, Guest, guests, questions
from bench.staging import NOW, opened
from domain.contacts import name_key
from domain.guest_search import profile_tokens, stay_tokens
from domain.guests import Profile
from domain.portal import Hotel
from domain.stays import Stay
from handlers.guests.search import find_guests
from storage import Database, guest_search, guest_spellings

SIZES = (10_000, 100_000, 1_000_000)
PACK, QUESTIONS, TURNS, LIMIT = 20_000, 300, 5, 10
KNOWN = 10_000
"""Of the first so many guests the questions are asked; who is meant can be told only while there are no more."""
SELECTIVE = frozenset(
    {"name", "transliterated", "other order, ё", "patronymic", "phone", "end of the phone", "e-mail", "reservation",
     "confirmation", "room"}
)  # fmt: skip
TARGET_MS = {"sqlite": 20.0, "postgresql": 10.0}
_PROFILE, _STAY = TypeAdapter(Profile), TypeAdapter(Stay)
_NAMES = {
    "profiles": ("hotel_id", "profile_id", "portal_id", "kind", "name_key", "phones", "emails", "data",
                 "content_hash", "seen_at"),
    "stays": ("hotel_id", "reservation_id", "portal_id", "profile_id", "confirmation", "state", "arrival", "departure",
              "room", "name_key", "data", "content_hash", "seen_at"),
    "guest_docs": ("portal_id", "hotel_id", "kind", "key", "tokens"),
}  # fmt: skip
Rows = dict[str, list[tuple[Any, ...]]]


def measure(sizes: tuple[int, ...] = SIZES) -> list[Figure]:
    """On both engines, at each size."""
    figures = asyncio.run(_on_sqlite(sizes))
    programs = postgres.binaries()
    if programs is None:
        return [*figures, Figure("guests: PostgreSQL", "not measured: none here")]
    with postgres.server(programs) as url:
        return figures + asyncio.run(_on_postgres(url, sizes))


async def _on_sqlite(sizes: tuple[int, ...]) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "guests.db"
        db, hotel, portal_id = await opened(f"sqlite+aiosqlite:///{file}")
        bare = await aiosqlite.connect(file, isolation_level=None)
        try:

            async def store(rows: Rows) -> None:
                await _into_sqlite(file, rows)

            async def finish() -> None:
                await bare.execute("INSERT INTO guest_fts(guest_fts) VALUES ('rebuild')")

            await bare.execute("DROP TRIGGER guest_docs_added")

            return await _at_sizes(db, hotel, portal_id, sizes, store, finish, bare)
        finally:
            await bare.close()
            await db.close()


async def _into_sqlite(file: Path, rows: Rows) -> None:
    """Straight into the tables; the full-text index is built at the end of a load, not row by row."""
    async with aiosqlite.connect(file) as connection:
        for name, values in rows.items():
            marks = ", ".join("?" * len(_NAMES[name]))
            await connection.executemany(
                f"INSERT INTO {name} ({', '.join(_NAMES[name])}) VALUES ({marks})",  # noqa: S608 - our own names
                [[_plain(value) for value in row] for row in values],
            )
        await connection.commit()


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat() + ("Z" if hasattr(value, "tzinfo") else "")
    return value


async def _on_postgres(url: str, sizes: tuple[int, ...]) -> list[Figure]:
    db, hotel, portal_id = await opened(url)
    host = make_url(url).query["host"]
    bare = await asyncpg.connect(user="postgres", database="bench", host=host)
    try:

        async def store(rows: Rows) -> None:
            for name, values in rows.items():
                await bare.copy_records_to_table(name, records=values, columns=_NAMES[name])

        async def finish() -> None:
            await bare.execute("VACUUM ANALYZE")

        figures = await _at_sizes(db, hotel, portal_id, sizes, store, finish, bare)
    finally:
        await bare.close()
        await db.close()
    return figures


@dataclass(slots=True)
class Times:
    """Milliseconds per question: the whole search, and its bare statement where there was only one."""

    kind: str
    ours: float
    bare: float | None
    right: bool


async def _at_sizes(
    db: Database, hotel: Hotel, portal_id: int, sizes: tuple[int, ...], store: Callable[[Rows], Awaitable[None]],
    finish: Callable[[], Awaitable[None]],
    bare: Any,
) -> list[Figure]:  # fmt: skip
    made, there = guests(max(sizes)), 0
    known: list[Guest] = []
    figures: list[Figure] = []
    for size in sizes:
        while there < size:
            pack = list(islice(made, min(PACK, size - there)))
            known += pack[: max(KNOWN - len(known), 0)]
            await store(_rows(pack, hotel.id, portal_id))
            await _learn(db, hotel, portal_id, pack)
            there += len(pack)
            print(f"  {db.dialect}: {there:,} profiles", end="\r", file=sys.stderr)
        await finish()
        asked = questions(known, QUESTIONS)
        found = [await _times(db, hotel, one, bare) for one in asked]
        figures += _figures(db.dialect, size, found)
    return figures


async def _learn(db: Database, hotel: Hotel, portal_id: int, pack: list[Guest]) -> None:
    """The words of the pack, as staging learns them."""
    tokens = [profile_tokens(hotel.id, one.profile, (), ()) for one in pack]
    async with db.transaction() as tx:
        await guest_spellings.learn(tx, portal_id, hotel.id, dict.fromkeys(tokens))


def _rows(pack: list[Guest], hotel_id: int, portal_id: int) -> Rows:
    """The rows that staging would write for these guests, made by the same makers; the phones are E.164 already."""
    rows: Rows = {name: [] for name in _NAMES}
    for one in pack:
        profile, stay = one.profile, one.stay
        key = f" {name_key(profile.last_name)} "
        contacts = (f" {profile.phones[0]} ", f" {profile.emails[0]} ")
        data = orjson.dumps(_PROFILE.dump_python(profile, mode="json", exclude_defaults=True)).decode()
        rows["profiles"].append(
            (hotel_id, profile.profile_id, portal_id, profile.kind.value, key, *contacts, data, "made", NOW)
        )
        tokens = profile_tokens(hotel_id, profile, profile.phones, profile.emails)
        rows["guest_docs"].append((portal_id, hotel_id, guest_search.PROFILE, profile.profile_id, tokens))
        if stay is None:
            continue
        data = orjson.dumps(_STAY.dump_python(stay, mode="json", exclude_defaults=True)).decode()
        rows["stays"].append(
            (hotel_id, stay.reservation_id, portal_id, stay.profile_id, stay.confirmation, stay.state.value,
             stay.arrival, stay.departure, stay.room, key, data, "made", NOW)
        )  # fmt: skip
        tokens = stay_tokens(hotel_id, stay)
        rows["guest_docs"].append((portal_id, hotel_id, guest_search.STAY, stay.reservation_id, tokens))
    return rows


async def _times(db: Database, hotel: Hotel, asked: Asked, bare: Any) -> Times:
    """Both inside a transaction that is open already, as a person's turn has one."""
    ours, alone = [], []
    async with db.reading() as tx:
        await tx.get_raw_connection()
        for _ in range(TURNS):
            with _sent() as statements:
                began = time.perf_counter()
                found = await find_guests(tx, hotel.id, asked.text, TODAY, LIMIT)
                ours.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            for values in statements:
                await guest_search.ask(bare, db.dialect, values)
            alone.append((time.perf_counter() - began) * 1000)
    selective = asked.kind in SELECTIVE
    right = asked.profile_id in [one.profile_id for one in found[:3]]
    return Times(asked.kind, min(ours), min(alone) if selective else None, right)


@contextmanager
def _sent() -> Iterator[list[Mapping[str, Any]]]:
    """What the search asks the index while the block runs."""
    found: list[Mapping[str, Any]] = []
    original = guest_search.ask

    async def noting(connection: Any, dialect: str, values: Mapping[str, Any]) -> Iterable[Any]:
        found.append(values)
        return await original(connection, dialect, values)

    guest_search.ask = noting
    try:
        yield found
    finally:
        guest_search.ask = original


def _figures(engine: str, size: int, found: list[Times]) -> Iterator[Figure]:
    name = f"guests: {engine}, {size:,} profiles"
    selective = [one for one in found if one.kind in SELECTIVE]
    ours = [one.ours for one in selective]
    ninety_nine, target = percentile(ours, 0.99), TARGET_MS[engine]
    yield Figure(
        f"{name}, selective search p99 (median)",
        f"{ninety_nine:.1f} ms ({statistics.median(ours):.1f})",
        f"< {target:.0f} ms",
        ninety_nine < target,
    )
    ratio = sum(ours) / sum(one.bare or 0 for one in selective)
    judged = size >= max(SIZES)
    yield Figure(
        "… against the bare statement",
        f"{ratio:.2f}",
        "≤ 1.5" if judged else "",
        ratio <= 1.5 if judged else None,
    )
    slipped = [one.ours for one in found if one.kind not in SELECTIVE]
    yield Figure(
        "… mistyped, pet names, other layout: p99 (median)",
        f"{percentile(slipped, 0.99):.1f} ms ({statistics.median(slipped):.1f})",
    )
    if size <= KNOWN:
        right = sum(one.right for one in found) / len(found)
        words = f"… the right guest in the first three of {len(found)} questions"
        yield Figure(words, f"{right:.1%}", "≥ 98 %", right >= 0.98)
