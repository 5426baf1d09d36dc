"""Edits, deletions, replies and files: what one side did to a message shows on the other, and never comes back."""

from dataclasses import replace

import pytest

from domain.chat import IncomingKind
from domain.errors import Permanent
from storage import Database
from tests.conftest import FakeClock
from tests.lab import Lab, Someone, file_request, open_lab


@pytest.fixture
async def both(db: Database, clock: FakeClock, tmp_path) -> Lab:
    """Portal and forum, on each engine."""
    return await open_lab(db, clock, tmp_path, forum=True)


async def edits(person: Someone, event, words):
    """The person's client tells of new words for an earlier message."""
    await person.does(
        replace(event, event_key=person.lab.event_key(), kind=IncomingKind.TEXT, text=words, edited=True)
    )


async def deletes(person: Someone, event):
    await person.does(
        replace(event, event_key=person.lab.event_key(), kind=IncomingKind.DELETED, text="", files=())
    )


async def filed(lab: Lab):
    """Olga's request; support at its thread and topic."""
    olga, pyotr = lab.staff("5"), lab.staff("2")
    await file_request(olga)
    thread, topic = lab.bitrix.thread("FB-2026-000001"), lab.telegram.thread("FB-2026-000001")
    return olga, pyotr, thread, topic


async def test_an_edit_in_the_thread_reaches_everybody_in_place(both):
    olga, pyotr, thread, topic = await filed(both)
    said = await pyotr.writes("Проверим до обида", to=thread)
    before = [olga.sees("до обида"), both.telegram.at(topic)[-1], len(both.tasks.only.words)]
    shown = (len(olga.messages()), len(both.telegram.at(topic)), len(both.bitrix.at(thread)))
    await edits(pyotr, said, "Проверим до обеда")
    assert "до обеда" in before[0].text
    assert "изменено" in before[0].text
    assert "до обеда" in before[1].text
    assert any("до обеда" in text for text in both.tasks.only.said)
    assert not any("до обида" in text for text in both.tasks.only.said)
    assert (len(olga.messages()), len(both.telegram.at(topic)), len(both.bitrix.at(thread))) == shown
    assert len(both.tasks.only.words) == before[2]
    assert "edited" in await both.history()
    assert not await both.outbox("dead")


async def test_a_requesters_edit_reaches_threads_and_task(both):
    olga, _pyotr, thread, topic = await filed(both)
    await olga.presses("Открыть карточку")
    await olga.presses("Ответить")
    said = await olga.writes("Ошибка 45")
    await edits(olga, said, "Ошибка 54")
    for messenger, place in ((both.bitrix, thread), (both.telegram, topic)):
        texts = [one.text for one in messenger.at(place)]
        assert any("Ошибка 54" in text for text in texts)
        assert not any("Ошибка 45" in text for text in texts)
    assert any("Ошибка 54" in text for text in both.tasks.only.said)
    olga.never_saw("Ошибка 54")


async def test_a_deletion_in_the_portal_overwrites_the_copies(both):
    olga, pyotr, thread, topic = await filed(both)
    said = await pyotr.writes("Пароль зала 12", to=thread)
    await deletes(pyotr, said)
    olga.never_saw("Пароль зала")
    assert "удалено" in olga.last().text
    assert "удалено" in both.telegram.at(topic)[-1].text
    assert not any("Пароль зала" in text for text in both.tasks.only.said)
    assert "deleted" in await both.history()


async def test_deleted_words_take_their_files_along(both):
    olga, pyotr, thread, topic = await filed(both)
    file = both.bitrix.upload("план.png", b"png")
    said = await pyotr.writes("Вот план", to=thread, files=[file])
    assert any(one.file for one in olga.messages())
    await deletes(pyotr, said)
    assert not any(one.file for one in olga.messages())
    assert not any(one.file for one in both.telegram.at(topic))
    assert not await both.outbox("dead")


async def test_an_edit_that_waits_behind_its_own_message_comes_after_it(both):
    olga, pyotr, thread, _topic = await filed(both)
    clock = both.clock
    both.bitrix.faults.fail(_later(), method="send")
    said = await pyotr.writes("первое", to=thread)
    olga.never_saw("первое")
    await edits(pyotr, said, "второе")
    clock.push(seconds=10)
    await both.settle()
    assert "второе" in olga.last().text
    olga.never_saw("первое")


def _later():
    from domain.errors import Temporary

    return Temporary("bitrix-busy")


async def test_a_note_stays_a_note_whatever_it_is_edited_to(both):
    olga, pyotr, thread, topic = await filed(both)
    said = await pyotr.writes("// похоже на лицензию", to=thread)
    await edits(pyotr, said, "точно лицензия")
    olga.never_saw("лицензия")
    copy = both.telegram.at(topic)[-1]
    assert "точно лицензия" in copy.text
    assert "заметка" in copy.text


