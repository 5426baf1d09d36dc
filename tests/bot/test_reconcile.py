"""Half-hourly reconciliation mends what was lost; the daily self-audit speaks only when something is off."""

import pytest

from domain.chat import Channel, Sender, ThreadRef
from domain.errors import Permanent, Unclear
from domain.ports import ChatWord, TaskStatus
from storage import Database, links
from tests.conftest import FakeClock
from tests.lab import Lab, file_request, open_lab

NUMBER = "FB-2026-000001"


@pytest.fixture
async def desk(db: Database, clock: FakeClock, tmp_path) -> Lab:
    """Portal and forum, on each engine."""
    return await open_lab(db, clock, tmp_path, forum=True)


async def mended(lab: Lab, minutes: float = 31):
    lab.clock.push(minutes=minutes)
    assert await lab.house.reconcile.tick(lab.portal.id)
    await lab.settle()


def word(number: int, user_id: str, text: str, at, **more) -> ChatWord:
    return ChatWord(str(number), Sender(Channel.BITRIX24, user_id, "Пётр Ким"), text, at, **more)


async def test_a_request_without_task_and_topic_gets_both(desk):
    desk.tasks.faults.fail(Permanent("bitrix-insufficient-scope"), method="create")
    desk.telegram.faults.fail(Permanent("telegram-not-enough-rights"), method="create_thread")
    await file_request(desk.staff("5"))
    # the rows behind it make up for the task at once; take both away as a bad day would
    request = await desk.request()
    async with desk.scopes.writing(desk.portal.id) as scope:
        for kind in ("task", "thread:telegram"):
            await links.remove(scope.tx, desk.portal.id, kind, "request", str(request.id))
    desk.tasks.kept.clear()
    desk.telegram.threads.clear()
    await mended(desk)
    assert desk.tasks.only.task.title.startswith(f"Обращение {NUMBER}")
    assert desk.telegram.thread(NUMBER)
    assert not await desk.outbox("dead")


async def test_it_runs_every_half_hour_and_not_more_often(desk):
    await mended(desk)
    desk.clock.push(minutes=10)
    assert not await desk.house.reconcile.tick(desk.portal.id)
    await mended(desk, 21)


async def test_what_an_operator_made_possible_is_delivered(desk):
    await file_request(desk.staff("5"))
    topic = desk.telegram.thread(NUMBER)
    desk.telegram.faults.fail(Permanent("telegram-not-enough-rights"), method="send")
    await desk.staff("2").writes("Слово", to=desk.bitrix.thread(NUMBER))
    assert [row.kind for row in await desk.outbox("dead")] == ["thread.post"]
    await mended(desk)
    assert not await desk.outbox("dead")
    assert "Слово" in desk.telegram.at(topic)[-1].text


async def test_what_can_never_succeed_is_left_to_people(desk):
    await file_request(desk.staff("5"))
    desk.telegram.faults.fail(Permanent("telegram-too-long"), method="send")
    await desk.staff("2").writes("Слово", to=desk.bitrix.thread(NUMBER))
    await mended(desk)
    assert len(await desk.outbox("dead")) == 1


async def test_words_the_bot_was_never_told_of_are_taken_in_once(desk):
    olga, pyotr = desk.staff("5"), desk.staff("2")
    await file_request(olga)
    thread = desk.bitrix.thread(NUMBER)
    told = await pyotr.writes("дошло само", to=thread)
    at = desk.clock.now
    desk.tasks.chats[thread.chat] = [
        word(900001, "2", "потерялось", at),
        word(900002, "0", "система", at, is_person=False),
    ]
    await mended(desk)
    await mended(desk)
    assert sum("потерялось" in one.text for one in olga.messages()) == 1
    assert sum("дошло само" in one.text for one in olga.messages()) == 1
    olga.never_saw("система")
    assert told.message_id not in {one.message_id for one in desk.tasks.chats[thread.chat]}


async def test_fresh_and_long_past_words_are_left_alone(desk):
    olga = desk.staff("5")
    await file_request(olga)
    thread = desk.bitrix.thread(NUMBER)
    old = desk.clock.now
    desk.clock.push(days=4)
    await desk.house.reconcile.tick(desk.portal.id)
    desk.clock.push(minutes=31)
    desk.tasks.chats[thread.chat] = [
        word(900001, "2", "слишком давно", old),
        word(900002, "2", "ещё в пути", desk.clock.now),
    ]
    await desk.house.reconcile.tick(desk.portal.id)
    await desk.settle()
    olga.never_saw("слишком давно")
    olga.never_saw("ещё в пути")


