"""One request between portal, task and Telegram: edits, deletions, a deleted topic and chat, work in the task itself."""

import asyncio

import pytest

from tests.stories.stage import labels
from tests.stories.test_filing import file_request
from tests.stories.test_telegram import OLGA_TG, PYOTR_TG, SUPPORT_FORUM, link

NUMBER = "FB-2026-000001"


async def topic_of(stage, number=NUMBER, but=None):
    """The topic of a request that isn't deleted, once it is there."""

    async def look():
        chats = (await stage.get("telegram/_sandbox/chats"))["chats"]
        forum = next(chat for chat in chats if chat["id"] == SUPPORT_FORUM)
        alive = [t for t in forum["topics"] if t["name"].startswith(number) and not t.get("deleted")]
        return next((t["message_thread_id"] for t in alive if t["message_thread_id"] != but), None)

    return await stage.until(look, f"a topic of {number}")


async def in_topic(stage, thread, words, absent=""):
    async def look():
        found = await stage.get(f"telegram/_sandbox/chats/{SUPPORT_FORUM}/messages?thread_id={thread}")
        texts = [message.get("text") or "" for message in found]
        return any(words in text for text in texts) and not (absent and any(absent in t for t in texts))

    await stage.until(look, f"«{words}» in the topic, «{absent}» not")


async def only_task(stage):
    async def look():
        return next(iter((await stage.get("_sandbox/tasks"))["tasks"]), None)

    head = await stage.until(look, "the task")
    return (await stage.get(f"_sandbox/tasks/{head['id']}"))["task"]


async def said_in_task(stage, words, absent=""):
    task = await only_task(stage)

    async def look():
        found = await stage.get(f"_sandbox/as/1/dialogs/chat{task['chatId']}/messages")
        texts = [message["text"] for message in found["messages"]]
        return any(words in text for text in texts) and not (absent and any(absent in t for t in texts))

    await stage.until(look, f"«{words}» in the task's chat, «{absent}» not")
    return task


async def test_edits_and_deletions_travel_and_nothing_comes_back(both):
    olga, pyotr = both.person(5), both.person(2)
    await file_request(olga)
    thread, topic = await pyotr.thread(NUMBER), await topic_of(both)

    said = await pyotr.writes("Проверим до обида", thread)
    await olga.sees("до обида")
    await in_topic(both, topic, "до обида")
    await both.post("_sandbox/as/2/edit", {"messageId": said, "text": "Проверим до обеда"})
    await olga.sees("до обеда")
    await in_topic(both, topic, "до обеда", absent="до обида")
    await said_in_task(both, "до обеда", absent="до обида")

    support = await link(both, 2, PYOTR_TG)
    body = {"chat_id": SUPPORT_FORUM, "text": "Из топика", "message_thread_id": topic}
    sent = await both.post(f"telegram/_sandbox/as/{PYOTR_TG}/messages", body)
    await olga.sees("Из топика")
    edit = {"chat_id": SUPPORT_FORUM, "message_id": sent["message_id"], "text": "Из топика, исправлено"}
    await both.post(f"telegram/_sandbox/as/{PYOTR_TG}/edit", edit)
    await olga.sees("Из топика, исправлено")
    await pyotr.sees("Из топика, исправлено", thread)
    del support

    await both.post("_sandbox/as/2/delete", {"messageId": said})
    await in_topic(both, topic, "Сообщение удалено", absent="до обеда")
    await said_in_task(both, "Сообщение удалено", absent="до обеда")

    async def gone():
        return not any("до обеда" in message["text"] for message in await olga.messages())

    await both.until(gone, "the words gone from Olga's dialog")
    await asyncio.sleep(0.2)
    copies = [m for m in await olga.messages() if "Из топика" in m["text"]]
    assert len(copies) == 1


