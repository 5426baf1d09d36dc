"""One story over real HTTP: a colleague joins, variants are offered and chosen, a copy is merged, all is withdrawn."""

import pytest

from tests.stories.test_filing import file_request, task_chat_holds
from tests.stories.test_telegram import SUPPORT_FORUM

PRINTER = "Принтер на стойке не печатает счета"
SAME = "Заезды из Fidelio не выгружаются, новых броней в CRM нет"


@pytest.mark.drill  # told by quicker tests, too
async def test_offer_choose_join_merge_withdraw(both):
    olga, igor, pyotr = both.person(5), both.person(6), both.person(2)
    await file_request(olga)
    thread = await pyotr.thread("FB-2026-000001")
    await pyotr.presses("Взять", thread)
    await olga.sees("Занимается Пётр Ким")

    await igor.writes("новое обращение")
    await igor.sees("шаг 1")
    await igor.writes(SAME)
    await igor.presses("Это оно — присоединиться")
    await igor.sees("Вы присоединились")
    await pyotr.sees("у меня то же", thread)

    await pyotr.writes("/options 1. Обновить ночью 2. Обновить сейчас", thread)
    await olga.sees("есть варианты")
    await olga.presses("2. Обновить сейчас")
    await olga.sees("Выбран вариант")
    await pyotr.sees("Обновить сейчас", thread)
    task = (await both.get("_sandbox/tasks"))["tasks"][0]
    await task_chat_holds(both, task, "вариант выбран")

    await file_request(igor, PRINTER)
    copy = await pyotr.thread("FB-2026-000002")
    await pyotr.presses("Ещё", copy)
    await pyotr.presses("Объединить", copy)
    await pyotr.sees("С каким обращением", copy)
    await pyotr.writes("FB-2026-000001", copy)
    await igor.sees("объединено с другим: FB-2026-000001")

    await olga.writes("/withdraw")
    await olga.sees("FB-2026-000001 отозвано")
    await igor.sees("к которому вы присоединились")
    await closed_everywhere(both)


async def closed_everywhere(stage):
    """Both tasks completed, both topics closed."""

    async def tasks():
        found = (await stage.get("_sandbox/tasks"))["tasks"]
        return len(found) == 2 and all(task["status"] == "completed" for task in found)

    async def topics():
        chats = await stage.get("telegram/_sandbox/chats")
        rows = chats["chats"] if isinstance(chats, dict) else chats
        forum = next(chat for chat in rows if chat["id"] == SUPPORT_FORUM)
        found = [topic for topic in forum["topics"] if topic["name"].startswith("FB-")]
        return len(found) == 2 and all(topic["closed"] for topic in found)

    await stage.until(tasks, "both tasks completed")
    await stage.until(topics, "both topics closed")
