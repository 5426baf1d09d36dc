"""The page's own API over HTTP: people act and see, the portal is looked into, changes stream, strangers wait outside."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.portal import demo_api
from sandbox.portal.app import build_app
from sandbox.portal.demo import crm_routes, stream
from sandbox.portal.state import Portal

KEYBOARD = [
    {"TEXT": "Новое обращение", "COMMAND": "new", "COMMAND_PARAMS": "start"},
    {"TYPE": "NEWLINE"},
    {"TEXT": "Спасибо", "ACTION": "SEND", "ACTION_VALUE": "спасибо"},
    {"TEXT": "Нельзя", "COMMAND": "new", "DISABLED": "Y"},
]


class Page:
    """What the browser would do."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def get(self, path, status=200, **query):
        async with self.client.get(f"/_sandbox/{path}", params=query) as answer:
            body = await answer.json()
            assert answer.status == status, body
            return body

    async def post(self, path, body, status=200):
        async with self.client.post(f"/_sandbox/{path}", json=body) as answer:
            answered = await answer.json()
            assert answer.status == status, answered
            return answered

    async def write(self, user_id, dialog_id, text, **more):
        body = {"dialogId": str(dialog_id), "text": text, **more}
        return (await self.post(f"as/{user_id}/messages", body))["messageId"]

    async def messages(self, user_id, dialog_id, **query):
        return (await self.get(f"as/{user_id}/dialogs/{dialog_id}/messages", **query))["messages"]

    async def upload(self, user_id, dialog_id, name, content, text="", status=200):
        form = aiohttp.FormData(quote_fields=False)  # as browsers do
        form.add_field("dialogId", str(dialog_id))
        form.add_field("text", text)
        form.add_field("file", content, filename=name, content_type="application/octet-stream")
        async with self.client.post(f"/_sandbox/as/{user_id}/files", data=form) as answer:
            body = await answer.json()
            assert answer.status == status, body
            return body


@pytest.fixture
def page(client):
    return Page(client)


@pytest.fixture
async def command(bot):
    await bot(
        "Command.register", fields={"command": "new", "title": {"ru": "Новое"}, "params": {"ru": "что"}}
    )
    await bot("Command.register", fields={"command": "inner", "hidden": True})


async def test_page_json_names_people_the_bot_and_the_neighbours(portal, page, bot):
    body = await page.get("page.json")
    assert body["botUserId"] == bot.id
    assert (body["telegramBase"], body["hotelBase"], body["language"]) == (None, None, "ru")
    assert body["timeZone"] == "Europe/Moscow"
    people = {person["id"]: person for person in body["people"]}
    assert people[5]["name"] == "Ольга Иванова"
    assert people[1]["admin"]
    assert people[bot.id]["bot"]


async def test_without_a_bot_the_page_knows_it(page):
    assert (await page.get("page.json"))["botUserId"] is None


async def test_settings_of_the_page_are_replaced_before_the_start(config):
    app = build_app(Portal(config))
    app[demo_api.PAGE] = demo_api.PageSettings(telegram_base="telegram", title="Гранд")
    async with TestClient(TestServer(app)) as client:
        body = await Page(client).get("page.json")
    assert (body["telegramBase"], body["title"]) == ("telegram", "Гранд")


async def test_a_person_writes_and_the_bot_hears_it(page, bot):
    message_id = await page.write(5, bot.id, "принтер не печатает")
    events = await bot.drain()
    added = [event["data"] for event in events if event["type"] == "ONIMBOTV2MESSAGEADD"]
    assert [data["message"]["id"] for data in added] == [message_id]
    assert added[0]["user"]["id"] == 5
    reply_id = await page.write(5, bot.id, "и сканер", replyId=message_id)
    shown = await page.messages(5, bot.id)
    assert [(row["id"], row["replyId"]) for row in shown] == [(message_id, None), (reply_id, message_id)]


async def test_what_a_person_may_not_write(page, bot):
    assert (await page.post("as/5/messages", {"dialogId": str(bot.id), "text": " "}, 400))[
        "error"
    ] == "MESSAGE_EMPTY"
    assert (await page.post("as/5/messages", {"dialogId": "chat99", "text": "а"}, 403))[
        "error"
    ] == "ACCESS_ERROR"
    assert (await page.post("as/99/messages", {"dialogId": "1", "text": "а"}, 404))[
        "error"
    ] == "ERROR_USER_NOT_FOUND"
    assert (await page.post("as/x/messages", {}, 404))["error"] == "ERROR_USER_NOT_FOUND"
    assert (await page.post("as/5/messages", ["no", "object"], 400))["error"] == "BAD_JSON"
    async with page.client.post("/_sandbox/as/5/messages", data=b"{broken") as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "BAD_JSON")


