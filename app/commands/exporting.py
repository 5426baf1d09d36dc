"""`concierge requests --csv FILE | --xlsx FILE`: the desk as a table in a file."""

import asyncio
from functools import partial
from pathlib import Path

from rich.console import Console

from app.commands.base import Outcome, UsageError, records
from app.settings import Settings
from handlers.desk import export


async def export_requests(settings: Settings, file: Path, kind: str, *, open_only: bool) -> Outcome:
    """Write FILE. ``kind``: csv (UTF-8, names and codes as in ``--json``) or xlsx (words of the service's language)."""
    async with records(settings) as house:
        async with house.scopes.reading(house.portal.id) as scope:
            table = await export.collect(scope, None)
        table = [row for row in table if row.request.is_open or not open_only]
        make = partial(export.as_csv, table)
        if kind == "xlsx":
            make = partial(export.as_xlsx, table, scope.text, house.portal.desk.zone)
        content = await asyncio.to_thread(make)
    try:
        await asyncio.to_thread(file.write_bytes, content)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error

    def show(console: Console) -> None:
        console.print(f"{len(table)} requests in {file}", markup=False)

    return Outcome({"file": str(file), "format": kind, "requests": len(table)}, show=show)
