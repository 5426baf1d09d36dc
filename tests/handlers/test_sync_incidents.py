"""One request per cause: lines while it lasts, an answer when it is over, the same request when it comes back."""

from datetime import date

import pytest

from domain.errors import Temporary
from domain.requests import Action, Part, Status
from storage import Database, sync_incidents, work_orders
from tests.handlers.sync_work import Work, failing, guest, stay
from tests.lab import open_lab

DAY = date(2026, 11, 21)


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, forum=True)
    await database.close()


@pytest.fixture
def work(lab):
    return Work(lab)


async def filed(lab, work, count=2):
    """A request about the wrong value of so many records."""
    run_id = await work.journal(failed=[("stay", str(n)) for n in range(count)])
    await work.ends(failing(run_id, count))
    marina = lab.staff("4")
    await marina.presses("Завести обращение")
    return marina


async def test_a_cause_that_lasts_adds_lines_not_requests(lab, work):
    await filed(lab, work)
    for _ in range(3):  # the same two: no more than a line an hour
        await work.ends(failing(5, 2))
    assert (await lab.history()).count("sync_again") == 0
    await work.journal(failed=[("stay", "9")])
    await work.ends(failing(6, 3))
    lab.clock.push(minutes=61)
    await work.ends(failing(7, 3))
    assert (await lab.history()).count("sync_again") == 2
    async with lab.db.reading() as tx:
        (incident,) = await sync_incidents.open_ones(tx, work.hotel.id)
    assert (incident.records, incident.runs) == (3, 6)


async def test_the_clean_run_answers_and_the_requester_confirms(lab, work):
    marina = await filed(lab, work)
    await work.journal(done=[("stay", "0"), ("stay", "1")])
    await work.ends(fetched=2, updated=2)
    answer = marina.sees("чистый запуск")
    assert (await lab.request()).status is Status.ANSWERED
    assert (await lab.request()).first_replied_at is not None
    assert {"Решено", "Не решено"} <= set(answer.labels)
    await marina.presses("Решено")
    assert (await lab.request()).status in {Status.COMPLETED, Status.CLOSED}


async def test_part_of_it_is_not_clean(lab, work):
    await filed(lab, work)
    await work.journal(done=[("stay", "0")])
    await work.ends(failing(8, 1))
    assert (await lab.request()).status is Status.REGISTERED


async def test_a_run_that_failed_as_a_whole_says_nothing_about_records(lab, work):
    await filed(lab, work)
    await work.journal(done=[("stay", "0"), ("stay", "1")])
    await work.ends(error=Temporary("pms-unreachable"))
    assert (await lab.request()).status is Status.REGISTERED


async def test_it_comes_back_before_the_request_is_closed(lab, work):
    marina = await filed(lab, work)
    await work.journal(done=[("stay", "0"), ("stay", "1")])
    await work.ends(fetched=2, updated=2)
    run_id = await work.journal(failed=[("stay", "0")])
    await work.ends(failing(run_id, 1))
    assert "sync_again" in await lab.history()
    await marina.writes("/sync errors")
    assert "FB-2026-000001" in marina.last().labels


async def test_after_it_was_closed_a_new_one_is_filed(lab, work):
    marina = await filed(lab, work)
    await marina.writes("/withdraw FB-2026-000001")
    run_id = await work.journal(failed=[("stay", "0")])
    await work.ends(failing(run_id, 1))
    await marina.writes("/sync errors")
    await marina.presses("Завести обращение")
    marina.sees("FB-2026-000002")


async def test_what_waits_for_the_requester_is_told_not_answered(lab, work):
    await filed(lab, work)
    async with lab.scopes.writing(lab.portal.id) as scope:
        request = await lab.request()
        await lab.requests.act_alone(scope, request, Action.ASK, "Какой отель?", frozenset({Part.SUPPORT}))
    await work.journal(done=[("stay", "0"), ("stay", "1")])
    await work.ends(fetched=2, updated=2)
    assert (await lab.request()).status is Status.WAITING
    assert "sync_over" in await lab.history()


async def test_an_unreachable_pms_is_a_cause_too(lab, work):
    await work.ends(error=Temporary("pms-unreachable"))
    marina = lab.staff("4")
    await marina.presses("Завести обращение")
    assert "pms-unreachable" in (await lab.request()).description
    await work.ends(fetched=3, unchanged=3)
    assert (await lab.request()).status is Status.ANSWERED


# --- orders that get lost ------------------------------------------------------------------------------------


async def test_an_interrupted_run_goes_on_and_says_so(lab):
    marina = lab.staff("4")
    await marina.writes("/sync")
    async with lab.db.transaction() as tx:  # its process died with the order in hand
        (order,) = await work_orders.pending(tx, lab.portal.id, "sync")
        await work_orders.take(tx, order.id, lab.clock.now)
    lab.rewire()
    seen = []

    async def execute(_order, _lease):
        await lab.settle()
        seen.append(marina.last().text)
        return failing(1, 0)

    lab.syncs.execute = execute
    await lab.syncs.work()
    assert "обновление прервалось вместе со службой" in seen[0]


async def test_an_order_that_was_cut_off_too_often_is_told(lab):
    marina = lab.staff("4")
    await marina.writes("/sync")
    async with lab.db.transaction() as tx:
        (order,) = await work_orders.pending(tx, lab.portal.id, "sync")
        for _ in range(3):
            await work_orders.take(tx, order.id, lab.clock.now)
    await lab.syncs.work()
    await lab.settle()
    marina.reads("прерывалось три раза подряд")
    assert not await lab.syncs._has_work()


async def test_an_order_from_beside_is_noticed_within_a_second(lab):
    assert await lab.syncs.idle_for(5.0) <= 0.5


async def test_both_engines_answer_alike(each_engine):
    lab, work = each_engine, Work(each_engine)
    await work.stage([guest("1", last="Петров")], [stay("7", DAY, DAY, profile_id="1")])
    run_id = await work.journal(
        failed=[("stay", "7")], rejected=[("profile", "9")], diff={"stageId": ["A", "B"]}
    )
    await work.ends(failing(run_id, 1))
    marina = lab.staff("4")
    for words, answer in (
        ("/sync errors", "не записаны в CRM — 2"),
        ("/sync status", "Не записано: 2"),
        ("/sync history", "история обновлений"),
        ("/sync why Петров", "Не записался"),
        ("/sync why 9", "запись не читается"),
    ):
        await marina.writes(words)
        marina.reads(answer)
    await marina.forges(f"s:file:{work.hotel.id}:crm-field")
    assert "Стадия: A → B" in (await lab.request()).description
    await marina.writes("/sync dry")
    await lab.house.clockwork.tidy()
