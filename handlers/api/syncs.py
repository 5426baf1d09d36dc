"""Syncs for other programs: ordering, watching an order, looking back on runs and what failed in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.api_tokens import Token
from domain.errors import Refused
from domain.people import Privacy
from domain.portal import Hotel
from domain.sync_causes import cause_of
from handlers.api import paging
from handlers.scope import Scope
from handlers.sync import failures, history
from handlers.sync.freshness import fresh_at
from handlers.sync.syncs import Syncs
from storage import people, run_items, runs, work_orders
from storage.run_items import RunItem
from storage.runs import Run
from storage.work_orders import Order

MODES = ("sync", "full", "dry")
_STATES = {"new": "waiting", "taken": "running", "done": "done", "failed": "failed"}
_COUNTS = ("fetched", "created", "updated", "unchanged", "failed", "rejected", "crm_calls")


@dataclass(frozen=True, slots=True)
class Ordering:
    """A sync to be. ``since`` reads what changed from that day on."""

    hotel: str
    mode: str = "sync"
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Retrying:
    """What failed, again: these ``items``, those of a ``cause``, or all."""

    hotel: str
    items: Sequence[int] | None = None
    cause: str | None = None


class SyncApi:
    """Hotels and their syncs."""

    def __init__(self, syncs: Syncs) -> None:
        self._syncs = syncs

    # --- hotels ------------------------------------------------------------------------------------------

    async def hotels(self, scope: Scope, token: Token) -> dict[str, Any]:
        """The hotels the token is good for."""
        mine = [hotel for hotel in scope.portal.hotels if token.reaches(hotel.code)]
        return paging.paged([await self._hotel(scope, hotel) for hotel in mine], None)

    async def hotel(self, scope: Scope, token: Token, code: str) -> dict[str, Any]:
        return await self._hotel(scope, named(scope, token, code))

    @staticmethod
    async def _hotel(scope: Scope, hotel: Hotel) -> dict[str, Any]:
        fresh = await fresh_at(scope, hotel)
        return {
            "code": hotel.code,
            "name": hotel.name,
            "timezone": hotel.timezone,
            "currency": hotel.currency,
            "country": hotel.country,
            "rooms": hotel.rooms,
            "every_minutes": hotel.every_minutes,
            "full_at": hotel.full_at,
            "fresh_at": fresh.isoformat() if fresh else None,
            "doors": [door.name for door in hotel.doors],
        }

    # --- orders ------------------------------------------------------------------------------------------

    async def order(self, scope: Scope, token: Token, wish: Ordering) -> dict[str, Any]:
        """Order a run; the service carries it out. Refused("no-such-hotel") and what the licence says."""
        hotel = named(scope, token, wish.hotel)
        full = wish.mode == "full"
        order_id = await self._syncs.order(scope, hotel, wish.mode, full=full, since=wish.since)
        return await self.ordered(scope, token, order_id)

    async def retry(self, scope: Scope, token: Token, wish: Retrying) -> dict[str, Any]:
        """Order another try of what failed. Refused("nothing-to-retry")."""
        hotel = named(scope, token, wish.hotel)
        items = list(wish.items) if wish.items is not None else None
        order_id = await self._syncs.retry(scope, hotel, items=items, cause=wish.cause)
        return await self.ordered(scope, token, order_id)

    async def ordered(self, scope: Scope, token: Token, order_id: int) -> dict[str, Any]:
        """How an order stands. Refused("no-such-order")."""
        order = await work_orders.load(scope.tx, order_id)
        hotel = self._hotel_of(scope, token, order) if order else None
        if order is None or hotel is None:
            raise Refused("no-such-order", id=order_id)
        result = dict(order.result or {})
        progress = dict(order.progress or {})
        return {
            "order": order.id,
            "hotel": hotel.code,
            "mode": order.params["mode"],
            "state": _STATES[order.state],
            "asked_by": order.asked_by or "",
            "created_at": order.created_at.isoformat(),
            "started_at": order.taken_at.isoformat() if order.taken_at else None,
            "ended_at": order.done_at.isoformat() if order.done_at else None,
            "progress": {name: progress.get(name) for name in ("phase", "done", "total")},
            "run": int(result.get("run_id") or result.get("run") or 0) or None,
            "counts": _counts(result.get("counts") or result) if result else None,
            "error": result.get("error") or None,
        }

    @staticmethod
    def _hotel_of(scope: Scope, token: Token, order: Order) -> Hotel | None:
        if order.portal_id != scope.portal.id or order.kind != "sync":
            return None
        wanted = order.params.get("hotel_id")
        found = next((hotel for hotel in scope.portal.hotels if hotel.id == wanted), None)
        return found if found and token.reaches(found.code) else None

    # --- runs --------------------------------------------------------------------------------------------

    async def listed(
        self, scope: Scope, token: Token, hotel_code: str, *, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """A hotel's runs, newest first."""
        hotel = named(scope, token, hotel_code)
        which = paging.list_id("syncs", hotel=hotel.id)
        after = paging.read(cursor, which)
        found = await runs.newest(scope.tx, hotel.id, before_id=after, limit=limit + 1)
        shown, following = paging.page(found, limit, which, lambda one: one.id)
        return paging.paged(await self._runs(scope, hotel, shown), following)

    async def run(self, scope: Scope, token: Token, run_id: int) -> dict[str, Any]:
        """One run. Refused("no-such-run")."""
        found, hotel = await self._run(scope, token, run_id)
        return (await self._runs(scope, hotel, [found]))[0]

    async def items(
        self,
        scope: Scope,
        token: Token,
        run_id: int,
        *,
        state: str | None,
        cursor: str | None,
        limit: int,
    ) -> dict[str, Any]:
        """What became of a run's records, in order."""
        found, _hotel = await self._run(scope, token, run_id)
        which = paging.list_id("items", run=run_id, state=state)
        after = paging.read(cursor, which) or 0
        items = await run_items.items(scope.tx, found.id, state=state, after_id=after, limit=limit + 1)
        shown, following = paging.page(items, limit, which, lambda one: one.id)
        return paging.paged([_item(one, token) for one in shown], following)

    async def failures(
        self,
        scope: Scope,
        token: Token,
        hotel_code: str,
        *,
        cause: str | None,
        cursor: str | None,
        limit: int,
    ) -> dict[str, Any]:
        """Records that are not in the CRM as the PMS has them, newest first."""
        hotel = named(scope, token, hotel_code)
        which = paging.list_id("failures", hotel=hotel.id, cause=cause)
        after = paging.read(cursor, which) or 0
        found = await failures.listed(scope, hotel, cause=cause, limit=limit + 1, offset=after)
        more = len(found) > limit
        following = paging.Cursor(which, after + limit).text() if more else None
        return paging.paged([_item(one, token) for one in found[:limit]], following)

    @staticmethod
    async def _run(scope: Scope, token: Token, run_id: int) -> tuple[Run, Hotel]:
        found = await runs.get(scope.tx, scope.portal.id, run_id)
        hotels = {hotel.id: hotel for hotel in scope.portal.hotels if token.reaches(hotel.code)}
        if found is None or found.hotel_id not in hotels:
            raise Refused("no-such-run", id=run_id)
        return found, hotels[found.hotel_id]

    @staticmethod
    async def _runs(scope: Scope, hotel: Hotel, found: Sequence[Run]) -> list[dict[str, Any]]:
        asked = [one.asked_by for one in found if one.asked_by]
        names = await people.load_many(scope.tx, scope.portal.id, asked) if asked else {}
        who = {person_id: person.name for person_id, person in names.items()}
        return [{"hotel": hotel.code} | history.as_json(one, who.get(one.asked_by or 0, "")) for one in found]


def named(scope: Scope, token: Token, code: str) -> Hotel:
    """A hotel the token is good for. Refused("no-such-hotel")."""
    hotel = scope.portal.hotel(code)
    if hotel is None or not token.reaches(hotel.code):
        known = ", ".join(one.code for one in scope.portal.hotels if token.reaches(one.code))
        raise Refused("no-such-hotel", hotel=code, known=known)
    return hotel


def _counts(result: Any) -> dict[str, int]:
    return {name: int(result.get(name, 0)) for name in _COUNTS}


def _item(one: RunItem, token: Token) -> dict[str, Any]:
    """One record's fate. The reason is the portal's own words, which may quote a guest: shown at the level ``all``."""
    return {
        "id": one.id,
        "run": one.run_id,
        "entity": one.entity,
        "key": one.key,
        "action": one.action,
        "state": one.state,
        "crm_id": one.crm_id,
        "code": one.code,
        "cause": cause_of(one.code) if one.code else None,
        "reason": one.reason if token.privacy is Privacy.ALL else None,
    }
