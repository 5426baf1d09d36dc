"""Syncs as people see them: ordered by clock, chat or terminal, watched while they run, reported when they end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from domain.chat import Address, Channel, Markup, Reply, escape
from domain.errors import ConciergeError
from domain.people import Role
from domain.portal import Hotel
from handlers import outgoing
from handlers.codec import dump, load
from handlers.people import private_address
from handlers.scope import Scope, Scopes
from handlers.sync.report import Counts, Report
from storage import leases, people, runs, work_orders
from storage.runs import Run
from storage.work_orders import Order

log = structlog.get_logger()

LEASE_S = 90.0
BAR = 16
REASONS_SHOWN = 5
QUIET_KINDS = {"sync"}
"""Scheduled runs of these kinds are reported only when they have something to say."""


Execute = Callable[[Order, leases.Lease], Awaitable[Report]]
"""Runs one ordered sync to its end; raises only what the order should be given up for."""


class Syncs:
    """Orders and their cards. ``execute`` is set by whoever owns the process."""

    def __init__(self, scopes: Scopes, owner: str) -> None:
        self._scopes = scopes
        self._owner = owner
        self.execute: Execute | None = None
        self.ordered = asyncio.Event()

    # --- ordering ---------------------------------------------------------------------------------------

    async def order(
        self,
        scope: Scope,
        hotel: Hotel,
        mode: str,
        place: Address | None = None,
        *,
        full: bool = False,
        since: date | None = None,
    ) -> int:
        """Order a run; its live card stands where it was asked for.

        ``full`` reads the whole window also when ``mode`` is dry; ``since`` reads what changed from that day on.
        """
        params = {"hotel_id": hotel.id, "mode": mode, "place": dump(place) if place else None}
        params |= {"full": full, "since": since.isoformat() if since else None}
        params["language"] = scope.language
        asked_by = scope.actor.name if scope.actor else ""
        order_id = await work_orders.add(
            scope.tx, scope.portal.id, "sync", params, asked_by=asked_by, now=scope.now
        )
        if place is not None:
            await self._show_card(scope, order_id, place)
        return order_id

    async def order_scheduled(self, portal_id: int, hotel: Hotel, mode: str) -> None:
        """The clock's order; none while one of the hotel's is waiting or running."""
        async with self._scopes.writing(portal_id) as scope:
            pending = await work_orders.pending(scope.tx, portal_id, "sync")
            if not any(order.params["hotel_id"] == hotel.id for order in pending):
                await self.order(scope, hotel, mode)

    async def work(self) -> int:
        """Execute the next order whose hotel is free; returns how many were executed."""
        taken = await self._take()
        if taken is None:
            return 0
        order, lease = taken
        keeper = asyncio.create_task(self._keep(lease), name=f"lease-{lease.name}")
        try:
            await self._execute(order, lease)
        finally:
            keeper.cancel()
            async with self._scopes.db.transaction() as tx:
                await leases.release(tx, lease, now=self._scopes.clock())
        return 1

    async def idle_for(self, most_s: float) -> float:
        return most_s

    async def _take(self) -> tuple[Order, leases.Lease] | None:
        """The oldest waiting order of a hotel nobody is syncing, with the hotel's lease."""
        async with self._scopes.db.transaction() as tx:
            now = self._scopes.clock()
            for order in await work_orders.waiting(tx, "sync"):
                lease = await leases.acquire(
                    tx,
                    order.portal_id,
                    f"sync:{order.params['hotel_id']}",
                    self._owner,
                    now=now,
                    lease_s=LEASE_S,
                )
                if lease is not None:
                    await work_orders.take(tx, order.id, now)
                    return order, lease
        return None

    async def _keep(self, lease: leases.Lease) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            async with self._scopes.db.transaction() as tx:
                lease = await leases.renew(tx, lease, now=self._scopes.clock(), lease_s=LEASE_S)

    async def _execute(self, order: Order, lease: leases.Lease) -> None:
        with bound_contextvars(portal=order.portal_id, order=order.id):
            await self._finish(order, await self._executed(order, lease))

    async def _executed(self, order: Order, lease: leases.Lease) -> Report:
        assert self.execute is not None
        try:
            return await self.execute(order, lease)
        except ConciergeError as fault:
            log.warning("sync failed", hotel=order.params["hotel_id"], code=fault.code, detail=fault.detail)
            return self._failed(order, fault.code, fault.detail)
        except Exception:  # the job edge: one broken run must not stop the others
            log.exception("sync broke", hotel=order.params["hotel_id"])
            return self._failed(order, "internal")

    def _failed(self, order: Order, code: str, detail: str = "") -> Report:
        hotel = self.hotel(order)
        return Report(0, hotel.code if hotel else "", Counts(), 0.0, error=code, detail=detail)

    async def _finish(self, order: Order, report: Report) -> None:
        """Store the result, settle the card, tell the managers."""
        async with self._scopes.writing(order.portal_id) as scope:
            await work_orders.finish(
                scope.tx, order.id, report.stored(), failed=bool(report.error), now=scope.now
            )
            place = self.place(order)
            if place is not None:
                await self._show_card(scope, order.id, place)
            if self._worth_telling(order, report):
                await self._tell_managers(scope, order, place)

    @staticmethod
    def _worth_telling(order: Order, report: Report) -> bool:
        if order.params["mode"] == "dry":
            return False
        if order.params["place"]:
            return True
        first_load = report.counts.created > report.counts.fetched / 2
        return bool(report.error or report.counts.failed or report.counts.rejected or first_load)

    async def _tell_managers(self, scope: Scope, order: Order, shown: Address | None) -> None:
        """The report to every manager in Bitrix24 and to the managers' chat in Telegram."""
        places = [
            private_address(person, Channel.BITRIX24)
            for person in await people.with_role(scope.tx, scope.portal.id, Role.MANAGER)
        ]
        if chat := scope.portal.desk.telegram_managers_chat:
            places.append(Address(Channel.TELEGRAM, chat))
        for place in dict.fromkeys(filter(None, places)):
            payload = {"order_id": order.id, "address": dump(place), "with_text": place != shown}
            await outgoing.put(scope, str(place), "run.report", payload)

    # --- the live card ----------------------------------------------------------------------------------

    async def progress(self, order: Order, progress: Mapping[str, Any]) -> None:
        """Keep how far a run is, and bring its card up to date."""
        async with self._scopes.writing(order.portal_id) as scope:
            for one in [order, *await self._behind(scope, order)]:
                await work_orders.set_progress(scope.tx, one.id, progress)
                place = self.place(one)
                if place is not None:
                    await self._show_card(scope, one.id, place)

    @staticmethod
    async def _behind(scope: Scope, order: Order) -> list[Order]:
        """Orders that wait for this one to end: whoever gave them watches it meanwhile."""
        pending = await work_orders.pending(scope.tx, order.portal_id, "sync")
        return [
            one for one in pending if one.id > order.id and one.params["hotel_id"] == order.params["hotel_id"]
        ]

    async def _show_card(self, scope: Scope, order_id: int, place: Address) -> None:
        payload = {"order_id": order_id, "address": dump(place)}
        await outgoing.put(scope, str(place), "run.card", payload, once=f"run-card:{order_id}:{place}")

    @staticmethod
    def place(order: Order) -> Address | None:
        """Where the order was given, when in a chat."""
        return load(Address, order.params["place"]) if order.params["place"] else None

    def hotel(self, order: Order) -> Hotel | None:
        """The order's hotel, as configured now."""
        hotels = self._scopes.portals(order.portal_id).hotels
        return next((hotel for hotel in hotels if hotel.id == order.params["hotel_id"]), None)

    def card(self, scope: Scope, order: Order) -> Reply:
        """The order as it stands: queued, running with a bar, or its report."""
        hotel = self.hotel(order)
        name = hotel.name if hotel else "?"
        if order.result is not None:
            return Reply(self.report_text(scope, order, name))
        progress = order.progress or {}
        phase = progress.get("phase", "")
        if not phase:
            return Reply(scope.text("sync-queued", hotel=name))
        if phase == "reading":
            return Reply(scope.text("sync-reading", hotel=name, done=progress.get("done", 0)))
        done, total = progress.get("done", 0), max(progress.get("total", 0), 1)
        share = min(done / total, 1.0)
        full = round(share * BAR)
        return Reply(
            scope.text(
                "sync-card",
                hotel=name,
                bar="▰" * full + "▱" * (BAR - full),
                percent=round(share * 100),
                phase=scope.text(f"sync-phase-{phase}"),
                done=done,
                total=total,
            )
        )

    def report_text(self, scope: Scope, order: Order, hotel: str) -> str:
        """The report in words: counts, time, reasons."""
        result = order.result or {}
        if result.get("error"):
            return scope.text(
                "sync-failed",
                hotel=hotel,
                reason=Markup(reason(scope, result["error"], result.get("detail", ""))),
            )
        took = _took(scope, result["seconds"])
        changed = result["created"] + result["updated"] + result["failed"] + result["rejected"]
        if not changed and not result["dry"]:
            return scope.text("sync-unchanged", hotel=hotel, fetched=result["fetched"], duration=took)
        zone = self._zone(order)
        fresh = datetime.fromisoformat(result["fresh_at"]).astimezone(zone) if result["fresh_at"] else None
        text = scope.text(
            "sync-report",
            hotel=hotel,
            dry=result["dry"],
            duration=took,
            bad=result["failed"] + result["rejected"],
            calls=result["crm_calls"],
            fresh=f"{fresh:%H:%M}" if fresh else "—",
            **{
                name: result[name]
                for name in ("fetched", "created", "updated", "unchanged", "failed", "rejected")
            },
        )
        return f"{text}\n{self._problems(scope, result['problems'])}".strip()

    def _zone(self, order: Order) -> Any:
        hotel = self.hotel(order)
        return hotel.zone if hotel else None

    @staticmethod
    def _problems(scope: Scope, problems: Mapping[str, int]) -> str:
        if not problems:
            return ""
        worst = sorted(problems.items(), key=lambda one: -one[1])[:REASONS_SHOWN]
        lines = [scope.text("sync-problem-line", reason=reason(scope, code), count=n) for code, n in worst]
        return "\n".join([scope.text("sync-report-problems"), *lines])

    # --- looking back -----------------------------------------------------------------------------------

    async def last_runs(self, scope: Scope, hotel: Hotel, limit: int) -> list[Run]:
        """The hotel's last runs, newest first."""
        return await runs.last(scope.tx, hotel.id, limit)

    def line(self, scope: Scope, hotel: Hotel, run: Run) -> str:
        """One run as a line."""
        counts = {name: run.counts.get(name, 0) for name in ("fetched", "created", "updated", "failed")}
        at = run.started_at.astimezone(hotel.zone)
        return scope.text(
            "sync-line", at=f"{at:%d.%m %H:%M}", state=scope.text(f"sync-state-{run.state}"), **counts
        )

    async def failed_items(self, scope: Scope, hotel: Hotel, limit: int) -> list[dict[str, object]]:
        """The records that are not in the CRM, each with its key and reason."""
        found = await runs.open_failures(scope.tx, hotel.id, limit)
        return [
            {
                "entity": scope.text(f"sync-entity-{item.entity}"),
                "key": item.key,
                "reason": Markup(reason(scope, item.code or "", item.reason or "")),
            }
            for item in found
        ]


