"""The outbox on its way: order, back-off, the three fates, and what an unclear create leads to."""

import asyncio
from datetime import timedelta

import pytest

from domain.chat import Address, Channel, Reply
from domain.errors import Permanent, Refused, Temporary, Unclear
from handlers import outgoing
from handlers.deliveries import LONGEST_DELAY_S, Deliveries, delay_after
from storage import outbox
from tests.handlers.desk import act, file
from tests.lab import STORY

HERE = Address(Channel.BITRIX24, "5")
THERE = Address(Channel.BITRIX24, "6")


async def post(lab, *texts, to=HERE):
    async with lab.scopes.writing(lab.portal.id) as scope:
        for text in texts:
            await outgoing.post(scope, to, Reply(text))


def texts(lab, place=HERE):
    return [shown.text for shown in lab.bitrix.at(place)]


async def test_a_destination_is_served_in_order_whatever_fails(each_engine):
    lab = each_engine
    await post(lab, "1", "2", "3")
    await post(lab, "a", to=THERE)
    lab.bitrix.faults.fail(Temporary("bitrix-unreachable"), method="send")
    await lab.settle()
    assert texts(lab) == []  # the others wait behind the first
    assert texts(lab, THERE) == ["a"]
    lab.clock.push(seconds=2)
    await lab.settle()
    assert texts(lab) == ["1", "2", "3"]


@pytest.mark.parametrize("fate", [Permanent("bitrix-access-denied"), Refused("file-too-large", limit_mb=1)])
async def test_what_cannot_be_delivered_is_buried_and_the_rest_goes_on(each_engine, fate):
    lab = each_engine
    await post(lab, "1", "2")
    lab.bitrix.faults.fail(fate, method="send")
    await lab.settle()
    assert texts(lab) == ["2"]
    (dead,) = await lab.outbox("dead")
    assert dead.last_code == fate.code
    async with lab.db.transaction() as tx:
        assert await outbox.retry(tx, lab.portal.id, dead.id, lab.clock.now)
    await lab.settle()
    assert texts(lab) == ["2", "1"]


async def test_a_fault_of_our_own_is_buried_by_name_only(lab):
    await post(lab, "1", "2")
    lab.bitrix.send, kept = None, lab.bitrix.send
    await lab.deliver()
    lab.bitrix.send = kept
    await lab.settle()
    (dead,) = await lab.outbox("dead")
    assert (dead.last_code, dead.last_reason) == ("internal", "TypeError")
    assert texts(lab) == ["2"]


async def test_an_unclear_post_is_repeated(lab):
    await post(lab, "1")
    lab.bitrix.faults.fail(Unclear("bitrix-timeout"), method="send", after=True)
    await lab.settle()
    lab.clock.push(seconds=2)
    await lab.settle()
    assert texts(lab) == ["1", "1"]  # at least once (decision 7)


async def test_attempts_reason_and_next_try_stand_in_the_row(lab):
    await post(lab, "1")
    lab.bitrix.faults.fail(Temporary("bitrix-query-limit", "slow down", retry_after_s=30.0), method="send")
    await lab.settle()
    (row,) = await lab.outbox("waiting")
    assert (row.attempts, row.last_code) == (1, "bitrix-query-limit")
    assert "slow down" in row.last_reason
    assert row.next_try_at == lab.clock.now + timedelta(seconds=30)
    lab.clock.push(seconds=29)
    await lab.settle()
    assert texts(lab) == []
    lab.clock.push(seconds=1)
    await lab.settle()
    assert texts(lab) == ["1"]


async def test_after_three_days_it_is_given_up(lab):
    await post(lab, "1")
    for _ in range(4):
        assert not await lab.outbox("dead")
        lab.bitrix.faults.fail(Temporary("bitrix-unreachable"), method="send")
        await lab.settle()
        lab.clock.push(days=1, seconds=LONGEST_DELAY_S)
    (dead,) = await lab.outbox("dead")
    assert dead.last_code == "bitrix-unreachable"


