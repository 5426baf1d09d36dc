"""The support regulation, told twice from filing to closing: each time the two sides sit in different messengers."""

import asyncio
import json
import sys

import aiohttp
import pytest

from app.commands import desk
from tests.stories.stage import staged
from tests.stories.test_filing import PNG, task_chat_holds
from tests.stories.test_mirrors import in_topic, topic_of
from tests.stories.test_telegram import OLGA_TG, PYOTR_TG, SUPPORT_FORUM, TelegramPerson, link

NUMBER = "FB-2026-000001"
DESCRIPTION = "Не выгружаются заезды из Fidelio: второй день в CRM нет новых броней, отчёт пустой"
CONDITIONS = "Только ночью, после закрытия дня"
LOGIN = "night.desk@hotel.example"
PORTAL = "grand.bitrix24.ru/crm/deal/kanban"
QUESTION, DETAILS = "Какой номер брони пропал?", "Бронь 70412, заезд двадцатого"
NOW, AT_NIGHT = "Перезапустить выгрузку сейчас", "Дождаться ночного обновления"
FIRST_ANSWER, REASON = "Выгрузку перезапустили", "Отчёт всё ещё пустой, брони 70412 нет"
SECOND_ANSWER = "Исправили отбор по дате, отчёт за двадцатое полон"
LIFE = [
    "filed", "taken", "asked", "replied", "offered", "chosen", "answered", "objected", "answered", "confirmed",
    "closed",
]  # fmt: skip


@pytest.fixture
async def hotel(tmp_path, monkeypatch):
    """Both messengers; Marina, the manager, represents the customer."""
    monkeypatch.setenv("CONCIERGE_BITRIX24__REPRESENTATIVES", "[4]")
    async with staged(tmp_path, telegram=True) as opened:
        yield opened


class Topic:
    """A support engineer in one topic: what he writes, sees and presses is there."""

    def __init__(self, person, thread):
        self.person, self.place = person, (SUPPORT_FORUM, thread)

    async def writes(self, text):
        await self.person.writes(text, *self.place)

    async def sees(self, text):
        return await self.person.sees(text, *self.place)

    async def presses(self, label):
        await self.person.presses(label, *self.place)


class Thread:
    """The same in one chat of the portal."""

    def __init__(self, person, dialog):
        self.person, self.dialog = person, dialog

    async def writes(self, text):
        await self.person.writes(text, self.dialog)

    async def sees(self, text):
        return await self.person.sees(text, self.dialog)

    async def presses(self, label):
        await self.person.presses(label, self.dialog)


class Caller(TelegramPerson):
    """Somebody in Telegram who can send a screenshot too."""

    async def sends_file(self, name, data):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("chat_id", str(self.user_id))
        form.add_field("kind", "document")  # "send as file": Telegram takes a photo's name away
        form.add_field("file", data, filename=name, content_type="image/png")
        await self.stage.post(f"telegram/_sandbox/as/{self.user_id}/files", form)


def words(message):
    return message.get("text") or message.get("caption") or ""


async def test_she_asks_in_the_portal_and_support_answers_in_a_topic(hotel):
    await link(hotel, 2, PYOTR_TG)
    olga = hotel.person(5)
    await files_with_everything_stated(olga)
    support = Topic(TelegramPerson(hotel, PYOTR_TG), await topic_of(hotel))
    await is_worked_on_to_its_end(hotel, olga, support, channel="bitrix24")


@pytest.mark.drill  # told by quicker tests, too
async def test_she_asks_in_telegram_and_support_answers_in_the_portal(hotel):
    await link(hotel, 5, OLGA_TG)
    olga, pyotr = Caller(hotel, OLGA_TG), hotel.person(2)
    await files_with_everything_stated(olga)
    support = Thread(pyotr, await pyotr.thread(NUMBER))
    await is_worked_on_to_its_end(hotel, olga, support, channel="telegram")


async def files_with_everything_stated(olga):
    """Description, screenshot, conditions, login and portal: each lands on the page she sends off."""
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await olga.writes(DESCRIPTION)
    await olga.presses("Инцидент")
    await olga.presses("Оставить")
    await olga.sees("Пришлите скриншот")
    await olga.sends_file("экран.png", PNG)
    await olga.sees("Получил 1 файл")
    await olga.presses("Готово")
    await olga.sees("При каких условиях")
    await olga.writes(CONDITIONS)
    await olga.sees("Ваш логин")
    await olga.writes(LOGIN)
    await olga.sees("На каком портале")
    await olga.writes(PORTAL)
    review = words(await olga.sees("Проверьте, пожалуйста"))
    for stated in (DESCRIPTION, "Инцидент", CONDITIONS, LOGIN, PORTAL, "Файлов: 1"):
        assert stated in review
    await olga.presses("Отправить")


