"""A sync's card as it stands: queued, running with a bar and its end in sight, a preview, a report."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.chat import Address, Button, Markup, Reply, rows
from domain.portal import Hotel
from domain.sync_causes import by_cause
from handlers.codec import load
from handlers.scope import Scope, Scopes
from handlers.sync import budget, layout_memory, reconcile_card, standing
from handlers.sync.freshness import freshness, said
from handlers.sync.preview import VALID_MINUTES
from handlers.sync.words import cause_words, difference, level_at, reason, stage_titles, took
from storage import people, requests, sync_incidents, work_orders
from storage.work_orders import Order

BAR = 16
REASONS_SHOWN = 5
COUNTS = ("fetched", "created", "updated", "unchanged", "failed", "rejected")


def place_of(order: Order) -> Address | None:
    """Where the order was given, when in a chat."""
    return load(Address, order.params["place"]) if order.params["place"] else None


class SyncCards:
    """Renders orders; knows texts, sends nothing."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    def hotel(self, order: Order) -> Hotel | None:
        """The order's hotel, as configured now."""
        hotels = self._scopes.portals(order.portal_id).hotels
        return next((hotel for hotel in hotels if hotel.id == order.params["hotel_id"]), None)

    async def card(self, scope: Scope, order: Order) -> Reply:
        """The order as it stands now, with the buttons that fit it."""
        hotel = self.hotel(order)
        if hotel is None:
            return Reply(scope.text("sync-hotel-gone"))
        if order.result is not None:
            return await self.report(scope, order, hotel, place_of(order))
        text = self._running(scope, order, hotel)
        if order.params["mode"] == "repair" and order.asked_by:
            text = f"{text}\n{scope.text('reconcile-by', name=order.asked_by)}"
        return Reply(f"{text}\n{await freshness(scope, hotel)}")

    # --- while it runs ----------------------------------------------------------------------------------

    def _running(self, scope: Scope, order: Order, hotel: Hotel) -> str:
        progress = order.progress or {}
        phase = progress.get("phase", "")
        if not phase:
            again = progress.get("again", 0)
            return scope.text("sync-again" if again else "sync-queued", hotel=hotel.name)
        if phase == "reading":
            return scope.text("sync-reading", hotel=hotel.name, done=progress.get("done", 0))
        done, total = progress.get("done", 0), max(progress.get("total", 0), 1)
        share = min(done / total, 1.0)
        full = round(share * BAR)
        text = scope.text(
            "sync-card",
            hotel=hotel.name,
            bar="▰" * full + "▱" * (BAR - full),
            percent=round(share * 100),
            phase=scope.text(f"sync-phase-{phase}"),
            done=done,
            total=total,
        )
        return "\n".join(filter(None, [text, self.limits(scope, hotel, progress)]))

    def limits(self, scope: Scope, hotel: Hotel, progress: Mapping[str, Any]) -> str:
        """When it will end, and how much of the portal's limits is in use; "" when neither is known."""
        used = progress.get("budget")
        parts = [self.ends(scope, hotel, progress), limits_line(scope, used) if used else ""]
        return "\n".join(filter(None, parts))

    @staticmethod
    def ends(scope: Scope, hotel: Hotel, progress: Mapping[str, Any]) -> str:
        """«закончу около 09:47», in the hotel's time; "" while that isn't known."""
        ends_at = progress.get("ends_at")
        if not ends_at:
            return ""
        return scope.text("sync-ends", at=f"{datetime.fromisoformat(ends_at).astimezone(hotel.zone):%H:%M}")

    # --- when it has ended ------------------------------------------------------------------------------

    async def report(self, scope: Scope, order: Order, hotel: Hotel, place: Address | None) -> Reply:
        """What came out, for a place; the preview of a rehearsal shows guests by the asker's level there."""
        result = order.result or {}
        if result.get("error"):
            words = Markup(reason(scope, result["error"], result.get("detail", "")))
            text = scope.text("sync-failed", hotel=hotel.name, reason=words)
            buttons = await self._file_buttons(scope, hotel, order, {result["error"]: 1})
            if not await pending(scope, hotel):
                now = f"s:sync:{hotel.id}:{order.id}"
                buttons.append(Button(scope.text("button-sync-now"), now))
            return Reply(f"{text}\n{await freshness(scope, hotel)}", rows(*buttons))
        if result.get("reconcile") is not None:
            return reconcile_card.card(scope, order, hotel)
        if result["dry"]:
            return await self._preview(scope, order, hotel, place)
        bad = result["failed"] + result["rejected"]
        text = self._done(scope, order, hotel)
        unkept = [
            scope.text(code, field=name)
            for name, code in sorted(result.get("unkept", {}).items())[:REASONS_SHOWN]
        ]
        lines = [text, self._asked(scope, result), self._problems(scope, result["problems"]), *unkept]
        if standing.is_alarming(hotel, bad, result["fetched"]):
            share, limit = round(100 * bad / max(result["fetched"], 1)), round(100 * hotel.warn_share)
            lines.insert(0, scope.text("sync-alarm", share=max(share, 1), limit=limit))
        return Reply("\n".join(filter(None, lines)), await self._report_buttons(scope, order, hotel))

    def _done(self, scope: Scope, order: Order, hotel: Hotel) -> str:
        result = order.result or {}
        fresh = self._fresh(scope, hotel, result)
        changed = sum(result[name] for name in ("created", "updated", "failed", "rejected"))
        facts = {name: result[name] for name in COUNTS}
        facts |= {"hotel": hotel.name, "duration": took(scope, result["seconds"]), "fresh": Markup(fresh)}
        if order.params.get("retry") is not None:
            return scope.text("sync-retried", **facts, done=result["created"] + result["updated"])
        if not changed:
            return scope.text("sync-unchanged", **facts)
        return scope.text(
            "sync-report", **facts, bad=result["failed"] + result["rejected"], calls=result["crm_calls"]
        )

    @staticmethod
    def _fresh(scope: Scope, hotel: Hotel, result: Mapping[str, Any]) -> str:
        at = result.get("fresh_at")
        return said(scope, hotel, datetime.fromisoformat(at) if at else None)

    @staticmethod
    def _asked(scope: Scope, result: Mapping[str, Any]) -> str:
        return scope.text("sync-asked", count=result["asked"]) if result.get("asked") else ""

    @staticmethod
    def _problems(scope: Scope, problems: Mapping[str, int]) -> str:
        if not problems:
            return ""
        lines = [
            scope.text(
                "sync-problem-line", reason=Markup(cause_words(scope, cause)), count=count, cause=cause
            )
            for cause, count in by_cause(problems).most_common(REASONS_SHOWN)
        ]
        return "\n".join([scope.text("sync-report-problems"), *lines])

    async def _report_buttons(
        self, scope: Scope, order: Order, hotel: Hotel
    ) -> tuple[tuple[Button, ...], ...]:
        result = order.result or {}
        if not result["problems"]:
            return ()
        bad = result["failed"] + result["rejected"]
        errors = Button(scope.text("button-sync-errors-of", count=bad), f"s:errors:{hotel.id}", "primary")
        return rows(errors, *await self._file_buttons(scope, hotel, order, result["problems"]))

    async def _file_buttons(
        self, scope: Scope, hotel: Hotel, order: Order, problems: Mapping[str, int]
    ) -> list[Button]:
        """«Завести обращение» where all have one cause, or the request that is about it already."""
        causes = by_cause(problems)
        if len(causes) != 1:
            return []
        return [await file_button(scope, hotel, next(iter(causes)), f":{order.id}")]

    # --- a rehearsal ------------------------------------------------------------------------------------

    async def _preview(self, scope: Scope, order: Order, hotel: Hotel, place: Address | None) -> Reply:
        result = order.result or {}
        person = order.params.get("person_id")
        asker = await people.load(scope.tx, scope.portal.id, person) if person else None
        level, masked = level_at(_as(scope, asker), hotel, place)
        stages = stage_titles(hotel, await layout_memory.recall(scope, hotel))
        text = scope.text(
            "sync-preview",
            hotel=hotel.name,
            moved="cut" if result.get("cut") else result.get("moved", False),
            duration=took(scope, result["seconds"]),
            **{name: result[name] for name in COUNTS},
        )
        lines = [text, *self._kinds(scope, result), *filter(None, [self._asked(scope, result)])]
        samples = [
            difference(scope, hotel, one, level, masked=masked, stages=stages)
            for one in result.get("samples", ())
        ]
        if samples:
            lines += ["", scope.text("sync-samples"), *samples]
        lines += ["", self._fresh(scope, hotel, result)]
        open_until, buttons = self._apply_button(scope, order, hotel)
        return Reply("\n".join(line for line in [*lines, open_until] if line is not None).strip(), buttons)

    @staticmethod
    def _kinds(scope: Scope, result: Mapping[str, Any]) -> list[str]:
        return [
            scope.text(
                "sync-kind",
                kind=scope.text(f"sync-items-{entity}"),
                created=steps.get("create", 0),
                updated=steps.get("update", 0),
            )
            for entity, steps in (result.get("kinds") or {}).items()
        ]

    @staticmethod
    def _apply_button(
        scope: Scope, order: Order, hotel: Hotel
    ) -> tuple[str | None, tuple[tuple[Button, ...], ...]]:
        result, done_at = order.result or {}, order.done_at or scope.now
        count = result["created"] + result["updated"]
        if (order.progress or {}).get("applied"):
            return scope.text("sync-applied"), ()
        if not count:
            return scope.text("sync-nothing-to-apply"), ()
        until = done_at + timedelta(minutes=VALID_MINUTES)
        if scope.now > until:
            return scope.text("sync-preview-over"), (
                (Button(scope.text("button-dry"), f"s:dry:{hotel.id}"),),
            )
        local = until.astimezone(hotel.zone)
        apply = Button(scope.text("button-apply", count=count), f"s:apply:{hotel.id}:{order.id}", "primary")
        return scope.text("sync-apply-until", at=f"{local:%H:%M}"), ((apply,),)


