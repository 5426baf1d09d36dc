"""What all commands share: an outcome to print, faults of use, and the way into the house."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from typing import Any

from rich.console import Console

from app.settings import Settings
from app.wiring import House, build
from bot.texts import has, text
from domain.errors import ConciergeError


class UsageError(Exception):
    """Wrong use: the message is one readable line."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to: ``data`` for --json, ``show`` for people."""

    data: dict[str, Any] = field(default_factory=dict)
    code: int = 0
    show: Callable[[Console], None] | None = None

    def print(self, console: Console) -> None:
        if self.show is not None:
            self.show(console)


def version() -> str:
    """The installed version."""
    try:
        return installed_version("concierge-b24")
    except PackageNotFoundError:
        return "0.0.0"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """A house for one command; closed when it ends."""
    house = await build(settings)
    try:
        yield house
    finally:
        await house.close()


def require_portal(settings: Settings) -> None:
    """UsageError unless a portal is configured."""
    missing = [
        name
        for name, value in (
            ("webhook_url", settings.bitrix24.url),
            ("bot_token", settings.bitrix24.bot_token),
        )
        if not (value if isinstance(value, str) else value.get_secret_value())
    ]
    if missing:
        raise UsageError(
            f"[bitrix24] {', '.join(missing)}: not set. Put it into concierge.toml or the environment; "
            "`concierge demo` runs without."
        )


def explain(error: ConciergeError, settings: Settings) -> str:
    """One line for a failure: the text of its code where there is one, else code and detail."""
    key = f"error-{error.code}"
    if has(key, settings.service.language):
        return text(key, settings.service.language, **error.params)
    return f"{error.code}: {error.detail}" if error.detail else error.code
