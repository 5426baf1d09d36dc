"""Where other programs call us: the portal's events. Stored first, answered then."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from domain.errors import Refused, Temporary

log = structlog.get_logger()

Receive = Callable[[Mapping[str, str], bytes, str], Awaitable[None]]
"""Headers, body, content type; returns once the event is durable, Refused when it isn't genuine."""

MAX_BODY = 1 << 20


def setup(app: web.Application, receive: Receive | None) -> None:
    """Add ``POST /bitrix24/events``; without a receiver (pull mode) it answers 404."""

    async def events(request: web.Request) -> web.Response:
        if receive is None:
            raise web.HTTPNotFound(text="events are pulled here, not pushed\n")
        try:
            body = await request.content.read(MAX_BODY + 1)
            if len(body) > MAX_BODY:
                raise web.HTTPRequestEntityTooLarge(MAX_BODY, len(body))
            await receive(request.headers, body, request.content_type)
        except Refused as refusal:
            log.warning("event refused", code=refusal.code, remote=request.remote)
            raise web.HTTPForbidden(text=f"{refusal.code}\n") from refusal
        except Temporary as fault:
            raise web.HTTPServiceUnavailable(text=f"{fault.code}\n") from fault
        return web.Response(text="ok")

    app.router.add_post("/bitrix24/events", events)
