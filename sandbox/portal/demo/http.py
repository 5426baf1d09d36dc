"""Reading and answering of the page's own JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from sandbox.portal.acting import act_as
from sandbox.portal.calls import RestError, to_int
from sandbox.portal.people import get_user
from sandbox.portal.rest import PORTAL, portal_of
from sandbox.portal.state import Portal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Route = tuple[str, str, Handler]


def json_answer(body: object, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS),
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


async def json_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; an empty body is the empty object. RestError BAD_JSON for anything else."""
    raw = await request.read()
    body = orjson.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise RestError("BAD_JSON", "The body must be a JSON object")
    return body


def acting_person(request: web.Request) -> tuple[Portal, int]:
    """The person of /as/{user_id}/…; RestError 404 for nobody."""
    portal = portal_of(request)
    try:
        user = get_user(portal, int(request.match_info["user_id"]))
    except (ValueError, RestError) as error:
        raise RestError("ERROR_USER_NOT_FOUND", "There is no such person here", 404) from error
    act_as(int(user["id"]))
    return portal, int(user["id"])


def number(request: web.Request, name: str, default: int, *, low: int = 0, high: int = 10_000) -> int:
    """A number of the query, kept within bounds."""
    value = to_int(request.query.get(name), default)
    return max(low, min(high, default if value is None else value))


__all__ = ["PORTAL", "Handler", "Route", "acting_person", "json_answer", "json_body", "number", "portal_of"]
