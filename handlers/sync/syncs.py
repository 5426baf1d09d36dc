"""Syncs as people see them: ordered by clock, chat or terminal, watched while they run, reported when they end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import structlog
from structlog.contextvars import bound_contextvars

from domain.chat import Address, MessageRef
from domain.errors import ConciergeError, Refused, Temporary
from domain.portal import Hotel
from handlers import licences, outgoing
from handlers.codec import dump
from handlers.following import work
from handlers.scope import Scope, Scopes
from handlers.sync import standing
from handlers.sync.aftermath import Aftermath
from handlers.sync.cards import SyncCards, place_of
from handlers.sync.preview import VALID_MINUTES
from handlers.sync.reconcile_report import Reconciled
from handlers.sync.report import Counts, Report
from handlers.sync.words import reason
from storage import Tx, leases, links, work_orders
from storage.work_orders import Order

__all__ = ["Counts", "Report", "Syncs", "reason"]

log = structlog.get_logger()

LEASE_S = 90.0
LOOK_EVERY_S = 0.5
"""How soon an order given beside the service (on the command line) is noticed."""
PREVIEWING = frozenset({"dry", "apply"})

Execute = Callable[[Order, leases.Lease], Awaitable[Report]]
"""Runs one ordered sync to its end; raises only what the order should be given up for."""


class Syncs:
    """Orders and their cards. ``execute`` is set by whoever owns the process."""

    def __init__(self, scopes: Scopes, owner: str, aftermath: Aftermath) -> None:
        self._scopes = scopes
        self._owner = owner
        self._aftermath = aftermath
        self.cards = SyncCards(scopes)
        self.execute: Execute | None = None
        self.ordered = asyncio.Event()
        self.begun: list[Callable[[], None]] = []
        """Called when an order is begun: other hands may look for the next."""

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
        into: MessageRef | None = None,
        **more: Any,
    ) -> int:
        """Order a run; its live card stands where it was asked for, or takes the place of the message ``into``.

        ``full`` reads the whole window also when ``mode`` is dry; ``since`` reads what changed from that day on.
        Refused("licence-ended") when the portal's licence has.
        """
        await licences.demand(scope, mode)
        params = {"hotel_id": hotel.id, "mode": mode, "place": dump(place) if place else None}
        params |= {"full": full, "since": since.isoformat() if since else None}
        params |= {"language": scope.language, "person_id": scope.actor.id if scope.actor else None, **more}
        asked_by = scope.actor.name if scope.actor else ""
        order_id = await work_orders.add(
            scope.tx, scope.portal.id, "sync", params, asked_by=asked_by, now=scope.now
        )
        if place is not None:
            if into is not None:
                await self._takes_over(scope, order_id, place, into)
            await self.show_card(scope, order_id, place)
        return order_id

    @staticmethod
    async def _takes_over(scope: Scope, order_id: int, place: Address, into: MessageRef) -> None:
        local, data = f"{order_id}:{place}", {"ref": dump(into)}
        await links.put(scope.tx, scope.portal.id, "run-card", "order", local, into.message_id, data)

    async def apply(self, scope: Scope, hotel: Hotel, preview_id: int, place: Address | None = None) -> int:
        """Order what a preview showed; Refused when it is too old, applied already, or none."""
        preview = await self.preview(scope, hotel, preview_id)
        progress = dict(preview.progress or {})
        if progress.get("applied"):
            raise Refused("preview-applied")
        result = preview.result or {}
        if preview.done_at is None or scope.now > preview.done_at + timedelta(minutes=VALID_MINUTES):
            raise Refused("preview-over", minutes=VALID_MINUTES)
        wanted = {name: result[name] for name in ("fingerprint", "fresh_at", "since")}
        order_id = await self.order(scope, hotel, "apply", place, preview={"order": preview.id, **wanted})
        await work_orders.set_progress(scope.tx, preview.id, {**progress, "applied": order_id})
        return order_id

    async def preview(self, scope: Scope, hotel: Hotel, order_id: int) -> Order:
        """The order of a rehearsal that came to its end; Refused when it is something else."""
        found = await self.order_of(scope, hotel, order_id)
        result = found.result or {}
        if found.params["mode"] not in PREVIEWING or not result.get("dry") or not result.get("fingerprint"):
            raise Refused("no-such-preview")
        return found

    async def retry(
        self,
        scope: Scope,
        hotel: Hotel,
        place: Address | None = None,
        *,
        items: list[int] | None = None,
        cause: str | None = None,
        into: MessageRef | None = None,
    ) -> int:
        """Order a retry of what failed and nothing else; Refused when nothing does any more."""
        wanted: dict[str, Any] = {"items": items, "cause": cause}
        found = await self._aftermath.chosen(scope, hotel, wanted)
        if not found.count and not found.unread:
            raise Refused("nothing-to-retry")
        mode = "reread" if found.unread else "retry"
        return await self.order(scope, hotel, mode, place, into=into, retry=wanted)

    @staticmethod
    async def order_of(scope: Scope, hotel: Hotel, order_id: int) -> Order:
        """An order of this hotel that has come to its end; Refused when it is something else."""
        found = await work_orders.load(scope.tx, order_id)
        if found is None or found.portal_id != scope.portal.id or found.result is None:
            raise Refused("no-such-preview")
        if found.params.get("hotel_id") != hotel.id:
            raise Refused("no-such-preview")
        return found

    async def order_scheduled(self, portal_id: int, hotel: Hotel, mode: str) -> None:
        """The clock's order; none without a licence, nor while one of the hotel's waits, or the schedule is paused."""
        async with self._scopes.writing(portal_id) as scope:
            if await standing.is_paused(scope, hotel) or (await licences.state(scope)).ended:
                return
            pending = await work_orders.pending(scope.tx, portal_id, "sync")
            mine = [order for order in pending if order.params["hotel_id"] == hotel.id]
            if mode == "reconcile":  # the nightly run it follows may still be under way
                mine = [order for order in mine if order.params["mode"] == mode]
            if not mine:
                await self.order(scope, hotel, mode, scheduled=True)

    async def repair(
        self, scope: Scope, hotel: Hotel, place: Address, *, into: MessageRef | None = None
    ) -> int:
        """«Исправить» under a reconciliation; Refused while one is being carried out."""
        pending = await work_orders.pending(scope.tx, scope.portal.id, "sync")
        if any(one.params["hotel_id"] == hotel.id and one.params["mode"] == "repair" for one in pending):
            raise Refused("repair-already")
        return await self.order(scope, hotel, "repair", place, into=into)

    # --- executing --------------------------------------------------------------------------------------

    async def work(self) -> int:
        """Execute the next order whose hotel is free; returns how many were executed."""
        if not await self._has_work():
            return 0
        taken = await self._take()
        if taken is None:
            return await self._give_up()
        order, lease = taken
        for tell in self.begun:
            tell()
        work, name = self._under_lease(order, lease), f"order-{order.id}"
        task = self._scopes.turns.begin(order.portal_id, work, name, patient=False)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()
        return 1

    async def _under_lease(self, order: Order, lease: leases.Lease) -> None:
        keeper = asyncio.create_task(self._keep(lease), name=f"lease-{lease.name}")
        try:
            await self._execute(order, lease)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(order))
            raise
        except leases.StaleLease:
            log.warning("a sync was cut off: its hotel is another process's", order=order.id)
        finally:
            keeper.cancel()
            await asyncio.shield(self._release(lease))

    async def _give_back(self, order: Order) -> None:
        """We stop, or the portal passes on: whoever comes next goes on with it."""
        with suppress(Temporary):
            async with self._scopes.db.transaction() as tx:
                await work_orders.give_back(tx, order.id)

    async def _release(self, lease: leases.Lease) -> None:
        with suppress(leases.StaleLease):
            async with self._scopes.db.transaction() as tx:
                await leases.release(tx, lease, now=self._scopes.clock())

    async def idle_for(self, most_s: float) -> float:
        """Orders may come from a process that can't wake us."""
        return min(most_s, self._scopes.patience(LOOK_EVERY_S, most_s))

    async def _has_work(self) -> bool:
        """A look that takes no lock: it happens twice a second."""
        async with self._scopes.db.reading() as tx:
            within = self._scopes.turns.within
            if not await work_orders.any_open(tx, "sync", within):
                return False
            orders = [
                *await work_orders.waiting(tx, "sync", within),
                *await work_orders.exhausted(tx, "sync", within),
            ]
            return any([await self._is_free(tx, order) for order in orders])

    async def _take(self) -> tuple[Order, leases.Lease] | None:
        """The oldest waiting order of a hotel nobody is syncing, with the hotel's lease."""
        async with self._scopes.db.transaction() as tx:
            now = self._scopes.clock()
            turns = self._scopes.turns
            for order in await work_orders.waiting(tx, "sync", turns.within):
                lease = await leases.acquire(
                    tx,
                    order.portal_id,
                    f"sync:{order.params['hotel_id']}",
                    turns.owner or self._owner,
                    now=now,
                    lease_s=LEASE_S,
                )
                if lease is not None:
                    await work_orders.take(tx, order.id, now)
                    return order, lease
        return None

    async def _give_up(self) -> int:
        """Orders whose runs were cut off too often: somebody waits for a word about them."""
        async with self._scopes.db.reading() as tx:
            begun = await work_orders.exhausted(tx, "sync", self._scopes.turns.within)
            lost = [one for one in begun if await self._is_free(tx, one)]
        for order in lost:
            with bound_contextvars(portal=order.portal_id, order=order.id):
                log.warning("sync given up", hotel=order.params["hotel_id"])
                await self._finish(order, self._failed(order, "given-up"))
        return 0

    async def _is_free(self, tx: Tx, order: Order) -> bool:
        """Whether nobody syncs the order's hotel."""
        name = f"sync:{order.params['hotel_id']}"
        held = await leases.held(tx, order.portal_id, now=self._scopes.clock(), prefix=name)
        return name not in {lease.name for lease in held}

    async def _keep(self, lease: leases.Lease) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            async with self._scopes.db.transaction() as tx:
                lease = await leases.renew(tx, lease, now=self._scopes.clock(), lease_s=LEASE_S)

    async def _execute(self, order: Order, lease: leases.Lease) -> None:
        with work("sync", work_orders.cause_of(order), portal=order.portal_id, order=order.id):
            if order.state == "taken":
                await self._tell_again(order)
            await self._finish(order, await self._executed(order, lease))

    async def _tell_again(self, order: Order) -> None:
        """Its last run was cut off with its process: whoever watches reads that it goes on."""
        log.info("an interrupted sync goes on", hotel=order.params["hotel_id"])
        await self.progress(order, {"again": 1})

    async def _executed(self, order: Order, lease: leases.Lease) -> Report:
        assert self.execute is not None
        try:
            async with self._scopes.reading(order.portal_id) as scope:
                await licences.demand(scope, order.params["mode"])  # it may have ended while the order waited
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
        """Store the result, settle the card, and let everything follow that a run brings with it."""
        async with self._scopes.writing(order.portal_id) as scope:
            await work_orders.finish(
                scope.tx, order.id, report.stored(), failed=bool(report.error), now=scope.now
            )
            place = place_of(order)
            if place is not None:
                await self.show_card(scope, order.id, place)
            if (hotel := self.hotel(order)) is not None and not report.dry:
                await self._aftermath.after(scope, hotel, order, report)
            elif isinstance(report, Reconciled) and report.both["kinds"] and order.params.get("scheduled"):
                await self._aftermath.tell_managers(scope, order)

    # --- the live card ----------------------------------------------------------------------------------

    async def progress(self, order: Order, progress: Mapping[str, Any]) -> None:
        """Keep how far a run is, and bring its card up to date."""
        async with self._scopes.writing(order.portal_id) as scope:
            for one in [order, *await self._behind(scope, order)]:
                await work_orders.set_progress(scope.tx, one.id, progress)
                place = place_of(one)
                if place is not None:
                    await self.show_card(scope, one.id, place)

    @staticmethod
    async def _behind(scope: Scope, order: Order) -> list[Order]:
        """Orders that wait for this one to end: whoever gave them watches it meanwhile."""
        pending = await work_orders.pending(scope.tx, order.portal_id, "sync")
        return [
            one for one in pending if one.id > order.id and one.params["hotel_id"] == order.params["hotel_id"]
        ]

    @staticmethod
    async def show_card(scope: Scope, order_id: int, place: Address) -> None:
        """Bring an order's card up to date; one waiting row is enough."""
        payload = {"order_id": order_id, "address": dump(place)}
        await outgoing.put(scope, str(place), "run.card", payload, once=f"run-card:{order_id}:{place}")

    def hotel(self, order: Order) -> Hotel | None:
        """The order's hotel, as configured now."""
        return self.cards.hotel(order)
