"""Bad input and failing neighbours, over real HTTP: one clear line for whoever is concerned, nothing lost or doubled."""

import asyncio
import io
from collections import Counter

import aiohttp
import pytest
from structlog.testing import capture_logs

from app import commands
from handlers.desk import attachments
from integrations.fidelio.suite8 import client
from sandbox.portal import rest
from sandbox.portal.documents import bot_events, bots
from storage import inbox, outbox
from storage import requests as request_rows
from tests.stories.stage import staged
from tests.stories.test_filing import PNG, STORY, file_request
from tests.stories.test_sync import finished
from tests.stories.test_telegram import OLGA_TG, SUPPORT_FORUM, TelegramPerson, link

WEBHOOK = "rest/1/sandboxwebhook00"
SORRY = "обновить не получилось"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Fidelio is tried again without a pause, a waiting delivery soon."""
    monkeypatch.setattr(client, "RETRY_AFTER_S", (0.05,))
    monkeypatch.setattr("handlers.deliveries.FIRST_DELAY_S", 0.2)
    monkeypatch.setattr("handlers.deliveries.LONGEST_DELAY_S", 0.5)


async def everything_once(stage, count=1):
    """So many requests, each with one task and one thread, and nothing waits or was given up."""

    async def settled():
        async with stage.house.db.reading() as tx:
            waiting, dead = await outbox.counts(tx), await inbox.dead(tx, stage.house.portal.id)
        return not waiting.get("waiting") and not waiting.get("dead") and not dead

    await stage.until(settled, "an empty outbox", patience_s=40)
    async with stage.house.db.reading() as tx:
        found = await request_rows.listed(tx, stage.house.portal.id, only_open=False)
    assert len(found) == count
    titles = Counter(task["title"].split(" · ")[0] for task in (await stage.get("_sandbox/tasks"))["tasks"])
    assert titles == Counter(f"Обращение {one.number}" for one in found)
    dialogs = (await stage.get("_sandbox/as/2/dialogs"))["dialogs"]
    threads = Counter(d["title"].partition(" · ")[0] for d in dialogs if d["title"].startswith("FB-"))
    assert threads == Counter(one.number for one in found)


# --- the hotel -------------------------------------------------------------------------------------------


HOTEL_FAULTS = {
    "unreachable": "Fidelio не отвечает",
    "refused": "не принял имя или пароль",
    "malformed_xml": "malformed",
    "broken_zip": "broken ZIP",
    "html_error": "HTTP 500",
}


async def test_the_hotel_fails_during_a_sync_and_the_next_one_works(stage):
    marina = stage.person(4)
    for count, (kind, says) in enumerate(HOTEL_FAULTS.items(), 1):
        await stage.fault("hotel/", kind=kind, times=-1)
        await marina.writes("/sync")
        told = await stage.until(lambda n=count: _sorry(marina, n), f"what {kind} means")
        assert says in told[-1]["text"]
        await stage.mend("hotel/")
    await marina.writes("/sync")
    await finished(marina)
    assert (await stage.get("_sandbox/counts"))["deals"] > 100
    assert len(await _sorry(marina, 1)) == len(HOTEL_FAULTS)  # one line for each, no more


async def _sorry(person, count):
    """The refusals so far, once there are so many."""
    found = [message for message in await person.messages() if SORRY in message["text"]]
    return found if len(found) >= count else None


@pytest.mark.drill  # told by quicker tests, too
async def test_it_fails_in_the_middle_and_the_next_run_brings_the_rest(stage):
    marina = stage.person(4)
    await stage.fault("hotel/", kind="truncated_xml", times=-1, after=4)
    await marina.writes("/sync")
    told = await finished(marina, SORRY)
    assert "Fidelio прислал непонятный ответ" in told["text"]
    await stage.mend("hotel/")
    await marina.writes("/sync")
    await finished(marina)
    outcome = await commands.sync_errors(stage.settings, "GRAND", retry=False)
    assert outcome.data["items"] == []


@pytest.mark.drill  # told by quicker tests, too
async def test_bad_rows_become_listed_problems(stage):
    marina = stage.person(4)
    await stage.post("hotel/_sandbox/switches", {"bad_rows": True})
    await marina.writes("/sync")
    report = await finished(marina)
    assert "Причины:" in report["text"]
    assert "отклонено: 0" not in report["text"]
    await marina.writes("/sync errors")
    listed = await marina.sees("не записаны в CRM")
    assert "запись Fidelio не читается" in listed["text"] or "нет номера" in listed["text"]
    outcome = await commands.sync_errors(stage.settings, "GRAND", retry=False)
    assert outcome.code == 1
    assert {item["code"] for item in outcome.data["items"]} & {
        "row-bad-date",
        "row-missing-id",
        "row-mojibake",
    }
    assert (await stage.get("_sandbox/counts"))["deals"] > 100  # the good rows went through


# --- the portal --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "drop_after"},
        pytest.param({"kind": "html_after"}, marks=pytest.mark.drill),
        pytest.param({"kind": "drop"}, marks=pytest.mark.drill),
        pytest.param({"kind": "error", "code": "QUERY_LIMIT_EXCEEDED"}, marks=pytest.mark.drill),
        pytest.param({"kind": "error_after", "code": "INTERNAL_SERVER_ERROR"}, marks=pytest.mark.drill),
    ],
    ids=lambda fault: fault["kind"],
)
async def test_the_portal_fails_while_somebody_files(stage, fault):
    olga = stage.person(5)
    await stage.bot_id()
    for method in ("imbot.v2.Chat.*", "imbot.v2.Event.get", "tasks.*", "im.*"):
        await stage.fault(method=method, times=3, probability=0.4, **fault)
    await file_request(olga)
    await stage.mend()
    await everything_once(stage)


@pytest.mark.drill  # the portal's rest alone takes ten seconds
async def test_a_method_rests_for_its_working_time(stage):
    olga = stage.person(5)
    await stage.bot_id()
    await stage.fault(kind="error", code="OPERATION_TIME_LIMIT", method="tasks.task.add")
    await file_request(olga)
    await everything_once(stage)


@pytest.mark.drill  # told by quicker tests, too
async def test_the_portal_is_away_for_a_while(stage):
    """What is written meanwhile waits in the portal's queue; the answers come when it is back."""
    olga = stage.person(5)
    await olga.writes("новое обращение")
    await olga.sees("шаг 1")
    await stage.fault(kind="drop", method="*", times=None)
    await olga.writes(STORY)
    await asyncio.sleep(0.2)
    assert not stage.service.runner.ended
    await stage.mend()
    await stage.until(lambda: _sees(olga, "шаг 2"), "step 2", patience_s=40)