@pytest.mark.usefixtures("command")
async def test_a_press_counts_buttons_and_not_line_breaks(page, bot):
    await page.write(5, bot.id, "привет")
    await bot.drain()
    sent = await bot(
        "Chat.Message.send", dialogId="5", fields={"message": "Что дальше?", "keyboard": KEYBOARD}
    )
    pressed = await page.post("as/5/press", {"messageId": sent["id"], "buttonIndex": 0})
    assert pressed == {"ok": True, "kind": "command", "value": "/new start"}
    (event,) = await bot.drain()
    assert event["type"] == "ONIMBOTV2COMMANDADD"
    assert event["data"]["command"]["context"] == "keyboard"
    assert event["data"]["command"]["params"] == "start"
    said = await page.post("as/5/press", {"messageId": sent["id"], "buttonIndex": 1})
    assert said["kind"] == "message"
    assert (await page.messages(5, bot.id))[-1]["text"] == "спасибо"
    by_text = await page.post("as/5/press", {"messageId": sent["id"], "text": "Нельзя"})
    assert (by_text["ok"], by_text["kind"]) == (False, "disabled")


@pytest.mark.usefixtures("command")
async def test_presses_that_name_no_button(page, bot):
    sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "?", "keyboard": KEYBOARD})
    for body in ({}, {"buttonIndex": 7}, {"text": "нет такой"}):
        answer = await page.post("as/5/press", {"messageId": sent["id"], **body}, 400)
        assert answer["error"] == "BUTTON_NOT_FOUND"
    assert (await page.post("as/5/press", {"messageId": 10**6, "text": "?"}, 400))[
        "error"
    ] == "MESSAGE_NOT_FOUND"
    stranger = await page.post("as/6/press", {"messageId": sent["id"], "buttonIndex": 0}, 403)
    assert stranger["error"] == "ACCESS_ERROR"


async def test_files_reach_the_bot_and_come_back_harmless(page, bot):
    sent = await page.upload(5, bot.id, "снимок.png", b"\x89PNG-bytes", "вот")
    evil = await page.upload(5, bot.id, "evil.html", b"<script>alert(1)</script>")
    picture, document = (row["files"][0] for row in await page.messages(5, bot.id))
    assert (picture["id"], picture["type"], picture["name"]) == (sent["fileId"], "image", "снимок.png")
    assert (document["id"], document["type"], document["size"]) == (evil["fileId"], "file", 25)
    async with page.client.get("/" + picture["url"]) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", b"\x89PNG-bytes")
    async with page.client.get("/" + document["url"]) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    async with page.client.get("/_sandbox/files/999") as answer:
        assert answer.status == 404
    heard = [e["data"]["message"] for e in await bot.drain() if e["type"] == "ONIMBOTV2MESSAGEADD"]
    assert heard[0]["params"] == {"FILE_ID": [sent["fileId"]]}


async def test_an_upload_needs_a_file_and_a_seat(page, bot):
    async with page.client.post("/_sandbox/as/5/files", json={}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "FILE_NOT_FOUND")
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("dialogId", str(bot.id))
    async with page.client.post("/_sandbox/as/5/files", data=form) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "FILE_NOT_FOUND")
    await page.upload(5, "chat77", "a.txt", b"x", status=403)


async def test_dialogs_know_kinds_titles_and_what_is_unread(page, bot, rest):
    group = (await bot("Chat.add", fields={"title": "FB-1 · Принтер", "userIds": [2, 3]}))["chat"]
    await bot("Chat.Message.send", dialogId=f"chat{group['id']}", fields={"message": "[b]Новая[/b] заявка"})
    await rest("tasks.task.add", {"fields": {"TITLE": "FB-1", "RESPONSIBLE_ID": 2, "CREATED_BY": 1}})
    await page.write(2, bot.id, "помощь")
    dialogs = {row["dialogId"]: row for row in (await page.get("as/2/dialogs"))["dialogs"]}
    thread, private = dialogs[f"chat{group['id']}"], dialogs[str(bot.id)]
    assert (thread["kind"], thread["title"]) == ("thread", "FB-1 · Принтер")
    assert thread["unread"] >= 1
    assert thread["lastMessage"]["text"] == "[b]Новая[/b] заявка"
    assert (private["kind"], private["title"], private["unread"]) == ("private", "Консьерж", 0)
    assert [row["taskId"] for row in dialogs.values() if row["kind"] == "task"] == [1]
    await page.post(f"as/2/dialogs/chat{group['id']}/read", {})
    after = {row["dialogId"]: row["unread"] for row in (await page.get("as/2/dialogs"))["dialogs"]}
    assert after[f"chat{group['id']}"] == 0
    people = {person["id"]: person["unread"] for person in (await page.get("page.json"))["people"]}
    assert people[3] >= 1
    foreign = await page.get(f"as/5/dialogs/chat{group['id']}/messages", 403)
    assert foreign["error"] == "ACCESS_DENIED"