async def test_words_edited_into_a_note_are_taken_back_from_the_requester(both):
    olga, pyotr, thread, topic = await filed(both)
    said = await pyotr.writes("это их администратор напутал", to=thread)
    await edits(pyotr, said, "// это их администратор напутал")
    olga.never_saw("напутал")
    assert "напутал" in both.telegram.at(topic)[-1].text


async def test_a_reply_answers_the_copy_on_the_other_side(both):
    olga, pyotr, thread, topic = await filed(both)
    await olga.presses("Открыть карточку")
    await olga.presses("Ответить")
    asked = await olga.writes("Какой порт открыть?")
    copy = next(one for one in both.bitrix.at(thread) if "Какой порт" in one.text)
    event = pyotr.event(
        IncomingKind.TEXT, thread, message_id=both.bitrix.next_id(), text="5010", reply_to=copy.id
    )
    await pyotr.does(event)
    assert olga.last().reply_to == asked.message_id
    topic_copy = next(one for one in both.telegram.at(topic) if "Какой порт" in one.text)
    assert both.telegram.at(topic)[-1].reply_to == topic_copy.id


async def test_a_messengers_reply_goes_to_its_request_though_another_one_waits(both):
    olga, pyotr, thread, _topic = await filed(both)
    await file_request(olga, "Не печатает принтер на стойке")
    other = both.bitrix.thread("FB-2026-000002")
    await pyotr.presses("Запросить сведения", at=other)
    await pyotr.writes("Какой принтер?", to=other)
    await pyotr.writes("Посмотрите журнал", to=thread)
    shown = olga.sees("Посмотрите журнал")
    reply = olga.event(
        IncomingKind.TEXT, message_id=both.bitrix.next_id(), text="В журнале пусто", reply_to=shown.id
    )
    await olga.does(reply)
    assert any(
        "В журнале пусто" in one.text for one in both.telegram.at(both.telegram.thread("FB-2026-000001"))
    )
    assert (await both.request(2)).status == "waiting"


async def test_an_edit_brings_only_the_file_that_is_new(both):
    _olga, pyotr, thread, topic = await filed(both)
    first = both.bitrix.upload("один.txt", b"1")
    said = await pyotr.writes("смотрите", to=thread, files=[first])
    second = both.bitrix.upload("два.txt", b"2")
    await edits(pyotr, replace(said, files=(first, second)), "смотрите")
    names = [one.file.name for one in both.telegram.at(topic) if one.file]
    assert names == ["один.txt", "два.txt"]


async def test_secrets_in_an_edit_are_blanked_too(both):
    olga, pyotr, thread, _topic = await filed(both)
    said = await pyotr.writes("Войдите как обычно", to=thread)
    await edits(pyotr, said, "Войдите, пароль: qwerty123")
    olga.never_saw("qwerty123")
    assert "Войдите" in olga.last().text


@pytest.mark.parametrize("kind", ["edit", "delete"])
async def test_a_message_nobody_relayed_changes_nothing(both, kind):
    olga, _pyotr, _thread, _topic = await filed(both)
    said = await olga.writes("/my")
    rows = len(await both.outbox())
    await (edits(olga, said, "другое") if kind == "edit" else deletes(olga, said))
    assert len(await both.outbox()) == rows


async def test_an_answers_words_follow_their_edit(both):
    olga, pyotr, thread, _topic = await filed(both)
    await pyotr.presses("Ответ", at=thread)
    said = await pyotr.writes("Перезапустили слюжбу", to=thread)
    await edits(pyotr, said, "Перезапустили службу")
    shown = olga.sees("Перезапустили службу")
    assert "Решено" in shown.labels
    olga.never_saw("слюжбу")


async def test_a_copy_deleted_by_hand_is_written_anew(both):
    olga, pyotr, thread, topic = await filed(both)
    said = await pyotr.writes("старое", to=thread)
    copy = both.telegram.at(topic)[-1]
    del both.telegram.messages[topic, copy.id]
    await edits(pyotr, said, "новое")
    assert "новое" in both.telegram.at(topic)[-1].text
    await edits(pyotr, said, "новейшее")
    assert "новейшее" in both.telegram.at(topic)[-1].text
    assert "новейшее" in olga.last().text


async def test_editing_too_long_words_replaces_all_their_messages(both):
    olga, pyotr, thread, _topic = await filed(both)
    said = await pyotr.writes("коротко", to=thread)
    long = "слово " * 900
    await edits(pyotr, said, long)
    olga.never_saw("коротко")
    assert "слово слово" in olga.last().text


async def test_a_message_that_is_too_old_to_edit_in_the_task_is_said_again(both):
    _olga, pyotr, thread, _topic = await filed(both)
    said = await pyotr.writes("первое", to=thread)
    both.tasks.faults.fail(Permanent("message-gone"), method="amend")
    await edits(pyotr, said, "второе")
    assert any("второе" in text for text in both.tasks.only.said)