async def is_worked_on_to_its_end(hotel, olga, support, *, channel):
    """The regulation, sentence by sentence."""
    await she_has_a_number_and_two_deadlines(hotel, olga)
    await the_task_states_everything(hotel)

    await support.presses("Взять")
    await olga.sees("Занимается Пётр Ким")
    await stands(hotel, "in_progress")

    await support.presses("Запросить сведения")
    await support.sees("Какие сведения нужны")
    await support.writes(QUESTION)
    await olga.sees(QUESTION)
    await stands(hotel, "waiting")
    await olga.writes(DETAILS)
    await support.sees(DETAILS)
    await stands(hotel, "in_progress")

    await support.writes(f"/options 1. {AT_NIGHT} 2. {NOW}")
    await olga.sees("есть варианты")
    await stands(hotel, "waiting")
    await olga.presses(f"2. {NOW}")
    await olga.sees("Выбран вариант")
    await support.sees(NOW)
    await stands(hotel, "in_progress")

    await answers(olga, support, FIRST_ANSWER)
    await stands(hotel, "answered")
    await olga.presses("Не решено")
    await olga.sees("Напишите причину")
    await stands(hotel, "answered")  # a disagreement without a reason is none
    await olga.writes(REASON)
    await support.sees(REASON)
    await support.sees("круг 2")
    await stands(hotel, "in_progress", round_=2)

    await answers(olga, support, SECOND_ANSWER)
    await olga.presses("Решено")
    await olga.sees(f"{NUMBER} завершено")
    await stands(hotel, "completed", round_=2)

    marina = hotel.person(4)
    await marina.sees("Закрываем?")
    await marina.presses("Закрыть")
    await olga.sees("закрыто")
    await stands(hotel, "closed", round_=2)

    await the_portal_holds_it_all(hotel)
    await the_record_is_complete(hotel, channel)


async def answers(olga, support, text):
    await support.presses("Ответ")
    await support.sees("попрошу подтвердить")
    await support.writes(text)
    await olga.sees(text)


async def she_has_a_number_and_two_deadlines(hotel, olga):
    told = words(await olga.sees(f"{NUMBER} зарегистрировано"))
    assert "Первый ответ — до" in told
    assert "Решение — до" in told
    assert "рабочего времени" in told  # why just then
    due = (await record(hotel))["due"]
    assert due["first_reply"] < due["solution"]


async def the_task_states_everything(hotel):
    async def look():
        heads = (await hotel.get("_sandbox/tasks"))["tasks"]
        if not heads:
            return None
        task = (await hotel.get(f"_sandbox/tasks/{heads[0]['id']}"))["task"]
        return task if task["files"] else None

    task = await hotel.until(look, "the task with the screenshot")
    assert NUMBER in task["title"]
    stated = (DESCRIPTION, CONDITIONS, LOGIN, PORTAL, "Инцидент", "Первый ответ до", "Решение до")
    for part in stated:
        assert part in task["description"]
    assert task["deadline"]


async def the_portal_holds_it_all(hotel):
    """Documented from the setting of the task to its completion: every word, in the order it was said."""

    async def completed():
        found = (await hotel.get("_sandbox/tasks"))["tasks"]
        return found[0] if [task["status"] for task in found] == ["completed"] else None

    task = await hotel.until(completed, "one task, completed")
    await task_chat_holds(hotel, task, "обращение закрыто")
    found = await hotel.get(f"_sandbox/as/1/dialogs/chat{task['chatId']}/messages")
    chat = "\n".join(message["text"] for message in found["messages"])
    said = (
        QUESTION, DETAILS, AT_NIGHT, "вариант выбран", FIRST_ANSWER, REASON, SECOND_ANSWER,
        "решение подтверждено", "обращение закрыто",
    )  # fmt: skip
    places = [chat.find(words) for words in said]
    assert -1 not in places, said[places.index(-1)]
    assert places == sorted(places)
    await in_topic(hotel, await topic_of(hotel), "обращение закрыто")


async def the_record_is_complete(hotel, channel):
    """What `concierge request` tells an auditor."""
    told = await concierge(hotel, "request", NUMBER, "--json")
    assert told["type"] == "incident"
    assert (told["status"], told["closed_as"], told["round"]) == ("closed", "confirmed", 2)
    assert (told["description"], told["conditions"], told["login"]) == (DESCRIPTION, CONDITIONS, LOGIN)
    assert PORTAL in told["portal"]
    assert told["channel"] == channel
    assert told["requester"]["name"] == "Ольга Иванова"
    assert told["attachments"] == [{"name": "экран.png", "size": len(PNG)}]
    assert all(told["links"][kind] for kind in ("task", "thread", "topic"))

    history = told["history"]
    assert [line["what"] for line in history if line["what"] in LIFE] == LIFE
    moments = [line["at"] for line in history]
    assert moments == sorted(moments)
    by = {line["what"]: (line["who"], line["text"]) for line in history}
    assert by["filed"][0] == "Ольга Иванова"
    assert by["taken"][0] == "Пётр Ким"
    assert by["asked"] == ("Пётр Ким", QUESTION)
    assert by["replied"] == ("Ольга Иванова", DETAILS)
    assert NOW in by["chosen"][1]
    assert by["objected"] == ("Ольга Иванова", REASON)
    assert by["answered"] == ("Пётр Ким", SECOND_ANSWER)
    assert by["closed"][0] == "Марина Соколова"


async def record(hotel):
    """The request as it stands now; the same as `concierge request`, without a process of its own."""
    return (await desk.request(hotel.settings, NUMBER)).data


async def stands(hotel, status, *, round_=1):
    async def look():
        now = await record(hotel)
        return (now["status"], now["round"]) == (status, round_)

    await hotel.until(look, f"{NUMBER} {status}, round {round_}")


async def concierge(hotel, *arguments):
    """What the command prints, from a process of its own."""
    config = str(hotel.settings.file)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *arguments, "--config", config, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await running.communicate()
    assert running.returncode == 0
    return json.loads(printed)
