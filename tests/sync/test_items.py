"""Each record's fate by itself: a poison row, lost answers, items that people deleted, a run that is stopped."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest

from domain.errors import ConciergeError
from domain.stays import Money
from handlers.sync import planner
from sandbox.portal.crm_store import CONTACT
from storage import Database, run_items, staging
from tests.integrations.bitrix24_crm import until
from tests.sync.crashes import doubles
from tests.sync.house import a_house, guest, stay

POISON = Money(Decimal(1), "XQX")
"""A currency the portal doesn't have."""


async def failures(house):
    async with house.db.reading() as tx:
        return [
            (item.entity, item.key, item.code) for item in await run_items.open_failures(tx, house.hotel.id)
        ]


def no_doubles(house):
    return not any(doubles(house.stand.portal).values())


@pytest.mark.parametrize("first", [True, False], ids=["imported", "one by one"])
async def test_a_poison_row_in_fifty(house, first):
    house.pms.put(*(guest(n) for n in range(1, 51)))
    if not first:
        await house.run()
    house.pms.put(*(stay(n, n) for n in range(1, 51)))
    house.pms.put(stay(17, 17, total=POISON))
    report = await house.run()
    assert (report.counts.failed, len(house.items("deal"))) == (1, 49)
    assert await failures(house) == [("stay", "70017", "CRM_FIELD_ERROR_VALUE_NOT_VALID")]
    assert report.counts.fetched == report.counts.created + report.counts.unchanged + 1

    still = await house.run("retry", retry={"items": None, "cause": None})
    assert (still.counts.failed, still.counts.created) == (1, 0)
    house.pms.put(stay(17, 17))
    mended = await house.run()
    assert (mended.counts.failed, mended.counts.created) == (0, 1)
    assert len(house.items("deal")) == 50
    assert await failures(house) == []


async def test_a_row_that_no_mapping_can_be_made_of_fails_alone(house, monkeypatch):
    whole = planner.map_stay

    def raises(record, *args):
        if record.reservation_id == "70002":
            raise ValueError("a value nobody thought of")
        return whole(record, *args)

    monkeypatch.setattr(planner, "map_stay", raises)
    house.pms.put(*(guest(n) for n in range(1, 4)), stay(1, 1), stay(2, 2), stay(3, 3))
    report = await house.run()
    assert (report.counts.created, report.counts.failed) == (5, 1)
    assert await failures(house) == [("stay", "70002", "row-unmapped")]
    monkeypatch.undo()
    assert (await house.run()).counts.created == 1
    assert await failures(house) == []


async def test_a_row_mended_in_the_portal_lands_by_retry(house):
    house.pms.put(*(guest(n) for n in range(1, 4)), stay(1, 1), stay(2, 2, total=POISON))
    await house.run()
    await house.stand.by_hand("crm.currency.add", fields={"CURRENCY": "XQX", "AMOUNT": 1, "AMOUNT_CNT": 1})
    retried = await house.run("retry", retry={"items": None, "cause": None})
    assert (retried.counts.created, retried.counts.failed) == (1, 0)
    assert await failures(house) == []


@pytest.mark.parametrize("fault", ["drop_after", "html_after", "drop", "late"])
async def test_lost_answers_cost_one_wait_at_the_end(house, fault):
    house.page = 10
    house.pms.put(*(guest(n) for n in range(1, 41)), *(stay(n, n) for n in range(1, 21)))
    await house.stand.crm.ensure_layout("Гранд Отель", (), ())
    for answered in (2, 3, 4):
        house.stand.fault(kind="delay", method="batch", times=answered, seconds=0)
        house.stand.fault(kind=fault, method="batch", seconds=0.01)
    report = await house.run()
    await house.stand.portal.settle()
    assert (report.counts.created + report.counts.updated, report.counts.failed) == (60, 0)
    assert (len(house.items("contact")), len(house.items("deal"))) == (40, 20)
    assert all(deal["contactIds"] for deal in house.items("deal").values())
    assert no_doubles(house)
    assert not house.stand.portal.faults.as_json()  # all of them have struck
    assert 1 <= len(house.stand.time.slept) <= 3  # each sort of item waits once, never each page
    quiet = await house.run()
    assert (quiet.counts.created, quiet.counts.updated) == (0, 0)


