"""Where OPERA posts its OXI messages: a secret address per hotel; kept first, answered with SUCCESS then."""

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest

import structlog
from aiohttp import web

from domain.errors import Refused, Temporary
from web.hooks import body_of

log = structlog.get_logger()

Receive = Callable[[bytes], Awaitable[bytes]]
"""Takes a message and gives its answer once it is durable; Refused when it is none."""


def setup(app: web.Application, receivers: Callable[[], Mapping[str, Receive]]) -> None:
    """``receivers`` give them by the secret part of their address. An unknown one is answered like any unknown page."""

    async def receive(request: web.Request) -> web.StreamResponse:
        found = _of(request.match_info["key"], receivers())
        if found is None:
            raise web.HTTPNotFound
        try:
            answer = await found(await body_of(request))
        except Refused as refusal:
            log.warning("no OXI message", code=refusal.code, remote=request.remote)
            raise web.HTTPBadRequest(text=f"{refusal.code}\n") from refusal
        except Temporary as fault:  # the PMS keeps it and sends it again
            raise web.HTTPServiceUnavailable(text=f"{fault.code}\n") from fault
        return web.Response(body=answer, content_type="text/xml", charset="utf-8")

    app.router.add_post("/oxi/{key}", receive)


def _of(key: str, receivers: Mapping[str, Receive]) -> Receive | None:
    """Compared in constant time, all of them: the time tells nothing."""
    found = None
    for known, receive in receivers.items():
        if compare_digest(known.encode(), key.encode()):
            found = receive
    return found
