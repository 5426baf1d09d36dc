"""`concierge sync` and retries: an order is a row; the running service executes it, or else this process does."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.commands.base import Outcome, UsageError, hotel_of, inert, opened, require_portal
from app.presence import Presence
from app.settings import Settings
from app.wiring import House
from bot.texts import text
from domain.markup import plain_text
from domain.portal import Hotel
from handlers.sync.report import Counts, Report, for_json
from scheduler.runner import pump
from storage import replicas, run_items, work_orders
from storage.restart import forget_syncs
from storage.work_orders import Order

LOOK_EVERY_S = 0.3
WRONG_SETTING = frozenset(
    {
        "pms-refused",
        "no-source",
        "no-such-hotel",
        "crm-layout",
        "mapping-unknown",
        "database-unusable",
        "bitrix-moved",
        "licence-ended",
    }
)
WRONG_ACCESS = ("access", "scope", "auth", "method-not-found", "webhook", "http-4", "payment")
OURS = frozenset({"interrupted", "internal", "stale-lease"})


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """What `concierge sync` was asked for."""

    hotel: str
    dry: bool = False
    full: bool = False
    since: str | None = None
    quiet: bool = False
    apply: int | None = None

    @property
    def mode(self) -> str:
        return "dry" if self.dry else "full" if self.full else "sync"

    def since_day(self, today: date) -> date | None:
        """The day of --since; UsageError when it is none, lies ahead, or --full is said too."""
        if self.since is None:
            return None
        try:
            day = date.fromisoformat(self.since)
        except ValueError as error:
            raise UsageError(f"--since {inert(self.since)}: no date; write it like 2026-11-22") from error
        if day > today:
            raise UsageError(f"--since {day}: lies ahead")
        if self.full:
            raise UsageError("--since and --full: choose one; --full reads the whole window")
        return day


async def sync(settings: Settings, order: SyncOrder) -> Outcome:
    """One sync to its end. Exit 1 when records failed, 2 on a wrong setting, 3 when somebody can't be reached."""
    require_portal(settings)
    async with opened(settings) as house:
        hotel = hotel_of(house.portal, order.hotel)
        since = order.since_day(house.scopes.clock().astimezone(hotel.zone).date())
        async with house.scopes.writing(house.portal.id) as scope:
            if order.apply is not None:
                order_id = await house.syncs.apply(scope, hotel, order.apply)
            else:
                order_id = await house.syncs.order(scope, hotel, order.mode, full=order.full, since=since)
        return await _to_its_end(house, settings, hotel, order_id, quiet=order.quiet)


async def retry_sync(
    settings: Settings, hotel_code: str, records: Sequence[str], *, quiet: bool = False
) -> Outcome:
    """Only what failed once more: all of it, or these records (``stay:4711``)."""
    require_portal(settings)
    async with opened(settings) as house:
        hotel = hotel_of(house.portal, hotel_code)
        async with house.scopes.writing(house.portal.id) as scope:
            failed = await run_items.open_failures(scope.tx, hotel.id)
            named = {f"{item.entity}:{item.key}": item.id for item in failed}
            if unknown := [one for one in records if one not in named]:
                raise UsageError(
                    f"{inert(unknown[0])}: doesn't fail; see `concierge sync-errors {hotel.code}`"
                )
            if not failed:
                return Outcome(_nothing(hotel), 0, lambda console: console.print("no errors"))
            items = [named[one] for one in records] or None
            order_id = await house.syncs.retry(scope, hotel, items=items)
        return await _to_its_end(house, settings, hotel, order_id, quiet=quiet)


def _nothing(hotel: Hotel) -> dict[str, Any]:
    """The report of a retry that had nothing to do."""
    return Report(0, hotel.code, Counts(), 0.0).as_json()


async def _to_its_end(
    house: House, settings: Settings, hotel: Hotel, order_id: int, *, quiet: bool
) -> Outcome:
    """Watch an order, executed by the service or by us, and tell what came out."""
    done = await carried_out(house, settings, order_id, quiet=quiet)
    result = dict(done.result or {})
    async with house.scopes.reading(house.portal.id) as scope:
        report = plain_text((await house.syncs.cards.report(scope, done, hotel, None)).text)
    lines = [report]
    if result.get("dry") and result["created"] + result["updated"]:
        lines.append(f"\nconcierge sync {hotel.code} --apply {done.id}")
    data = {**for_json(result), "order": done.id}
    return Outcome(
        data, _exit_code(result), lambda console: console.print(inert("\n".join(lines)), markup=False)
    )


async def carried_out(house: House, settings: Settings, order_id: int, *, quiet: bool) -> Order:
    """An order at its end, executed by the service while it runs, else by this process."""
    async with _Executor(house, Presence(settings.service.database_url)) as executor:
        return await _watch(house, order_id, executor, quiet=quiet)


def _exit_code(result: dict[str, Any]) -> int:
    if not result.get("error"):
        return 1 if result["failed"] or result["rejected"] else 0
    return error_code(result["error"])


def error_code(error: str) -> int:
    """The exit code of an order that came to nothing: 1 our fault, 2 a setting, 3 somebody can't be reached."""
    if error in OURS:
        return 1
    wrong = error in WRONG_SETTING or any(part in error for part in WRONG_ACCESS)
    return 2 if wrong else 3


@dataclass(slots=True)
class _Executor:
    """Sees to it that somebody executes orders: the service while it runs, else this process."""

    house: House
    presence: Presence
    _worker: asyncio.Task[None] | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        await self.ensure()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        self.presence.release()

    async def ensure(self) -> None:
        """Called again and again: the service may have stopped meanwhile."""
        if self._worker is not None:
            if self._worker.done():
                self._worker.result()  # raises what ended it
            return
        if self.presence.is_taken() or await self._is_served():
            return
        await self._clear_up()
        await asyncio.to_thread(self.presence.work)
        house = self.house
        house.syncs.execute = house.stays.execute
        house.scopes.turns.only = house.portal.id
        self._worker = asyncio.create_task(pump("orders", house.syncs, house.syncs.ordered))

    async def _is_served(self) -> bool:
        """Whether a replica works the portal's orders off."""
        async with self.house.db.reading() as tx:
            return await replicas.served(tx, self.house.portal.id)

    async def _clear_up(self) -> None:
        """What a killed process was syncing is free, unless another command or a service is at work."""
        if self.house.db.dialect != "sqlite" or not await asyncio.to_thread(self.presence.nobody_works):
            return
        if not self.presence.is_taken():
            async with self.house.db.transaction() as tx:
                await forget_syncs(tx)


async def _watch(house: House, order_id: int, executor: _Executor, *, quiet: bool) -> Order:
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
                    description=_phase(house, phase, progress),
                    completed=progress.get("done", 0),
                    total=progress.get("total") or None,
                )
            await executor.ensure()
            await asyncio.sleep(LOOK_EVERY_S)


def _phase(house: House, phase: str, progress: Mapping[str, Any]) -> str:
    """What is being done, and when it will end."""
    words = text(f"sync-phase-{phase}", house.portal.language)
    if ends_at := progress.get("ends_at"):
        at = datetime.fromisoformat(ends_at).astimezone(ZoneInfo(house.portal.timezone))
        words += f", {text('sync-ends', house.portal.language, at=f'{at:%H:%M}')}"
    return words
