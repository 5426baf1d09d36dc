"""Commands for whoever runs the server: migrate, backup."""

import asyncio
import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from app.commands.base import Outcome, UsageError
from app.records import open_database
from app.settings import Settings


async def migrate_database(settings: Settings) -> Outcome:
    """Bring the schema up to date."""
    db = await open_database(settings)
    await db.close()
    return Outcome(show=lambda console: console.print("the database is up to date"))


async def backup(settings: Settings, file: Path) -> Outcome:
    """SQLite's own online backup: consistent, also while the service writes."""
    url = make_url(settings.service.database_url)
    if not url.drivername.startswith("sqlite") or not url.database:
        raise UsageError("on PostgreSQL use pg_dump; this command copies a SQLite database")
    source = Path(url.database)
    if not await asyncio.to_thread(source.is_file):
        raise UsageError(f"no database at {source}")
    if await asyncio.to_thread(file.exists):
        raise UsageError(f"{file} exists already; name a new file")
    await asyncio.to_thread(_copy, source, file)
    return Outcome({"backup": str(file)}, show=lambda console: console.print(f"written: {file}"))


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()
