"""What all commands share: an outcome to print, faults of use, and the ways into the house."""

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.clock import utc_now
from app.records import ensure_portal, open_database
from app.settings import Settings
from bot.texts import text
from bot.texts.faults import told
from domain.errors import ConciergeError
from domain.portal import Hotel, Portal
from handlers.scope import Scopes
from storage import Database

if TYPE_CHECKING:
    from app.wiring import House

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


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


@dataclass(frozen=True, slots=True)
class Records:
    """What a reading command needs: the tables, and nobody outside."""

    db: Database
    portal: Portal
    scopes: Scopes


@asynccontextmanager
async def opened(settings: Settings) -> "AsyncIterator[House]":
    """A house for one command that calls portal and PMS; without Telegram, and so without aiogram."""
    from app.wiring import build  # noqa: PLC0415 - all rooms: most commands get along without

    house = await build(settings, telegram=False)
    try:
        yield house
    finally:
        await house.close()


@asynccontextmanager
async def records(settings: Settings) -> AsyncIterator[Records]:
    """The tables for one command; no portal needs to be configured for it."""
    db = await open_database(settings)
    try:
        portal = await ensure_portal(db, settings, utc_now)
        yield Records(db, portal, Scopes(db, utc_now, text, lambda _portal_id: portal))
    finally:
        await db.close()


def require_portal(settings: Settings) -> None:
    """UsageError unless a portal is configured, or an app that portals can install."""
    if settings.bitrix24.client_id:
        return
    missing = [
        name
        for name, value in (
            ("webhook_url", settings.bitrix24.url),
            ("bot_token", settings.bitrix24.bot_token.get_secret_value()),
        )
        if not value
    ]
    if missing:
        raise UsageError(
            f"[bitrix24] {', '.join(missing)}: not set. Put it into concierge.toml or the environment; "
            "`concierge demo` runs without."
        )


def hotel_of(portal: Portal, code: str) -> Hotel:
    """The hotel of that code; UsageError names those there are."""
    hotel = portal.hotel(code)
    if hotel is None:
        known = ", ".join(one.code for one in portal.hotels) or "none"
        raise UsageError(f"[[hotels]] code: no hotel {inert(code)} in the configuration (there is: {known})")
    return hotel


def explain(error: ConciergeError, settings: Settings) -> str:
    """One line for a failure: what it means, and the operator's detail."""
    words = told(error.code, settings.service.language, error.params)
    line = f"{words} ({error.detail})" if error.detail and error.detail not in words else words
    return " ".join(line.split())


def sheet(console: Console, headers: Iterable[str], rows: Iterable[Iterable[object]], *, empty: str) -> None:
    """A table whose cells are inert: what came from outside styles nothing and steers no terminal."""
    table = Table(*headers, box=None, header_style="dim")
    for row in rows:
        table.add_row(*(Text(inert(str("" if cell is None else cell))) for cell in row))
    console.print(table if table.rows else empty)


def inert(words: str) -> str:
    """Outside text for a terminal: without control characters."""
    return _CONTROL.sub("", words)
