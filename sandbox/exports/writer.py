"""Writes the hotel's exports into a folder, properly or as clumsily as real schedulers and people do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from sandbox.exports.layouts import LAYOUTS, Layout, file_name
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import Reservation

DAYS_BACK, DAYS_AHEAD = 30, 365
EVERY_S = 60.0


def stays_of(hotel: Hotel, days_back: int = DAYS_BACK, days_ahead: int = DAYS_AHEAD) -> list[Reservation]:
    """The reservations a report has: of guests, departing not long ago or arriving in not too long."""
    first = hotel.business_date - timedelta(days=days_back)
    last = hotel.business_date + timedelta(days=days_ahead)
    return [
        s
        for s in hotel.reservations.values()
        if s.type == "RES" and s.departure >= first and s.arrival <= last
    ]


def content(hotel: Hotel, layout: Layout, stays: Iterable[Reservation] | None = None) -> bytes:
    """A file's bytes; letters its code page doesn't have come as «?», as they do there."""
    return layout.make(hotel, stays_of(hotel) if stays is None else stays).encode(layout.encoding, "replace")


def write(hotel: Hotel, folder: Path, kinds: Iterable[str] = tuple(LAYOUTS)) -> list[Path]:
    """One file of each sort, complete when its name appears."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in kinds:
        layout = LAYOUTS[kind]
        target = folder / file_name(layout, hotel.clock.now())
        part = target.with_name(f"{target.name}.tmp")
        part.write_bytes(content(hotel, layout))
        part.replace(target)
        written.append(target)
    return written


def attach(app: web.Application, hotel: Hotel, folder: Path, every_s: float = EVERY_S) -> None:
    """Write into the folder at the start, and again whenever something has happened, at most once per ``every_s``."""

    async def writing(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_keep_writing(hotel, folder, every_s), name="exports")
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    app.cleanup_ctx.append(writing)


async def _keep_writing(hotel: Hotel, folder: Path, every_s: float) -> None:
    told: int | None = None
    while True:
        if hotel.events != told:
            told = hotel.events
            await asyncio.to_thread(write, hotel, folder)
        await asyncio.sleep(every_s)