_KNOWN_REASONS = {
    "pms-unreachable": "pms-unreachable",
    "pms-refused": "pms-refused",
    "pms-answer": "pms-answer",
    "no-source": "no-source",
    "no-such-hotel": "no-source",
    "bitrix-unreachable": "portal-unreachable",
    "bitrix-unavailable": "portal-unavailable",
    "bitrix-unclear": "unclear",
    "bitrix-busy": "portal-busy",
    "bitrix-operating-limit": "portal-busy",
    "bitrix-halted": "portal-busy",
    "bitrix-overload-limit": "portal-blocked",
    "bitrix-insufficient-scope": "portal-refused",
    "bitrix-access-denied": "portal-refused",
    "bitrix-no-auth": "portal-webhook",
    "bitrix-webhook-url": "portal-webhook",
    "bitrix-moved": "portal-webhook",
    "crm-layout": "crm-layout",
    "CRM_FIELD_ERROR_VALUE_NOT_VALID": "crm-field",
    "CRM_FIELD_ERROR_REQUIRED": "crm-required",
    "database-unavailable": "database",
    "database-unusable": "database",
    "stale-lease": "interrupted",
    "unclear": "unclear",
    "interrupted": "interrupted",
    "internal": "internal",
    "row-bad-date": "row-bad-date",
    "row-bad-number": "row-bad-number",
    "row-missing-id": "row-missing-id",
    "row-mojibake": "row-mojibake",
    "row-profile-missing": "row-profile-missing",
    "row-limit": "row-limit",
}
_FAMILIES = {"row-": "row-unreadable", "bitrix-http-": "portal-webhook", "bitrix-": "portal-other"}


def reason(scope: Scope, code: str, detail: str = "") -> str:
    """A code in plain words, with the detail where it says more; an unknown code as it is."""
    known = _KNOWN_REASONS.get(code)
    family = next((key for start, key in _FAMILIES.items() if code.startswith(start)), None)
    if not known and not family:
        return scope.text("reason-other", detail=detail or code)
    words = scope.text(f"reason-{known or family}")
    return f"{words} ({escape(detail)})" if detail else words


def _took(scope: Scope, seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    parts = [scope.text("minutes", n=minutes)] if minutes else []
    return " ".join([*parts, scope.text("seconds", n=rest)])
