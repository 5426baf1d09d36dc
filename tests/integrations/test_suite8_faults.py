"""What a Suite 8 server can do to us, over real HTTP: each ends in one of our three fates, and no secret leaks."""

import asyncio
import logging

import pytest

from domain.errors import Permanent, Refused, Temporary
from domain.stays import Cursor
from tests.integrations.suite8_hotel import WHOLE, collect, open_house


@pytest.fixture
async def house():
    async with open_house(bookings=150) as house:
        yield house


def fault(house, kind, times=-1, **more):
    from sandbox.hotel.faults import Fault

    house.hotel.faults.add(Fault(kind, times=times, **more))


@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("html_error", "pms-answer", "HTTP 500"),
        ("broken_zip", "pms-answer", "broken ZIP"),
        ("malformed_xml", "pms-answer", "malformed"),
        ("truncated_xml", "pms-answer", "malformed"),
        ("unreachable", "pms-unreachable", ""),
    ],
)
async def test_passing_faults_are_temporary(house, packed, kind, code, words):
    fault(house, kind)
    with pytest.raises(Temporary) as caught:
        await house.door(packed=packed).business_date()
    assert caught.value.code == code
    assert words in caught.value.detail
    assert house.pauses == [1.0, 5.0]


@pytest.mark.parametrize("kind", ["html_error", "broken_zip", "malformed_xml", "unreachable"])
async def test_one_passing_fault_in_a_long_read_costs_nothing(house, kind):
    fault(house, kind, times=1, after=5)
    records = await collect(house.door().changed_since(Cursor(), WHOLE))
    assert len(records) > len(house.hotel.reservations)
    assert house.pauses == [1.0]


async def test_a_slow_answer_runs_into_the_time_limit(house):
    fault(house, "slow", seconds=0.2)
    with pytest.raises(Temporary) as caught:
        await house.door(timeout_s=0.05, retry_after_s=()).business_date()
    assert (caught.value.code, caught.value.detail) == ("pms-unreachable", "no answer in time")
    await asyncio.sleep(0.2)  # let the server's own wait end with the test


async def test_nobody_at_the_address(house):
    door = house.door(retry_after_s=())
    door._client._url = "http://127.0.0.1:9/V8"
    with pytest.raises(Temporary) as caught:
        await door.business_date()
    assert caught.value.code == "pms-unreachable"
    assert not (await door.check()).ok


async def test_another_page_at_the_address(house):
    door = house.door()
    door._client._url = house.url.replace("DataHandler", "Other")
    with pytest.raises(Permanent) as caught:
        await door.business_date()
    assert caught.value.code == "pms-answer"
    assert house.pauses == []


@pytest.mark.parametrize(
    ("status", "fate", "code"),
    [
        ("IC", Permanent, "pms-refused"),
        ("AD", Permanent, "pms-refused"),
        ("UR", Permanent, "pms-answer"),
        ("IR", Permanent, "pms-answer"),
        ("IA", Permanent, "pms-answer"),
        ("GF", Temporary, "pms-answer"),
        ("GA", Refused, "pms-answer"),
        ("CO", Refused, "pms-answer"),
        ("??", Permanent, "pms-answer"),
    ],
)
async def test_every_status_has_its_fate(house, status, fate, code):
    fault(house, "status", status=status, message="Ivanova +7 943 111-22-33")
    with pytest.raises(fate) as caught:
        await house.door().business_date()
    assert caught.value.code == code
    assert status in caught.value.detail
    assert "Ivanova" not in str(caught.value)


async def test_not_found_is_no_rows(house):
    house.hotel.switches.set("empty_as", "NG")
    door = house.door()
    assert (await door.check()).ok
    (problem,) = await collect(door.profiles(["1"]))
    assert problem.code == "row-profile-missing"


async def test_wrong_password_shows_in_the_check_and_in_no_log(house, caplog):
    caplog.set_level(logging.DEBUG)
    secret = "very-secret-word"
    door = house.door(password=secret)
    status = await door.check()
    assert (status.ok, status.code) == (False, "pms-refused")
    fault(house, "html_error")
    assert not (await door.check()).ok
    assert secret not in caplog.text
    assert secret not in repr(door._client._credentials)


async def test_no_licence_for_an_area_is_named(house):
    house.hotel.switches.set("unlicensed", ["Posting"])
    door = house.door()
    assert (await door.check()).ok
    with pytest.raises(Permanent) as caught:
        await collect(door.postings(house.hotel.business_date, house.hotel.business_date))
    assert caught.value.code == "pms-refused"
    assert "Posting" in caught.value.detail
    house.hotel.switches.set("unlicensed", ["SystemInfo", "CurrencyList"])
    assert (await house.door().check()).ok
    assert await collect(house.door().changed_since(Cursor(), WHOLE))


@pytest.mark.parametrize("entry", ["Msg", "MSG", "msg.xml"])
async def test_both_spellings_of_the_packed_entry(house, entry):
    house.hotel.switches.set("entry_name", entry)
    assert await house.door(packed=True).business_date() == house.hotel.business_date


async def test_a_server_that_never_packs(house):
    house.hotel.switches.set("packing", False)
    assert await house.door(packed=True).business_date() == house.hotel.business_date


async def test_the_guard_stands_before_every_call(house):
    called = []
    door = house.door(guard=lambda: called.append(1))
    await door.check()
    assert len(called) == door.requests

    def refuse():
        raise RuntimeError("a transaction is open")

    with pytest.raises(RuntimeError):
        await house.door(guard=refuse).business_date()
