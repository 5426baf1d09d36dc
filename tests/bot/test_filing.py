"""Filing a request: the eight steps, back and forth, pressed and typed."""

import pytest

from domain.errors import Permanent, Temporary
from storage import requests
from tests.lab import STORY, file_request

STEPS = ("шаг 1", "шаг 2", "шаг 3", "шаг 4", "шаг 5", "шаг 6", "шаг 7", "Проверьте, пожалуйста")


async def test_eight_steps_end_in_a_number_with_deadlines_and_why(each_engine):
    olga = each_engine.staff("5")
    await olga.writes("новое обращение")
    olga.reads("шаг 1 из 8")
    await olga.writes(STORY)
    olga.reads("шаг 2")
    await olga.presses("Инцидент")
    olga.reads("шаг 3")
    await olga.presses("Оставить")
    olga.reads("Пришлите скриншот")
    await olga.sends("экран.png")
    olga.reads("экран.png")
    await olga.presses("Готово")
    olga.reads("При каких условиях")
    await olga.writes("только ночью")
    olga.reads("user5@hotel.example")
    await olga.presses("Мой логин")
    olga.reads("hotel.bitrix24.ru")
    await olga.presses("Этот портал")
    review = olga.reads("Проверьте, пожалуйста")
    for stated in (STORY, "Тип: Инцидент", "только ночью", "user5@hotel.example", "Файлов: 1"):
        assert stated in review.text
    await olga.presses("Отправить")
    registered = olga.reads("Обращение FB-2026-000001 зарегистрировано")
    assert "приоритет: высокий" in registered.text
    assert "пт 20 ноября, 13:00" in registered.text
    assert "рабочего времени" in registered.text

    task = each_engine.tasks.only
    assert task.task.title.startswith("Обращение FB-2026-000001")
    assert STORY in task.task.description
    assert [file.name for file in task.files] == ["экран.png"]
    thread = each_engine.bitrix.thread("FB-2026-000001")
    assert each_engine.bitrix.members[thread] == ("2", "3")
    card, file = each_engine.bitrix.at(thread)
    assert "Ольга Иванова" in card.text
    assert task.ref.url in card.text
    assert file.file.name == "экран.png"
    assert not await each_engine.outbox("dead")


async def test_one_message_per_step(lab, olga):
    await olga.writes("/new")
    first = olga.reads("шаг 1")
    await olga.writes(STORY)
    second = olga.reads("шаг 2")
    assert [shown.id for shown in olga.messages()] == [first.id, second.id]
    assert not olga.messages()[0].buttons  # a typed answer takes them
    for label, step in (("Проблема", "шаг 3"), ("Оставить", "шаг 4"), ("Пропустить", "шаг 5")):
        await olga.presses(label)
        assert olga.reads(step).id == second.id  # a pressed button turns the message in place
    await olga.sends("фото.jpg")
    assert olga.reads("шаг 5").id == second.id
    assert len(olga.messages()) == 2
    await olga.writes("пропустить")  # a label typed is words: the next step stands below them
    assert olga.reads("шаг 6").id != second.id
    assert len(olga.messages()) == 3
    assert not olga.messages()[1].buttons


MOVES = ("/new", STORY, "Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал")


async def make(person, move):
    await (person.writes(move) if move in {"/new", STORY} else person.presses(move))


async def walk_to(person, step):
    """From nothing to the n-th step, one button (or word) at a time."""
    for move in MOVES[:step]:
        await make(person, move)
    person.reads(STEPS[step - 1])


@pytest.mark.parametrize("typed", [False, True])
async def test_back_from_the_last_step_to_the_first(lab, olga, typed):
    await walk_to(olga, 8)
    for step in reversed(STEPS[:-1]):
        if typed:
            await olga.writes("Назад.")
        else:
            await olga.presses("Назад")
        olga.reads(step)
    await olga.writes("назад")  # nowhere to go back to
    olga.reads("шаг 1")


async def test_a_draft_survives_a_restart_and_an_hour_at_every_step(lab, olga):
    for step, move in enumerate(MOVES):
        await make(olga, move)
        lab.rewire()
        lab.clock.push(hours=1)
        olga.reads(STEPS[step])
    await olga.presses("Отправить")
    olga.reads("зарегистрировано")


async def test_a_typed_label_counts_as_pressed(lab, olga):
    await walk_to(olga, 2)
    for word in ("ИНЦИДЕНТ", "инцидент.", "  Инцидент ", "инцидент !"):
        await olga.writes(word)
        olga.reads("шаг 3")
        await olga.presses("Назад")
        olga.reads("шаг 2")


async def test_yo_and_ye_are_one_letter(lab, olga):
    await walk_to(olga, 3)
    await olga.writes("/cancel")
    await olga.writes("поМощь")
    olga.reads("Что я умею")
    await olga.writes("Мои обращёния")
    olga.reads("пока нет обращений")


