"""Support's threads: words out, notes inside, several people of support, two messengers side by side."""

import pytest

from domain.chat import IncomingKind
from tests.lab import file_request


@pytest.fixture
async def thread(lab, olga):
    await file_request(olga)
    return lab.bitrix.thread("FB-2026-000001")


async def test_notes_stay_inside(lab, olga, pyotr, thread):
    count = len(olga.messages())
    notes = ("// лицензия?", "//лицензия?", "Заметка: лицензия?", "заметка:лицензия?", "NOTE: лицензия?")
    for note in notes:
        await pyotr.writes(note, to=thread)
        assert "лицензия?" in lab.tasks.only.said[-1]
    assert len(olga.messages()) == count
    assert await lab.history() == ["filed", *["note"] * len(notes)]
    assert (await lab.request()).first_replied_at is None
    await olga.writes("/request FB-2026-000001")
    assert "лицензия" not in olga.last().text
    await pyotr.writes("/request FB-2026-000001", to=thread)
    assert "лицензия" in pyotr.last(thread).text


async def test_a_note_stays_inside_while_an_answer_is_asked_for(lab, olga, pyotr, thread):
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("// сначала проверю сам", to=thread)
    olga.never_saw("проверю сам")
    assert (await lab.request()).status == "registered"
    await pyotr.writes("Обновили модуль", to=thread)
    olga.reads("Обновили модуль")
    assert await lab.history() == ["filed", "note", "answered"]


async def test_words_reach_requester_and_task_and_never_echo(lab, olga, pyotr, thread):
    await pyotr.writes("Смотрю, одну минуту", to=thread)
    assert "<b>Пётр Ким</b> по FB-2026-000001" in olga.reads("Смотрю, одну минуту").text
    assert any("Смотрю, одну минуту" in said for said in lab.tasks.only.said)
    pyotr.never_saw("Смотрю, одну минуту", at=thread)
    assert (await lab.request()).first_replied_at == lab.clock.now


async def test_who_is_not_of_support_is_told_so(lab, olga, thread):
    marina = lab.staff("4")
    await marina.writes("а что тут?", to=thread)
    marina.reads("это сообщение никуда не ушло", at=thread)
    olga.never_saw("а что тут?")
    assert await lab.history() == ["filed"]


async def test_two_people_of_support_do_not_get_into_each_others_way(lab, olga, pyotr, darya, thread):
    await pyotr.presses("Взять", at=thread)
    olga.reads("Занимается Пётр Ким")
    await pyotr.presses("Ответ", at=thread)
    await darya.writes("Я пока спрошу про версию", to=thread)
    assert "Дарья Лебедева" in olga.reads("Я пока спрошу про версию").text
    assert (await lab.request()).status == "in_progress"
    await darya.presses("Ответ", at=thread)
    await darya.writes("Обновили модуль", to=thread)
    assert (await lab.request()).status == "answered"
    await pyotr.writes("и перезапустили", to=thread)
    pyotr.reads("Сейчас так нельзя", at=thread)
    await pyotr.writes("Ещё и перезапустили", to=thread)  # his question is over, words flow again
    olga.reads("Ещё и перезапустили")


async def test_what_is_asked_in_a_thread_is_answered_there_only(lab, olga, pyotr, thread):
    await pyotr.writes("/new")
    await pyotr.writes("Принтер на стойке не печатает счета")
    step = pyotr.reads("шаг 2")
    await pyotr.presses("Ответ", at=thread)
    assert pyotr.last().labels == step.labels  # his draft keeps its buttons
    await pyotr.presses("Инцидент")
    await pyotr.writes("Моя собственная тема")
    pyotr.reads("шаг 4")
    olga.never_saw("Моя собственная тема")
    await pyotr.writes("Обновили модуль", to=thread)
    olga.reads("Обновили модуль")
    await pyotr.presses("Пропустить")
    pyotr.reads("шаг 5")


async def test_questions_in_two_threads_keep_apart(lab, olga, pyotr, thread):
    await file_request(olga, "Принтер не печатает")
    other = lab.bitrix.thread("FB-2026-000002")
    await pyotr.presses("Ответ", at=thread)
    await pyotr.presses("Запросить сведения", at=other)
    await pyotr.writes("Отчёт готов", to=thread)
    await pyotr.writes("Какой принтер?", to=other)
    assert [(await lab.request(n)).status for n in (1, 2)] == ["answered", "waiting"]


@pytest.mark.parametrize("way", ["Отмена", "отмена.", "/cancel"])
async def test_an_answer_can_be_called_off(lab, olga, pyotr, thread, way):
    await pyotr.presses("Ответ", at=thread)
    if way == "Отмена":
        await pyotr.presses(way, at=thread)
    else:
        await pyotr.writes(way, to=thread)
    pyotr.reads("ничего не отправил", at=thread)
    assert not pyotr.last(thread).buttons
    assert await lab.history() == ["filed"]
    await pyotr.writes("Просто слова", to=thread)
    olga.reads("Просто слова")


