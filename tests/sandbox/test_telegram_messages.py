"""Writing, editing, deleting: the Bot API's answers and its refusals word for word."""

import pytest
from aiohttp import FormData

from tests.sandbox.telegram_lab import OLGA, PYOTR, SUPPORT_CHAT, open_lab

NOT_MODIFIED = "Bad Request: message is not modified"


@pytest.fixture
async def lab():
    async with open_lab() as lab:
        yield lab


async def test_a_message_comes_back_as_it_will_be_shown(lab):
    await lab.say(OLGA, "/start")
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="<b>Номер</b> 305 &lt;ok&gt;", parse_mode="HTML")
    assert sent["text"] == "Номер 305 <ok>"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    assert sent["chat"] == {
        "id": OLGA,
        "type": "private",
        "first_name": "Ольга",
        "last_name": "Иванова",
        "username": "olga_front",
    }
    assert sent["from"]["is_bot"] is True


async def test_who_cannot_be_written_to(lab):
    assert await lab.refusal("sendMessage", chat_id=OLGA, text="x") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    assert await lab.refusal("sendMessage", chat_id=77, text="x") == (400, "Bad Request: chat not found")
    assert await lab.refusal("sendMessage", text="x") == (400, "Bad Request: chat_id is empty")
    await lab.say(OLGA, "/start")
    await lab.act("/block", user_id=OLGA)
    assert await lab.refusal("sendMessage", chat_id=OLGA, text="x") == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    await lab.act("/bot_status", user_id=PYOTR, chat_id=SUPPORT_CHAT, status="kicked")
    assert await lab.refusal("sendMessage", chat_id=SUPPORT_CHAT, text="x") == (
        403,
        "Forbidden: bot was kicked from the supergroup chat",
    )


@pytest.mark.parametrize(
    ("text", "length"), [("я" * 4096, 4096), ("🙂" * 4096, 4096), ("<b>" + "x" * 4090 + "</b>", 4090)]
)
async def test_text_of_the_full_length_passes(lab, text, length):
    await lab.say(OLGA, "/start")
    sent = await lab.ok("sendMessage", chat_id=OLGA, text=text, parse_mode="HTML")
    assert len(sent["text"]) == length


async def test_text_too_long_or_empty(lab):
    await lab.say(OLGA, "/start")
    assert await lab.refusal("sendMessage", chat_id=OLGA, text="x" * 4097) == (
        400,
        "Bad Request: message is too long",
    )
    assert await lab.refusal("sendMessage", chat_id=OLGA, text="") == (
        400,
        "Bad Request: message text is empty",
    )
    assert await lab.refusal("sendMessage", chat_id=OLGA, text=" \n ") == (
        400,
        "Bad Request: text must be non-empty",
    )


async def test_parameters_in_every_coat(lab):
    await lab.say(OLGA, "/start")
    url = f"{lab.base}/bot123456:sandbox/sEnDmEsSaGe"
    form = FormData({"chat_id": str(OLGA), "text": "форма"})
    multipart = FormData(default_to_multipart=True)
    multipart.add_field("chat_id", str(OLGA))
    multipart.add_field("text", "части")
    for data in (form, multipart):
        async with lab.http.post(url, data=data) as answer:
            assert (await answer.json())["ok"]
    async with lab.http.get(url, params={"chat_id": OLGA, "text": "строка"}) as answer:
        assert (await answer.json())["result"]["text"] == "строка"


async def test_wrong_token_and_unknown_method(lab):
    async with lab.http.post(f"{lab.base}/bot1:wrong/getMe") as answer:
        assert answer.status == 401
        assert await answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (await lab.refusal("sendTelepathy"))[0] == 404


async def test_answers_to_messages(lab):
    said = await lab.say(OLGA, "вопрос")
    sent = await lab.ok(
        "sendMessage", chat_id=OLGA, text="ответ", reply_parameters={"message_id": said["message_id"]}
    )
    assert sent["reply_to_message"]["text"] == "вопрос"
    assert await lab.refusal("sendMessage", chat_id=OLGA, text="x", reply_parameters={"message_id": 999}) == (
        400,
        "Bad Request: message to be replied not found",
    )
    lenient = {"message_id": 999, "allow_sending_without_reply": True}
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="x", reply_parameters=lenient)
    assert "reply_to_message" not in sent


async def test_edits(lab):
    await lab.say(OLGA, "/start")
    keyboard = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="раз", reply_markup=keyboard)
    place = {"chat_id": OLGA, "message_id": sent["message_id"]}
    code, text = await lab.refusal("editMessageText", **place, text="раз", reply_markup=keyboard)
    assert (code, text[: len(NOT_MODIFIED)]) == (400, NOT_MODIFIED)
    edited = await lab.ok("editMessageText", **place, text="раз")
    assert "reply_markup" not in edited
    assert edited["edit_date"] == int(lab.clock())
    edited = await lab.ok("editMessageReplyMarkup", **place, reply_markup=keyboard)
    assert edited["reply_markup"] == keyboard
    assert await lab.refusal("editMessageCaption", **place, caption="x") == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )
    said = await lab.say(OLGA, "моё")
    assert await lab.refusal("editMessageText", chat_id=OLGA, message_id=said["message_id"], text="x") == (
        400,
        "Bad Request: message can't be edited",
    )