async def test_other_words_at_a_step_of_buttons_ask_for_a_button(lab, olga):
    await walk_to(olga, 2)
    await olga.writes("не знаю")
    olga.reads("выберите кнопку")
    olga.reads("шаг 2")


async def test_correcting_one_field_returns_to_the_check(lab, olga):
    await walk_to(olga, 8)
    await olga.presses("Исправить")
    olga.reads("Что исправить")
    await olga.presses("Условия")
    olga.reads("При каких условиях")
    await olga.writes("после обновления")
    assert "после обновления" in olga.reads("Проверьте").text
    await olga.presses("Исправить")
    await olga.presses("Назад")
    olga.reads("Проверьте")
    await olga.presses("Исправить")
    await olga.presses("Тип")
    await olga.presses("Назад")
    assert "Тип: Инцидент" in olga.reads("Проверьте").text


async def test_every_field_can_be_corrected(lab, olga):
    await walk_to(olga, 8)
    answers = {"Тип": "Развитие", "Портал": "other.bitrix24.ru"}
    for field in ("Описание", "Тип", "Тема", "Условия", "Логин", "Портал"):
        await olga.presses("Исправить")
        await olga.presses(field)
        await olga.writes(answers.setdefault(field, f"новое {field}"))
        assert answers[field] in olga.reads("Проверьте").text
    await olga.presses("Исправить")
    await olga.presses("Скриншот")
    await olga.sends("экран.png")
    await olga.presses("Готово")
    review = olga.reads("Файлов: 1").text
    assert all(answer in review for answer in answers.values())


async def test_another_description_gets_another_subject(lab, olga):
    await walk_to(olga, 4)
    for _ in range(3):
        await olga.presses("Назад")
    await olga.writes("Принтер на стойке не печатает счета")
    await olga.presses("Инцидент")
    assert "Принтер" in olga.reads("шаг 3").text
    assert "заезды" not in olga.reads("шаг 3").text


async def test_a_subject_of_ones_own_survives_going_back(lab, olga):
    await walk_to(olga, 3)
    await olga.writes("Пустой отчёт")
    await olga.presses("Назад")
    assert "Пустой отчёт" in olga.reads("шаг 3").text


async def test_files_are_taken_at_any_step(lab, olga):
    for step, move in enumerate(MOVES):
        await make(olga, "Готово" if step == 4 else move)
        before = len(olga.messages())
        await olga.sends(f"журнал{step}.txt")
        olga.reads(STEPS[step])
        assert len(olga.messages()) == before
    olga.reads("Файлов: 8")
    await olga.presses("Отправить")
    assert len(lab.tasks.only.files) == 8


async def test_a_file_with_words_answers_the_step_too(lab, olga):
    await walk_to(olga, 1)
    await olga.sends("экран.png", words=STORY)
    olga.reads("шаг 2")
    await olga.presses("Инцидент")
    await olga.sends("тема.png", words="Пустой отчёт")
    olga.reads("шаг 4")
    await olga.presses("Готово")
    await olga.sends("ещё.png", words="только ночью")
    olga.reads("шаг 6")
    await olga.presses("Мой логин")
    await olga.presses("Этот портал")
    review = olga.reads("Проверьте")
    assert "только ночью" in review.text
    assert "Пустой отчёт" in review.text
    assert "Файлов: 3" in review.text


async def test_a_file_too_large_is_refused_and_the_rest_goes_on(lab, olga):
    await walk_to(olga, 1)
    huge = lab.bitrix.upload("видео.mp4", b"x", size=101 * 2**20)
    await olga.writes(STORY, files=[huge])
    assert "больше 100 МБ" in olga.reads("шаг 2").text
    await olga.presses("Инцидент")
    await olga.presses("Оставить")
    await olga.writes("", files=[huge])
    assert "больше 100 МБ" in olga.reads("шаг 4").text
    await olga.presses("Пропустить")


SEVERAL = (
    "1. Не печатает принтер на стойке.\n2. В CRM не приходят отмены броней.\n3. Как добавить сотрудника?"
)
REST = ("Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал", "Отправить")


async def test_several_problems_become_related_requests(lab, olga):
    await olga.writes("/new")
    await olga.writes(SEVERAL)
    offered = olga.reads("Разделить?")
    assert offered.labels[:2] == ["Разделить", "Это одна проблема"]
    assert "2. В CRM" in offered.text
    await olga.presses("Разделить")
    for part in (1, 2, 3):
        olga.reads(f"часть {part} из 3")
        for label in REST:
            await olga.presses(label)
        olga.sees(f"FB-2026-{part:06d} зарегистрировано")
    for part in (1, 2, 3):  # none was overwritten by the next part's steps
        olga.sees(f"FB-2026-{part:06d} зарегистрировано")
    third = await lab.request(3)
    assert third.description == "Как добавить сотрудника?"
    async with lab.db.reading() as tx:
        related = await requests.related(tx, lab.portal.id, third.id)
    assert sorted(related) == [(await lab.request(n)).id for n in (1, 2)]


