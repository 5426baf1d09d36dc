"""`concierge sync` and `sync-errors`: an order is a row; the running service executes it, or else this process does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.commands.base import Outcome, UsageError, opened, require_portal
from app.presence import Presence
from app.settings import Settings
from app.wiring import House
from bot.texts import text
from domain.markup import plain_text
from domain.portal import Hotel
from scheduler.runner import pump
from storage import runs, work_orders
from storage.work_orders import Order

LOOK_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """What `concierge sync` was asked for."""

    hotel: str
    dry: bool = False
    full: bool = False
    since: str | None = None
    quiet: bool = False

    @property
    def mode(self) -> str:
        return "dry" if self.dry else "full" if self.full or self.since else "sync"


async def sync(settings: Settings, order: SyncOrder) -> Outcome:
    """One sync to its end. Exit 1 when records failed, 3 when the PMS or the portal can't be reached."""
    require_portal(settings)
    async with opened(settings) as house:
        hotel = _hotel(house, order.hotel)
        async with house.scopes.writing(house.portal.id) as scope:
            order_id = await house.syncs.order(scope, hotel, order.mode)
        async with _executed(house, settings):
            done = await _watch(house, order_id, quiet=order.quiet)
        result = dict(done.result or {})
        async with house.scopes.reading(house.portal.id) as scope:
            report = house.syncs.report_text(scope, done, hotel.name)
    return Outcome(
        result, _exit_code(result), lambda console: console.print(plain_text(report), markup=False)
    )


def _hotel(house: House, code: str) -> Hotel:
    hotel = house.portal.hotel(code)
    if hotel is None:
        known = ", ".join(one.code for one in house.portal.hotels) or "none"
        raise UsageError(f"no hotel {code} in the configuration (there is: {known})")
    return hotel


def _exit_code(result: dict[str, Any]) -> int:
    if error := result.get("error"):
        return 3 if "unreachable" in error else 1
    return 1 if result["failed"] or result["rejected"] else 0


@asynccontextmanager
async def _executed(house: House, settings: Settings) -> AsyncIterator[None]:
    """Somebody executes orders while the block runs: the service when it runs, else this process."""
    if Presence(settings.service.database_url).is_taken():
        yield
        return
    house.syncs.execute = house.stays.execute
    worker = asyncio.create_task(pump("orders", house.syncs, house.syncs.ordered))
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def _watch(house: House, order_id: int, *, quiet: bool) -> Order:
    """Follow an order to its end, with a bar on a terminal."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(text("sync-phase-reading", house.portal.language), total=None)
        while True:
            async with house.db.reading() as tx:
                order = await work_orders.load(tx, order_id)
            if order is None:
                raise UsageError(f"order {order_id} is gone")
            if order.result is not None:
                return order
            progress = order.progress or {}
            if phase := progress.get("phase"):
                bar.update(
                    task,
                    description=text(f"sync-phase-{phase}", house.portal.language),
                    completed=progress.get("done", 0),
                    total=progress.get("total") or None,
                )
            await asyncio.sleep(LOOK_EVERY_S)


async def sync_errors(settings: Settings, hotel_code: str, *, retry: bool) -> Outcome:
    """What isn't in the CRM and why; --retry is another sync, which tries all of them again."""
    if retry:
        return await sync(settings, SyncOrder(hotel_code))
    async with opened(settings) as house:
        hotel = _hotel(house, hotel_code)
        async with house.scopes.reading(house.portal.id) as scope:
            failed = await runs.open_failures(scope.tx, hotel.id, 1000)

    def show(console: Console) -> None:
        table = Table("record", "key", "code", "reason", box=None)
        for item in failed:
            table.add_row(item.entity, item.key, item.code, item.reason)
        console.print(table if failed else "no errors")

    items = [{"entity": i.entity, "key": i.key, "code": i.code, "reason": i.reason} for i in failed]
    return Outcome({"hotel": hotel.code, "items": items}, 1 if failed else 0, show)