async def test_a_deletion_the_bot_was_never_told_of_follows(desk):
    olga, pyotr = desk.staff("5"), desk.staff("2")
    await file_request(olga)
    thread = desk.bitrix.thread(NUMBER)
    said = await pyotr.writes("лишнее", to=thread)
    desk.tasks.chats[thread.chat] = [word(int(said.message_id), "2", "", desk.clock.now, deleted=True)]
    await mended(desk)
    olga.never_saw("лишнее")


async def test_a_task_out_of_step_is_set_again(desk):
    await file_request(desk.staff("5"))
    desk.tasks.faults.fail(Permanent("bitrix-unknown"), method="set_status")
    await desk.staff("2").presses("Взять", at=desk.bitrix.thread(NUMBER))
    assert desk.tasks.only.status == TaskStatus.PENDING
    desk.clock.push(minutes=31)
    await desk.house.reconcile.tick(desk.portal.id)
    await desk.settle()
    assert desk.tasks.only.responsible_id == "2"


async def test_a_task_deleted_meanwhile_comes_back(desk):
    await file_request(desk.staff("5"))
    desk.tasks.kept.clear()
    await mended(desk)
    assert desk.tasks.only.task.key.endswith(":2")


async def test_a_spare_chat_of_an_unclear_create_is_found_and_closed(desk):
    desk.bitrix.faults.fail(Unclear("bitrix-unclear"), method="create_thread")
    await file_request(desk.staff("5"))
    desk.clock.push(seconds=70)
    await desk.settle()
    routed = desk.bitrix.thread(NUMBER)
    late = ThreadRef((await desk.bitrix.create_thread(f"{NUMBER} · поздно", [])).address, "")
    await mended(desk)
    assert "этот закрываю" in desk.bitrix.at(late.address)[-1].text
    assert late.address in desk.bitrix.closed
    assert routed not in desk.bitrix.closed
    calls = desk.bitrix.faults.calls.count("find_threads")
    await mended(desk)
    assert desk.bitrix.faults.calls.count("find_threads") == calls  # looked for once


# --- the self-audit -------------------------------------------------------------------------------------------


async def audited(lab: Lab):
    """The next morning."""
    lab.clock.push(days=1)
    assert await lab.house.self_audit.tick(lab.portal.id)
    await lab.settle()


async def test_all_in_order_is_not_worth_a_word(desk):
    marina = desk.staff("4")
    await marina.writes("/help")
    before = len(marina.messages())
    await file_request(desk.staff("5"))
    await desk.staff("2").writes("Смотрю", to=desk.bitrix.thread(NUMBER))
    await audited(desk)
    assert len(marina.messages()) == before
    assert not await desk.house.self_audit.tick(desk.portal.id)  # once a day


async def test_what_is_off_is_told_to_managers_in_both_messengers(desk):
    marina = desk.staff("4")
    await file_request(desk.staff("5"))
    desk.clock.push(hours=20)
    desk.telegram.faults.fail(Permanent("telegram-too-long"), method="send")
    await desk.staff("2").writes("Слово", to=desk.bitrix.thread(NUMBER))
    request = await desk.request()
    async with desk.scopes.writing(desk.portal.id) as scope:
        await links.remove(scope.tx, desk.portal.id, "task", "request", str(request.id))
    desk.clock.push(hours=4)
    assert await desk.house.self_audit.tick(desk.portal.id)
    await desk.settle()
    told = marina.sees("не всё сошлось")
    assert "треды Telegram: 1 (telegram-too-long)" in told.text
    assert f"без задачи: {NUMBER}" in told.text
    managers = next(place for place, _ in desk.telegram.messages if place.chat == "-2002")
    assert "не всё сошлось" in desk.telegram.at(managers)[-1].text


async def test_words_without_a_copy_are_noticed(desk):
    from storage import relayed

    await file_request(desk.staff("5"))
    request = await desk.request()
    async with desk.scopes.writing(desk.portal.id) as scope:
        from domain.chat import MessageRef

        ref = MessageRef(desk.bitrix.thread(NUMBER), "777")
        await relayed.add_origin(scope.tx, desk.portal.id, request.id, "support_wrote:x", ref)
    found = await desk.house.self_audit.findings(desk.portal.id, desk.clock.now)
    assert any(NUMBER in line and "без копий" in line for line in found)
    assert not await desk.house.self_audit.findings(desk.portal.id, desk.clock.now)  # told once
