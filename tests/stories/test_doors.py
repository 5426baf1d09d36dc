"""Two doors into one hotel over real TCP and HTTP: a check-in told by FIAS and read by XML is one stay in the CRM."""

import time
from datetime import date

import pytest

from app.commands import door_check
from domain.doors import UNMATCHED
from domain.stays import StayState
from storage import door_states, staging, stays, work_orders
from tests.stories.stage import staged

SHIFT = 700_000
"""What this site's interface adds to every number: G# and G+ are not the database's."""


@pytest.fixture
async def stage(tmp_path):
    async with staged(tmp_path, fias="") as stage:
        yield stage


async def told(stage, kind, number, **more):
    """The front desk does something in the PMS."""
    answer = await stage.post("hotel/_sandbox/change", {"kind": kind, "guestNum": int(number), **more})
    assert "error" not in answer, answer
    return answer


async def first_load(stage):
    """The swap at the first start brings a sync by itself."""

    async def loaded():
        deals, _ = await counts(stage)
        return deals > 100 and await idle(stage)

    await stage.until(loaded, "the first load", patience_s=60)


async def idle(stage):
    """No order waits or runs."""
    async with stage.house.db.reading() as tx:
        return not await work_orders.pending(tx, stage.house.portal.id, "sync")


async def staged_stays(stage):
    hotel = stage.house.portal.hotels[0]
    async with stage.house.db.reading() as tx:
        found, _ = await stays.in_house(tx, hotel.id, stage.house.scopes.clock().date(), 1000)
    return {stay.reservation_id: stay for stay in found}


async def due_in(stage):
    """Somebody who arrives today and has a room."""
    found = await stage.get("hotel/_sandbox/reservations?status=due_in&limit=200")
    return next(one for one in found["reservations"] if one["room"])


async def items_of(stage, kind, number):
    """The CRM's deals of a reservation or contacts of a guest, by the PMS's number."""
    found = await stage.get(f"_sandbox/crm/{kind}?limit=50&q={number}")
    return [one for one in found["items"] if one["originId"] == str(number)]


async def checks_in(stage):
    """A guest is checked in at the desk; returns the reservation and how long our store took to know."""
    booking = await due_in(stage)
    number = str(booking["id"])
    began = time.monotonic()
    await told(stage, "checkin", number)

    async def known():
        stay = (await staged_stays(stage)).get(number)
        return stay is not None and stay.state is StayState.IN_HOUSE

    await stage.until(known, "the check-in in our lists", patience_s=5)
    return booking, time.monotonic() - began


async def in_the_crm(stage, booking):
    """The guest's only deal stands in «Проживает», he himself is one contact, and nothing is left to write."""

    async def there():
        deals = await items_of(stage, "deals", booking["id"])
        return deals and deals[0]["stageName"] == "Проживает" and await idle(stage) and deals

    deals = await stage.until(there, "the deal of the guest in the house", patience_s=30)
    assert len(deals) == 1
    assert len(await items_of(stage, "contacts", booking["profile"])) == 1


async def counts(stage):
    found = await stage.get("_sandbox/counts")
    return found["deals"], found["contacts"]


async def test_a_check_in_by_fias_and_a_sync_by_xml_make_one_deal_and_one_contact(stage):
    await first_load(stage)
    before = await counts(stage)
    booking, seconds = await checks_in(stage)
    assert seconds < 2.0
    await in_the_crm(stage, booking)
    marina = stage.person(4)
    await marina.writes("/sync")
    await marina.sees("Гранд Отель")
    await stage.until(lambda: idle(stage), "the sync", patience_s=30)
    await in_the_crm(stage, booking)
    assert await counts(stage) == before

    hotel = stage.house.portal.hotels[0]
    async with stage.house.db.reading() as tx:
        known = await door_states.state(tx, hotel.id, "fias")
        lag = await door_states.lag(tx, hotel.id, "fias")
    assert known.same_ids is True  # proven by the guests in the house
    assert lag.store_p50_s < 2.0
    assert lag.in_crm > 0
    findings = [one async for one in door_check.hotels(stage.settings, stage.http)]
    line = next(one for one in findings if one.part == "GRAND fias")
    assert line.ok
    assert "работающая служба" in line.detail
    assert "до CRM" in line.detail
    ready = await stage.service.readiness.parts()
    assert ready["door GRAND fias"].ok
    async with stage.http.get(f"http://127.0.0.1:{stage.service.port}/metrics") as answer:
        shown = await answer.text()
    assert 'concierge_door_up{door="fias",hotel="GRAND",portal="main"} 1.0' in shown
    assert 'concierge_door_lag_seconds{door="fias",hotel="GRAND",portal="main",to="crm"}' in shown
    assert 'concierge_door_read_age_seconds{door="suite8",hotel="GRAND",portal="main"}' in shown


