"""A request is filed in the bot, becomes a task and a thread, and words go both ways."""

import pytest

from tests.stories.stage import labels

STORY = "Не выгружаются заезды из Fidelio: второй день в CRM нет новых броней, отчёт пустой"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


async def file_request(person, text=STORY, kind="Инцидент"):
    """The eight steps, all by buttons but the description."""
    await person.writes("новое обращение")
    await person.sees("шаг 1")
    await person.writes(text)
    await person.presses(kind)
    await person.presses("Оставить")
    await person.sees("Пришлите скриншот")
    await person.presses("Пропустить")
    await person.sees("При каких условиях")
    await person.presses("Пропустить")
    await person.presses("Мой логин")
    await person.presses("Этот портал")
    await person.presses("Отправить")
    await person.sees("зарегистрировано")


async def test_from_the_first_word_to_task_thread_and_reply(stage):
    olga, pyotr = stage.person(5), stage.person(2)
    await file_request(olga)

    registered = await olga.sees("Обращение FB-2026-000001 зарегистрировано")
    assert "Первый ответ — до" in registered["text"]
    assert "рабочего времени" in registered["text"]

    thread = await pyotr.thread("FB-2026-000001")
    card = await pyotr.sees_button("Взять", thread)
    assert "Ольга Иванова" in card["text"]
    task = (await stage.get("_sandbox/tasks"))["tasks"][0]
    assert task["responsibleId"] == 2
    details = (await stage.get(f"_sandbox/tasks/{task['id']}"))["task"]
    for stated in (STORY, "olga.ivanova@hotel.example", "Инцидент"):
        assert stated in details["description"]

    await pyotr.writes("Смотрю, одну минуту", thread)
    await olga.sees("Смотрю, одну минуту")
    await olga.presses("Ответить")
    await olga.sees("Напишите ответ по FB-2026-000001")
    await olga.writes("Спасибо, жду")
    await pyotr.sees("Спасибо, жду", thread)
    await task_chat_holds(stage, task, "Спасибо, жду")
    await task_chat_holds(stage, task, "Смотрю, одну минуту")


async def task_chat_holds(stage, task, text):
    async def look():
        found = await stage.get(f"_sandbox/as/1/dialogs/chat{task['chatId']}/messages")
        return any(text in message["text"] for message in found["messages"])

    await stage.until(look, f"«{text}» in the task's chat")


@pytest.mark.drill  # told by quicker tests, too
async def test_a_note_stays_inside(stage):
    olga, pyotr = stage.person(5), stage.person(2)
    await file_request(olga)
    thread = await pyotr.thread("FB-2026-000001")
    await pyotr.writes("// похоже на лицензию", thread)
    await pyotr.writes("Проверяем", thread)
    await olga.sees("Проверяем")
    assert not any("лицензию" in message["text"] for message in await olga.messages())
    task = (await stage.get("_sandbox/tasks"))["tasks"][0]
    await task_chat_holds(stage, task, "похоже на лицензию")


async def test_take_answer_confirm_close(stage):
    olga, darya = stage.person(5), stage.person(3)
    await file_request(olga)
    thread = await darya.thread("FB-2026-000001")
    await darya.presses("Взять", thread)
    await olga.sees("в работе. Занимается Дарья Лебедева")
    await darya.presses("Ответ", thread)
    await darya.sees("Напишите ответ по FB-2026-000001", thread)
    await darya.writes("Обновили модуль выгрузки, заезды появились", thread)
    await olga.sees("заезды появились")
    await olga.presses("Решено")
    await olga.sees("FB-2026-000001 завершено")
    await olga.presses("Закрыть")
    await olga.sees("закрыто. Спасибо")

    async def completed():
        return (await stage.get("_sandbox/tasks"))["tasks"][0]["status"] == "completed"

    await stage.until(completed, "the task completed")


async def test_disagreement_wants_a_reason_and_opens_the_next_round(stage):
    olga, pyotr = stage.person(5), stage.person(2)
    await file_request(olga)
    thread = await pyotr.thread("FB-2026-000001")
    await pyotr.presses("Ответ", thread)
    await pyotr.sees("Напишите ответ", thread)
    await pyotr.writes("Готово", thread)
    await olga.presses("Не решено")
    await olga.sees("Напишите причину")
    await olga.writes("Отчёт всё ещё пустой")
    await pyotr.sees("Отчёт всё ещё пустой", thread)
    await pyotr.sees("круг 2", thread)


