"""A bot's life: registration, its queue, commands, keyboards, what it may read."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.portal import chatting
from sandbox.portal.botting import application_token
from sandbox.portal.documents import bots
from sandbox.portal.forms import decode
from sandbox.portal.rooms import create_chat, find_dialog
from sandbox.portal.seed import seed
from sandbox.portal.state import Portal, PortalConfig

REGISTER = "imbot.v2.Bot.register"


def types(events):
    return [event["type"].removeprefix("ONIMBOTV2") for event in events]


def group(portal, *members, title="Группа"):
    return create_chat(portal, owner=1, actor=1, user_ids=list(members), title=title)


async def test_registration_is_idempotent_and_changes_nothing(rest, bot, new_bot):
    again = await rest(
        REGISTER, {"fields": {"code": "concierge", "botToken": "secret", "properties": {"name": "Другой"}}}
    )
    assert again["bot"]["id"] == bot.id
    assert again["users"][0]["name"] == "Консьерж"
    assert again["bot"] | {"id": 0} == {
        "id": 0, "code": "concierge", "type": "bot", "isHidden": False, "isSupportOpenline": False,
        "isReactionsEnabled": True, "backgroundId": None, "language": "ru", "moduleId": "rest",
        "eventMode": "fetch", "countMessage": 0, "countCommand": 0, "countChat": 0, "countUser": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "x", "properties": {"name": "n"}}, "BOT_TOKEN_NOT_SPECIFIED"),
        ({"botToken": "t", "properties": {"name": "n"}}, "BOT_CODE_REQUIRED"),
        ({"code": "x", "botToken": "t"}, "BOT_PROPERTIES_REQUIRED"),
        ({"code": "x", "botToken": "t" * 41, "properties": {"name": "n"}}, "BOT_TOKEN_INVALID_LENGTH"),
        ({"code": "x", "botToken": "t", "properties": {"name": "n"}, "type": "z"}, "BOT_INVALID_TYPE"),
        (
            {"code": "x", "botToken": "t", "properties": {"name": "n"}, "eventMode": "z"},
            "BOT_INVALID_EVENT_MODE",
        ),
        (
            {"code": "x", "botToken": "t", "properties": {"name": "n"}, "eventMode": "webhook"},
            "BOT_WEBHOOK_URL_REQUIRED",
        ),
        (
            {
                "code": "x",
                "botToken": "t",
                "properties": {"name": "n"},
                "eventMode": "webhook",
                "webhookUrl": "no",
            },
            "BOT_INVALID_CALLBACK",
        ),
        (
            {"code": "x", "botToken": "t", "properties": {"name": "n", "avatar": "bm90IGFuIGltYWdl"}},
            "BOT_AVATAR_INCORRECT_TYPE",
        ),
        ({"code": "concierge", "botToken": "other", "properties": {"name": "n"}}, "BOT_CODE_ALREADY_TAKEN"),
    ],
)
async def test_registrations_refused(rest, bot, fields, code):
    assert (await rest.full(REGISTER, {"fields": fields})).error == (400, code)


async def test_every_call_wants_the_right_bot_and_token(rest, bot):
    name = "imbot.v2.Event.get"
    assert (await rest.full(name, {"botId": bot.id})).error == (400, "BOT_TOKEN_NOT_SPECIFIED")
    assert (await rest.full(name, {"botToken": "secret"})).error == (400, "BOT_ID_REQUIRED")
    assert (await rest.full(name, {"botId": 999, "botToken": "secret"})).error == (400, "BOT_NOT_FOUND")
    assert (await rest.full(name, {"botId": bot.id, "botToken": "x"})).error == (403, "BOT_OWNERSHIP_ERROR")


async def test_strangers_see_the_brief_shape(rest, bot):
    brief = await rest("imbot.v2.Bot.get", {"code": "concierge", "botToken": "stranger"})
    assert "eventMode" not in brief["bot"]
    assert (await bot("Bot.get"))["bot"]["eventMode"] == "fetch"
    assert [found["id"] for found in (await bot("Bot.list"))["bots"]] == [bot.id]
    assert (await rest("imbot.v2.Bot.list", {"botToken": "stranger"}))["bots"] == []


async def test_a_rotated_token_works_at_once(rest, bot, new_bot):
    await new_bot(rest, code="second", token="taken")
    taken = await bot.full("Bot.update", fields={"botToken": "taken"})
    assert taken.error == (400, "BOT_TOKEN_ROTATION_FAILED")
    await bot("Bot.update", fields={"botToken": "fresh", "properties": {"name": "Новый"}})
    assert (await bot.full("Bot.get")).result["bot"].get("eventMode") is None
    bot.token = "fresh"
    assert (await bot("Bot.get"))["users"][0]["name"] == "Новый"


async def test_a_private_message_reaches_the_bot_exactly_as_documented(portal, bot):
    said = chatting.write(portal, 5, str(bot.id), "Здравствуйте")
    joined, heard = await bot.events()
    assert (joined["type"], joined["data"]["dialogId"]) == ("ONIMBOTV2JOINCHAT", "5")
    assert set(heard) == {"eventId", "type", "date", "data"}
    assert set(heard["data"]) == {"bot", "message", "chat", "user", "language"}
    assert heard["data"]["message"] == {
        "id": said["id"], "chatId": said["chat_id"], "authorId": 5, "date": "2026-11-22T12:00:00+03:00",
        "text": "Здравствуйте", "isSystem": False, "uuid": said["uuid"], "forward": None, "params": {},
        "viewedByOthers": False,
    }  # fmt: skip
    chat, user = heard["data"]["chat"], heard["data"]["user"]
    assert (chat["dialogId"], chat["type"], chat["messageType"]) == ("5", "private", "P")
    assert not {"role", "muteList"} & set(chat)
    assert (user["id"], user["bot"], user["lastActivityDate"]) == (5, False, False)
    assert heard["data"]["bot"]["eventMode"] == "fetch"


async def test_offsets_acknowledge_and_everything_else_comes_again(portal, bot):
    for number in range(5):
        chatting.write(portal, 5, str(bot.id), f"n{number}")
    first = await bot("Event.get", limit=2)
    assert (len(first["events"]), first["hasMore"]) == (2, True)
    assert first["nextOffset"] == first["events"][-1]["eventId"] + 1
    assert await bot("Event.get", limit=2) == first
    rest_of = await bot("Event.get", offset=first["nextOffset"])
    assert [e["data"]["message"]["text"] for e in rest_of["events"]] == ["n1", "n2", "n3", "n4"]
    older = await bot("Event.get", offset=1)
    assert older["events"] == rest_of["events"]
    empty = await bot("Event.get", offset=rest_of["nextOffset"])
    assert empty == {"events": [], "nextOffset": rest_of["nextOffset"], "hasMore": False}


async def test_an_unused_queue_says_zero(bot):
    assert await bot("Event.get") == {"events": [], "nextOffset": 0, "hasMore": False}


async def test_the_queue_survives_a_restart(tmp_path: Path):
    config = PortalConfig(db_path=tmp_path / "portal.db")
    first = Portal(config)
    seed(first)
    bot_user = chatting.get_user(first, 1)  # any person: only the queue matters here
    bots(first).insert(
        {
            "id": bot_user["id"], "code": "c", "type": "bot", "token": "t", "event_mode": "fetch",
            "webhook_url": "", "is_hidden": False, "is_reactions_enabled": True, "is_support_openline": False,
            "background_id": None, "ack": 0, "count_message": 0, "met": [],
        }
    )  # fmt: skip
    from sandbox.portal.botting import fetch

    chatting.write(first, 5, "1", "раз")
    chatting.write(first, 5, "1", "два")
    seen = fetch(first, bots(first).get(1), None, 2)
    fetch(first, bots(first).get(1), seen["nextOffset"], 10)
    await first.close()
    second = Portal(config)
    again = fetch(second, bots(second).get(1), None, 10)
    assert [event["data"]["message"]["text"] for event in again["events"]] == ["два"]
    assert again["events"][0]["eventId"] == seen["nextOffset"]
    await second.close()


async def test_in_groups_a_plain_bot_hears_mentions_and_the_others_everything(portal, rest, bot, new_bot):
    nosy = await new_bot(rest, code="nosy", token="nosy", type="supervisor")
    chat = group(portal, 5, bot.id, nosy.id)
    chatting.write(portal, 5, f"chat{chat['id']}", "между нами")
    chatting.write(portal, 5, f"chat{chat['id']}", f"[USER={bot.id}]Консьерж[/USER], помоги")
    assert types(await bot.events()) == ["JOINCHAT", "MESSAGEADD"]
    assert types(await nosy.events()) == ["JOINCHAT", "MESSAGEADD", "MESSAGEADD"]
    assert (await bot.events())[1]["data"]["chat"]["dialogId"] == f"chat{chat['id']}"


async def test_a_bot_does_not_hear_itself(portal, bot):
    await bot("Chat.Message.send", dialogId="5", fields={"message": "Я сам"})
    assert await bot.events() == []


@pytest.mark.parametrize(
    ("switch", "expected"),
    [("command", ["COMMANDADD"]), ("message", ["MESSAGEADD"]), ("both", ["COMMANDADD", "MESSAGEADD"])],
)
async def test_typed_commands_follow_the_switch(portal, bot, switch, expected):
    await bot("Command.register", fields={"command": "help", "title": {"ru": "Помощь"}})
    find_dialog(portal, 5, str(bot.id))
    await bot.drain()
    portal.switches.set("slash_command", switch)
    chatting.write(portal, 5, str(bot.id), "/help по задачам")
    events = await bot.events()
    assert types(events) == expected
    if switch != "message":
        assert events[0]["data"]["command"] == {
            "id": 1, "command": "/help", "params": "по задачам", "context": "textarea",
        }  # fmt: skip


async def test_each_command_of_a_text_is_an_event_and_unknown_ones_are_words(portal, bot):
    for name in ("one", "two"):
        await bot("Command.register", fields={"command": name, "hidden": True})
    find_dialog(portal, 5, str(bot.id))
    await bot.drain()
    chatting.write(portal, 5, str(bot.id), "/one\n/two a b")
    chatting.write(portal, 5, str(bot.id), "/three")
    events = await bot.events()
    assert types(events) == ["COMMANDADD", "COMMANDADD", "MESSAGEADD"]
    assert [e["data"]["command"]["params"] for e in events[:2]] == ["", "a b"]


async def test_common_commands_work_where_the_bot_is_not(portal, bot):
    command = (
        await bot("Command.register", fields={"command": "ask", "common": True, "title": {"ru": "x"}})
    )["command"]
    chat = group(portal, 5, 2)
    said = chatting.write(portal, 5, f"chat{chat['id']}", "/ask что")
    assert types(await bot.events()) == ["COMMANDADD"]
    place = {"commandId": command["id"], "messageId": said["id"], "dialogId": f"chat{chat['id']}"}
    assert await bot("Command.answer", **place, fields={"message": "ответ"}) == {"result": True}
    answer = chatting.messages(portal).get(chat["last_message_id"])
    assert (answer["system"], answer["author_id"]) == (True, 0)
    assert answer["text"].endswith("ответ")
    refused = await bot.full("Chat.Message.send", dialogId=f"chat{chat['id']}", fields={"message": "x"})
    assert refused.error == (403, "ACCESS_DENIED")
    wrong = await bot.full("Command.answer", **{**place, "messageId": 999}, fields={"message": "x"})
    assert wrong.error == (400, "COMMAND_ANSWER_FAILED")


async def test_commands_have_a_life(bot):
    fields = {"command": "help", "title": {"ru": "Помощь", "en": "Help"}, "params": {"ru": "тема"}}
    made = (await bot("Command.register", fields=fields))["command"]
    assert made["command"] == "/help"
    assert (await bot("Command.register", fields={**fields, "title": {"ru": "Иначе"}}))["command"] == made
    listed = (await bot("Command.list"))["commands"][0]
    assert (listed["title"], listed["params"], listed["category"]) == ("Помощь", "тема", "Консьерж")
    await bot("Command.register", fields={"command": "other", "hidden": True})
    taken = await bot.full("Command.update", commandId=made["id"], fields={"command": "other"})
    assert taken.error == (400, "COMMAND_ALREADY_EXISTS")
    await bot("Command.update", commandId=made["id"], fields={"command": "hilfe", "title": {"ru": None}})
    listed = (await bot("Command.list"))["commands"][0]
    assert (listed["command"], listed["title"]) == ("/hilfe", "Help")
    await bot("Command.unregister", commandId=made["id"])
    assert (await bot.full("Command.unregister", commandId=made["id"])).error == (400, "COMMAND_NOT_FOUND")
    assert (await bot.full("Command.register", fields={"command": "x"})).error == (
        400,
        "COMMAND_TITLE_REQUIRED",
    )


async def test_a_pressed_button_is_a_command_with_the_keyboards_message(portal, bot):
    await bot("Command.register", fields={"command": "take", "hidden": True})
    keyboard = [
        {"TEXT": "Взять", "COMMAND": "take", "COMMAND_PARAMS": "n=7", "BLOCK": "Y"},
        {"TYPE": "NEWLINE"},
        {"TEXT": "Сказать", "ACTION": "SEND", "ACTION_VALUE": "Спасибо"},
        {"TEXT": "Сайт", "LINK": "https://example.org"},
    ]
    sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "Заявка", "keyboard": keyboard})
    assert chatting.press(portal, 5, sent["id"], index=0)["ok"] is True
    pressed = (await bot.drain())[-1]["data"]
    assert pressed["command"] | {"id": 0} == {
        "id": 0, "command": "/take", "params": "n=7", "context": "keyboard",
    }  # fmt: skip
    assert (pressed["message"]["id"], pressed["user"]["id"]) == (sent["id"], 5)
    assert pressed["message"]["params"]["KEYBOARD"][0]["TEXT"] == "Взять"
    assert chatting.press(portal, 5, sent["id"], index=1)["kind"] == "message"
    assert (await bot.drain())[-1]["data"]["message"]["text"] == "Спасибо"
    assert chatting.press(portal, 5, sent["id"], text="Сайт") == {
        "ok": True, "kind": "link", "value": "https://example.org",
    }  # fmt: skip


async def test_an_updated_keyboard_needs_its_bot(portal, bot):
    await bot("Command.register", fields={"command": "take", "hidden": True})
    button = {"TEXT": "Взять", "COMMAND": "take"}
    sent = await bot(
        "Chat.Message.send", dialogId="5", fields={"message": "x", "keyboard": {"BUTTONS": [button]}}
    )
    await bot("Chat.Message.update", messageId=sent["id"], fields={"keyboard": [button]})
    assert chatting.press(portal, 5, sent["id"], index=0)["ok"] is False
    keyboard = {"BOT_ID": bot.id, "BUTTONS": [button]}
    await bot("Chat.Message.update", messageId=sent["id"], fields={"keyboard": keyboard})
    assert chatting.press(portal, 5, sent["id"], index=0)["ok"] is True
    await bot("Chat.Message.update", messageId=sent["id"], fields={"keyboard": "N"})
    assert "KEYBOARD" not in chatting.messages(portal).get(sent["id"])["params"]


@pytest.mark.parametrize(
    "keyboard",
    [
        [{"TEXT": "без действия"}],
        [{"COMMAND": "x"}],
        "{no json",
        [{"TEXT": "a", "LINK": "l", "COMMAND": "c"}],
    ],
)
async def test_keyboards_refused(bot, keyboard):
    reply = await bot.full("Chat.Message.send", dialogId="5", fields={"message": "x", "keyboard": keyboard})
    assert reply.error == (400, "KEYBOARD_ERROR")


async def test_messages_are_cut_edited_and_deleted(portal, bot):
    sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "я" * 20_001})
    kept = chatting.messages(portal).get(sent["id"])
    assert (len(kept["text"]), kept["text"][-6:]) == (20_006, " (...)")
    await bot("Chat.Message.update", messageId=sent["id"], fields={"message": "короче"})
    assert kept["text"] == "короче"
    said = chatting.write(portal, 5, str(bot.id), "моё")
    for name in ("update", "delete"):
        refused = await bot.full(f"Chat.Message.{name}", messageId=said["id"], fields={"message": "x"})
        assert refused.error == (403, "ACCESS_DENIED")
    await bot("Chat.Message.delete", messageId=sent["id"])
    assert kept["deleted"] is True
    again = await bot.full("Chat.Message.delete", messageId=sent["id"])
    assert again.error == (403, "ACCESS_DENIED")
    assert (await bot.full("Chat.Message.send", dialogId="5", fields={})).error == (400, "EMPTY_MESSAGE")
    assert (await bot.full("Chat.Message.send", dialogId="999", fields={"message": "x"})).status == 403


async def test_peoples_edits_and_deletions_are_told(portal, bot):
    said = chatting.write(portal, 5, str(bot.id), "ошибка")
    await bot.drain()
    chatting.edit(portal, said, text="верно")
    chatting.delete(portal, said)
    updated, deleted = await bot.events()
    assert updated["data"]["message"]["text"] == "верно"
    assert (deleted["type"], deleted["data"]["messageId"]) == ("ONIMBOTV2MESSAGEDELETE", said["id"])
    assert "message" not in deleted["data"]


async def test_reactions_both_ways(portal, bot):
    sent = await bot("Chat.Message.send", dialogId="5", fields={"message": "x"})
    said = chatting.write(portal, 5, str(bot.id), "y")
    await bot.drain()
    chatting.react(portal, chatting.get_message(portal, sent["id"]), 5, "like", add=True)
    event = (await bot.events())[0]["data"]
    assert (event["reaction"], event["action"], event["user"]["id"]) == ("like", "add", 5)
    place = {"messageId": said["id"], "reaction": "whiteHeavyCheckMark"}
    await bot("Chat.Message.Reaction.add", **place)
    assert (await bot.full("Chat.Message.Reaction.add", **place)).error == (400, "REACTION_ALREADY_SET")
    await bot("Chat.Message.Reaction.delete", **place)
    wrong = await bot.full("Chat.Message.Reaction.add", messageId=said["id"], reaction="nothing")
    assert wrong.error == (400, "REACTION_NOT_FOUND")


async def test_only_nosy_bots_may_read(portal, rest, bot, new_bot):
    said = chatting.write(portal, 5, str(bot.id), "x")
    assert (await bot.full("Chat.Message.get", messageId=said["id"])).error == (403, "BOT_TYPE_NOT_ALLOWED")
    nosy = await new_bot(rest, code="nosy", token="nosy", type="personal")
    words = [chatting.write(portal, 5, str(nosy.id), str(n))["id"] for n in range(5)]
    assert (await nosy("Chat.Message.get", messageId=words[0]))["user"]["id"] == 5
    around = await nosy("Chat.Message.getContext", messageId=words[2], range=1)
    assert [m["text"] for m in around["messages"]] == ["1", "2", "3"]
    assert (around["hasPrevPage"], around["hasNextPage"]) == (True, True)
    assert (await nosy.full("Chat.Message.get", messageId=said["id"])).error == (403, "MESSAGE_ACCESS_DENIED")


async def test_reading_counts(portal, bot):
    ids = [chatting.write(portal, 5, str(bot.id), str(n))["id"] for n in range(3)]
    answer = await bot("Chat.Message.read", dialogId="5", messageId=ids[1])
    assert (answer["lastId"], answer["counter"], answer["viewedMessages"]) == (ids[1], 1, ids[:2])
    assert (await bot("Chat.Message.read", dialogId="5"))["counter"] == 0


async def test_typing_and_the_input_field(portal, bot):
    topics = []
    portal.listen(lambda topic, payload: topics.append((topic, payload.get("code"))))
    code = "IMBOT_AGENT_ACTION_SEARCHING"
    await bot("Chat.InputAction.notify", dialogId="5", statusMessageCode=code)
    assert ("typing", code) in topics
    await bot("Chat.TextField.enabled", dialogId="5", enabled=False)
    with pytest.raises(chatting.RestError, match="TEXT_FIELD_DISABLED"):
        chatting.write(portal, 5, str(bot.id), "нельзя")
    await bot("Chat.TextField.enabled", dialogId="5", enabled=True)
    assert chatting.write(portal, 5, str(bot.id), "можно")


async def test_deep_links_bring_their_context(portal, rest, bot):
    chatting.open_with_context(portal, 5, str(bot.id), {"room": "305"})
    event = (await bot.events())[-1]
    assert (event["type"], event["data"]["context"]) == ("ONIMBOTV2CONTEXTGET", {"room": "305"})
    assert event["data"]["dialogId"] == "5"
    assert await rest("im.v2.Chat.Bot.sendContext", {"dialogId": str(bot.id), "context": {"a": 1}}) == {
        "result": True
    }


async def test_groups_of_a_bot(portal, bot):
    made = await bot(
        "Chat.add", fields={"title": "Заявка 7", "userIds": [5, 2, 999], "users": [3], "message": "Начали"}
    )
    dialog = made["chat"]["dialogId"]
    assert made["chat"]["owner"] == bot.id
    assert [user["id"] for user in made["users"]] == [5, 2]
    assert await bot("Chat.User.add", dialogId=dialog, userIds=[3, 999]) == {"result": True}
    assert await bot("Chat.User.delete", dialogId=dialog, userId=6) == {"result": True}
    assert await bot("Chat.User.delete", dialogId=dialog, userId=5) == {"result": True}
    assert {user["id"] for user in await bot("Chat.User.list", dialogId=dialog)} == {bot.id, 2, 3}
    await bot("Chat.update", dialogId=dialog, fields={"title": "Заявка 7: закрыта", "color": "mint"})
    chat = (await bot("Chat.get", dialogId=dialog))["chat"]
    assert (chat["name"], chat["color"], chat["userCounter"]) == ("Заявка 7: закрыта", "#4ba984", 3)
    assert (await bot.full("Chat.Manager.add", dialogId=dialog, userIds=[])).error == (400, "EMPTY_USER_IDS")
    await bot("Chat.Manager.add", dialogId=dialog, userIds=[2, 5])
    assert (await bot("Chat.get", dialogId=dialog))["chat"]["managerList"] == [2]
    await bot("Chat.Manager.delete", dialogId=dialog, userIds=[2])
    await bot("Chat.setOwner", dialogId=dialog, userId=2)
    assert (await bot.full("Chat.User.add", dialogId=dialog, userIds=[6])).error == (403, "ACCESS_DENIED")
    await bot("Chat.leave", dialogId=dialog)
    assert (await bot.full("Chat.get", dialogId=dialog)).error == (403, "ACCESS_DENIED")


async def test_forwarding(portal, bot):
    said = chatting.write(portal, 5, str(bot.id), "перешли")
    answer = await bot("Chat.Message.send", dialogId="2", fields={"forwardIds": {"u-1": said["id"]}})
    copy = chatting.messages(portal).get(answer["uuidMap"]["u-1"])
    assert (copy["text"], copy["forward"]["userId"]) == ("перешли", 5)


async def test_unregistering_ends_everything(portal, bot):
    chatting.write(portal, 5, str(bot.id), "x")
    assert await bot("Bot.unregister") == {"result": True}
    assert (await bot.full("Bot.get")).error == (400, "BOT_NOT_FOUND")
    assert len(portal.store("bot_events")) == 0


async def receiver(posts):
    async def take(request: web.Request) -> web.Response:
        assert request.content_type == "application/x-www-form-urlencoded"
        posts.append(decode((await request.post()).items()))
        return web.Response(status=500 if len(posts) == 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    server = TestServer(app)
    await server.start_server()
    return server


async def test_webhook_mode_posts_php_forms_once(portal, rest, new_bot):
    posts: list[dict] = []
    server = await receiver(posts)
    try:
        bot = await new_bot(rest, eventMode="webhook", webhookUrl=str(server.make_url("/hook")))
        find_dialog(portal, 5, str(bot.id))
        await portal.settle()  # the receiver failed on this one, and nobody tries again
        said = chatting.write(portal, 5, str(bot.id), "Здравствуйте")
        await portal.settle()
    finally:
        await server.close()
    assert [post["event"] for post in posts] == ["ONIMBOTV2JOINCHAT", "ONIMBOTV2MESSAGEADD"]
    post = posts[1]
    assert post["data"]["message"]["id"] == str(said["id"])
    assert post["data"]["message"]["isSystem"] == "0"
    assert post["data"]["message"]["forward"] == ""
    assert "params" not in post["data"]["message"]
    assert set(post["data"]["bot"]) == {"id", "code", "auth"}
    assert post["auth"]["application_token"] == application_token(bots(portal).get(bot.id))
    assert post["auth"]["member_id"] == portal.config.member_id
    assert await bot.events() == []


async def test_a_dead_receiver_hurts_nobody(portal, rest, new_bot, unused_tcp_port):
    told = []
    portal.listen(lambda topic, payload: told.append(payload) if topic == "webhook" else None)
    bot = await new_bot(rest, eventMode="webhook", webhookUrl=f"http://127.0.0.1:{unused_tcp_port}/")
    chatting.write(portal, 5, str(bot.id), "x")
    await portal.settle()
    assert {payload["status"] for payload in told} == {0}


async def test_two_consumers_see_the_same(portal, bot):
    chatting.write(portal, 5, str(bot.id), "x")
    first, second = await asyncio.gather(bot.events(), bot.events())
    assert first == second