async def test_phones_are_never_doubled_by_a_lost_answer(house):
    house.pms.put(*(guest(n) for n in range(1, 6)))
    await house.run()
    for number in range(1, 6):
        house.pms.put(guest(number, phones=(f"+7900{number:07}", f"+7911{number:07}")))
    house.stand.fault(kind="drop_after", method="crm.item.update", times=None)
    house.stand.fault(kind="drop_after", method="batch", times=6, probability=0.5)
    await house.run()
    house.stand.portal.faults.remove()
    await house.run()
    for number in range(1, 6):
        crm_id = house.items("contact")[str(number)]["id"]
        assert house.stand.phones(crm_id) == [f"+7900{number:07}", f"+7911{number:07}"]


async def test_what_people_deleted_is_made_again_by_the_next_change(house):
    house.pms.put(guest(1), guest(2), stay(1, 1))
    await house.run()
    gone = house.items("contact")["1"]["id"]
    await house.stand.by_hand("crm.item.delete", entityTypeId=CONTACT, id=gone)
    house.pms.put(guest(1, first_name="Пётр"))
    report = await house.run()
    assert (report.counts.created, report.counts.failed) == (1, 0)
    contact = house.items("contact")["1"]
    assert (contact["name"], contact["id"] != gone) == ("Пётр", True)
    assert house.items("deal")["70001"]["contactIds"] == [contact["id"]]
    assert await failures(house) == []


async def test_or_it_stays_deleted_and_is_listed(sqlite_url):
    db = Database.open(sqlite_url)
    async with a_house(db, remake_deleted=False) as house:
        house.pms.put(guest(1), guest(2), stay(1, 1))
        await house.run()
        await house.stand.by_hand(
            "crm.item.delete", entityTypeId=CONTACT, id=house.items("contact")["1"]["id"]
        )
        house.pms.put(guest(1, first_name="Пётр"))
        report = await house.run()
        assert (report.counts.created, report.counts.failed) == (0, 1)
        assert await failures(house) == [("profile", "1", "crm-deleted")]
        full = await house.run("full")
        assert (full.counts.created, "1" in house.items("contact")) == (0, False)
    await db.close()


async def test_the_cursor_moves_past_listed_failures_and_not_past_a_broken_run(house):
    async def cursor():
        async with house.db.reading() as tx:
            return (await staging.cursor(tx, house.hotel.id, "pms")).at

    house.pms.put(guest(1), stay(1, 1, total=POISON))
    await house.run()
    first = await cursor()
    assert first == house.pms.now
    house.pms.now = first.replace(hour=10)
    house.pms.put(guest(2))
    house.stand.fault(kind="error", method="*", times=None, code="ACCESS_DENIED")
    with pytest.raises(ConciergeError):
        await house.run()
    assert await cursor() == first
    house.stand.portal.faults.remove()
    report = await house.run()
    assert report.counts.created == 1
    assert await cursor() == house.pms.now


async def test_a_run_stopped_in_the_middle_leaves_its_records_to_be_waited_for(house):
    """SIGTERM, then a new process at once: its client knows nothing of what is under way."""
    house.pms.put(*(guest(n) for n in range(1, 31)))
    house.stand.portal.config.call_seconds["crm.item.batchImport"] = 0.15  # slept before it is executed
    running = asyncio.create_task(house.run())
    await until(lambda: sent(house))
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    house.stand.portal.config.call_seconds.clear()
    house.stand.crm._lost.clear()  # another process knows nothing of it
    report = await house.run()
    assert house.waited == [pytest.approx(house.stand.crm.settle_s)]
    assert (len(house.items("contact")), report.counts.failed) == (30, 0)
    assert no_doubles(house)


def sent(house):
    """Whether anything is journalled as sent, as somebody beside the process sees it."""
    file = str(house.db._reader.url.database)
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as beside:
        return beside.execute("SELECT count(*) FROM run_items WHERE state = 'sent'").fetchone()[0]


async def test_a_change_taken_back_while_its_answer_was_lost(house):
    house.pms.put(guest(1), guest(2))
    await house.run()
    before = house.pms.profiles["1"]
    house.pms.put(guest(1, first_name="Пётр"))
    house.stand.fault(kind="drop_after", method="batch", times=None, probability=1.0)
    with pytest.raises(ConciergeError):
        await house.run()
    house.stand.portal.faults.remove()
    house.pms.put(replace(before))
    await house.run()
    assert house.items("contact")["1"]["name"] == "Иван"