@pytest.mark.drill  # told by quicker tests, too
async def test_what_is_done_in_the_task_comes_back(both):
    olga, pyotr = both.person(5), both.person(2)
    await file_request(olga)
    thread = await pyotr.thread(NUMBER)
    task = await only_task(both)
    chat = f"chat{task['chatId']}"

    await pyotr.writes("// похоже на лицензию", chat)
    await pyotr.writes("Смотрю журнал выгрузки", chat)
    await olga.sees("Смотрю журнал выгрузки")
    await pyotr.sees("Смотрю журнал выгрузки", thread)
    await in_topic(both, await topic_of(both), "Смотрю журнал выгрузки")

    await both.post(f"_sandbox/as/2/tasks/{task['id']}", {"action": "start"})
    await olga.sees("Занимается Пётр Ким")
    await both.post(f"_sandbox/as/2/tasks/{task['id']}", {"responsibleId": 3})
    await pyotr.sees("Дарья Лебедева", thread)
    await both.post(f"_sandbox/as/1/tasks/{task['id']}", {"deadline": "2026-12-25T12:00:00+03:00"})
    await pyotr.sees("25 декабря", thread)

    darya = both.person(3)
    await darya.writes("Обновили модуль выгрузки", chat)
    await both.post(f"_sandbox/as/3/tasks/{task['id']}", {"action": "complete"})
    answer = await olga.sees("Ответ по обращению")
    assert "Обновили модуль выгрузки" in answer["text"]
    assert "Решено" in labels(answer)

    async def awaiting():
        return (await only_task(both))["status"] == "supposedly_completed"

    await both.until(awaiting, "the task under control, not past the customer")
    await olga.presses("Решено")
    await olga.sees(f"{NUMBER} завершено")
    assert not any("лицензию" in message["text"] for message in await olga.messages())
    for words in ("Смотрю журнал выгрузки", "Занимается Пётр Ким"):
        assert sum(words in message["text"] for message in await olga.messages()) == 1


@pytest.mark.drill  # told by quicker tests, too
async def test_deleted_topic_chat_and_task_are_made_again(both):
    olga, pyotr = both.person(5), both.person(2)
    await file_request(olga)
    thread, topic, task = await pyotr.thread(NUMBER), await topic_of(both), await only_task(both)

    gone = {"chat_id": SUPPORT_FORUM, "message_thread_id": topic}
    await both.post("telegram/_sandbox/topics/delete", gone)
    await pyotr.writes("Слово после удаления топика", thread)
    again = await topic_of(both, but=topic)
    await in_topic(both, again, "Прежний тред удалили")
    await in_topic(both, again, "Слово после удаления топика")

    await both.post(f"_sandbox/as/2/dialogs/{thread}/delete", {})
    support = await link(both, 2, PYOTR_TG)
    await support.writes("Слово после удаления чата", SUPPORT_FORUM, again)
    new_thread = await pyotr.thread(NUMBER)
    assert new_thread != thread
    await pyotr.sees("Слово после удаления чата", new_thread)
    await pyotr.writes("И отсюда", new_thread)
    await olga.sees("И отсюда")

    await both.post(f"_sandbox/as/1/tasks/{task['id']}", {"action": "delete"})
    await pyotr.writes("Слово после удаления задачи", new_thread)
    made = await said_in_task(both, "Слово после удаления задачи")
    assert made["id"] != task["id"]
    await said_in_task(both, "Прежнюю задачу удалили")
    await pyotr.sees("Задачу в портале удалили", new_thread)


@pytest.mark.drill  # told by quicker tests, too
async def test_a_blocked_bot_is_noticed_once_and_she_is_reached_in_the_portal(both):
    olga, pyotr = await link(both, 5, OLGA_TG), both.person(2)
    at_desk = both.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes("Не печатает принтер на стойке со вчерашнего вечера")
    for label in ("Инцидент", "Оставить", "Пропустить"):
        await olga.presses(label)
    await olga.sees("При каких условиях")
    for label in ("Пропустить", "Мой логин", "Этот портал", "Отправить"):
        await olga.presses(label)
    await olga.sees(f"{NUMBER} зарегистрировано")
    thread = await pyotr.thread(NUMBER)

    await both.post("telegram/_sandbox/block", {"user_id": OLGA_TG})
    await pyotr.sees("заблокировал бота", thread)
    await pyotr.writes("Картридж уже несут", thread)
    await at_desk.sees("Картридж уже несут")
    await pyotr.writes("И бумагу", thread)
    await at_desk.sees("И бумагу")
    told = [m for m in await pyotr.messages(thread) if "заблокировал бота" in m["text"]]
    assert len(told) == 1

    await both.post("telegram/_sandbox/block", {"user_id": OLGA_TG, "blocked": False})
    await pyotr.sees("снова доступен", thread)
    await pyotr.writes("Печатает?", thread)
    await olga.sees("Печатает?")