async def test_history_comes_in_pages(page, bot):
    ids = [await page.write(5, bot.id, f"строка {n}") for n in range(7)]
    path = f"as/5/dialogs/{bot.id}/messages"
    newest = await page.get(path, limit=3)
    assert [row["id"] for row in newest["messages"]] == ids[4:]
    assert newest["hasEarlier"]
    earlier = await page.get(path, before=ids[4], limit=10)
    assert ([row["id"] for row in earlier["messages"]], earlier["hasEarlier"]) == (ids[:4], False)
    assert [row["id"] for row in await page.messages(5, bot.id, after=ids[5])] == [ids[6]]


async def test_edits_and_deletions_show(page, bot):
    await page.write(5, bot.id, "привет")
    sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "10 %", "keyboard": KEYBOARD})
    await bot("Chat.Message.update", messageId=sent["id"], fields={"message": "90 %", "keyboard": "N"})
    shown = (await page.messages(5, bot.id))[-1]
    assert (shown["text"], shown["edited"], shown["keyboard"]) == ("90 %", True, None)
    await bot("Chat.Message.delete", messageId=sent["id"])
    assert (await page.messages(5, bot.id))[-1]["deleted"]


@pytest.mark.usefixtures("command")
async def test_commands_for_the_slash_menu_leave_hidden_ones_out(page, bot):
    assert await page.get("commands") == {
        "commands": [{"botId": bot.id, "command": "/new", "title": {"ru": "Новое"}, "params": {"ru": "что"}}]
    }


async def test_tasks_as_a_list_and_as_a_card(page, rest):
    deal = await rest("crm.item.add", {"entityTypeId": 2, "fields": {"title": "Бронь 7"}})
    fields = {
        "TITLE": "FB-1 · Принтер", "DESCRIPTION": "[b]Инцидент[/b]", "RESPONSIBLE_ID": 2, "CREATED_BY": 1,
        "PRIORITY": 2, "AUDITORS": [4], "XML_ID": "concierge:FB-1", "UF_CRM_TASK": [f"D_{deal['item']['id']}", "D_999"],
    }  # fmt: skip
    task_id = int((await rest("tasks.task.add", {"fields": fields}))["task"]["id"])
    await rest("tasks.task.start", {"taskId": task_id})
    listed = await page.get("tasks")
    assert [(row["id"], row["status"]) for row in listed["tasks"]] == [(task_id, "in_progress")]
    card = (await page.get(f"tasks/{task_id}"))["task"]
    assert (card["responsibleId"], card["auditors"], card["xmlId"]) == (2, [4], "concierge:FB-1")
    assert card["crm"] == [{"kind": "deals", "id": deal["item"]["id"], "title": "Бронь 7"}]
    assert {1, 2, 4} <= set(card["chatMembers"])
    assert (await page.get("tasks/999", 404))["error"] == "NOT_FOUND"


async def hotel(rest):
    """Two guests of a firm and three deals in a pipeline of the hotel's own; its id and stages."""
    company = await rest("crm.item.add", {"entityTypeId": 4, "fields": {"title": "ООО «Ромашка»"}})
    person = {"name": "Анна", "lastName": "Петрова", "originId": "P-7", "companyId": company["item"]["id"]}
    phone = [{"typeId": "PHONE", "valueType": "WORK", "value": "+79161234567"}]
    guest = await rest("crm.item.add", {"entityTypeId": 3, "fields": {**person, "fm": phone}})
    await rest("crm.item.add", {"entityTypeId": 3, "fields": {"name": "Лев", "lastName": "Гусев"}})
    added = await rest("crm.category.add", {"entityTypeId": 2, "fields": {"name": "Гранд Отель"}})
    category = added["category"]["id"]
    stages = await rest(
        "crm.status.list", {"filter": {"ENTITY_ID": f"DEAL_STAGE_{category}"}, "order": {"SORT": "ASC"}}
    )
    for n, (currency, begin) in enumerate(
        (("RUB", "2026-12-20"), ("RUB", "2026-11-23"), ("EUR", "2026-11-25"))
    ):
        fields = {
            "title": f"Бронь {n}", "categoryId": category, "stageId": stages[0]["STATUS_ID"], "opportunity": 1000.5,
            "currencyId": currency, "begindate": begin, "closedate": "2026-12-24", "contactIds": [guest["item"]["id"]],
            "originId": f"R{n}",
        }  # fmt: skip
        await rest("crm.item.add", {"entityTypeId": 2, "fields": fields})
    await rest("crm.item.add", {"entityTypeId": 2, "fields": {"title": "Чужая", "opportunity": 5}})
    return category, stages, guest["item"]["id"]