@pytest.mark.drill  # told by quicker tests, too
async def test_numbers_of_its_own_make_no_second_deal(tmp_path):
    async with staged(tmp_path, fias="") as stage:
        await stage.post("hotel/_sandbox/fias/switches", {"number_shift": SHIFT, "translit": True})
        await first_load(stage)
        before = await counts(stage)
        booking, seconds = await checks_in(stage)
        assert seconds < 2.0
        await in_the_crm(stage, booking)
        assert await counts(stage) == before
        stays = await staged_stays(stage)
        assert [key for key, stay in stays.items() if UNMATCHED in stay.extra] == []
        hotel = stage.house.portal.hotels[0]
        async with stage.house.db.reading() as tx:
            assert (await door_states.state(tx, hotel.id, "fias")).same_ids is False


# --- a folder of export files --------------------------------------------------------------------------------


@pytest.mark.drill  # told by quicker tests, too
async def test_export_files_and_xml_are_one_deal_and_each_has_a_cursor_of_its_own(tmp_path):
    """A column that the XML Interface doesn't give comes from a file; what both know stays as the books have it."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (tmp_path / "map.toml").write_text(CAR_MAP, encoding="utf-8")
    doors = f"""
[[hotels.sources]]
kind = "exports"
path = "{folder}"
map = "{tmp_path}/map.toml"
steady_seconds = 0
same_ids = true
"""
    async with staged(tmp_path, doors=doors) as stage:
        await synced(stage)
        before = await counts(stage)
        booking = await due_in(stage)
        day = booking["arrival"][:10]
        row = f"{booking['id']};{day};{booking['departure'][:10]};999;Подтв.;А123ВС"
        (folder / "cars.csv").write_bytes(f"Бронь;Заезд;Выезд;Номер;Статус;Авто\n{row}\n".encode("cp1251"))
        await synced(stage)
        assert await counts(stage) == before
        hotel = stage.house.portal.hotels[0]
        async with stage.house.db.reading() as tx:
            found, _ = await stays.arrivals(tx, hotel.id, date.fromisoformat(day), 500)
            cursors = [await staging.cursor(tx, hotel.id, name) for name in ("suite8", "exports")]
        stay = next(one for one in found if one.reservation_id == str(booking["id"]))
        assert stay.extra["car"] == "А123ВС"
        assert stay.guest_name
        assert all(cursor.at for cursor in cursors)
        assert [path.name for path in (folder / "archive").rglob("*.csv")] == ["cars.csv"]


async def test_a_door_that_is_away_does_not_hold_up_the_other(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (tmp_path / "map.toml").write_text(CAR_MAP, encoding="utf-8")
    doors = f"""
[[hotels.sources]]
kind = "exports"
path = "{folder}"
map = "{tmp_path}/map.toml"
steady_seconds = 0
"""
    async with staged(tmp_path, doors=doors) as stage:
        folder.rename(tmp_path / "elsewhere")
        await synced(stage, error="exports-folder")
        assert (await counts(stage))[0] > 100
        hotel = stage.house.portal.hotels[0]
        async with stage.house.db.reading() as tx:
            assert (await staging.cursor(tx, hotel.id, "suite8")).at
            assert not (await staging.cursor(tx, hotel.id, "exports")).at


CAR_MAP = """
[[files]]
match = "*.csv"
format = "delimited"
encoding = "cp1251"
dates = "YYYY-MM-DD"
[files.columns]
"stay.reservation_id" = "Бронь"
"stay.arrival" = "Заезд"
"stay.departure" = "Выезд"
"stay.state" = "Статус"
"extra.car" = "Авто"
[files.states]
"Подтв." = "confirmed"
"""


async def synced(stage, error=""):
    """One run from its order to its end."""
    house = stage.house
    async with house.scopes.writing(house.portal.id) as scope:
        order_id = await house.syncs.order(scope, house.portal.hotels[0], "sync")

    async def over():
        async with house.db.reading() as tx:
            order = await work_orders.load(tx, order_id)
        return order if order.result is not None else None

    order = await stage.until(over, "the end of the run", patience_s=60)
    assert order.result["error"] == error, order.result
