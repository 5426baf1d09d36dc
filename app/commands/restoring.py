"""`concierge backup` and `concierge restore`: a copy, and tables that are older than the world made safe to serve from."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from sqlalchemy.engine import make_url

from app.clock import utc_now
from app.commands.base import Outcome, UsageError
from app.presence import AlreadyRunningError, Presence
from app.records import open_database
from app.settings import Settings
from storage import restores
from storage.restores import Parked

RUNNING = "stop the service first: it works on this database"
_MINUTE = 60
"""The copy's mark is its making in minutes since 1970, in SQLite's own `user_version`: who serves from it can tell."""


async def backup(settings: Settings, file: Path) -> Outcome:
    """SQLite's own online backup: consistent, also while the service writes. The copy is marked as one."""
    source = _file_of(settings)
    if source is None:
        raise UsageError("on PostgreSQL use pg_dump; this command copies a SQLite database")
    if not await asyncio.to_thread(source.is_file):
        raise UsageError(f"no database at {source}")
    if await asyncio.to_thread(file.exists):
        raise UsageError(f"{file} exists already; name a new file")
    await asyncio.to_thread(_copy, source, file, mark=True)
    return Outcome({"backup": str(file)}, show=lambda console: console.print(f"written: {file}"))


async def restore(settings: Settings, file: Path | None) -> Outcome:
    """Put FILE in the place of the database, or make safe what was put there by other means (pg_restore)."""
    place = _file_of(settings)
    if file is not None and place is None:
        raise UsageError("restore PostgreSQL with pg_restore, then say `concierge restore` without a file")
    presence = Presence(settings.service.database_url)
    try:
        presence.take()
    except AlreadyRunningError as error:
        raise UsageError(RUNNING) from error
    try:
        if not presence.nobody_works():
            raise UsageError("a command is working on this database; try again when it has ended")
        aside = None
        if file is not None and place is not None:
            aside = await asyncio.to_thread(_put_in_place, file, place)
        parked = await _settled(settings)
    finally:
        presence.release()
    data = {"restored": str(file) if file else None, "aside": str(aside) if aside else None}
    return Outcome(data | _counts(parked), show=lambda console: _tell(console, parked, aside))


async def decide(settings: Settings, *, send: bool) -> Outcome:
    """The operator's word on what a restore has parked."""
    db = await open_database(settings)
    try:
        async with db.transaction() as tx:
            work = restores.release if send else restores.drop
            done = await work(tx, utc_now())
    finally:
        await db.close()
    words = "go out now" if send else "are taken as done"
    line = f"{done.deliveries} deliveries and {done.events} events {words}"
    data = {"restored": None, "aside": None, **_counts(done)}
    return Outcome(data, show=lambda console: console.print(line))


async def settle_a_copy(settings: Settings) -> Parked | None:
    """At start: a backup that somebody put in place by hand is made safe as `concierge restore` does it."""
    place = _file_of(settings)
    if place is None or not await asyncio.to_thread(_is_copy, place):
        return None
    return await _settled(settings)


async def _settled(settings: Settings) -> Parked:
    db = await open_database(settings)
    try:
        async with db.transaction() as tx:
            # On SQLite the lock beside the file says it; a copy made while it ran holds leases of that time.
            if db.dialect == "postgresql" and (owner := await restores.served(tx, utc_now())):
                raise UsageError(f"{RUNNING} ({owner})")
            parked = await restores.settle(tx, utc_now())
    finally:
        await db.close()
    if place := _file_of(settings):
        await asyncio.to_thread(_mark, place, 0)
    return parked


def _file_of(settings: Settings) -> Path | None:
    url = make_url(settings.service.database_url)
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None


def _copy(source: Path, target: Path, *, mark: bool) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        if mark:
            new.execute(f"PRAGMA user_version = {int(datetime.now(UTC).timestamp()) // _MINUTE}")


def _mark(place: Path, value: int) -> None:
    with closing(sqlite3.connect(place)) as file:
        file.execute(f"PRAGMA user_version = {value}")


def _is_copy(place: Path) -> bool:
    if not place.is_file():
        return False
    with closing(sqlite3.connect(place)) as file:
        return bool(file.execute("PRAGMA user_version").fetchone()[0])


def _put_in_place(file: Path, place: Path) -> Path | None:
    """The copy beside the database first, then over it in one step; what stood there is kept under another name."""
    _check(file)
    aside = None
    if place.is_file():
        aside = place.with_name(f"{place.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        _copy(place, aside, mark=False)
        aside.chmod(0o600)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(place.name + ".restoring")
    shutil.copyfile(file, fresh)
    with fresh.open("rb+") as written:
        os.fsync(written.fileno())
    for left in ("-wal", "-shm"):
        place.with_name(place.name + left).unlink(missing_ok=True)
    fresh.replace(place)
    return aside


def _check(file: Path) -> None:
    """UsageError unless it is a whole database of ours."""
    if not file.is_file():
        raise UsageError(f"{file}: no such file")
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            (sound,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{file}: no SQLite database ({error})") from error
    if sound != "ok" or ours is None:
        raise UsageError(f"{file}: {'damaged: ' + sound if ours else 'no database of Concierge'}")


def made_at(file: Path) -> datetime | None:
    """When `concierge backup` wrote this file, to the minute; None when it didn't."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
        minutes = copy.execute("PRAGMA user_version").fetchone()[0]
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes) if minutes else None


def _counts(parked: Parked) -> dict[str, int]:
    return {"deliveries": parked.deliveries, "events": parked.events}


def _tell(console: Console, parked: Parked, aside: Path | None) -> None:
    if aside is not None:
        console.print(f"kept: {aside}")
    console.print(
        f"parked: {parked.deliveries} deliveries and {parked.events} events that may have been done since the copy"
    )
    if parked.deliveries or parked.events:
        console.print("look: concierge deliveries --dead; then: concierge restore --send, or --drop")
    console.print("next: concierge run, then concierge sync HOTEL --full for each hotel")
