"""The XML Interface over real HTTP, read with nothing but the standard library: shapes as a live server's."""

import base64
import io
import zipfile
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientError
from aiohttp.test_utils import TestClient, TestServer

from sandbox.hotel.control import build_app
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.hotel.xml_interface import PATH
from tests.sandbox.hotel_lab import NOW


@pytest.fixture
def hotel():
    return Hotel.open(config=HotelConfig(bookings=1200), wall=lambda: NOW)


@pytest.fixture
async def client(hotel):
    async with TestClient(TestServer(build_app(hotel))) as client:
        yield client


def envelope(*queries, password="sandbox", version="1.1.0", ident=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><fidelio Version="{version}" xmlns="V8XMLInterface"><request ID="{ident}" '
        f'UserName="XMLINTERFACE" Password="{password}" Vendor="Suite8">{"".join(queries)}</request></fidelio>'
    ).encode()


def query(kind, fields=(), conditions=""):
    inner = f"<conditions>{conditions}</conditions>" if conditions else ""
    names = "".join(f'<field name="{name}"/>' for name in fields)
    return f'<query ReqType="{kind}" Name="{kind}">{inner}<fields>{names}</fields></query>'


def leaf(name, operation, value):
    return f'<condition name="{name}" operation="{operation}">{value}</condition>'


def link(how, inner):
    return f'<link operator="{how}"><condition>{inner}</condition></link>'


async def ask(client, *queries, **more):
    response = await client.post(f"{PATH}?ic=XX", data=envelope(*queries, **more))
    assert response.status == 200
    return ET.fromstring(await response.text())[0]


def rows(answer):
    return [
        [(f.get("name"), dict(f.attrib), f.text or "") for f in row.iter("field")]
        for row in answer.iter("row")
    ]


def values(answer, name):
    return [text for row in rows(answer) for field, attrs, text in row if field == name and len(attrs) == 1]


async def test_the_envelope_of_a_query(client, hotel):
    stay = next(iter(hotel.reservations.values()))
    answer = await ask(client, query("Reservation", ["GuestNum", "GuestArrival", "LastUpdateTime", "NoOfAdults"],
                                     leaf("GuestNum", "eq", stay.id)), ident="7")  # fmt: skip
    assert answer.attrib == {"ID": "7", "Status": "OK"}
    assert answer[0].tag == "queryResponse"
    assert answer[0].get("Name") == "Reservation"
    (row,) = rows(answer)
    assert [(name, text) for name, _, text in row] == [
        ("GuestNum", str(stay.id)),
        ("GuestArrival", f"{stay.arrival:%d.%m.%Y}"),
        ("LastUpdateTime", f"{stay.updated:%d.%m.%Y %H:%M:%S}.000 UTC-180"),
        ("NoOfAdults", str(stay.adults)),
    ]


async def test_nested_links(client, hotel):
    numbers = sorted(hotel.reservations)[:4]
    a, b, c = (leaf("GuestNum", "eq", n) for n in numbers[:3])
    answer = await ask(client, query("Reservation", ["GuestNum"], a + link("OR", b + link("OR", c))))
    assert values(answer, "GuestNum") == [str(n) for n in numbers[:3]]
    low, high = leaf("GuestNum", "ge", numbers[0]), leaf("GuestNum", "le", numbers[3])
    answer = await ask(
        client, query("Reservation", ["GuestNum"], low + link("AND", high + link("NOT", a + link("OR", b))))
    )
    assert values(answer, "GuestNum") == [str(n) for n in numbers[2:4]]
    answer = await ask(client, query("Reservation", ["GuestNum"], a + link("AND", b)))
    assert rows(answer) == []
    assert answer.get("Status") == "OK"


async def test_changes_since_a_moment_in_either_sign(client, hotel):
    stay = hotel.move(hotel.in_house()[0].id)
    for sign, shift in (("inverted", "UTC-180"), ("straight", "UTC+180")):
        hotel.switches.set("shift_sign", sign)
        moment = f"{hotel.clock.now() - timedelta(seconds=1):%d.%m.%Y %H:%M:%S}.000 {shift}"
        answer = await ask(
            client, query("Reservation", ["GuestNum", "RoomNum"], leaf("LastUpdateTime", "ge", moment))
        )
        assert values(answer, "GuestNum") == [str(stay.id)]
        in_utc = f"{hotel.clock.utc() - timedelta(seconds=1):%d.%m.%Y %H:%M:%S} UTC+0"
        answer = await ask(client, query("Reservation", ["GuestNum"], leaf("LastUpdateTime", "ge", in_utc)))
        assert values(answer, "GuestNum") == [str(stay.id)]


