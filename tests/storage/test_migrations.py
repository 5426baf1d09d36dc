"""The migrated schema is the one the queries are written for, on both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, insert, inspect, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import StatementError

from storage import Database, migrate
from storage.migrate import alembic_config, is_current, newest_revision
from storage.tables import metadata
from storage.tables.base import Exact, Utc
from storage.tables.search import BESIDE_METADATA


async def test_the_metadata_is_what_the_migrations_make(db: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        def known(_thing: object, name: str, *_rest: object) -> bool:
            return name not in BESIDE_METADATA

        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": known})
        return compare_metadata(context, metadata)

    async with db.reading() as tx:
        assert await tx.run_sync(differences) == []


async def test_a_difference_would_be_seen(db: Database) -> None:
    other = MetaData()
    for table in metadata.sorted_tables:
        copied = table.to_metadata(other)
    copied.append_column(Column("extra", Utc))

    def differences(connection: Connection) -> list[object]:
        opts = {"include_object": lambda _thing, name, *_rest: name not in BESIDE_METADATA}
        return compare_metadata(MigrationContext.configure(connection, opts=opts), other)

    async with db.reading() as tx:
        assert len(await tx.run_sync(differences)) == 1


async def test_migrating_again_changes_nothing(db: Database, db_url: str) -> None:
    await migrate(db_url)

    def revision(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with db.reading() as tx:
        heads = ScriptDirectory.from_config(alembic_config()).get_heads()
        assert [await tx.run_sync(revision)] == list(heads)


async def test_a_start_knows_whether_there_is_something_to_migrate(
    db: Database, db_url: str, tmp_path: Path
) -> None:
    assert await is_current(db_url)
    assert not await is_current(f"sqlite+aiosqlite:///{tmp_path}/none.db")
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database at all" * 100)
    assert not await is_current(f"sqlite+aiosqlite:///{broken}")


def test_the_newest_migration_is_the_one_with_the_highest_number() -> None:
    """By this a start knows, without Alembic, that there is nothing to do."""
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [newest_revision()]


def tables_without_portal() -> Iterator[str]:
    return (table.name for table in metadata.sorted_tables if "portal_id" not in table.c)


def test_every_row_belongs_to_a_portal() -> None:
    assert list(tables_without_portal()) == ["portals", "replicas", "schema_floor"]


async def test_foreign_keys_have_an_index_or_a_portal_in_front(db: Database) -> None:
    """A parent can be deleted without a scan of its children."""

    def indexed(connection: Connection) -> dict[str, set[str]]:
        found = inspect(connection)
        return {
            table.name: {
                *(index["column_names"][0] or "" for index in found.get_indexes(table.name)),
                *found.get_pk_constraint(table.name)["constrained_columns"],
                *(unique["column_names"][0] for unique in found.get_unique_constraints(table.name)),
            }
            for table in metadata.sorted_tables
        }

    async with db.reading() as tx:
        leading = await tx.run_sync(indexed)
    rare = {"portal_id", "words_id", "who_id", "asked_by"}  # their parents are never deleted
    missing = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if column.foreign_keys and column.name not in rare and column.name not in leading[table.name]
    ]
    assert sorted(missing) == ["lookups.hotel_id"]


@pytest.fixture
def values() -> Table:
    return Table("values_test", MetaData(), Column("at", Utc), Column("amount", Exact))


async def test_moments_sort_as_time_and_money_stays_exact(db: Database, values: Table) -> None:
    moscow = timezone(timedelta(hours=3))
    moments = [
        datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=moscow),
        datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        datetime(999, 1, 1, tzinfo=UTC),
    ]
    amounts = [Decimal("0.10"), Decimal("-12345678901234567890.123456"), Decimal("5E+2")]
    async with db.transaction() as tx:
        await tx.run_sync(values.create)
        rows = [{"at": at, "amount": amount} for at, amount in zip(moments, amounts, strict=True)]
        await tx.execute(insert(values), rows)
    async with db.reading() as tx:
        found = (await tx.execute(select(values).order_by(values.c.at))).all()
    assert [row.at for row in found] == sorted(moments)
    assert all(row.at.utcoffset() == timedelta(0) for row in found)
    assert sorted(row.amount for row in found) == sorted(amounts)


async def test_a_moment_without_a_zone_is_refused(db: Database, values: Table) -> None:
    async with db.transaction() as tx:
        await tx.run_sync(values.create)
        with pytest.raises(StatementError, match="without a time zone"):
            await tx.execute(insert(values), {"at": datetime(2026, 1, 1), "amount": None})
