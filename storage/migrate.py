"""Bringing a database to the schema this version needs, at start and by ``concierge migrate``.

Alembic is imported only when there is something to do: it costs every command a quarter of a second and 8 MB.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from domain.errors import Permanent
from storage.database import sqlite_engine
from storage.fates import DATABASE_ERRORS, at_opening

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x636F6E63  # any number of our own: replicas that start together migrate one by one


def alembic_config() -> "Config":
    """Alembic's configuration by the place of the package, so that it works installed."""
    from alembic.config import Config  # noqa: PLC0415 - see the module's docstring

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The revision this version needs, by the names of its migrations (``0002_what_for.py``)."""
    return max(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*_*.py"))


async def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at ``url`` (made if absent) in one transaction; no-op when it is up to date.

    Permanent("database-unusable") when there is no database of ours to be had there, a newer one included;
    Temporary("database-unavailable") when the server is away.
    """
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    try:
        if is_sqlite:
            await asyncio.to_thread(_try_file, make_url(url).database or "")
        await _migrate(url, revision, is_sqlite=is_sqlite)
    except _opening_errors(is_sqlite=is_sqlite) as error:
        raise at_opening(error, is_file=is_sqlite) from error


async def is_current(url: str) -> bool:
    """True when nothing is to be migrated; False also where that can't be told."""
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and not await asyncio.to_thread(Path(parsed.database or "").is_file):
        return False
    engine = (
        sqlite_engine(parsed, echo=False, writes=False)
        if is_sqlite
        else create_async_engine(parsed, poolclass=NullPool)
    )
    try:
        return await _is_current(engine)
    except _opening_errors(is_sqlite=is_sqlite):
        return False
    finally:
        await engine.dispose()


def _try_file(file: str) -> None:
    """Fails here when the file can't be opened: aiosqlite would fail in a thread of its own, and tell stderr."""
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA schema_version")


def _opening_errors(*, is_sqlite: bool) -> tuple[type[Exception], ...]:
    """Also what the PostgreSQL driver raises while connecting, before SQLAlchemy wraps anything."""
    if is_sqlite:
        return DATABASE_ERRORS
    from asyncpg import InterfaceError, PostgresError  # noqa: PLC0415 - not needed on SQLite

    return (*DATABASE_ERRORS, PostgresError, InterfaceError)


async def _migrate(url: str, revision: str, *, is_sqlite: bool) -> None:
    parsed = make_url(url)
    engine = (
        sqlite_engine(parsed, echo=False, writes=True)
        if is_sqlite
        else create_async_engine(parsed, poolclass=NullPool)
    )
    try:
        if revision != "head" or not await _is_current(engine):
            await _upgrade(engine, revision, is_sqlite=is_sqlite)
    finally:
        await engine.dispose()


async def _is_current(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
            return False
        found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalars().all()
        if len(found) == 1 and found[0] > newest_revision():
            return await _bears_us(connection)
    return list(found) == [newest_revision()]


async def _bears_us(connection: AsyncConnection) -> bool:
    """Whether a newer schema still lets this version work on it: during a rolling update, and on the way back."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("schema_floor")):
        return False
    floor = (await connection.execute(text("SELECT revision FROM schema_floor"))).scalars().first()
    return floor is not None and floor <= newest_revision()


async def _upgrade(engine: AsyncEngine, revision: str, *, is_sqlite: bool) -> None:
    async with engine.connect() as connection:
        if is_sqlite:
            # A table rebuilt in batch mode must not cascade; it can only be said outside a transaction.
            raw = await connection.get_raw_connection()
            await raw.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        else:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        await connection.run_sync(_run_upgrade, revision)
        if is_sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first() is not None:
            raise RuntimeError("the migration would leave rows without their parents; nothing was changed")
        await connection.commit()


def _run_upgrade(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.util import CommandError  # noqa: PLC0415

    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise Permanent("database-unusable", f"of another version of Concierge ({error})") from error