async def test_deleted_messages_are_gone(lab):
    await lab.say(OLGA, "/start")
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="раз")
    place = {"chat_id": OLGA, "message_id": sent["message_id"]}
    assert await lab.ok("deleteMessage", **place) is True
    assert await lab.refusal("deleteMessage", **place) == (400, "Bad Request: message to delete not found")
    assert await lab.refusal("editMessageText", **place, text="x") == (
        400,
        "Bad Request: message to edit not found",
    )


async def test_messages_older_than_two_days_stay(lab):
    await lab.say(OLGA, "/start")
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="раз")
    lab.clock.at += 49 * 3600
    assert await lab.refusal("deleteMessage", chat_id=OLGA, message_id=sent["message_id"]) == (
        400,
        "Bad Request: message can't be deleted for everyone",
    )


async def test_copy_and_forward(lab):
    said = await lab.say(OLGA, "слова")
    place = {"from_chat_id": OLGA, "message_id": said["message_id"]}
    copied = await lab.ok("copyMessage", chat_id=SUPPORT_CHAT, **place)
    assert set(copied) == {"message_id"}
    forwarded = await lab.ok("forwardMessage", chat_id=SUPPORT_CHAT, **place)
    assert forwarded["forward_origin"]["sender_user"]["id"] == OLGA
    assert [m["text"] for m in await lab.look(f"/chats/{SUPPORT_CHAT}/messages")] == ["слова", "слова"]


async def test_commands_reactions_pins_and_members(lab):
    commands = [{"command": "new", "description": "Новое обращение"}]
    assert await lab.ok("setMyCommands", commands=commands, language_code="ru")
    assert await lab.ok("getMyCommands", language_code="ru") == commands
    assert await lab.ok("getMyCommands") == []
    assert await lab.refusal("setMyCommands", commands=[{"command": "Номер", "description": "x"}]) == (
        400,
        "Bad Request: BOT_COMMAND_INVALID",
    )
    said = await lab.say(PYOTR, "привет", SUPPORT_CHAT)
    place = {"chat_id": SUPPORT_CHAT, "message_id": said["message_id"]}
    assert await lab.ok("setMessageReaction", **place, reaction=[{"type": "emoji", "emoji": "👍"}])
    assert await lab.refusal("setMessageReaction", **place, reaction=[{"type": "emoji", "emoji": "x"}]) == (
        400,
        "Bad Request: REACTION_INVALID",
    )
    assert await lab.ok("pinChatMessage", **place)
    assert (await lab.ok("getChat", chat_id=SUPPORT_CHAT))["pinned_message"]["text"] == "привет"
    member = await lab.ok("getChatMember", chat_id=SUPPORT_CHAT, user_id=123456)
    assert (member["status"], member["can_manage_topics"]) == ("administrator", True)
    assert (await lab.ok("getChatMember", chat_id=SUPPORT_CHAT, user_id=OLGA))["status"] == "left"
    assert await lab.refusal("sendChatAction", chat_id=SUPPORT_CHAT, action="dancing") == (
        400,
        "Bad Request: wrong parameter action in request",
    )


@pytest.mark.parametrize(
    ("button", "complaint"),
    [
        ({"text": "x", "callback_data": "д" * 33}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "url": "javascript:1"},
            "inline keyboard button URL 'javascript:1' is invalid: Wrong HTTP URL",
        ),
    ],
)
async def test_bad_buttons(lab, button, complaint):
    await lab.say(OLGA, "/start")
    markup = {"inline_keyboard": [[button]]}
    assert await lab.refusal("sendMessage", chat_id=OLGA, text="x", reply_markup=markup) == (
        400,
        f"Bad Request: {complaint}",
    )


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("deleteMessages", {"message_ids": ["x"]}),
        ("deleteMessages", {"message_ids": []}),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": "x"}}),
        ("sendMessage", {"text": "x", "reply_parameters": "{"}),
        ("sendMessage", {"text": "x", "reply_markup": "nonsense"}),
        ("sendMessage", {"text": "x", "entities": [{"type": "bold"}]}),
        ("sendMessage", {"text": "x", "parse_mode": "MarkdownV2"}),
        ("sendMediaGroup", {"media": 5}),
        ("setMyCommands", {"commands": "x"}),
        ("editMessageText", {"text": "x", "message_id": "x"}),
        ("getChatMember", {"user_id": "x"}),
    ],
)
async def test_nonsense_is_refused_as_json(lab, method, params):
    await lab.say(OLGA, "/start")
    code, text = await lab.refusal(method, chat_id=OLGA, **params)
    assert (code, text.startswith("Bad Request: ")) == (400, True)


async def test_64_bytes_of_callback_data_pass(lab):
    await lab.say(OLGA, "/start")
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "д" * 32}]]}
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="x", reply_markup=markup)
    assert sent["reply_markup"] == markup
