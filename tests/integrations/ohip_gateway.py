"""The stand-in gateway over real HTTP, the door into it, and a journal in a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.test_utils import TestServer

from integrations.fidelio.ohip.client import Access
from integrations.fidelio.ohip.source import OhipSource
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.ohip.app import build_app
from sandbox.ohip.gateway import Gateway
from storage import Database, portals
from storage.door_journal import DoorJournal
from tests.conftest import FakeClock
from tests.integrations.suite8_hotel import Wall


class House:
    """A gateway that is served."""

    def __init__(self, gateway: Gateway, wall: Wall, url: str, session: aiohttp.ClientSession) -> None:
        self.gateway, self.wall, self.url, self.session = gateway, wall, url, session
        self.hotel = gateway.hotel
        self.pauses: list[float] = []

    def door(
        self, journal: DoorJournal | None = None, *, password_grant: bool = False, **more: object
    ) -> OhipSource:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        known = self.gateway.settings
        access = Access(
            known.client_id, known.client_secret, known.app_key, known.hotel_id, scope="urn:opc:hgbu:ws:__myscopes__",
            username=known.username if password_grant else "", password=known.password if password_grant else "",
        )  # fmt: skip
        settings = {"external_system": known.external_system, "sleep": sleep, "retry_after_s": (0.0, 0.0)}
        return OhipSource(self.url, access, session=self.session, journal=journal, **(settings | more))


@asynccontextmanager
async def open_house(bookings: int = 300) -> AsyncIterator[House]:
    wall = Wall()
    gateway = Gateway(Hotel.open(config=HotelConfig(bookings=bookings), wall=wall))
    server = TestServer(build_app(gateway))
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as session:
            yield House(gateway, wall, str(server.make_url("/")), session)
    finally:
        await server.close()


async def journal_in(db: Database, clock: FakeClock) -> DoorJournal:
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock.now)
        place = {"name": "Гранд", "timezone": "Europe/Moscow", "currency": "RUB"}
        hotel_id = await portals.ensure_hotel(tx, portal_id, "GRAND", **place)
    return DoorJournal(db, portal_id, hotel_id, "opera_cloud", clock)
