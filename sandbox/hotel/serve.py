"""Runs the stand-in hotel by itself: `concierge sandbox hotel`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from sandbox.hotel.control import build_app
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.hotel.life import Life
from sandbox.hotel.xml_interface import PATH

DEMO_PACE_S = 20.0


@asynccontextmanager
async def served(
    host: str = "127.0.0.1",
    port: int = 0,
    db_path: Path | None = None,
    *,
    config: HotelConfig | None = None,
    pace_s: float = 0.0,
) -> AsyncIterator[tuple[Hotel, str]]:
    """The hotel and its XML Interface's URL while the block runs; days it slept through are lived first."""
    hotel = Hotel.open(db_path, config)
    Life(hotel).catch_up()
    runner = web.AppRunner(build_app(hotel, pace_s=pace_s), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = runner.addresses[0][1]
        yield hotel, f"http://{host}:{bound}{PATH}?ic={hotel.config.code}"
    finally:
        await runner.cleanup()
        hotel.close()


async def serve(
    host: str,
    port: int,
    db_path: Path | None,
    *,
    pace_s: float = DEMO_PACE_S,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until cancelled; ``ready`` is told the URL."""
    async with served(host, port, db_path, pace_s=pace_s) as (_hotel, url):
        if ready is not None:
            ready(url)
        await asyncio.Event().wait()
