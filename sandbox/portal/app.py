"""Wiring of the stand-in portal: an application to mount, and a server for the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from aiohttp import web

import sandbox.portal.methods  # noqa: F401 - importing registers the methods
from sandbox.portal import demo_api, rest, transfers
from sandbox.portal.seed import seed
from sandbox.portal.state import Portal, PortalConfig

MAX_BODY_BYTES = 160 * 1024 * 1024  # 100 MB files arrive as base64


def build_app(portal: Portal) -> web.Application:
    """The portal as an aiohttp application; it starts and closes the portal with itself."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[rest.PORTAL] = portal
    app.cleanup_ctx.append(_run_portal)
    setup(app, portal)
    return app


def setup(app: web.Application, portal: Portal | None, prefix: str = "") -> None:
    """All routes of a portal; with ``prefix`` (may hold a variable) and no portal, each request brings its own."""
    transfers.setup(app, prefix)
    rest.setup(app, prefix)
    demo_api.setup(app, portal, prefix)


async def _run_portal(app: web.Application) -> AsyncIterator[None]:
    portal = app[rest.PORTAL]
    if portal.config.seed:
        seed(portal)
    portal.start()
    yield
    await portal.close()


async def serve(
    host: str, port: int, db_path: Path | None, config: PortalConfig | None = None
) -> web.AppRunner:
    """Listen on host:port (0 = any free port; see `runner.addresses`); `await runner.cleanup()` ends it."""
    portal = Portal(replace(config or PortalConfig(), db_path=db_path))
    runner = web.AppRunner(build_app(portal), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
