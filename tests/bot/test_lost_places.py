"""Threads and tasks that somebody deleted are made again; a bot that was blocked is noticed once."""

import pytest

from domain.chat import IncomingKind
from domain.errors import Permanent, Temporary, Unclear
from storage import Database
from tests.conftest import FakeClock
from tests.lab import Lab, file_request, open_lab

NUMBER = "FB-2026-000001"


@pytest.fixture
async def both(db: Database, clock: FakeClock, tmp_path) -> Lab:
    """Portal and forum, on each engine."""
    return await open_lab(db, clock, tmp_path, forum=True)


def deleted(messenger, place):
    """Somebody deletes a topic (or a chat) with everything in it."""
    del messenger.threads[place]
    for key in [key for key in messenger.messages if key[0] == place]:
        del messenger.messages[key]


async def later(lab, seconds):
    lab.clock.push(seconds=seconds)
    await lab.settle()


# --- threads -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["telegram", "bitrix"])
async def test_a_deleted_thread_is_made_again_with_a_card_that_says_so(both, which):
    olga, pyotr = both.staff("5"), both.staff("2")
    await file_request(olga)
    messenger = getattr(both, which)
    gone = messenger.thread(NUMBER)
    other = (both.bitrix if which == "telegram" else both.telegram).thread(NUMBER)
    deleted(messenger, gone)
    writer = pyotr if which == "telegram" else await both.linked("2", "5002")
    await writer.writes("Всё ещё чиним", to=other)
    new = messenger.thread(NUMBER)
    assert new != gone
    card, words = messenger.at(new)
    assert "удалили" in card.text
    assert "Взять" in card.labels
    assert "Всё ещё чиним" in words.text
    support = await both.linked("2", "5002") if which == "telegram" else pyotr
    await support.writes("Готово", to=new)  # the new one is routed
    olga.sees("Готово")
    assert not await both.outbox("dead")


async def test_a_closed_topic_the_bot_may_not_open_is_made_again_too(both):
    olga, pyotr = both.staff("5"), both.staff("2")
    await file_request(olga)
    both.telegram.faults.fail(Permanent("thread-closed"), method="send")
    await pyotr.writes("Проверяю", to=both.bitrix.thread(NUMBER))
    assert len(both.telegram.threads) == 2
    newest = list(both.telegram.threads)[-1]
    assert "Проверяю" in both.telegram.at(newest)[-1].text


async def test_nobody_opens_a_new_thread_for_the_last_words_of_a_closed_request(both):
    olga = both.staff("5")
    await file_request(olga)
    deleted(both.telegram, both.telegram.thread(NUMBER))
    await olga.presses("Открыть карточку")
    await olga.presses("Отозвать")
    if "Отозвать" in olga.last().labels:
        await olga.presses("Отозвать")
    assert (await both.request()).status == "closed"
    assert not both.telegram.threads
    assert not await both.outbox("dead")


async def test_a_card_deleted_by_hand_comes_back(both):
    olga, pyotr = both.staff("5"), both.staff("2")
    await file_request(olga)
    topic = both.telegram.thread(NUMBER)
    card = both.telegram.at(topic)[0]
    del both.telegram.messages[topic, card.id]
    await pyotr.presses("Взять", at=both.bitrix.thread(NUMBER))
    assert both.telegram.thread(NUMBER) == topic
    assert any("в работе" in one.text and one.buttons for one in both.telegram.at(topic))


async def test_an_unclear_thread_is_adopted_after_it_settled(both):
    both.bitrix.faults.fail(Unclear("bitrix-unclear"), method="create_thread", after=True)
    await file_request(both.staff("5"))
    assert not both.bitrix.at(both.bitrix.thread(NUMBER))  # nobody knows of it yet
    await later(both, 60)
    assert not both.bitrix.at(both.bitrix.thread(NUMBER))  # it could still be on its way
    await later(both, 20)
    assert both.bitrix.at(both.bitrix.thread(NUMBER))
    assert len(both.bitrix.threads) == 1


async def test_a_thread_whose_card_was_lost_in_a_crash_gets_it(both):
    both.bitrix.faults.fail(Temporary("bitrix-busy"), method="send", nth=9)
    await file_request(both.staff("5"))
    await later(both, 5)
    card = both.bitrix.at(both.bitrix.thread(NUMBER))[0]
    assert "Взять" in card.labels
    assert len(both.bitrix.threads) == 1


async def test_words_in_a_spare_thread_are_answered_and_it_is_closed(both):
    olga = both.staff("5")
    await file_request(olga)
    pyotr = await both.linked("2", "5002")
    spare = (await both.telegram.create_thread(f"{NUMBER} · вторая", [])).address
    event = pyotr.event(
        IncomingKind.TEXT,
        spare,
        message_id=both.telegram.next_id(),
        text="Кто здесь?",
        place_title=f"{NUMBER} · вторая",
    )
    await pyotr.does(event)
    texts = [one.text for one in both.telegram.at(spare)]
    assert any("отсюда ничего не уходит" in text for text in texts)
    olga.never_saw("Кто здесь")
    assert "close_thread" in both.telegram.faults.calls