def test_back_off_doubles_up_to_five_minutes():
    for attempts, base in ((1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (1000, 300), (5000, 300)):
        for _ in range(20):
            assert base * 0.8 <= delay_after(attempts) <= base * 1.2
    assert delay_after(1, 40.0) == 40.0
    assert delay_after(10, 1.0) >= 240


async def test_a_slow_destination_does_not_hold_the_others(lab):
    await post(lab, "slow")
    await post(lab, "quick", to=THERE)
    gate, quick, send = asyncio.Event(), asyncio.Event(), lab.bitrix.send

    async def slow(to, reply, **more):
        if to == HERE:
            await gate.wait()
        sent = await send(to, reply, **more)
        quick.set()
        return sent

    lab.bitrix.send = slow
    await lab.deliveries.work()
    async with asyncio.timeout(5):
        await quick.wait()
    assert (texts(lab), texts(lab, THERE)) == ([], ["quick"])
    gate.set()
    await lab.deliveries.drain()
    assert texts(lab) == ["slow"]


async def test_two_replicas_deliver_once(each_engine):
    lab = each_engine
    wanted = [str(n) for n in range(6)]
    await post(lab, *wanted)
    await post(lab, *wanted, to=THERE)
    other = Deliveries(lab.scopes, lab.deliveries._kinds)
    while await lab.outbox("waiting"):
        await asyncio.gather(lab.deliveries.work(), other.work())
        await asyncio.gather(lab.deliveries.drain(), other.drain())
    for place in (HERE, THERE):
        assert texts(lab, place) == wanted


# --- threads and tasks ---------------------------------------------------------------------------------------


async def test_a_thread_is_made_once_though_its_answer_was_lost(lab):
    lab.bitrix.faults.fail(Unclear("bitrix-timeout"), method="create_thread", after=True)
    request = await file(lab, await lab.known("5"), settle=True)
    assert not [row for row in await lab.outbox("done") if row.kind == "thread.create"]
    lab.clock.push(seconds=100)
    await lab.settle()
    thread = lab.bitrix.thread(request.number)  # exactly one
    assert "Взять" in lab.bitrix.at(thread)[0].labels
    assert lab.bitrix.faults.calls.count("create_thread") == 1


async def test_a_thread_whose_card_failed_gets_it_later(lab):
    lab.bitrix.faults.fail(Temporary("bitrix-unreachable"), method="send")
    request = await file(lab, await lab.known("5"), settle=True)
    thread = lab.bitrix.thread(request.number)
    assert lab.bitrix.at(thread) == []
    lab.clock.push(seconds=100)
    await lab.settle()
    assert lab.bitrix.thread(request.number) == thread
    assert "Взять" in lab.bitrix.at(thread)[0].labels
    await act(lab, request, "2", "take")
    await lab.settle()
    assert "в работе" in lab.bitrix.at(thread)[0].text  # and it is the one that is edited


async def test_a_task_is_made_once_though_its_answer_was_lost(lab):
    lab.tasks.faults.fail(Unclear("bitrix-timeout"), method="create", after=True)
    request = await file(lab, await lab.known("5"), settle=True)
    lab.clock.push(seconds=100)
    await lab.settle()
    assert len(lab.tasks.kept) == 1
    card = lab.bitrix.at(lab.bitrix.thread(request.number))[0]
    assert lab.tasks.only.ref.url in card.text


async def test_what_happens_while_the_portal_is_down_arrives_in_order(lab):
    for _ in range(2):
        lab.tasks.faults.fail(Temporary("bitrix-unreachable"), method="create")
    request = await file(lab, await lab.known("5"), settle=True)
    for action in ("take", "answer"):
        await act(lab, request, "2", action, f"{action}!")
    for _ in range(4):
        lab.clock.push(seconds=10)
        await lab.settle()
    task = lab.tasks.only
    assert task.status == "awaiting_control"
    said = "\n".join(task.said)
    assert 0 <= said.index("take!") < said.index("answer!")
    assert not await lab.outbox("dead")


async def test_many_changes_want_one_edit_of_the_card(lab):
    request = await file(lab, await lab.known("5"), settle=True)
    for user_id, action in (("2", "take"), ("2", "answer"), ("5", "object"), ("2", "answer")):
        await act(lab, request, user_id, action)
    assert len([row for row in await lab.outbox("waiting") if row.kind == "thread.card"]) == 1
    await lab.settle()
    assert "ответ дан" in lab.bitrix.at(lab.bitrix.thread(request.number))[0].text


# --- the conversation's step ---------------------------------------------------------------------------------


async def test_a_step_whose_message_is_gone_is_sent_anew(lab):
    olga = lab.staff("5")
    await olga.writes("/new")
    await olga.writes(STORY)
    old = olga.reads("шаг 2")
    del lab.bitrix.messages[HERE, old.id]
    await olga.presses_old(old, "Инцидент")
    assert olga.reads("шаг 3").id != old.id
    await olga.presses("Оставить")
    olga.reads("шаг 4")
    assert not await lab.outbox("dead")


async def test_buttons_that_cannot_be_taken_back_stop_nobody(lab):
    olga = lab.staff("5")
    await olga.writes("/new")
    for fault in (Temporary("bitrix-unreachable"), Permanent("bitrix-access-denied")):
        lab.bitrix.faults.fail(fault, method="edit")
        await olga.writes("/lang ru")
        olga.reads("шаг 1")
    assert not await lab.outbox("dead")
    assert not await lab.outbox("waiting")


async def test_an_edit_refused_for_good_is_told_to_the_operator(lab):
    olga = lab.staff("5")
    await olga.writes("/new")
    await olga.writes(STORY)
    lab.bitrix.faults.fail(Permanent("bitrix-access-denied"), method="edit")
    await olga.presses("Инцидент")
    (dead,) = await lab.outbox("dead")
    assert (dead.kind, dead.last_code) == ("prompt.show", "bitrix-access-denied")