async def test_reservation_states_one_and_two_are_only_of_today(client, hotel):
    due = next(r for r in hotel.due_in() if r.share is None)
    hotel.check_in(due.id)
    left = next(r for r in hotel.in_house() if r.id != due.id and r.arrival < hotel.business_date)
    hotel.check_out(left.id)
    asked = {
        state: set(values(await ask(client, query("Reservation", ["GuestNum"], leaf("ReservationState", "eq", state))), "GuestNum"))
        for state in range(6)
    }  # fmt: skip
    assert asked[1] == {str(due.id)}
    assert asked[2] == {str(left.id)}
    older = [r for r in hotel.in_house() if r.id != due.id]
    assert {str(r.id) for r in older} <= asked[0]
    assert {str(r.id) for r in hotel.reservations.values() if r.no_avail == 4} == asked[4]
    assert len(asked[5]) == sum(r.no_avail == 2 for r in hotel.reservations.values())


async def test_a_row_per_night_shows_the_move(client, hotel):
    stay = next(r for r in hotel.reservations.values() if len(r.segments) > 1)
    answer = await ask(client, query("Reservation", ["GuestNum", "DetailDate", "RoomNum", "ReservationDetails"],
                                     leaf("GuestNum", "eq", stay.id)))  # fmt: skip
    days = values(answer, "DetailDate")
    assert days == [f"{stay.arrival + timedelta(days=n):%d.%m.%Y}" for n in range(stay.nights)]
    assert set(values(answer, "RoomNum")) == {s.room for s in stay.segments}


async def test_a_profile_with_its_communications_and_custom_fields(client, hotel):
    person = next(p for p in hotel.profiles.values() if p.phones and p.merged_to)
    answer = await ask(client, query("Profile", ["ProfileID", "DeleteCode", "Telephone", "Communications", "CustomField"],
                                     leaf("ProfileID", "eq", person.id)))  # fmt: skip
    (row,) = rows(answer)
    phone = next(attrs for name, attrs, text in row if name == "Telephone" and "attr" in attrs)
    assert set(phone) == {"name", "attr", "addData", "CommType", "PhoneRole", "Primary"}
    assert (
        "CustomField",
        {"name": "CustomField", "attr": "MERGEDTO", "addData": "String"},
        str(person.merged_to),
    ) in row
    assert values(answer, "DeleteCode") == ["1"]


async def test_postings_of_a_stay(client, hotel):
    stay = next(r for r in hotel.reservations.values() if r.checked_out and r.rate)
    answer = await ask(client, query("Posting", ["PostingID", "PostingPrice", "DepartmentType", "CurrencyCode"],
                                     leaf("GuestNum", "eq", stay.id)))  # fmt: skip
    assert values(answer, "PostingID") == [str(p.id) for p in hotel.bill(stay.id)]
    assert set(values(answer, "CurrencyCode")) == {"RUR"}


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("RoomType", "RoomTypeShortDesc"), ("Market", "MarketShortdesc"), ("Source", "SourceCode"), ("Country", "CountryISO3"),
        ("CurrencyList", "CurrencyISO3"), ("Departments", "DepartmentCode"), ("SystemDate", "SystemDate"), ("SystemInfo", "Version"),
    ],
)  # fmt: skip
async def test_code_lists(client, hotel, kind, field):
    answer = await ask(client, query(kind, [field]))
    assert all(values(answer, field))
    if kind == "SystemDate":
        assert values(answer, field) == [f"{hotel.business_date:%d.%m.%Y}"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (envelope(query("Profile", ["ProfileID"]), password="wrong"), "IC"),
        (envelope(query("Profile", ["Shoe"])), "IR"),
        (envelope(query("Profile")), "IR"),
        (envelope(query("Profile", ["ProfileID"], leaf("Telephone", "eq", "1"))), "IR"),
        (envelope(query("Reservation", ["GuestNum"], leaf("GuestArrival", "ge", "2026-01-01"))), "IR"),
        (envelope(query("Minibar", ["X"])), "IR"),
        (envelope("<update/>"), "AD"),
        (b"<fidelio><request", "IR"),
        (envelope(query("SystemDate"), query("Profile", ["Shoe"])), "IR"),
    ],
)
async def test_failures_empty_the_whole_answer(client, body, status):
    response = await client.post(PATH, data=body)
    answer = ET.fromstring(await response.text())[0]
    assert answer.get("Status") == status
    assert len(answer) == 0


