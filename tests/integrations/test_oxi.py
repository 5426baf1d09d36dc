"""OXI from the PMS's queue over HTTP into the journal, and from there to what the door tells."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from domain.doors import DoorRecord
from domain.errors import Temporary
from domain.guests import Profile, ProfileKind
from domain.stays import Stay, StayState
from integrations.fidelio.oxi.messages import Label, NoLabel, read
from integrations.fidelio.oxi.source import OxiSource
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.oxi.poster import Poster
from storage import Database
from tests.conftest import FakeClock
from tests.integrations.ohip_gateway import journal_in
from tests.integrations.suite8_hotel import Wall
from web import oxi

KEY = "a-secret-of-sixteen-letters"


class Street:
    """PMS, post and door."""

    def __init__(
        self, hotel: Hotel, poster: Poster, door: OxiSource, url: str, session: aiohttp.ClientSession
    ) -> None:
        self.hotel, self.poster, self.door, self.url, self.session = hotel, poster, door, url, session
        self.told: list[DoorRecord] = []

    async def work(self) -> list[DoorRecord]:
        """Let the door work through all it has kept."""

        async def deliver(records) -> None:
            self.told += records

        task = asyncio.create_task(self.door.run(deliver))
        while await self.door._journal.waiting():  # noqa: ASYNC110 - the journal is a table
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return self.told

    def stays(self) -> list[Stay]:
        return [one.record for one in self.told if isinstance(one.record, Stay)]


@asynccontextmanager
async def open_street(url: str, clock: FakeClock, encoding: str = "utf-8") -> AsyncIterator[Street]:
    db = Database.open(url)
    door = OxiSource(await journal_in(db, clock), poll_s=0.05)
    app = web.Application()
    receivers = {KEY: door.receive, "another-secret-of-letters": door.receive}
    oxi.setup(app, lambda: receivers)
    hotel = Hotel.open(config=HotelConfig(bookings=200), wall=Wall())
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        address = str(server.make_url(f"/oxi/{KEY}"))
        yield Street(hotel, Poster(hotel, address, session, encoding), door, address, session)
    await db.close()


@pytest.fixture(params=["utf-8", "windows-1251"])
async def street(request: pytest.FixtureRequest, sqlite_url: str, clock: FakeClock) -> AsyncIterator[Street]:
    async with open_street(sqlite_url, clock, request.param) as opened:
        yield opened


async def test_a_check_in_a_move_and_a_check_out_are_told_as_they_happened(street):
    hotel = street.hotel
    stay = hotel.due_in()[0]
    hotel.check_in(stay.id)
    hotel.move(stay.id)
    room = stay.room
    hotel.check_out(stay.id)
    assert await street.poster.post() == 3
    await street.work()
    told = street.stays()
    assert [one.state for one in told] == [StayState.IN_HOUSE, StayState.IN_HOUSE, StayState.CHECKED_OUT]
    assert told[1].room == room
    assert {(one.reservation_id, one.arrival, one.departure) for one in told[:2]} == {
        (str(stay.id), stay.arrival, told[0].departure)
    }
    assert [one.sequence for one in street.told if one.entity == "stay"] == [1, 2, 3]


async def test_a_guest_comes_with_his_phones_his_companions_and_his_firm(street):
    hotel = street.hotel
    stay = next(one for one in hotel.reservations.values() if one.companions and one.expected)
    hotel.touch(stay)
    await street.poster.post()
    await street.work()
    guests = {one.key: one.record for one in street.told if isinstance(one.record, Profile)}
    main, book = guests[str(stay.profile)], hotel.profiles[stay.profile]
    assert (main.last_name, main.first_name) == (" ".join(book.last_name.split()), book.first_name)
    assert set(main.phones) == {" ".join(phone.split()) for phone in book.phones}
    assert main.kind is ProfileKind.INDIVIDUAL
    told = street.stays()[0]
    assert told.profile_id == str(stay.profile)
    assert told.companion_ids == tuple(str(one) for one in stay.companions)


async def test_what_a_message_does_not_say_the_door_does_not_know(street):
    bare = '<Reservation mfReservationAction="CANCEL"><reservationID>7</reservationID></Reservation>'
    assert await street.poster.post_one(1, "RESERVATION", bare)
    await street.work()
    assert street.told[0].knows == {"state"}
    assert street.told[0].record.state is StayState.CANCELLED


async def test_a_message_sent_again_is_kept_once(street):
    document = '<Reservation mfReservationAction="EDIT"><reservationID>7</reservationID></Reservation>'
    assert await street.poster.post_one(5, "RESERVATION", document)
    await street.work()
    assert await street.poster.post_one(5, "RESERVATION", document)
    await street.work()
    assert len(street.told) == 1


async def test_what_cannot_be_read_is_answered_and_put_aside(street):
    assert await street.poster.post_one(1, "RESERVATION", "<Reservation><reserv")
    assert await street.poster.post_one(2, "RESERVATION", "<Reservation></Reservation>")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Reservation>&b;</Reservation>'
    assert await street.poster.post_one(3, "RESERVATION", bomb)
    assert await street.poster.post_one(4, "FINTRX", "<Whatever/>")
    fine = '<Reservation mfReservationAction="CHECKIN"><reservationID>8</reservationID></Reservation>'
    assert await street.poster.post_one(5, "RESERVATION", fine)
    await street.work()
    assert [one.key for one in street.told] == ["8"]
    assert street.door.status().detail == "unreadable: 3"


async def test_only_the_secret_address_takes_messages_and_only_messages(street):
    for path, body, status in (
        (street.url.replace(KEY, "x" * len(KEY)), b"<?Label GRAND|RESERVATION|1|NEW?><a/>", 404),
        (street.url, b"hello", 400),
        (street.url, b"", 400),
        (street.url, BytesIO(b"x" * (2 << 20)), 413),
    ):
        async with street.session.post(path, data=body) as response:
            assert response.status == status
    async with street.session.get(street.url) as response:
        assert response.status == 405


async def test_while_nothing_can_be_kept_the_pms_keeps_it(street, monkeypatch):
    async def full(_messages) -> int:
        raise Temporary("database-unavailable")

    street.hotel.check_in(street.hotel.due_in()[0].id)
    with monkeypatch.context() as broken:
        broken.setattr(street.door._journal, "keep", full)
        assert await street.poster.post() == 0
        assert len(street.poster.waiting) == 1
    assert await street.poster.post() == 1


async def test_a_stop_between_keeping_and_working_loses_nothing(sqlite_url, clock):
    async with open_street(sqlite_url, clock) as street:
        street.hotel.check_in(street.hotel.due_in()[0].id)
        await street.poster.post()
    db = Database.open(sqlite_url)
    again = OxiSource(await journal_in(db, clock), poll_s=0.05)
    assert len(await again._journal.waiting()) == 1
    await db.close()


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_message_or_none(body):
    try:
        label, _ = read(body)
    except NoLabel:
        return
    assert label.answer("SUCCESS").count(b"<?Label") == 1


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_an_answer_cannot_be_broken_out_of(hotel, module, message):
    answer = Label(hotel, module, message).answer("SUCCESS").decode()
    assert answer.count("?>") == 2
    assert answer.count("<") == 3
