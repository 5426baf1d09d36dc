"""What an application's token opens on REST: options, events, the offline queue, places, bots without a token."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.portal import tasking
from tests.sandbox.cloud_lab import Lab, Post, lab
from tests.sandbox.conftest import Reply


class App:
    """The installed application as its server calls the portal; `user` opens a frame for somebody else."""

    def __init__(self, lab: Lab, pair: dict[str, Any]) -> None:
        self.lab, self.pair = lab, pair
        self.token: str = pair["access_token"]
        self.portal = lab.cloud.portal(lab.cloud.entry("grand"))

    async def full(self, method: str, **params: Any) -> Reply:
        return await self.lab.rest(method, self.token, params)

    async def __call__(self, method: str, **params: Any) -> Any:
        return (await self.full(method, **params)).result

    async def as_user(self, user: int) -> "App":
        return App(self.lab, await self.lab.control("portals/grand/tokens", {"user": user}))

    async def posts(self) -> list[Post]:
        await self.lab.settle()
        taken, self.lab.app.posts = self.lab.app.posts, []
        return taken


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with lab() as running:
        yield App(running, await running.installed())


def contact(name: str = "Анна") -> dict[str, Any]:
    return {"entityTypeId": 3, "fields": {"name": name}}


async def test_a_token_may_stand_in_query_form_or_body(app: App):
    client = app.lab.client
    for call in (
        client.get("/p/grand/rest/user.current", params={"auth": app.token}),
        client.post("/p/grand/rest/user.current.json", data={"auth": app.token}),
        client.post("/p/grand/rest/user.current/", json={"auth": app.token}),
    ):
        async with call as answer:
            assert (await answer.json())["result"]["ID"] == "1"
    for wrong in ({}, {"auth": ""}, {"auth": "guessed"}, {"auth": ["x"]}):
        async with client.post("/p/grand/rest/user.current", json=wrong) as answer:
            assert (answer.status, (await answer.json())["error"]) == (401, "NO_AUTH_FOUND")
    async with client.post("/p/grand/rest/1/sandboxwebhook00/profile", json={}) as answer:
        assert answer.status == 200  # webhooks stand beside it


async def test_rest3_and_batch_take_the_token_in_the_body(app: App):
    async with app.lab.client.post(
        "/p/grand/rest/api/tasks.task.add",
        json={"auth": app.token, "fields": {"title": "т", "creatorId": 1, "responsibleId": 2}},
    ) as answer:
        assert answer.status == 200, await answer.text()
    async with app.lab.client.post(
        "/p/grand/rest/api/tasks.task.get?auth=" + app.token, json={"id": 1}
    ) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"]["code"] == "NO_AUTH_FOUND"
    batch = await app("batch", cmd={"who": "profile", "info": "app.info", "own": "event.get"})
    assert (batch["result"]["who"]["ID"], batch["result"]["info"]["STATUS"]) == ("1", "L")


async def test_scopes_are_the_applications(app: App):
    assert set(await app("scope")) == {"imbot", "im", "crm", "task", "tasks", "user", "placement"}
    assert (await app.full("disk.storage.getlist")).error == (403, "insufficient_scope")


async def test_options_of_the_application_and_of_users(app: App):
    front_desk = await app.as_user(5)
    assert await app("app.option.get") == {}
    assert await app("app.option.set", options={"a": "1", "b": {"c": 2}}) is True
    assert await app("app.option.set", options={"a": "2"}) is True
    assert await front_desk("app.option.get") == {"a": "2", "b": {"c": 2}}
    assert await app("app.option.get", option="nothing") is None
    denied = await front_desk.full("app.option.set", options={"a": "3"})
    assert denied.error == (400, "AccessException")
    assert (await app.full("app.option.set", options={})).error == (400, "ArgumentNullException")
    await front_desk("user.option.set", options={"theme": "dark"})
    assert await front_desk("user.option.get", option="theme") == "dark"
    assert await app("user.option.get") == {}


async def test_a_user_who_left_takes_his_tokens_with_him(app: App):
    front_desk = await app.as_user(5)
    user = app.portal.store("users").get(5)
    assert user is not None
    user["active"] = False
    assert (await front_desk.full("profile")).error == (403, "INVALID_CREDENTIALS")


async def test_bound_events_are_posted_once_with_the_actors_token(app: App):
    url = app.lab.app.url("/events")
    for event in ("OnCrmContactAdd", "ONCRMCONTACTUPDATE", "ONCRMCONTACTDELETE"):
        assert await app("event.bind", event=event, handler=url) is True
    app.lab.app.status = 500  # nobody sends again
    front_desk = await app.as_user(5)
    item = (await front_desk("crm.item.add", **contact()))["item"]
    await app("crm.item.update", entityTypeId=3, id=item["id"], fields={"name": "Ольга"})
    await app("crm.item.update", entityTypeId=3, id=item["id"], fields={"name": "Ольга"})
    await app("crm.item.delete", entityTypeId=3, id=item["id"])
    added, updated, deleted = sorted(await app.posts(), key=lambda post: int(post.pairs["event_handler_id"]))
    assert [post.form["event"] for post in (added, updated, deleted)] == [
        "ONCRMCONTACTADD", "ONCRMCONTACTUPDATE", "ONCRMCONTACTDELETE",
    ]  # fmt: skip
    assert added.form["data"] == {"FIELDS": {"ID": str(item["id"])}}
    auth = added.form["auth"]
    assert {"access_token", "expires_in", "scope", "domain", "server_endpoint", "status", "client_endpoint",
            "member_id", "application_token", "user_id", "expires"} == set(auth)  # fmt: skip
    assert (auth["application_token"], auth["scope"]) == (app.pair["application_token"], "crm")
    assert (await app.lab.rest("profile", auth["access_token"])).result["ID"] == "5"
    assert (await app.lab.rest("profile", updated.form["auth"]["access_token"])).result["ID"] == "1"


async def test_auth_type_names_another_user_and_agents_bring_no_tokens(app: App):
    url = app.lab.app.url
    await app("event.bind", event="ONTASKADD", handler=url("/actor"))
    await app("event.bind", event="ONTASKADD", handler=url("/service"), auth_type=1)
    tasking.create(app.portal, 2, {"title": "от агента", "responsible_id": 2})
    posts = {post.path: post.form for post in await app.posts()}
    assert posts["/actor"]["data"] == {
        "FIELDS_BEFORE": "undefined",
        "FIELDS_AFTER": {"ID": "1"},
        "IS_ACCESSIBLE_BEFORE": "N",
        "IS_ACCESSIBLE_AFTER": "undefined",
    }
    assert "access_token" not in posts["/actor"]["auth"]
    assert posts["/actor"]["auth"]["application_token"] == app.pair["application_token"]
    assert posts["/service"]["auth"]["user_id"] == "1"


async def test_what_people_do_raises_events_too(app: App):
    for event in ("ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE", "ONTASKCOMMENTADD"):
        await app("event.bind", event=event, handler=app.lab.app.url("/events"))
    task = (await app("tasks.task.add", fields={"TITLE": "т", "RESPONSIBLE_ID": 2}))["task"]
    base = "/p/grand/_sandbox/as/2"
    async with app.lab.client.post(f"{base}/tasks/{task['id']}", json={"action": "start"}) as answer:
        assert answer.status == 200
    chat = {"dialogId": f"chat{task['chatId']}", "text": "вижу"}
    async with app.lab.client.post(f"{base}/messages", json=chat) as answer:
        message = (await answer.json())["messageId"]
    async with app.lab.client.post(f"{base}/tasks/{task['id']}", json={"action": "delete"}) as answer:
        assert answer.status == 200
    posts = {post.form["event"]: post.form for post in await app.posts()}
    assert set(posts) == {"ONTASKADD", "ONTASKUPDATE", "ONTASKCOMMENTADD", "ONTASKDELETE"}
    assert posts["ONTASKUPDATE"]["auth"]["user_id"] == "2"
    assert posts["ONTASKCOMMENTADD"]["data"]["FIELDS_AFTER"] == {
        "ID": "0", "TASK_ID": str(task["id"]), "MESSAGE_ID": str(message),
    }  # fmt: skip
    assert posts["ONTASKDELETE"]["data"]["FIELDS_AFTER"] == "undefined"


async def test_handlers_are_listed_and_taken_back(app: App):
    url, front_desk = app.lab.app.url("/events"), await app.as_user(5)
    bind = {"event": "ONCRMDEALADD", "handler": url}
    await app("event.bind", **bind)
    assert (await app.full("event.bind", **bind)).error == (400, "ERROR_CORE")
    await front_desk("event.bind", **bind)
    assert await app("event.get") == [
        {"event": "ONCRMDEALADD", "handler": url, "auth_type": "0", "offline": 0},
        {"event": "ONCRMDEALADD", "handler": url, "auth_type": "5", "offline": 0},
    ]
    assert [one["auth_type"] for one in await front_desk("event.get")] == ["5"]
    assert (await front_desk.full("event.bind", **bind, auth_type=1)).error == (403, "ACCESS_DENIED")
    offline = await front_desk.full("event.bind", event="ONCRMDEALADD", event_type="offline")
    assert offline.error == (403, "ACCESS_DENIED")
    assert (await app.full("event.bind", event="ONNOTHING", handler=url)).error == (
        400,
        "ERROR_EVENT_NOT_FOUND",
    )
    assert (await app.full("event.bind", event="ONCRMDEALADD")).status == 400
    assert await app("event.unbind", **bind, auth_type=0) == {"count": 1}
    assert await app("event.unbind", **bind) == {"count": 1}
    assert await app("event.unbind", **bind) == {"count": 0}


async def test_the_test_event_brings_its_query(app: App):
    await app("event.bind", event="ONAPPTEST", handler=app.lab.app.url("/events"))
    assert await app("event.test", any="data") == 1
    (post,) = await app.posts()
    assert post.form["data"] == {"QUERY": {"any": "data"}}
    names = await app("events")
    assert {"ONAPPTEST", "ONTASKADD", "ONCRMCONTACTADD"} <= set(names)
    assert set(await app("events", SCOPE="task")) == {n for n in names if n.startswith("ONTASK")}


async def test_the_offline_queue_keeps_one_record_per_object(app: App):
    assert await app("feature.get", CODE="rest_offline_extended") == {"value": "Y"}
    for event in ("ONCRMCONTACTADD", "ONCRMCONTACTUPDATE"):
        await app("event.bind", event=event, event_type="offline")
    item = (await app("crm.item.add", **contact()))["item"]
    for name in ("б", "в", "г"):
        await app("crm.item.update", entityTypeId=3, id=item["id"], fields={"name": name})
    listed = await app.full("event.offline.list")
    assert listed.body["total"] == 2
    assert [row["EVENT_NAME"] for row in listed.result] == ["ONCRMCONTACTADD", "ONCRMCONTACTUPDATE"]
    assert (listed.result[0]["PROCESS_ID"], listed.result[0]["ERROR"]) == ("", "0")
    taken = await app("event.offline.get", filter={"=EVENT_NAME": "ONCRMCONTACTADD"})
    assert taken["process_id"] is None
    assert taken["events"][0]["EVENT_DATA"] == {"FIELDS": {"ID": item["id"]}}
    assert len(await app("event.offline.list")) == 1  # the default deletes what it gives
    front_desk = await app.as_user(5)
    assert (await front_desk.full("event.offline.get")).error == (403, "ACCESS_DENIED")


async def test_a_reserved_batch_is_hidden_until_it_is_cleared_or_failed(app: App):
    await app("event.bind", event="ONCRMCONTACTADD", event_type="offline")
    for number in range(3):
        await app("crm.item.add", **contact(f"Гость {number}"))
    first = await app("event.offline.get", clear=0, limit=2)
    second = await app("event.offline.get", clear=0)
    assert (len(first["events"]), len(second["events"])) == (2, 1)
    again = await app("event.offline.get", clear=0, process_id=first["process_id"])
    assert again == first
    one, two = (row["MESSAGE_ID"] for row in first["events"])
    assert await app("event.offline.clear", process_id=first["process_id"], message_id=[one]) is True
    assert await app("event.offline.error", process_id=first["process_id"], message_id=[two]) is True
    assert await app("event.offline.clear", process_id=second["process_id"]) is True
    assert (await app("event.offline.get"))["events"] == []
    failed = await app("event.offline.get", error=1)
    assert [row["MESSAGE_ID"] for row in failed["events"]] == [two]
    assert await app("event.offline.list") == []


async def test_reservations_last_thirty_days_and_need_the_plan(app: App):
    await app("event.bind", event="ONCRMCONTACTADD", event_type="offline")
    await app("crm.item.add", **contact())
    batch = await app("event.offline.get", clear=0)
    app.lab.time.push(30 * 24 * 3600 + 1)
    app = await app.as_user(1)
    assert (await app("event.offline.get", clear=0, process_id=batch["process_id"]))["events"] == []
    app.portal.switches.set("offline_extended", False)
    assert await app("feature.get", CODE="rest_offline_extended") == {"value": "N"}
    await app("crm.item.add", **contact())
    assert (await app("event.offline.get", clear=0))["process_id"] is None
    assert await app("event.offline.list") == []


async def test_a_source_key_hides_ones_own_changes(app: App):
    await app("event.bind", event="ONCRMCONTACTADD", event_type="offline", auth_connector="ours")
    await app("crm.item.add", **contact("своё"), auth_connector="ours")
    foreign = (await app("crm.item.add", **contact("чужое")))["item"]
    assert (await app("event.offline.get"))["events"] == []  # another queue
    (row,) = (await app("event.offline.get", auth_connector="ours"))["events"]
    assert row["EVENT_DATA"] == {"FIELDS": {"ID": foreign["id"]}}


async def test_a_ping_tells_of_the_queue_at_most_once_per_interval(app: App):
    await app("event.bind", event="ONCRMCONTACTADD", event_type="offline")
    ping = {"event": "ONOFFLINEEVENT", "handler": app.lab.app.url("/ping"), "options": {"minTimeout": 10}}
    await app("event.bind", **ping)
    for _ in range(3):
        await app("crm.item.add", **contact())
    (post,) = await app.posts()
    assert "data" not in post.form  # an empty array vanishes from a form
    assert post.form["auth"]["refresh_token"]
    app.lab.time.push(10)
    await app("crm.item.add", **contact())
    assert len(await app.posts()) == 1


async def test_places_are_bound_listed_and_taken_back(app: App):
    url = app.lab.app.url("/app")
    title = {"ru": {"TITLE": "Гость"}, "en": {"TITLE": "Guest"}}
    bind = {"PLACEMENT": "CRM_CONTACT_DETAIL_TAB", "HANDLER": url, "TITLE": "Guest", "LANG_ALL": title}
    assert await app("placement.bind", **bind) is True
    (row,) = await app("placement.get")
    assert (row["placement"], row["handler"], row["userId"], row["options"]) == (
        "CRM_CONTACT_DETAIL_TAB",
        url,
        0,
        [],
    )
    assert row["langAll"]["en"] == {"TITLE": "Guest", "DESCRIPTION": "", "GROUP_NAME": ""}
    assert (await app.full("placement.bind", **bind)).error == (400, "ERROR_CORE")
    app.portal.switches.set("placement_twice", "kept")
    assert await app("placement.bind", **bind) is True
    assert await app("placement.unbind", PLACEMENT="CRM_CONTACT_DETAIL_TAB") == {"count": 4}
    assert {"LEFT_MENU", "CRM_DEAL_DETAIL_TAB", "IM_TEXTAREA"} <= set(await app("placement.list"))
    assert set(await app("placement.list", SCOPE="im")) == {
        code for code in await app("placement.list") if code.startswith("IM_")
    }


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"PLACEMENT": ""}, 200, "ERROR_ARGUMENT"),
        ({"HANDLER": ""}, 200, "ERROR_ARGUMENT"),
        ({"USER_ID": 5}, 200, "ERROR_PLACEMENT_USER_MODE"),
        ({"PLACEMENT": "PAGE_BACKGROUND_WORKER"}, 200, "EMPTY_ERROR_HANDLER_URL"),
        ({"PLACEMENT": "NOWHERE"}, 400, "ERROR_PLACEMENT_NOT_FOUND"),
        ({"HANDLER": "javascript:alert(1)"}, 400, "ERROR_WRONG_HANDLER_URL"),
    ],
)
async def test_binding_a_place_fails_as_documented(app: App, wrong: dict[str, Any], status: int, code: str):
    reply = await app.full(
        "placement.bind", **{"PLACEMENT": "LEFT_MENU", "HANDLER": "https://a.example/", **wrong}
    )
    assert reply.error == (status, code)
    if code == "ERROR_ARGUMENT":
        assert reply.body["argument"] in wrong


async def test_places_are_for_administrators(app: App):
    front_desk = await app.as_user(5)
    for method in ("placement.bind", "placement.get", "placement.unbind"):
        assert (await front_desk.full(method, PLACEMENT="LEFT_MENU")).error == (403, "ACCESS_DENIED")
    worker = {
        "PLACEMENT": "PAGE_BACKGROUND_WORKER",
        "HANDLER": "https://a.example/",
        "OPTIONS": {"errorHandlerUrl": "https://a.example/e"},
    }
    assert await app("placement.bind", **worker, USER_ID=5) is True
    assert (await app.full("placement.bind", **worker)).error == (200, "ERROR_PLACEMENT_MAX_COUNT")


async def test_an_applications_bot_needs_no_token_and_is_posted_to(app: App):
    fields = {
        "code": "concierge",
        "properties": {"name": "Консьерж"},
        "eventMode": "webhook",
        "webhookUrl": app.lab.app.url("/bot"),
    }
    bot = (await app("imbot.v2.Bot.register", fields=fields))["bot"]
    assert (await app("imbot.v2.Bot.register", fields=fields))["bot"]["id"] == bot["id"]
    message = {"dialogId": str(bot["id"]), "text": "помогите"}
    async with app.lab.client.post("/p/grand/_sandbox/as/5/messages", json=message) as answer:
        assert answer.status == 200
    (post,) = [one for one in await app.posts() if one.pairs["event"] == "ONIMBOTV2MESSAGEADD"]
    assert post.type == "application/x-www-form-urlencoded"
    assert post.pairs["data[message][text]"] == "помогите"
    assert (post.pairs["data[user][active]"], post.pairs["data[message][isSystem]"]) == ("1", "0")
    assert post.pairs["auth[application_token]"] == app.pair["application_token"]
    assert set(post.form["data"]["bot"]) == {"id", "code", "auth"}
    own = post.form["data"]["bot"]["auth"]
    sent = await app.lab.rest(
        "imbot.v2.Chat.Message.send",
        own["access_token"],
        {"botId": bot["id"], "dialogId": "5", "fields": {"message": "иду"}},
    )
    assert sent.status == 200, json.dumps(sent.body, ensure_ascii=False)


async def test_a_bot_belongs_to_its_application(app: App):
    fields = {"code": "concierge", "properties": {"name": "Консьерж"}}
    bot = (await app("imbot.v2.Bot.register", fields=fields))["bot"]
    other = await app.lab.register(client_id="local.other")
    await app.lab.control("portals/grand/install", {"client_id": other["client_id"]})
    pair = await app.lab.control("portals/grand/tokens", {"client_id": other["client_id"]})
    for token, expected in ((pair["access_token"], (403, "BOT_OWNERSHIP_ERROR")), (app.token, None)):
        reply = await app.lab.rest("imbot.v2.Event.get", token, {"botId": bot["id"]})
        assert (reply.error if expected else None) == expected
    async with app.lab.client.post(
        "/p/grand/rest/1/sandboxwebhook00/imbot.v2.Event.get", json={"botId": bot["id"], "botToken": "x"}
    ) as answer:
        assert (await answer.json())["error"] == "BOT_OWNERSHIP_ERROR"


async def test_method_time_is_metered_per_portal_and_application(app: App):
    app.portal.config.call_seconds = {"profile": 481.0}
    app.portal.config.sleep_scale = 0.0
    assert (await app.full("profile")).status == 200
    assert (await app.full("profile")).error == (429, "OPERATION_TIME_LIMIT")
    async with app.lab.client.post("/p/grand/rest/1/sandboxwebhook00/profile") as answer:
        assert answer.status == 200


async def test_posts_under_way_end_with_the_portal(app: App):
    await app("event.bind", event="ONAPPTEST", handler=app.lab.app.url("/events"))
    await asyncio.gather(*(app("event.test") for _ in range(20)))
    assert len(await app.posts()) == 20