async def test_a_screenshot_lands_in_task_and_thread(stage):
    olga, pyotr = stage.person(5), stage.person(2)
    await olga.writes("/new")
    await olga.sees("шаг 1")
    await olga.writes(STORY)
    await olga.presses("Проблема")
    await olga.presses("Оставить")
    await olga.sees("Пришлите скриншот")
    await olga.sends_file("экран.png", PNG)
    await olga.sees("Получил 1 файл")
    await olga.presses("Готово")
    await olga.presses("Пропустить")
    await olga.presses("Мой логин")
    await olga.presses("Этот портал")
    review = await olga.sees("Проверьте, пожалуйста")
    assert "Файлов: 1" in review["text"]
    await olga.presses("Отправить")
    thread = await pyotr.thread("FB-2026-000001")

    async def in_thread():
        return any(message.get("files") for message in await pyotr.messages(thread))

    async def in_task():
        task = (await stage.get("_sandbox/tasks"))["tasks"][0]
        return (await stage.get(f"_sandbox/tasks/{task['id']}"))["task"]["files"]

    await stage.until(in_thread, "the file in the thread")
    await stage.until(in_task, "the file in the task")


@pytest.mark.drill  # told by quicker tests, too
async def test_one_message_per_step_and_the_old_one_loses_its_buttons(stage):
    olga = stage.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    before = len(await olga.messages())
    await olga.writes(STORY)
    first = await olga.sees("шаг 2")
    assert len(await olga.messages()) == before + 2  # her words, one new message
    await olga.presses("Инцидент")
    second = await olga.sees("шаг 3")
    assert second["id"] == first["id"]  # edited in place
    await olga.writes("Пустой отчёт о заездах")
    await olga.sees("шаг 4")

    async def bare():
        return not labels(next(m for m in await olga.messages() if m["id"] == first["id"]))

    await stage.until(bare, "the old step without buttons")


@pytest.mark.drill  # told by quicker tests, too
async def test_back_typed_labels_and_correcting_a_field(stage):
    olga = stage.person(5)
    await olga.writes("Новое обращение.")
    await olga.sees("шаг 1")
    await olga.writes(STORY)
    await olga.sees("шаг 2")
    await olga.writes("инцидент")  # a label typed instead of pressed
    await olga.sees("шаг 3")
    await olga.writes("назад")
    await olga.sees("шаг 2")
    await olga.presses("Обслуживание")
    await olga.presses("Оставить")
    await olga.sees("Пришлите скриншот")
    await olga.presses("Пропустить")
    await olga.sees("При каких условиях")
    await olga.writes("только ночью")
    await olga.presses("Мой логин")
    await olga.presses("Этот портал")
    await olga.sees("только ночью")
    await olga.presses("Исправить")
    await olga.presses("Тема")
    await olga.sees("Оставим или напишете свою")
    await olga.writes("Ночью нет выгрузки")
    review = await olga.sees("Проверьте, пожалуйста")
    assert "Ночью нет выгрузки" in review["text"]
    assert "Тип: Обслуживание" in review["text"]


async def test_a_draft_survives_a_restart(stage):
    olga = stage.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(STORY)
    await olga.sees("шаг 2")
    await stage.stop()
    await stage.start()
    await olga.presses("Инцидент")
    await olga.sees("шаг 3")


@pytest.mark.drill  # told by quicker tests, too
async def test_a_stale_button_is_answered_kindly(stage):
    olga = stage.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(STORY)
    stale = await olga.sees("шаг 2")
    await olga.writes("/cancel")
    await olga.sees("Ничего не отправлено")
    press = {"messageId": stale["id"], "text": "Инцидент"}
    async with stage.http.post(f"{stage.base}_sandbox/as/5/press", json=press) as answer:
        if answer.status == 200:  # the button may be gone already
            await olga.sees("уже отработала")


@pytest.mark.drill  # told by quicker tests, too
async def test_several_problems_are_offered_to_be_split(stage):
    olga = stage.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(
        "1. Не печатает принтер на стойке.\n2. В CRM не приходят отмены броней.\n3. Как добавить сотрудника?"
    )
    await olga.presses("Разделить")
    await olga.sees("часть 1 из 3")
    await olga.presses("Инцидент")
    await olga.presses("Оставить")
    await olga.sees("Пришлите скриншот")
    await olga.presses("Пропустить")
    await olga.sees("При каких условиях")
    await olga.presses("Пропустить")
    await olga.presses("Мой логин")
    await olga.presses("Этот портал")
    await olga.presses("Отправить")
    await olga.sees("часть 2 из 3")
    await olga.sees("FB-2026-000001 зарегистрировано")


@pytest.mark.parametrize(
    "words", ["Пароль от ПМС qwerty123, не пускает", "пароль: qwerty123 не подходит к CRM"]
)
async def test_secrets_are_blanked_before_they_are_stored(stage, words):
    olga = stage.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(words)
    step = await olga.sees("шаг 2")
    assert "скрыл" in step["text"]