async def _sees(person, text):
    return next((m for m in await person.messages() if text in m["text"]), None)


@pytest.mark.drill  # told by quicker tests, too
@pytest.mark.parametrize("kind", ["error", "late", pytest.param("drop_after", marks=pytest.mark.drill)])
async def test_the_task_api_is_down_while_filing(stage, kind):
    """The person reads «зарегистрировано» all the same; the task comes later, and once."""
    olga, pyotr = stage.person(5), stage.person(2)
    rule = {"seconds": 0.5} if kind == "late" else {}
    await stage.fault(kind=kind, method="tasks.task.add", times=None if kind == "error" else 1, **rule)
    await file_request(olga)
    await olga.sees("FB-2026-000001 зарегистрировано")
    await pyotr.thread("FB-2026-000001")  # the thread doesn't wait for the task
    await stage.mend()
    await everything_once(stage)


# --- people and programs -----------------------------------------------------------------------------------


@pytest.mark.drill  # told by quicker tests, too
async def test_an_oversized_file_is_refused_when_it_is_found_out(stage, monkeypatch):
    """Bitrix24 doesn't tell a file's size: the request is filed, its sender hears which file is missing, once."""
    monkeypatch.setattr(attachments, "MAX_BYTES", dict.fromkeys(attachments.MAX_BYTES, 1 << 20))
    olga, pyotr = stage.person(5), stage.person(2)
    await up_to_the_screenshot(olga)
    await olga.sends_file("огромный.png", PNG + bytes(2 << 20))
    await olga.sees("Получил 1 файл")
    await olga.sends_file("малый.png", PNG)
    await olga.sees("Получил 2 файла")
    for label in ("Готово", "Пропустить", "Мой логин", "Этот портал", "Отправить"):
        await olga.presses(label)
    await olga.sees("больше 1 МБ")
    thread = await pyotr.thread("FB-2026-000001")

    async def small_one_arrived():
        return [m for m in await pyotr.messages(thread) if m.get("files")]

    assert len(await stage.until(small_one_arrived, "the other file")) == 1
    assert len([m for m in await olga.messages() if "больше 1 МБ" in m["text"]]) == 1


async def up_to_the_screenshot(person):
    await person.writes("новое обращение")
    await person.sees("шаг 1")
    await person.writes(STORY)
    await person.presses("Инцидент")
    await person.presses("Оставить")
    await person.sees("Пришлите скриншот")


