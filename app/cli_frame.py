"""What every command of the terminal goes through: settings, outcome, exit code, and the one readable line for a fault."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
import orjson
from cyclopts import Parameter

from app import commands
from domain.errors import ConciergeError, Permanent, Refused

if TYPE_CHECKING:
    from app.commands import Outcome
    from app.settings import Settings

    Work = Callable[[Settings], Awaitable[Outcome]]

DONE, SOME_FAILED, WRONG_USE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
WIDE = 250
"""Columns of a table that no terminal shows: nothing is cut in a pipe."""


def version() -> str:
    """The installed version."""
    try:
        return installed_version("concierge-b24")
    except PackageNotFoundError:
        return "0.0.0"


app = cyclopts.App(
    name="concierge",
    help="Fidelio and Bitrix24 in one chat: support requests, guests, syncs.",
    version=version,
    result_action="return_value",
)

Config = Annotated[Path | None, Parameter(name="--config", help="default: ./concierge.toml")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="one JSON object on stdout")]


def complain(line: str) -> None:
    """One readable line on stderr; nothing in it styles or steers the terminal."""
    from rich.console import Console  # noqa: PLC0415

    from app.logs import redact  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(commands.inert(redact(" ".join(line.split()))), style="red", markup=False)


def run_command(config: Path | None, work: "Work", *, json: bool = False) -> int:
    """Load the settings, do the work, print its outcome, give the exit code."""
    from app.logs import configure  # noqa: PLC0415
    from app.settings import SettingsError, load_settings  # noqa: PLC0415

    try:
        settings = load_settings(config)
    except SettingsError as error:
        for fault in error.faults:
            complain(f"configuration: {fault}")
        return WRONG_USE
    configure(settings.service.log_format, "CRITICAL")
    try:
        outcome = asyncio.run(_guarded(work, settings))
    except commands.UsageError as error:
        complain(str(error))
        return WRONG_USE
    except ConciergeError as error:
        complain(commands.explain(error, settings))
        return WRONG_USE if isinstance(error, Permanent | Refused) else UNREACHABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    if json:
        sys.stdout.buffer.write(orjson.dumps(outcome.data, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        from rich.console import Console  # noqa: PLC0415

        width = None if sys.stdout.isatty() else WIDE
        outcome.print(Console(highlight=False, soft_wrap=True, width=width))
    return outcome.code


async def _guarded(work: "Work", settings: "Settings") -> "Outcome":
    return await work(settings)
