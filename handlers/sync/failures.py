"""What isn't in the CRM: each record with its cause in plain words, and what a retry of them looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.portal import Hotel
from domain.sync_causes import by_cause, cause_of
from handlers.scope import Scope
from storage import run_items, work_orders
from storage.run_items import RunItem

RETRIED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a retry looks at: keys by staged sort. ``unread``: some must be read from the PMS again first."""

    keys: Mapping[str, list[str]]
    unread: bool

    @property
    def count(self) -> int:
        return sum(map(len, self.keys.values()))


async def chosen(scope: Scope, hotel: Hotel, wanted: Mapping[str, Any]) -> Chosen:
    """The open failures an order is about: ``items`` (ids), a ``cause``, or all."""
    failed = await listed(scope, hotel, cause=wanted.get("cause"), limit=RETRIED_AT_ONCE)
    ids = wanted.get("items")
    items = [item for item in failed if ids is None or item.id in ids]
    keys: dict[str, list[str]] = {}
    for item in items:
        if item.key:
            keys.setdefault(item.entity, []).append(item.key)
    return Chosen(keys, any(item.state == "rejected" for item in items))


async def listed(
    scope: Scope, hotel: Hotel, *, cause: str | None = None, limit: int, offset: int = 0
) -> list[RunItem]:
    """Open failures, newest first; of one cause only, if given."""
    codes = None
    if cause is not None:
        known = await run_items.open_failure_codes(scope.tx, hotel.id)
        codes = [code for code in known if cause_of(code) == cause]
    return await run_items.open_failures(scope.tx, hotel.id, limit, offset=offset, codes=codes)


async def causes(scope: Scope, hotel: Hotel) -> dict[str, int]:
    """Cause → how many records, the commonest first."""
    return dict(by_cause(await run_items.open_failure_codes(scope.tx, hotel.id)).most_common())


async def retried(scope: Scope, hotel: Hotel) -> frozenset[int] | None:
    """Which failures a retry is on its way for, by item; None: for all of them."""
    found: set[int] = set()
    for order in await work_orders.pending(scope.tx, scope.portal.id, "sync"):
        retry = order.params.get("retry")
        if order.params["hotel_id"] != hotel.id or retry is None:
            continue
        if retry.get("items") is None:
            return None
        found |= set(retry["items"])
    return frozenset(found)
