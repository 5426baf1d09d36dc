"""Moving a whole database from a SQLite file to an empty PostgreSQL: all of it or nothing, and proved row by row.

One transaction there: foreign keys and indexes go, every table is streamed in by COPY, they come back (and are checked
by the server as they do), everything is read back and compared, and only then it is committed. Memory holds one pack.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Select,
    String,
    Table,
    delete,
    func,
    make_url,
    select,
    text,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from domain.errors import Permanent
from storage.database import sqlite_engine
from storage.fates import DATABASE_ERRORS, at_opening
from storage.migrate import migrate
from storage.tables import metadata
from storage.tables.base import Exact, Utc

PACK = 2000
"""Rows in hand at a time."""
Progress = Callable[[str, int, int], None]
"""Called with a table's name, its rows so far and all of them."""

_LARGE_FLOAT = re.compile(r"\d[eE]\+?\d")
_NUL, _NO_NUL = "\x00", "\ufffd"


@dataclass(frozen=True, slots=True)
class Moved:
    """One table as it stands on both sides."""

    table: str
    rows: int
    checksum: str


async def move(source: str, target: str, progress: Progress = lambda *_: None) -> list[Moved]:
    """Copy the SQLite database at ``source`` to the PostgreSQL at ``target``; the tables that held anything.

    Both are migrated first. Permanent("move-not-empty") when anything lies there, Permanent("move-differs") when what
    was read back isn't what was written, Permanent("move-unreadable") for a value that isn't of its column's type;
    nothing is left behind then. Text can't hold NUL there: it becomes U+FFFD.
    """
    await migrate(source)
    await migrate(target)
    old = sqlite_engine(make_url(source), echo=False, writes=False)
    new = create_async_engine(
        make_url(target), poolclass=NullPool, hide_parameters=True, json_deserializer=str
    )
    try:
        async with old.connect() as reading, new.begin() as writing:
            await _refuse_if_filled(writing)
            async with _bare(writing):
                counted = {table.name: await _copy(reading, writing, table, progress) for table in _tables()}
            await _set_sequences(reading, writing)
            moved = [await _compared(reading, writing, table, counted[table.name]) for table in _tables()]
        return [one for one in moved if one.rows]
    except DATABASE_ERRORS as error:
        raise at_opening(error, is_file=False) from error
    finally:
        await old.dispose()
        await new.dispose()


def _tables() -> Sequence[Table]:
    return metadata.sorted_tables


async def _refuse_if_filled(writing: AsyncConnection) -> None:
    for table in _tables():
        if table.name != "portals" and "portal_id" not in table.c:
            await writing.execute(delete(table))  # what the migrations themselves put there, or nothing
        elif (await writing.execute(select(1).select_from(table).limit(1))).first() is not None:
            raise Permanent("move-not-empty", f"{table.name} holds rows already")


@asynccontextmanager
async def _bare(writing: AsyncConnection) -> AsyncIterator[None]:
    """Without foreign keys (whose order rows needn't follow then) and without indexes, until all rows are there."""
    keys = await writing.execute(
        text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY oid"
        )
    )
    indexes = await writing.execute(
        text(
            "SELECT quote_ident(c.relname), pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE c.relnamespace = current_schema()::regnamespace "
            "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid AND contype IN ('p', 'u', 'x'))"
        )
    )
    made_keys, made_indexes = keys.all(), indexes.all()
    for table, name, _ in made_keys:
        await writing.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in made_indexes:
        await writing.exec_driver_sql(f"DROP INDEX {name}")
    yield
    for _, definition in made_indexes:
        await writing.exec_driver_sql(definition)
    for table, name, definition in made_keys:
        await writing.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


async def _copy(reading: AsyncConnection, writing: AsyncConnection, table: Table, progress: Progress) -> int:
    total = int((await reading.execute(select(func.count()).select_from(table))).scalar_one())
    if not total:
        return 0
    raw = await writing.get_raw_connection()
    to_row = _row_maker(table)

    async def rows() -> AsyncIterator[tuple[Any, ...]]:
        done = 0
        async for pack in _packs(reading, _as_stored(table)):
            for row in pack:
                yield _read(to_row, row, table)
            done += len(pack)
            progress(table.name, done, total)

    await raw.driver_connection.copy_records_to_table(  # type: ignore[union-attr]
        table.name, columns=[column.name for column in table.columns], records=rows()
    )
    return total


def _read(to_row: Callable[[Any], tuple[Any, ...]], row: Any, table: Table) -> tuple[Any, ...]:
    try:
        return to_row(row)
    except (ValueError, ArithmeticError) as error:
        raise Permanent("move-unreadable", f"{table.name}: {type(error).__name__}") from None


