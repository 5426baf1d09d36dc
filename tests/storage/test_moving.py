"""A whole database moves from SQLite to PostgreSQL: every table there is, awkward values, all of it or nothing."""

import itertools
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import JSON, Boolean, Date, Float, Integer, Numeric, delete, func, insert, select, text

from domain.errors import Permanent
from storage import Database, moving, outbox
from storage.database import sqlite_engine
from storage.moving import move
from storage.tables import metadata, portals
from storage.tables.base import Exact, Utc

pytestmark = pytest.mark.postgres

START = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
TEXTS = ("Ольга", "", "quote ' and \\ and \\u0000", "пол\u2028ночь 🏨", "tab\tline\nend")
JSONS = (
    {"b": [1, 2.5, None], "а": {"имя": "Ольга"}},
    [],
    7,
    1e17,
    {"big": 12345678901234567890},
    "text",
    0.1,
)
MONEY = (Decimal("0.10"), Decimal("-12345678901234567890.123456"), Decimal("1E+3"))


def value(column, n):
    """A value of the column's type, another one for each row."""
    kind = column.type
    if isinstance(kind, Utc):
        return START + timedelta(seconds=n, microseconds=n)
    if isinstance(kind, Exact | Numeric) and not isinstance(kind, Float):
        return MONEY[n % len(MONEY)]
    if isinstance(kind, JSON):
        return JSONS[n % len(JSONS)]
    if isinstance(kind, Date):
        return date(2026, 1, 1) + timedelta(days=n)
    if isinstance(kind, Boolean):
        return bool(n % 2)
    if isinstance(kind, Float):
        return n / 7
    if isinstance(kind, Integer) or kind.python_type is int:
        return n + 1
    if column.unique or column.primary_key or any(column.name in i.columns for i in column.table.indexes):
        return f"{TEXTS[n % len(TEXTS)]}{n}"
    return TEXTS[n % len(TEXTS)] + str(n)


def row(table, n):
    """A whole row; what may be absent is absent in every third."""
    made = {}
    for column in table.columns:
        if column.foreign_keys:
            made[column.name] = None if column.nullable and n % 3 == 0 else n + 1
        elif column.primary_key and column.name == "id":
            made[column.name] = n + 1
        else:
            made[column.name] = None if column.nullable and n % 3 == 0 else value(column, n)
    return made


@pytest.fixture
async def full_url(sqlite_url):
    """Every table with the same few rows, written by the engine's own types."""
    from sqlalchemy import make_url

    engine = sqlite_engine(make_url(sqlite_url), echo=False, writes=True)
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        await raw.driver_connection.execute("PRAGMA foreign_keys = OFF")
        for table in metadata.sorted_tables:
            await connection.execute(delete(table))  # a migration's own row
            await connection.execute(insert(table), [row(table, n) for n in range(7)])
        await connection.commit()
    await engine.dispose()
    return sqlite_url


def told(cells):
    """A row to be compared: the engines write large numbers in their own ways."""
    plain = (f"{one:f}" if isinstance(one, Decimal) else int(one) if one == 1e17 else one for one in cells)
    return repr([*plain])


async def everything(url):
    """All rows of all tables as our own types read them."""
    db = Database.open(url)
    try:
        async with db.reading() as tx:
            return {
                table.name: sorted(map(told, (await tx.execute(select(table))).all()))
                for table in metadata.sorted_tables
            }
    finally:
        await db.close()


async def shape(url):
    """What the server knows of keys and indexes."""
    db = Database.open(url)
    try:
        async with db.reading() as tx:
            constraints = (
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            )
            indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            return [
                sorted(map(tuple, (await tx.execute(text(one))).all()))
                for one in (constraints + " WHERE conrelid <> 0", indexes)
            ]
    finally:
        await db.close()


async def test_every_table_arrives_as_it_was(full_url, postgres_url, monkeypatch):
    monkeypatch.setattr(moving, "PACK", 3)
    before, told = await shape(postgres_url), []
    moved = await move(full_url, postgres_url, lambda *words: told.append(words))
    assert {one.table for one in moved} == set(metadata.tables)
    assert {one.rows for one in moved} == {7}
    assert await everything(postgres_url) == await everything(full_url)
    assert await shape(postgres_url) == before
    assert [words for words in told if words[0] == "portals"] == [("portals", done, 7) for done in (3, 6, 7)]


async def test_numbers_go_on_where_the_file_would_have(full_url, postgres_url):
    db = Database.open(full_url)
    async with db.transaction() as tx:
        newest = await added(tx)
        await tx.execute(text("DELETE FROM outbox WHERE id = :id"), {"id": newest})
    await db.close()
    await move(full_url, postgres_url)
    there = Database.open(postgres_url)
    async with there.transaction() as tx:
        assert await added(tx) == newest + 1
    await there.close()


async def added(tx):
    return await outbox.add(tx, portal_id=1, destination="d", kind="k", payload={}, lane=1, now=START)


async def test_text_that_postgresql_cannot_hold_is_mended(sqlite_url, postgres_url):
    db = Database.open(sqlite_url)
    async with db.transaction() as tx:
        await tx.execute(
            insert(portals).values(
                key="a\x00b", settings={"c\x00": ["\x00", {"d": "\\u0000"}]}, created_at=START
            )
        )
    await db.close()
    await move(sqlite_url, postgres_url)
    there = Database.open(postgres_url)
    async with there.reading() as tx:
        (found,) = (await tx.execute(select(portals.c.key, portals.c.settings))).all()
    await there.close()
    assert tuple(found) == ("a\ufffdb", {"c\ufffd": ["\ufffd", {"d": "\\u0000"}]})


async def test_a_filled_database_is_left_alone(full_url, postgres_url):
    await move(full_url, postgres_url)
    before = await everything(postgres_url)
    with pytest.raises(Permanent) as refusal:
        await move(full_url, postgres_url)
    assert refusal.value.code == "move-not-empty"
    assert await everything(postgres_url) == before


async def test_a_difference_undoes_everything(full_url, postgres_url, monkeypatch):
    """The last table of all reads otherwise: nothing at all is there afterwards, and the schema stands."""
    before, digests = await shape(postgres_url), itertools.count()
    genuine, last = moving._checksum, metadata.sorted_tables[-1]

    async def spoilt(connection, query, table, to_row):
        rows, checksum = await genuine(connection, query, table, to_row)
        return (rows, f"{next(digests)}") if table is last else (rows, checksum)

    monkeypatch.setattr(moving, "_checksum", spoilt)
    with pytest.raises(Permanent) as refusal:
        await move(full_url, postgres_url)
    assert refusal.value.code == "move-differs"
    left = await everything(postgres_url)
    assert {name for name, rows in left.items() if rows} <= {"schema_floor"}  # a migration's own row
    assert await shape(postgres_url) == before


async def test_rows_without_their_parents_are_not_taken_over(full_url, postgres_url):
    with closing(sqlite3.connect(full_url.partition("///")[2])) as file:
        file.execute("UPDATE outbox SET portal_id = 4711 WHERE id = 1")
        file.commit()
    with pytest.raises(Permanent):
        await move(full_url, postgres_url)
    db = Database.open(postgres_url)
    async with db.reading() as tx:
        assert (await tx.execute(select(func.count()).select_from(portals))).scalar_one() == 0
    await db.close()