async def test_crm_lists_search_and_page(page, rest):
    await hotel(rest)
    body = await page.get("crm/contacts", limit=1)
    assert (body["total"], len(body["items"]), body["counts"]) == (
        2,
        1,
        {"contacts": 2, "companies": 1, "deals": 4},
    )
    assert (await page.get("crm/contacts", offset=1))["items"][0]["title"] == "Анна Петрова"
    for query in ("петрова", "p-7", "+7916123"):
        found = (await page.get("crm/contacts", q=query))["items"]
        assert [row["title"] for row in found] == ["Анна Петрова"], query
    assert (await page.get("crm/contacts", q="никто"))["total"] == 0
    assert (await page.get("crm/leads", 404))["error"] == "NOT_FOUND"


async def test_an_exact_pms_number_leads_the_search(page, rest):
    for origin in ("70", "7001", "700"):
        await rest("crm.item.add", {"entityTypeId": 2, "fields": {"title": origin, "originId": origin}})
    found = (await page.get("crm/deals", q="700"))["items"]
    assert [row["originId"] for row in found] == ["700", "7001"]


async def test_a_card_has_fields_links_and_timeline(page, rest):
    field = {"entityId": "CRM_DEAL", "fieldName": "UF_CRM_CONCIERGE_ROOM", "userTypeId": "string",
             "editFormLabel": {"ru": "Номер", "en": "Room"}}  # fmt: skip
    await rest("userfieldconfig.add", {"moduleId": "crm", "field": field})
    _, stages, guest = await hotel(rest)
    deal = (await page.get("crm/deals", q="R1"))["items"][0]["id"]
    await rest("crm.item.update", {"entityTypeId": 2, "id": deal, "fields": {"ufCrmConciergeRoom": "305"}})
    note = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Поздний заезд"}
    await rest("crm.timeline.comment.add", {"fields": note})
    card = (await page.get(f"crm/deals/{deal}"))["item"]
    assert (card["title"], card["stageName"], card["amount"]) == ("Бронь 1", stages[0]["NAME"], 1000.5)
    assert {"code": "UF_CRM_CONCIERGE_ROOM", "name": "Номер", "kind": "text", "value": "305"} in card[
        "fields"
    ]
    assert [(link["kind"], link["title"]) for link in card["links"]] == [("contacts", "Анна Петрова")]
    assert [entry["text"] for entry in card["timeline"]] == ["Поздний заезд"]
    person = (await page.get(f"crm/contacts/{guest}"))["item"]
    assert [link["kind"] for link in person["links"]] == ["companies", "deals", "deals", "deals"]
    phone = next(f for f in person["fields"] if f["code"] == "PHONE")
    assert phone["value"] == ["+79161234567"]
    company = (await page.get("crm/companies/" + str(person["links"][0]["id"])))["item"]
    assert [link["title"] for link in company["links"]] == ["Анна Петрова"]
    assert (await page.get("crm/deals/999", 404))["error"] == "NOT_FOUND"


async def test_the_pipeline_is_the_hotels_own_with_counts_and_sums(page, rest, time):
    before = await page.get("crm/pipelines")
    assert before["pipeline"]["id"] == 0
    category, stages, _ = await hotel(rest)
    body = await page.get("crm/pipelines")
    assert {row["id"] for row in body["categories"]} == {0, category}
    pipeline = body["pipeline"]
    assert (pipeline["id"], pipeline["count"]) == (category, 3)
    assert pipeline["sums"] == {"RUB": 2001.0, "EUR": 1000.5}
    assert [stage["name"] for stage in pipeline["stages"]] == [stage["NAME"] for stage in stages]
    assert [deal["title"] for deal in pipeline["stages"][0]["deals"]] == ["Бронь 1", "Бронь 2", "Бронь 0"]
    time.push(crm_routes.PIPELINE_FRESH_S + 1)
    general = (await page.get("crm/pipelines", category=0))["pipeline"]
    assert (general["id"], general["count"]) == (0, 1)
    assert (await page.get("crm/pipelines", category=77))["pipeline"]["id"] == category