async def _packs(
    connection: AsyncConnection, query: Select[*tuple[Any, ...]]
) -> AsyncIterator[Sequence[Any]]:
    async with connection.stream(query.execution_options(yield_per=PACK)) as result:
        async for pack in result.partitions():
            yield pack


def _as_stored(table: Table) -> Select[*tuple[Any, ...]]:
    """Every column as its text or number, as it lies in the file: JSON isn't parsed on its way."""
    return select(*(type_coerce(column, String) for column in table.columns))


def _row_maker(table: Table) -> Callable[[Any], tuple[Any, ...]]:
    makers = [_value_maker(column.type) for column in table.columns]
    return lambda row: tuple(
        None if value is None else make(value) for make, value in zip(makers, row, strict=True)
    )


def _value_maker(kind: Any) -> Callable[[Any], Any]:
    """From what SQLite holds to what the driver of PostgreSQL takes."""
    if isinstance(kind, Utc):
        return datetime.fromisoformat
    if isinstance(kind, Exact):
        return Decimal
    if isinstance(kind, JSON):
        return _json_text
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, Boolean):
        return bool
    return _without_nul


def _without_nul(value: Any) -> Any:
    return value.replace(_NUL, _NO_NUL) if isinstance(value, str) and _NUL in value else value


def _json_text(value: Any) -> str:
    """A bare number or truth in a JSON column is SQLite's own."""
    told = value if isinstance(value, str) else orjson.dumps(value).decode()
    return orjson.dumps(_clean(orjson.loads(told))).decode() if "\\u0000" in told else told


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _without_nul(value)
        case dict():
            return {_without_nul(key): _clean(one) for key, one in value.items()}
        case list():
            return [_clean(one) for one in value]
    return value


async def _set_sequences(reading: AsyncConnection, writing: AsyncConnection) -> None:
    """Numbers go on where the file's would: never one that was given before, deleted rows' included."""
    rows = (await reading.execute(text("SELECT name, seq FROM sqlite_sequence"))).all()
    given: dict[str, int] = {str(name): int(seq) for name, seq in rows}
    for table in _tables():
        place = (
            (
                await writing.execute(
                    text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table.name}
                )
            ).scalar_one_or_none()
            if "id" in table.c
            else None
        )
        if place is None:
            continue
        newest = (await reading.execute(select(func.max(table.c.id)))).scalar_one() or 0
        if last := max(int(given.get(table.name, 0)), int(newest)):
            await writing.execute(text("SELECT setval(:place, :last)"), {"place": place, "last": last})


async def _compared(reading: AsyncConnection, writing: AsyncConnection, table: Table, rows: int) -> Moved:
    """Read both sides anew and compare; whatever order the engines give the rows in."""
    if not rows:
        return Moved(table.name, 0, "")
    to_row = _row_maker(table)
    there = select(*(type_coerce(column, String) for column in table.columns))
    old = await _checksum(reading, _as_stored(table), table, to_row)
    new = await _checksum(writing, there, table, tuple)
    if old != new:
        raise Permanent(
            "move-differs", f"{table.name}: {old[0]} rows here, {new[0]} there, or their contents"
        )
    return Moved(table.name, *new)


async def _checksum(
    connection: AsyncConnection,
    query: Select[*tuple[Any, ...]],
    table: Table,
    to_row: Callable[[Any], tuple[Any, ...]],
) -> tuple[int, str]:
    """Rows, and the sum of their digests."""
    plain = [_plain_of(column.type) for column in table.columns]
    count = total = 0
    async for pack in _packs(connection, query):
        for digest in _digests(pack, plain, to_row):
            total = (total + digest) & 0xFFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF
        count += len(pack)
    return count, f"{total:032x}"


def _digests(
    pack: Sequence[Any], plain: Sequence[Callable[[Any], Any]], to_row: Callable[[Any], tuple[Any, ...]]
) -> Iterator[int]:
    for row in pack:
        values = [
            None if value is None else make(value) for make, value in zip(plain, to_row(row), strict=True)
        ]
        told = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
        yield int.from_bytes(blake2b(told, digest_size=16).digest())


def _plain_of(kind: Any) -> Callable[[Any], Any]:
    """A value as both sides tell it."""
    if isinstance(kind, JSON):
        return _plain_json
    if isinstance(kind, Exact):
        return lambda value: f"{value:f}"
    if isinstance(kind, Utc):
        return lambda moment: moment.timestamp()
    if isinstance(kind, Date):
        return str
    if isinstance(kind, Boolean):
        return bool
    return lambda value: value


def _plain_json(told: str) -> Any:
    """JSONB writes large numbers out."""
    value = orjson.loads(told)
    return _whole(value) if _LARGE_FLOAT.search(told) else value


def _whole(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _whole(one) for key, one in value.items()}
        case list():
            return [_whole(one) for one in value]
    return value