def limits_line(scope: Scope, used: Mapping[str, Any]) -> str:
    """«лимит портала: запросы 62 %, время crm.item.add 12 %»."""
    method, share = budget.busiest(used)
    text = scope.text("sync-limits", requests=used["requests"], method=method, share=share)
    if used.get("resting"):
        text += scope.text("sync-resting", seconds=max(used["resting"].values()))
    return text


async def file_button(scope: Scope, hotel: Hotel, cause: str, more: str = "") -> Button:
    """«Завести обращение», or the open request about this cause. ``more``: what of the message is drawn anew."""
    last = await sync_incidents.last_of(scope.tx, hotel.id, cause)
    request = await requests.load(scope.tx, scope.portal.served_at, last.request_id) if last else None
    if request is not None and request.is_open:
        return Button(request.number, f"r:card:{request.id}")
    return Button(scope.text("button-file"), f"s:file:{hotel.id}:{cause}{more}")


async def pending(scope: Scope, hotel: Hotel) -> list[Order]:
    """The hotel's orders that wait or are being executed."""
    orders = await work_orders.pending(scope.tx, scope.portal.id, "sync")
    return [order for order in orders if order.params["hotel_id"] == hotel.id]


def _as(scope: Scope, asker: Any) -> Scope:
    return replace(scope, actor=asker, spoken=scope.language)
