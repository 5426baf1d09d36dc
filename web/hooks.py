"""Where other programs call us: the messengers' events. Stored first, answered then."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from domain.errors import Refused, Temporary

log = structlog.get_logger()

Receive = Callable[[Mapping[str, str], bytes, str], Awaitable[None]]
"""Headers, body, content type; returns once the event is durable, Refused when it isn't genuine."""

MAX_BODY = 1 << 20


def setup(app: web.Application, receivers: Mapping[str, Receive | None]) -> None:
    """Add a POST route per path; a path without a receiver (its events are pulled) answers 404."""
    for path, receive in receivers.items():
        app.router.add_post(path, _hook(receive))


def _hook(receive: Receive | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def hook(request: web.Request) -> web.StreamResponse:
        if receive is None:
            raise web.HTTPNotFound(text="events are pulled here, not pushed\n")
        try:
            await receive(request.headers, await body_of(request), request.content_type)
        except Refused as refusal:
            log.warning("event refused", code=refusal.code, remote=request.remote)
            raise web.HTTPForbidden(text=f"{refusal.code}\n") from refusal
        except Temporary as fault:
            raise web.HTTPServiceUnavailable(text=f"{fault.code}\n") from fault
        return web.Response(text="ok")

    return hook


async def body_of(request: web.Request) -> bytes:
    """The whole body, up to the limit."""
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY, len(body))
    return body
