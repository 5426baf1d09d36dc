"""`concierge move-to`: from the SQLite file to PostgreSQL, all or nothing, and then what to write into the settings."""

import asyncio
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.commands.base import Outcome, UsageError, sheet
from app.presence import AlreadyRunningError, Presence
from app.settings import Settings
from storage.moving import Moved, move
from storage.sealing import key_file_of


async def move_to(settings: Settings, target: str, *, quiet: bool = False) -> Outcome:
    """Copy everything; refused while anything works on the file or anything lies in the target."""
    source = settings.service.database_url
    _check(source, target)
    presence = Presence(source)
    try:
        presence.take()
    except AlreadyRunningError as error:
        raise UsageError("stop the service first: it works on this database") from error
    try:
        if not presence.nobody_works():
            raise UsageError("a command is working on this database; try again when it has ended")
        if not await asyncio.to_thread(Path(make_url(source).database or "").is_file):
            raise UsageError(f"no database at {make_url(source).database}")
        moved = await _watched(source, target, quiet=quiet)
    finally:
        presence.release()
    keys = key_file_of(source) if not settings.service.secret_keys else None
    key_file = str(keys) if keys is not None and await asyncio.to_thread(keys.is_file) else None
    data = {
        "to": make_url(target).render_as_string(hide_password=True),
        "rows": sum(one.rows for one in moved),
        "tables": [{"table": one.table, "rows": one.rows, "checksum": one.checksum} for one in moved],
        "key_file": key_file,
    }
    return Outcome(data, show=lambda console: _tell(console, moved, settings, key_file))


def _check(source: str, target: str) -> None:
    if not source.startswith("sqlite"):
        raise UsageError("[service] database_url is not SQLite: PostgreSQL moves with pg_dump and pg_restore")
    try:
        driver = make_url(target).drivername
    except ArgumentError:
        driver = ""
    if driver != "postgresql+asyncpg":
        raise UsageError("give the target as postgresql+asyncpg://USER:PASSWORD@HOST:PORT/DATABASE")


async def _watched(source: str, target: str, *, quiet: bool) -> list[Moved]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bars:
        bar = bars.add_task("")
        return await move(
            source,
            target,
            lambda table, done, of: bars.update(bar, description=table, completed=done, total=of),
        )


def _tell(console: Console, moved: list[Moved], settings: Settings, key_file: str | None) -> None:
    sheet(console, ("table", "rows", "checksum"), ((m.table, m.rows, m.checksum) for m in moved), empty="")
    console.print(f"moved and compared: {sum(one.rows for one in moved)} rows")
    console.print(
        "now: [service] database_url = the target, in concierge.toml or CONCIERGE_SERVICE__DATABASE_URL",
        markup=False,
    )
    if key_file is not None:
        console.print(f"and: [service] secret_keys = [the line in {key_file}]", markup=False)
    console.print(
        f"and: files stay in {settings.service.files}; several machines need them on a shared disk or in S3"
    )
    console.print("keep the file as a copy, and don't serve from it again")