async def test_the_log_of_calls_and_the_budget(page, rest):
    await rest("user.current")
    await rest.full("no.such.method")
    body = await page.get("requests", limit=2)
    assert [(row["method"], row["status"]) for row in body["requests"]] == [
        ("user.current", 200),
        ("no.such.method", 404),
    ]
    assert body["requests"][1]["error"] == "ERROR_METHOD_NOT_FOUND"
    assert (body["budget"]["level"], body["budget"]["capacity"]) == (2, 10_000)
    assert (await page.get("requests", limit=0))["requests"] == []


async def test_switches_and_faults_are_set_and_taken_back(page, rest):
    assert (await page.post("switches", {"task_api": "v2"}))["task_api"] == "v2"
    assert (await page.get("switches"))["task_api"] == "v2"
    assert (await page.post("switches", {"nonsense": 1}, 400))["error"] == "BAD_SWITCH"
    added = await page.post(
        "faults", {"kind": "error", "method": "user.*", "code": "OVERLOAD_LIMIT", "times": None}
    )
    assert (await rest.full("user.current")).error == (503, "OVERLOAD_LIMIT")
    assert (await page.post("faults", {"kind": "nonsense"}, 400))["error"] == "BAD_FAULT"
    async with page.client.delete("/_sandbox/faults", params={"id": added["id"]}) as answer:
        assert (await answer.json())["faults"] == []
    await rest("user.current")


async def test_counts(page, rest, bot):
    await page.write(5, bot.id, "привет")
    await hotel(rest)
    body = await page.get("counts")
    assert (body["contacts"], body["deals"], body["bots"], body["messages"]) == (2, 4, 1, 1)
    assert body["pendingBotEvents"] >= 1