async def test_splitting_is_never_forced(lab, olga):
    await olga.writes("/new")
    await olga.writes(SEVERAL)
    await olga.writes("это одна проблема")
    olga.reads("шаг 2")
    for label in REST:
        await olga.presses(label)
    assert (await lab.request()).description == SEVERAL
    assert len(lab.tasks.kept) == 1


async def test_words_at_the_split_and_back(lab, olga):
    await olga.writes("/new")
    await olga.writes(SEVERAL)
    await olga.writes("не понял")
    olga.reads("выберите кнопку")
    await olga.presses("Назад")
    olga.reads("шаг 1")
    await olga.writes(STORY)
    olga.reads("шаг 2")


async def test_secrets_are_blanked_and_said_so(lab, olga):
    await olga.writes("/new")
    await olga.writes("Пароль от ПМС: qwerty123, а войти не могу")
    assert "скрыл" in olga.reads("шаг 2").text
    for label in REST:
        await olga.presses(label)
    assert "qwerty123" not in (await lab.request()).description
    assert "qwerty123" not in lab.tasks.only.task.description


async def test_secrets_in_a_corrected_description_are_told_too(lab, olga):
    await walk_to(olga, 8)
    await olga.presses("Исправить")
    await olga.presses("Описание")
    await olga.writes("пароль: qwerty123 не подходит к CRM")
    review = olga.reads("Проверьте")
    assert "скрыл" in review.text
    assert "qwerty123" not in review.text


@pytest.mark.parametrize(
    ("step", "words", "answer"),
    [(1, "   ", "пару слов"), (4, "нет его", "жду файл"), (7, "не помню где", "не похоже на ссылку")],
)
async def test_what_a_step_cannot_use_is_asked_again(lab, olga, step, words, answer):
    await walk_to(olga, step)
    await olga.writes(words)
    olga.reads(answer)
    olga.reads(STEPS[step - 1])


async def test_markup_from_outside_is_inert(lab, olga):
    await olga.writes("/new")
    await olga.writes("<b>Отчёт</b> R&D пуст, [b]совсем[/b]")
    await olga.presses("Инцидент")
    await olga.writes("<i>Отчёт</i> R&D")
    for label in REST[2:]:
        await olga.presses(label)
    card = lab.bitrix.at(lab.bitrix.thread("FB-2026-000001"))[0]
    assert "&lt;b&gt;Отчёт&lt;/b&gt; R&amp;D" in card.text
    assert lab.tasks.only.task.title.endswith("<i>Отчёт</i> R&D")  # a title is no markup


async def test_description_behind_the_command(lab, olga):
    await olga.writes(f"/new {STORY}")
    olga.reads("шаг 2")


async def test_a_double_press_is_one_press(lab, olga):
    await walk_to(olga, 2)
    old = olga.reads("шаг 2")
    await olga.presses("Инцидент")
    await olga.presses_old(old, "Инцидент")
    assert len(olga.messages()) == 2
    assert olga.reads("шаг 3").labels
    await olga.presses("Оставить")
    olga.reads("шаг 4")


async def test_filed_once_though_sent_twice(lab, olga):
    await walk_to(olga, 8)
    review = olga.reads("Проверьте")
    await olga.presses("Отправить")
    await olga.presses_old(review, "Отправить")
    assert len(lab.tasks.kept) == 1
    olga.sees("FB-2026-000001 зарегистрировано")


async def test_the_conversation_moves_to_telegram(lab, olga):
    await walk_to(olga, 3)
    at_phone = await lab.linked("5", "5001")
    await at_phone.writes("Пустой отчёт")
    at_phone.reads("шаг 4")
    assert not olga.last().buttons
    await file_request_rest(at_phone)
    assert "Telegram" in lab.bitrix.at(lab.bitrix.thread("FB-2026-000001"))[0].text


async def file_request_rest(person):
    for label in ("Пропустить", "Пропустить", "Мой логин", "Этот портал", "Отправить"):
        await person.presses(label)
    person.reads("зарегистрировано")


async def test_registered_while_task_and_thread_are_down(lab, olga):
    lab.tasks.faults.fail(Temporary("bitrix-unreachable"), method="create")
    lab.bitrix.faults.fail(Permanent("bitrix-chat"), method="create_thread")
    await file_request(olga)
    assert not lab.tasks.kept
    lab.clock.push(seconds=3)
    await lab.settle()
    assert lab.tasks.only