async def test_areas_without_licence_and_empty_answers_by_switch(client, hotel):
    await client.post("/_sandbox/switches", json={"unlicensed": ["Posting"], "empty_as": "NG"})
    assert (await ask(client, query("Posting", ["PostingID"]))).get("Status") == "AD"
    assert (await ask(client, query("Profile", ["ProfileID"], leaf("ProfileID", "eq", 1)))).get(
        "Status"
    ) == "NG"


@pytest.mark.parametrize("entry", ["MSG", "Msg"])
async def test_packing_in_both_directions(client, hotel, entry):
    hotel.switches.set("entry_name", entry)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Msg", envelope(query("SystemDate")))
    packed = base64.b64encode(buffer.getvalue())
    response = await client.post(
        PATH, data=packed, headers={"Content-Type": "V8/ZIP", "V8-supported": "Zip/Msg"}
    )
    assert response.headers["Content-Type"] == "V8/ZIP"
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(await response.read()))) as archive:
        assert archive.namelist() == [entry]
        assert b"SystemDate" in archive.read(entry)
    plain = await client.post(PATH, data=packed, headers={"Content-Type": "V8/ZIP"})
    assert plain.headers["Content-Type"].startswith("text/xml")
    assert b"SystemDate" in await plain.read()


async def test_faults_are_used_up(client, hotel):
    for kind in ("html_error", "broken_zip", "malformed_xml", "refused", "unreachable", "status"):
        made = await client.post("/_sandbox/faults", json={"kind": kind})
        assert made.status == 200
    body = envelope(query("SystemDate"))
    page = await client.post(PATH, data=body)
    assert page.status == 500
    assert "text/html" in page.headers["Content-Type"]
    broken = await client.post(PATH, data=body)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(base64.b64decode(await broken.read() + b"==")))
    with pytest.raises(ET.ParseError):
        ET.fromstring(await (await client.post(PATH, data=body)).text())
    assert (await ask(client, query("SystemDate"))).get("Status") == "IC"
    with pytest.raises(ClientError):
        await client.post(PATH, data=body)
    assert (await ask(client, query("SystemDate"))).get("Status") == "UR"
    assert (await ask(client, query("SystemDate"))).get("Status") == "OK"


async def test_bad_rows_by_switch(client, hotel):
    hotel.switches.set("bad_rows", True)
    answer = await ask(client, query("Reservation", ["GuestNum", "GuestArrival"]))
    assert values(answer, "GuestNum").count("") > 0
    assert "31.02.2026" in values(answer, "GuestArrival")
    names = values(await ask(client, query("Profile", ["GuestName"])), "GuestName")
    assert any("Ð" in name for name in names)


async def test_the_control_surface(client, hotel):
    state = await (await client.get("/_sandbox/state")).json()
    assert state["businessDate"] == hotel.business_date.isoformat()
    assert state["counts"]["in_house"] == len(hotel.in_house())
    found = await (await client.get("/_sandbox/reservations?status=in_house&limit=1")).json()
    guest = found["reservations"][0]
    moved = await (
        await client.post("/_sandbox/change", json={"kind": "move", "guestNum": guest["id"]})
    ).json()
    assert moved["room"] != guest["room"]
    refused = await client.post("/_sandbox/change", json={"kind": "checkin", "guestNum": guest["id"]})
    assert refused.status == 409
    assert (await client.post("/_sandbox/change", json={"kind": "dance"})).status == 400
    told = await (await client.post("/_sandbox/step", json={"n": 3})).json()
    assert len(told["events"]) == 3
    audited = await (await client.post("/_sandbox/audit")).json()
    assert audited["businessDate"] == (NOW.date() + timedelta(days=1)).isoformat()
    assert (await client.post("/_sandbox/switches", json={"nothing": 1})).status == 400


async def test_it_lives_at_its_pace_and_stops(client, hotel):
    events = hotel.events
    await client.post("/_sandbox/pace", json={"seconds": 0.01})
    for _ in range(100):
        if hotel.events > events:
            break
        await client.get("/_sandbox/state")
    assert hotel.events > events
    await client.post("/_sandbox/pace", json={"seconds": 0})