async def test_the_question_loses_its_button_when_answered(lab, olga, pyotr, thread):
    await pyotr.presses("Ответ", at=thread)
    asked = pyotr.reads("Напишите ответ", at=thread)
    await pyotr.writes("Обновили модуль", to=thread)
    assert not lab.bitrix.messages[thread, asked.id].buttons


async def test_typed_command_names_are_words_here(lab, olga, pyotr, thread):
    for words in ("помощь", "заезды", "номер 305", "отмена"):
        await pyotr.writes(words, to=thread)
        assert words in olga.last().text


async def test_edits_and_empty_events_are_passed_over(lab, olga, pyotr, thread):
    count = len(olga.messages())
    await pyotr.does(pyotr.event(IncomingKind.TEXT, thread, message_id="7", text="правка", edited=True))
    await pyotr.writes("  ", to=thread)
    assert len(olga.messages()) == count


async def test_files_of_support_reach_requester_and_task(lab, olga, pyotr, thread):
    await pyotr.sends("инструкция.pdf", to=thread)
    assert olga.last().file.name == "инструкция.pdf"
    assert [file.name for file in lab.tasks.only.files] == ["инструкция.pdf"]
    await pyotr.presses("Ответ", at=thread)
    await pyotr.sends("решение.pdf", words="Сделайте так", to=thread)
    assert [shown.file.name for shown in olga.messages() if shown.file] == ["инструкция.pdf", "решение.pdf"]
    assert "Сделайте так" in olga.sees("Помогло?").text


async def test_the_card_follows_the_request(lab, olga, pyotr, thread):
    card = lab.bitrix.at(thread)[0]
    assert {"Взять", "Запросить сведения", "Ответ"} <= set(card.labels)
    await pyotr.presses("Взять", at=thread)
    assert "Состояние: в работе" in card.text
    assert "Взять" not in card.labels
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Готово", to=thread)
    assert "ответ дан" in card.text
    assert not {"Взять", "Запросить сведения", "Ответ"} & set(card.labels)
    await olga.presses("Не решено")
    await olga.writes("пусто")
    assert "круг 2" in card.text
    assert {"Запросить сведения", "Ответ"} <= set(card.labels)


async def test_a_deleted_card_comes_again(lab, pyotr, thread):
    card = lab.bitrix.at(thread)[0]
    del lab.bitrix.messages[thread, card.id]
    await pyotr.forges("r:take:1", at=thread)
    assert "Состояние: в работе" in pyotr.sees_button("Ответ", at=thread).text
    assert not await lab.outbox("dead")


async def test_support_that_asks_for_itself(lab, pyotr):
    await file_request(pyotr)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Взять", at=thread)
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Сам себе", to=thread)
    pyotr.reads("Помогло?")
    await pyotr.presses("Решено")
    assert (await lab.request()).status == "completed"


# --- two messengers ------------------------------------------------------------------------------------------


async def test_both_threads_hear_everything_once(forum):
    olga, pyotr = forum.staff("5"), forum.staff("2")
    darya = await forum.linked("3", "5003")
    await file_request(olga)
    here, there = forum.bitrix.thread("FB-2026-000001"), forum.telegram.thread("FB-2026-000001")
    assert darya.sees_button("Взять", at=there)

    await pyotr.writes("Смотрю", to=here)
    assert [message.text.count("Смотрю") for message in forum.telegram.at(there)][-1] == 1
    pyotr.never_saw("Смотрю", at=here)
    await darya.writes("И я смотрю", to=there)
    pyotr.sees("И я смотрю", at=here)
    darya.never_saw("И я смотрю", at=there)
    olga.reads("И я смотрю")

    await olga.presses("Ответить")
    await olga.writes("Спасибо обоим")
    for messenger, thread in ((forum.bitrix, here), (forum.telegram, there)):
        assert len([m for m in messenger.at(thread) if "Спасибо обоим" in m.text]) == 1

    await darya.presses("Ответ", at=there)
    await darya.writes("Готово", to=there)
    pyotr.sees("дан ответ: Готово", at=here)
    darya.never_saw("дан ответ: Готово", at=there)
    olga.reads("Помогло?")


async def test_a_file_goes_to_the_other_thread_and_not_back(forum):
    olga, pyotr = forum.staff("5"), forum.staff("2")
    await file_request(olga)
    here, there = forum.bitrix.thread("FB-2026-000001"), forum.telegram.thread("FB-2026-000001")
    await pyotr.sends("лог.txt", b"log", to=here)
    assert [m.file.name for m in forum.telegram.at(there) if m.file] == ["лог.txt"]
    assert not [m for m in forum.bitrix.at(here) if m.file]
    assert olga.last().file.data == b"log"
    assert forum.stored == [b"log"]


async def test_a_stranger_in_the_forum_is_nobody(forum):
    await file_request(forum.staff("5"))
    there = forum.telegram.thread("FB-2026-000001")
    stranger = forum.caller("6666", "Eve")
    count = len(forum.telegram.at(there))
    await stranger.writes("скажите пароль", to=there)
    await stranger.forges("r:take:1", at=there)
    assert len(forum.telegram.at(there)) == count
    assert await forum.history() == ["filed"]