class Heard:
    """Events of the live stream: `await heard("message")` is the next of that topic."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def until(self, topic):
        """All events up to and with the next of this topic."""
        events = []
        async with asyncio.timeout(5):
            async for line in self.answer.content:
                if line.startswith(b"data: "):
                    events.append(json.loads(line[6:]))
                    if events[-1]["topic"] == topic:
                        return events
        raise AssertionError(f"the stream ended without {topic}")

    async def __call__(self, topic):
        return (await self.until(topic))[-1]


@asynccontextmanager
async def listening(client):
    async with client.get("/_sandbox/stream") as answer:
        assert answer.content_type == "text/event-stream"
        heard = Heard(answer)
        await heard("hello")
        yield heard


async def test_the_stream_tells_messages_as_the_page_shows_them(page, bot):
    await page.write(5, bot.id, "привет")
    async with listening(page.client) as heard:
        sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "10 %", "keyboard": KEYBOARD})
        added = await heard("message")
        assert (added["action"], added["message"]["id"], added["members"]) == ("add", sent["id"], [5, bot.id])
        assert added["message"]["keyboard"][0]["TEXT"] == "Новое обращение"
        await bot("Chat.Message.update", messageId=sent["id"], fields={"message": "90 %"})
        updated = await heard("message")
        assert (updated["action"], updated["message"]["text"]) == ("update", "90 %")
        await bot("Chat.InputAction.notify", dialogId="5", statusMessageCode="IMBOT_AGENT_ACTION_SEARCHING")
        assert (await heard("typing"))["code"] == "IMBOT_AGENT_ACTION_SEARCHING"
        await bot("Chat.Message.delete", messageId=sent["id"])
        assert (await heard("message"))["action"] == "delete"
        await bot("Chat.Message.send", dialogId="5", fields={"message": "ещё"})
        assert (await heard("message"))["message"]["text"] == "ещё"
        await page.post(f"as/5/dialogs/{bot.id}/read", {})
        assert (await heard("read"))["userId"] == 5


async def test_a_message_deleted_for_good_is_told_as_gone(page, bot):
    sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "?"})
    async with listening(page.client) as heard:
        await bot("Chat.Message.delete", messageId=sent["id"], complete="Y")
        assert (await heard("message"))["message"] == {"id": sent["id"], "gone": True}


async def test_a_burst_of_crm_writes_is_one_event(page, rest, portal, monkeypatch):
    monkeypatch.setattr(stream, "COALESCE_S", 0.05)
    async with listening(page.client) as heard:
        for n in range(20):
            await rest("crm.item.add", {"entityTypeId": 2, "fields": {"title": str(n)}})
        assert await heard("crm") == {"topic": "crm"}
        portal.changed("end", {})
        rest_of_topics = [event["topic"] for event in await heard.until("end")]
        assert "crm" not in rest_of_topics


async def test_calls_about_tasks_and_bots_are_told(page, rest, monkeypatch, new_bot):
    monkeypatch.setattr(stream, "COALESCE_S", 0.01)
    async with listening(page.client) as heard:
        await new_bot(rest)
        assert await heard("bot")
        await rest("batch", {"cmd": {"a": "tasks.task.list?select[]=ID"}})
        assert await heard("task")


async def test_a_reader_who_falls_behind_is_told_to_read_anew(portal):
    reader = stream.Reader(portal)
    for n in range(stream.QUEUE_SIZE * 2):
        portal.changed("chat", {"chatId": n})
    first = json.loads(await reader.next())
    assert first == {"topic": "resync"}
    reader.close()
    portal.changed("chat", {"chatId": 1})
    assert portal._listeners == []


async def test_a_quiet_stream_beats(page, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.01)
    async with page.client.get("/_sandbox/stream") as answer, asyncio.timeout(5):
        async for line in answer.content:
            if line.startswith(b": "):
                break


async def test_open_streams_do_not_hold_up_the_end(config):
    app = build_app(Portal(config))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/_sandbox/stream")
        await answer.content.readline()
        async with asyncio.timeout(5):
            await app.shutdown()
            assert await answer.content.read() == b"\n"
        assert not app[stream.READERS]
        answer.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Origin": "http://127.0.0.1:9000"}, 200),
        ({"Host": "hotel.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_only_this_machine_is_answered(client, headers, status):
    async with client.get("/_sandbox/page.json", headers=headers) as answer:
        assert answer.status == status


async def test_a_caller_from_the_network_is_refused_everywhere(portal):
    """Every /_sandbox route goes through the guard, whatever its name."""
    app = build_app(portal)
    routes = [r for r in app.router.routes() if r.resource and r.resource.canonical.startswith("/_sandbox")]
    assert len(routes) > 20

    class Elsewhere:
        remote, host, headers = "192.0.2.7", "127.0.0.1", {}

    for route in routes:
        answer = await route.handler(Elsewhere())
        assert answer.status == 403, route.resource.canonical
    portal.database.close()


async def test_the_page_is_served_below_any_prefix(config):
    root = web.Application()
    root.add_subapp("/portal/", build_app(Portal(config)))
    async with TestClient(TestServer(root)) as client:
        async with client.get("/portal/") as answer:
            text = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert 'src="page/js/main.js"' in text
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        async with client.get("/portal/page/js/main.js") as answer:
            assert (answer.status, answer.content_type) == (200, "text/javascript")
        for missing in ("page/js/none.js", "page/../demo_api.py", "page/%2e%2e/demo_api.py"):
            async with client.get(f"/portal/{missing}") as answer:
                assert answer.status == 404, missing


def test_every_module_the_page_imports_is_there_and_short():
    files = sorted((demo_api.page_files.ROOT / "js").glob("*.js"))
    names = {path.name for path in files}
    for path in files:
        lines = path.read_text().splitlines()
        assert len(lines) <= 300, path.name
        for line in lines:
            if ' from "./' in line:
                assert line.split('from "./')[1].split('"')[0] in names, (path.name, line)
            assert "innerHTML" not in line, path.name
            assert "https://" not in line.replace("`https://${text}`", "").replace("https?:", ""), (
                path.name,
                line,
            )


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/company/personal/user/1/tasks/task/view/7/", "tasks/task/7"),
        ("/crm/deal/details/12/", "crm/deals/12"),
        ("/crm/company/details/3", "crm/companies/3"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/portal"])
async def test_cards_have_addresses_that_open_in_the_page(config, prefix, address, place):
    app = build_app(Portal(config))
    if prefix:
        outer = web.Application()
        outer.add_subapp(prefix, app)
        app = outer
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(prefix + address, allow_redirects=False)
        assert (answer.status, answer.headers.get("Location")) == (302, f"{prefix}/#///{place}")
        assert (await client.get(f"{prefix}/crm/lead/details/1/")).status == 404