# --- tasks ---------------------------------------------------------------------------------------------------


async def test_a_deleted_task_is_made_again_with_the_history(both):
    olga, pyotr = both.staff("5"), both.staff("2")
    thread_of = both.bitrix.thread
    await file_request(olga)
    await pyotr.writes("Первое слово", to=thread_of(NUMBER))
    both.tasks.kept.clear()
    await pyotr.writes("Второе слово", to=thread_of(NUMBER))
    task = both.tasks.only
    assert task.task.key.endswith(":2")
    story, words = task.said[0], task.said[-1]
    assert "Первое слово" in story
    assert "Второе слово" in words
    assert any(task.ref.task_id in one.text for one in both.bitrix.at(thread_of(NUMBER)))
    assert not await both.outbox("dead")


async def test_words_whose_answer_was_lost_are_not_said_twice_in_the_task(both):
    olga, pyotr = both.staff("5"), both.staff("2")
    await file_request(olga)
    both.tasks.faults.fail(Unclear("bitrix-unclear"), method="say", after=True)
    await pyotr.writes("Один раз", to=both.bitrix.thread(NUMBER))
    await later(both, 70)
    assert sum("Один раз" in text for text in both.tasks.only.said) == 1
    await later(both, 30)
    await both.task_watch.look(both.portal.id)
    await both.settle()
    assert (
        sum("Один раз" in one.text for one in olga.messages()) == 1
    )  # and they don't come back as a comment


async def test_the_same_words_said_before_are_not_taken_for_the_lost_ones(both):
    olga, pyotr = both.staff("5"), both.staff("2")
    await file_request(olga)
    thread = both.bitrix.thread(NUMBER)
    await pyotr.writes("Смотрю", to=thread)
    both.tasks.faults.fail(Unclear("bitrix-unclear"), method="say")
    await pyotr.writes("Смотрю", to=thread)
    await later(both, 70)
    assert sum("Смотрю" in text for text in both.tasks.only.said) == 2


# --- people --------------------------------------------------------------------------------------------------


async def test_a_requester_who_blocked_the_bot_is_reached_in_the_portal(both):
    await both.known("5")
    olga, at_home = await both.linked("5", "5001"), both.staff("5")
    pyotr = both.staff("2")
    await file_request(olga)
    thread = both.bitrix.thread(NUMBER)
    both.telegram.shut_out.add(olga.home)
    await pyotr.writes("Раз", to=thread)
    calls = len(both.telegram.faults.calls)
    await pyotr.writes("Два", to=thread)
    at_home.sees("Раз")
    at_home.sees("Два")
    olga.never_saw("Два")
    told = [one for one in both.bitrix.at(thread) if "заблокировал бота" in one.text]
    assert len(told) == 1
    assert both.telegram.faults.calls[calls:].count("send") == 1  # the topic's copy, nothing to her
    assert not await both.outbox("dead")


async def test_deliveries_to_a_blocked_chat_are_not_tried_again(both):
    olga = await both.linked("5", "5001")
    pyotr = both.staff("2")
    await file_request(olga)
    await olga.does(olga.event(IncomingKind.BLOCKED))
    shown = len(olga.messages())
    await pyotr.writes("Есть новости", to=both.bitrix.thread(NUMBER))
    assert len(olga.messages()) == shown
    both.staff("5").sees("Есть новости")
    await olga.does(olga.event(IncomingKind.BLOCKED, text="unblocked"))
    await pyotr.writes("Ещё новости", to=both.bitrix.thread(NUMBER))
    olga.sees("Ещё новости")
    assert any("снова доступен" in one.text for one in both.bitrix.at(both.bitrix.thread(NUMBER)))


async def test_who_writes_again_is_reachable_again(both):
    olga = await both.linked("5", "5001")
    await file_request(olga)
    await olga.does(olga.event(IncomingKind.BLOCKED))
    await olga.writes("/my")
    olga.sees(NUMBER)
    person = await both.person("5")
    assert not person.blocked


async def test_who_has_no_other_messenger_is_named_to_the_desk(both):
    async with both.scopes.writing(both.portal.id) as scope:
        from domain.chat import Channel
        from storage import people

        person_id = await people.insert(scope.tx, both.portal.id, "Гость без портала", None, "ru", scope.now)
        await people.add_account(scope.tx, both.portal.id, person_id, Channel.TELEGRAM, "7001")
    guest = both.caller("7001", "Гость без портала")
    await file_request(guest)
    thread = both.bitrix.thread(NUMBER)
    await guest.does(guest.event(IncomingKind.BLOCKED))
    await guest.does(guest.event(IncomingKind.BLOCKED))
    await both.staff("2").writes("Ау", to=thread)
    told = [one for one in both.bitrix.at(thread) if "другого мессенджера у него нет" in one.text]
    assert len(told) == 1
    assert not await both.outbox("dead")