@pytest.mark.drill  # told by quicker tests, too
async def test_an_oversized_file_in_telegram_is_refused_at_once(both, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_BYTES", dict.fromkeys(attachments.MAX_BYTES, 1 << 20))
    olga = await link(both, 5, OLGA_TG)
    await up_to_the_screenshot(olga)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("chat_id", str(OLGA_TG))
    form.add_field("file", io.BytesIO(bytes(2 << 20)), filename="огромный.log", content_type="text/plain")
    await both.post(f"telegram/_sandbox/as/{OLGA_TG}/files", form)
    told = await olga.sees("больше 1 МБ")
    assert "огромный.log" in told["text"]
    await olga.presses("Пропустить")
    await olga.sees("При каких условиях")


@pytest.mark.drill  # told by quicker tests, too
async def test_a_button_nobody_knows(stage):
    olga = stage.person(5)
    await olga.writes("помощь")
    await olga.sees("Что я умею")
    button = {"TEXT": "Загадка", "COMMAND": "press", "COMMAND_PARAMS": "zz:1:что-то"}
    message = {"message": "Нажмите", "keyboard": {"BUTTONS": [button]}}
    params = {"botId": await stage.bot_id(), "botToken": "story-token", "dialogId": "5", "fields": message}
    await stage.post(f"{WEBHOOK}/imbot.v2.Chat.Message.send", params)
    await olga.presses("Загадка")
    await olga.sees("Эта кнопка мне не знакома")
    await file_request(olga)
    await everything_once(stage)


@pytest.mark.drill  # told by quicker tests, too
async def test_another_program_takes_the_bots_events(stage):
    olga = stage.person(5)
    with capture_logs() as logs:
        await olga.writes("помощь")
        await olga.sees("Что я умею")
        params = {"botId": await stage.bot_id(), "botToken": "story-token", "offset": 900}
        await stage.post(f"{WEBHOOK}/imbot.v2.Event.get", params)

        async def told():
            return any(entry.get("code") == "bitrix-second-consumer" for entry in logs)

        await stage.until(told, "the second consumer in the log")
    lines = [entry for entry in logs if entry.get("code") == "bitrix-second-consumer"]
    assert len(lines) == 1
    assert lines[0]["log_level"] == "warning"


async def test_events_nobody_can_read_are_kept(tmp_path):
    held = {}
    async with staged(tmp_path, prepare=lambda app: held.update(portal=app[rest.PORTAL])) as stage:
        portal, olga = held["portal"], stage.person(5)
        await olga.writes("помощь")
        await olga.sees("Что я умею")
        bot = next(iter(bots(portal)))
        for data in ({"message": "not a message"}, {"chat": 7}, {}):
            broken = {"bot_id": bot["id"], "type": "ONIMBOTV2MESSAGEADD", "date": "?", "data": data}
            bot_events(portal).insert(broken)
        await olga.writes("мои обращения")
        await olga.sees("пока нет обращений")

        async def kept():
            async with stage.house.db.reading() as tx:
                dead = await inbox.dead(tx, stage.house.portal.id)
            return len([event for event in dead if event.kind == "unreadable"]) == 3

        await stage.until(kept, "three unreadable events, kept")


# --- Telegram ----------------------------------------------------------------------------------------------


async def test_telegram_is_down_while_somebody_files(both):
    olga = both.person(5)
    await both.fault("telegram/", kind="drop", left=None)
    await file_request(olga)
    await both.person(2).thread("FB-2026-000001")
    assert not await topics(both)
    await both.mend("telegram/")
    await both.until(lambda: topics(both), "the topic", patience_s=60)
    pyotr = TelegramPerson(both, 5002)
    await pyotr.sees("FB-2026-000001", chat=SUPPORT_FORUM)
    await everything_once(both)
    assert len(await topics(both)) == 1


async def topics(stage):
    chats = await stage.get("telegram/_sandbox/chats")
    found = next(chat for chat in chats["chats"] if chat["id"] == SUPPORT_FORUM)
    return [topic for topic in found.get("topics", []) if topic["name"].startswith("FB-")]


@pytest.mark.drill  # told by quicker tests, too
async def test_telegram_asks_to_wait(both):
    olga = await link(both, 5, OLGA_TG)
    wait = {"retry_after": 1}
    await both.fault("telegram/", kind="error", code=429, description="Too Many Requests: retry after 1",
                     parameters=wait, left=3, method="sendmessage")  # fmt: skip
    await olga.writes("помощь")
    await olga.sees("Что я умею")


@pytest.mark.drill  # told by quicker tests, too
async def test_somebody_blocks_the_bot_and_comes_back(both):
    olga = await link(both, 5, OLGA_TG)
    await both.post("telegram/_sandbox/block", {"user_id": OLGA_TG})
    person, pyotr = both.person(5), both.person(2)
    await file_request(person)
    thread = await pyotr.thread("FB-2026-000001")
    await pyotr.writes("Смотрю, одну минуту", thread)
    await person.sees("Смотрю, одну минуту")  # the portal's side doesn't suffer
    await both.post("telegram/_sandbox/block", {"user_id": OLGA_TG, "blocked": False})
    await olga.writes("помощь")
    await olga.sees("Что я умею")


@pytest.mark.drill  # whose poll meets whose is the two pollers' luck: too slow for the gate
async def test_somebody_else_polls_the_same_telegram_bot(both, caplog, monkeypatch):
    monkeypatch.setattr("integrations.telegram.receiver._pause_s", lambda *_: 0.5)
    olga = await link(both, 5, OLGA_TG)
    url = f"{both.base}telegram/bot123456:sandbox/getUpdates"
    async with both.http.post(url, json={"timeout": 0}) as answer:
        assert answer.status in {200, 409}

    async def told():
        return [record for record in caplog.records if "telegram-second-poller" in record.getMessage()]

    await both.until(told, "the second poller in the log")
    await olga.writes("помощь")
    await both.until(lambda: _tg_sees(olga, "Что я умею"), "an answer after all", patience_s=60)


async def _tg_sees(person, text):
    return next((m for m in await person.messages() if text in (m.get("text") or "")), None)
