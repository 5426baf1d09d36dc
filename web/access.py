"""Every request to us: an id that goes with all that follows from it, a line in the log, a figure, a span.

The route's pattern is told and never the address: some addresses are secrets.
"""

import re
import secrets
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from domain.causes import Cause
from domain.spans import span
from handlers.following import caused

log = structlog.get_logger()

HEADER = "X-Request-ID"
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{6,64}")
_QUIET = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds by machines: told at DEBUG."""

Served = Callable[[str, int, float], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def middleware(served: Served) -> Middleware:
    """For the outermost application. ``served``: called with route, status and seconds."""

    @web.middleware
    async def access(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id, route, began = _id_of(request), route_of(request), monotonic()
        status = 500
        with (
            caused(Cause(f"h{request_id}"), route=route),
            span("http server", route=route, verb=request.method),
        ):
            try:
                response = await handler(request)
                status = response.status
            except web.HTTPException as answer:
                status = answer.status
                answer.headers[HEADER] = request_id
                raise
            finally:
                seconds = monotonic() - began
                served(route, status, seconds)
                tell = log.debug if route in _QUIET else log.info
                tell("served", verb=request.method, status=status, ms=round(seconds * 1000, 1))
            if not response.prepared:
                response.headers[HEADER] = request_id
            return response

    return access


def route_of(request: web.Request) -> str:
    """The pattern of the route, such as ``/oxi/{key}``; ``-`` where there is none."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"


def _id_of(request: web.Request) -> str:
    """The caller's own id, if it is a harmless word; else a new one."""
    given = request.headers.get(HEADER, "")
    return given if _GOOD_ID.fullmatch(given) else secrets.token_hex(8)
