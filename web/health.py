"""Alive, ready, measured: the pages that machines ask."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

LOOPBACK = {"127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class PartState:
    """One part's answer: ``detail`` says in words what is wrong."""

    ok: bool
    detail: str = ""


Parts = Callable[[], Awaitable[Mapping[str, PartState]]]
"""Asks every part how it is, by name."""

Refresh = Callable[[], Awaitable[None]]
"""Brings the gauges up to date before they are read."""


def setup(
    app: web.Application, parts: Parts, registry: CollectorRegistry, refresh: Refresh, metrics_token: str
) -> None:
    """Add ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        found = await parts()
        broken = [name for name, state in found.items() if not state.ok]
        body = {
            "ready": not broken,
            "broken": broken,
            "parts": {name: {"ok": state.ok, "detail": state.detail} for name, state in found.items()},
        }
        return web.json_response(body, status=503 if broken else 200)

    async def metrics(request: web.Request) -> web.Response:
        if not may_read(request, metrics_token):
            raise web.HTTPForbidden(text="metrics are given to this machine, or with the token\n")
        await refresh()
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


def may_read(request: web.Request, token: str) -> bool:
    """Whether a request comes from this machine (not through a proxy on it), or bears the token."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and compare_digest(given.encode(), token.encode()):
        return True
    forwarded = {"X-Forwarded-For", "Forwarded"} & set(request.headers)
    return request.remote in LOOPBACK and not forwarded
