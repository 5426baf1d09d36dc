"""The CRM for the page: lists with search and paging, one item, the pipeline."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web

from sandbox.portal.calls import RestError, to_int
from sandbox.portal.crm_store import DEAL, Crm, Item, crm_of
from sandbox.portal.demo import crm_views as views
from sandbox.portal.demo.http import Route, json_answer, number, portal_of
from sandbox.portal.methods.crm_directories import categories

PIPELINE_FRESH_S = 1.0
_pipelines: WeakKeyDictionary[Crm, dict[int, tuple[float, dict[str, Any]]]] = WeakKeyDictionary()
"""A pipeline is a walk over all deals; while a sync writes, pages ask again and again."""


def _kind(request: web.Request) -> int:
    kind = views.KINDS.get(request.match_info["kind"])
    if kind is None:
        raise RestError("NOT_FOUND", "contacts, companies or deals", 404)
    return kind


async def list_items(request: web.Request) -> web.StreamResponse:
    """?limit&offset&q → {items, total, counts: {contacts, companies, deals}}; the newest first."""
    crm, kind = crm_of(portal_of(request)), _kind(request)
    limit, offset = number(request, "limit", 50, high=500), number(request, "offset", 0, high=2**31)
    found = found_items(crm, kind, request.query.get("q", ""))
    page = found[offset : offset + limit]
    return json_answer(
        {
            "items": [views.row(crm, item, kind) for item in page],
            "total": len(found),
            "counts": {name: len(crm.items(of)) for name, of in views.KINDS.items()},
        }
    )


def found_items(crm: Crm, kind: int, query: str) -> list[Item]:
    """All items, or those whose name, number, phone or e-mail has the query; an exact PMS number leads."""
    items = crm.items(kind)
    needle = query.strip().lower()
    newest = list(items.by_id())[::-1]
    if not needle:
        return newest
    exact = items.find("origin", needle)
    known = {item["id"] for item in exact}
    return exact + [i for i in newest if i["id"] not in known and views.matches(i, kind, needle)]


async def one_item(request: web.Request) -> web.StreamResponse:
    """→ {item}; 404 for an unknown one."""
    crm, kind = crm_of(portal_of(request)), _kind(request)
    item = crm.items(kind).get(to_int(request.match_info["item_id"], 0) or 0)
    if item is None:
        raise RestError("NOT_FOUND", "There is no such item", 404)
    return json_answer({"item": views.card(crm, item, kind)})


async def pipelines(request: web.Request) -> web.StreamResponse:
    """?category → {categories: [{id, name}], pipeline}; without a category the hotel's own."""
    portal = portal_of(request)
    crm = crm_of(portal)
    known = categories(crm, DEAL)
    category = to_int(request.query.get("category"), views.hotel_category(crm))
    if category not in known:
        category = views.hotel_category(crm)
    now = portal.config.monotonic()
    cache = _pipelines.setdefault(crm, {})
    at, shown = cache.get(category, (float("-inf"), {}))
    if now - at > PIPELINE_FRESH_S:
        shown = views.pipeline(crm, category, portal.now().date())
        cache[category] = (now, shown)
    rows = [{"id": key, "name": found["name"]} for key, found in known.items()]
    return json_answer({"categories": rows, "pipeline": shown})


ROUTES: tuple[Route, ...] = (
    ("GET", "crm/pipelines", pipelines),
    ("GET", "crm/{kind}", list_items),
    ("GET", "crm/{kind}/{item_id}", one_item),
)
