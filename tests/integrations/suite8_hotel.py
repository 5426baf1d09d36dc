"""The stand-in hotel over real HTTP, and the door into it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import aiohttp
from aiohttp.test_utils import TestServer

from domain.ports import SourceWindow
from integrations.fidelio.suite8.source import Suite8Source
from sandbox.hotel.control import build_app
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.hotel.xml_interface import PATH

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WHOLE = SourceWindow(date(2025, 6, 1), date(2028, 1, 1))


class Wall:
    """The world's clock, moved by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **more: float) -> None:
        self.now += timedelta(**more)


class House:
    """A hotel that is served, and its address."""

    def __init__(self, hotel: Hotel, wall: Wall, url: str, session: aiohttp.ClientSession) -> None:
        self.hotel, self.wall, self.url, self.session = hotel, wall, url, session
        self.pauses: list[float] = []

    def door(self, **more) -> Suite8Source:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        settings = {
            "username": "XMLINTERFACE", "password": "sandbox", "timezone": self.hotel.config.zone, "sleep": sleep,
        }  # fmt: skip
        return Suite8Source(self.url, session=self.session, **(settings | more))


@asynccontextmanager
async def open_house(bookings: int = 600, zone: str = "Europe/Moscow") -> AsyncIterator[House]:
    wall = Wall()
    hotel = Hotel.open(config=HotelConfig(bookings=bookings, zone=zone), wall=wall)
    server = TestServer(build_app(hotel))
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as session:
            yield House(hotel, wall, f"{server.make_url(PATH)}?ic=XX", session)
    finally:
        await server.close()


async def collect(records) -> list:
    return [record async for record in records]
