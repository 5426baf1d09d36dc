"""The stand-in IFC8 against the specification: greeting, description, what is told, the queue, the swap, faults."""

import asyncio
import contextlib
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sandbox.fias.control import PORT, attach
from sandbox.fias.faults import FiasSwitches, LineFault
from sandbox.fias.ifc8 import Ifc8
from sandbox.fias.wire import ETX, STX
from sandbox.hotel.control import build_app
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from tests.sandbox.hotel_lab import NOW

WANTED = {
    "GI": "RNG#GSGNGFG+GAGDSFDATI",
    "GO": "RNG#GSSF",
    "GC": "RNROG#GSGN",
    "NS": "DATI",
    "NE": "DATI",
}


class Vendor:
    """A plain client: STX text ETX, nothing clever."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def read(self) -> str:
        async with asyncio.timeout(3):
            text = (await self.reader.readuntil(bytes([ETX])))[:-1]
        return text[text.rindex(STX) + 1 :].decode("cp1251")

    async def read_until(self, name: str) -> list[str]:
        found = [await self.read()]
        while not found[-1].startswith(name + "|"):
            found.append(await self.read())
        return found

    def say(self, *texts: str) -> None:
        for text in texts:
            self.writer.write(bytes([STX]) + text.encode("cp1251") + bytes([ETX]))

    async def start(self, wanted=None) -> None:
        assert (await self.read()).startswith("LS|DA")
        wanted = WANTED if wanted is None else wanted
        self.say("LD|V#1|IFMS|", *(f"LR|RI{name}|FL{codes}|" for name, codes in wanted.items()), "LA|")
        assert (await self.read()).startswith("LA|")

    async def ended(self) -> bool:
        async with asyncio.timeout(3):
            return await self.reader.read() == b""


@pytest.fixture
async def ifc8():
    hotel = Hotel.open(config=HotelConfig(bookings=2500), wall=lambda: NOW)
    interface = Ifc8(hotel)
    interface.port = await interface.start()
    yield interface
    await interface.stop()


@pytest.fixture
async def connect(ifc8):
    vendors = []

    async def one() -> Vendor:
        vendors.append(Vendor(*await asyncio.open_connection("127.0.0.1", ifc8.port, limit=2**20)))
        return vendors[-1]

    yield one
    for vendor in vendors:
        vendor.writer.close()
        with contextlib.suppress(OSError):
            await vendor.writer.wait_closed()


def fields(text: str) -> list[str]:
    return [part[:2] for part in text.split("|")[1:-1]]


async def test_only_what_was_asked_for_is_told(ifc8, connect):
    vendor = await connect()
    await vendor.start({"GI": "RNG#"})
    guest = next(r for r in ifc8.hotel.due_in() if r.share is None)
    ifc8.hotel.check_in(guest.id)
    assert await vendor.read() == f"GI|RN{guest.room}|G#{guest.id}|"
    ifc8.hotel.check_out(guest.id)  # GO was not asked for
    ifc8.greet()
    assert (await vendor.read()).startswith("LS|")


async def test_the_desk_in_words_of_fias(ifc8, connect):
    vendor, hotel = await connect(), ifc8.hotel
    await vendor.start()
    rooms = [r.room for r in hotel.in_house()]
    guest = next(r for r in hotel.in_house() if rooms.count(r.room) == 1 and r.nights > 1)
    old = guest.room
    hotel.move(guest.id)
    moved = await vendor.read()
    assert fields(moved) == ["RN", "GS", "RO", "GS", "G#", "GN"]
    assert f"|RN{guest.room}|GSN|RO{old}|GSN|G#{guest.id}|" in moved
    profile = hotel.profiles[guest.profile]
    profile.last_name = "Новая"
    hotel.put_profile(profile)
    assert "|GNНовая|" in await vendor.read()
    hotel.check_out(guest.id)
    assert (await vendor.read()).startswith(f"GO|RN{guest.room}|G#{guest.id}|GSN|")
    hotel.undo_check_out(guest.id)
    assert f"|G#{guest.id}|" in await vendor.read()
    hotel.night_audit()
    names = [text[:2] for text in await vendor.read_until("NE")]
    assert names[0] == "NS"
    assert set(names[1:-1]) <= {"GC"}


async def test_bookings_and_cancellations_are_never_told(ifc8, connect):
    vendor, hotel = await connect(), ifc8.hotel
    await vendor.start()
    coming = next(r for r in hotel.reservations.values() if r.expected and r.arrival > hotel.business_date)
    hotel.cancel(coming.id)
    hotel.reinstate(coming.id)
    ifc8.greet()
    assert (await vendor.read()).startswith("LS|")


async def test_a_second_vendor_displaces_the_first(ifc8, connect):
    first = await connect()
    await first.start()
    second = await connect()
    assert await first.ended()
    await second.start()
    assert ifc8.counts["displaced"] == 1


async def test_la_is_never_answered_and_ls_is(ifc8, connect):
    vendor = await connect()
    await vendor.start()
    vendor.say("LA|")
    vendor.say("LS|")
    assert (await vendor.read()).startswith("LA|")
    assert ifc8.counts["sent_LA"] == 2  # the description's and the LS's


async def test_records_wait_for_the_vendor_and_the_oldest_are_lost(ifc8, connect):
    vendor, hotel = await connect(), ifc8.hotel
    await vendor.start()
    vendor.writer.close()
    await vendor.writer.wait_closed()
    while ifc8.up:  # noqa: ASYNC110 - it is the other side's state
        await asyncio.sleep(0.005)
    ifc8.switches.set("queue_limit", 3)
    guests = hotel.due_in()[:5]
    for guest in guests:
        hotel.check_in(guest.id)
    assert ifc8.overflown == 2
    again = await connect()
    assert (await again.read()).startswith("LS|")
    again.say("LS|")
    assert (await again.read()).startswith("LA|")  # the description is still known
    told = [await again.read() for _ in range(3)]
    assert [f"|G#{guest.id}|" in text for guest, text in zip(guests[2:], told, strict=True)] == [True] * 3


async def test_a_swap_tells_every_room_and_live_records_come_between(ifc8, connect):
    vendor, hotel = await connect(), ifc8.hotel
    ifc8.swap_pause_s = 0.01
    await vendor.start()
    vendor.say("DR|")
    found = await vendor.read_until("DS")
    guest = next(r for r in hotel.due_in() if r.share is None)
    hotel.check_in(guest.id)
    found += await vendor.read_until("DE")
    marked = [text for text in found if "|SF|" in text]
    live = [text for text in found if text.startswith("GI") and "|SF|" not in text]
    assert len(live) == 1
    here = {text.split("|")[2][2:] for text in marked if text.startswith("GI")}
    assert here | {str(guest.id)} == {str(r.id) for r in hotel.in_house()}
    assert any(text.startswith("GO|RN") and "G#" not in text for text in marked)


async def test_a_needless_dr_is_dropped_without_a_word(ifc8, connect):
    vendor = await connect()
    await vendor.start()
    ifc8.switches.set("swap_allowed", value=False)
    vendor.say("DR|", "LS|")
    assert (await vendor.read()).startswith("LA|")
    assert ifc8.counts["swaps_declined"] == 1


@pytest.mark.parametrize("fault", ["split", "glue", "garbage", "oversize", "duplicate"])
async def test_a_bad_line_still_carries_the_record(ifc8, connect, fault):
    vendor = await connect()
    await vendor.start()
    ifc8.faults.add(LineFault(fault))
    guest = next(r for r in ifc8.hotel.due_in() if r.share is None)
    ifc8.hotel.check_in(guest.id)
    text = await vendor.read()
    while f"|G#{guest.id}|" not in text:
        text = await vendor.read()


async def test_a_cut_swap_has_no_end(ifc8, connect):
    vendor = await connect()
    await vendor.start()
    ifc8.faults.add(LineFault("cut_swap", after=5))
    vendor.say("DR|")
    await vendor.read_until("DS")
    rest = await vendor.reader.read()
    assert rest.count(b"SF") <= 5
    assert b"DE|" not in rest


async def test_the_control_surface_stands_beside_the_hotels():
    hotel = Hotel.open(config=HotelConfig(bookings=600), wall=lambda: datetime(2026, 11, 23, tzinfo=UTC))
    app = build_app(hotel)
    attach(app, Ifc8(hotel, FiasSwitches(encoding="cp866")))
    async with TestClient(TestServer(app)) as client:
        state = await (await client.get("/_sandbox/fias")).json()
        assert state["port"] == app[PORT][0]
        assert state["switches"]["encoding"] == "cp866"
        assert (await client.post("/_sandbox/fias/switches", json={"moves": "GO+GI"})).status == 200
        assert (await client.post("/_sandbox/fias/switches", json={"nonsense": 1})).status == 400
        assert (await client.post("/_sandbox/fias/faults", json={"kind": "split", "times": 2})).status == 200
        assert (await client.post("/_sandbox/fias/faults", json={"kind": "fire"})).status == 400
        assert (await client.post("/_sandbox/fias/link", json={"do": "dance"})).status == 400
        reader, writer = await asyncio.open_connection("127.0.0.1", state["port"])
        await reader.readuntil(bytes([ETX]))
        assert (await (await client.post("/_sandbox/fias/link", json={"do": "end"})).json())[
            "connected"
        ] is False
        assert b"LE|" in await reader.read()
        writer.close()
        await writer.wait_closed()
        assert (await (await client.delete("/_sandbox/fias/faults")).json()) == {"faults": []}
