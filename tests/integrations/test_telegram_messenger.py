"""The messenger against the stand-in, over real HTTP."""

from itertools import count
from types import SimpleNamespace

import pytest

from domain.chat import Address, BotCommand, Button, Channel, FileContent, FileRef, MessageRef, Reply, rows
from domain.errors import Permanent, Refused, Temporary, Unclear
from domain.ports import Lane, Messenger
from integrations.telegram.messenger import TelegramMessenger
from integrations.telegram.pace import CHAT_BURST, GROUP_BURST, Pace
from tests.sandbox.telegram_lab import OLGA, PNG, PYOTR, SUPPORT_CHAT, Clock, open_lab

HERE = Address(Channel.TELEGRAM, str(OLGA))
FORUM = Address(Channel.TELEGRAM, str(SUPPORT_CHAT))
MB = 1 << 20


@pytest.fixture
async def lab():
    async with open_lab() as lab:
        await lab.say(OLGA, "/start")
        yield lab


@pytest.fixture
async def messenger(lab):
    hasty = Pace(clock=count(0, 60).__next__)  # a minute between any two calls: never a wait
    made = TelegramMessenger("123456:sandbox", api_url=lab.base, support_chat=str(SUPPORT_CHAT), pace=hasty)
    yield made
    await made.close()


def fulfils(messenger: TelegramMessenger) -> Messenger:
    return messenger


async def shown(lab, chat=OLGA):
    return await lab.look(f"/chats/{chat}/messages")


# --- words ---


async def test_send_edit_and_delete(lab, messenger):
    reply = Reply(
        "<b>Тип?</b> &lt;x&gt;", rows(Button("Инцидент", "t:inc", "primary"), Button("Отмена", "x", "danger"))
    )
    sent = await messenger.send(HERE, reply)
    message = (await shown(lab))[-1]
    assert (message["text"], message["entities"][0]["type"]) == ("Тип? <x>", "bold")
    assert message["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "Инцидент", "callback_data": "t:inc", "style": "primary"},
            {"text": "Отмена", "callback_data": "x", "style": "danger"},
        ]
    ]
    await messenger.edit(sent.first, Reply("готово"))
    assert "reply_markup" not in (await shown(lab))[-1]
    await messenger.edit(sent.first, Reply("готово"))  # not modified: it stands so already
    await messenger.delete(sent.first)
    assert len(await shown(lab)) == 1
    for call in (messenger.edit(sent.first, reply), messenger.delete(sent.first)):
        with pytest.raises(Permanent) as error:
            await call
        assert error.value.code == "message-gone"


async def test_long_texts_are_split_and_buttons_stand_under_the_last(lab, messenger):
    said = await lab.say(OLGA, "длинно?")
    text = "Абзац о номере.\n" * 600
    sent = await messenger.send(HERE, Reply(text, rows(Button("Да", "y"))), reply_to=str(said["message_id"]))
    messages = (await shown(lab))[-len(sent.refs) :]
    assert len(messages) == 3
    assert "\n".join(m["text"] for m in messages) == text.strip()
    assert [("reply_markup" in m, "reply_to_message" in m) for m in messages] == [
        (False, True),
        (False, False),
        (True, False),
    ]


async def test_answering_a_message_that_is_gone_is_no_error(lab, messenger):
    await messenger.send(HERE, Reply("ответ"), reply_to="999")
    assert (await shown(lab))[-1]["text"] == "ответ"


async def test_unusable_buttons_are_left_out(lab, messenger):
    buttons = ((Button("Портал", link="http://localhost:8080/"), Button("Сайт", link="https://x.ru/a")),)
    await messenger.send(HERE, Reply("x", (*buttons, (Button("длинно", "д" * 40),))))
    (row,) = (await shown(lab))[-1]["reply_markup"]["inline_keyboard"]
    assert row == [{"text": "Сайт", "url": "https://x.ru/a"}]


async def test_outside_words_stay_words(lab, messenger):
    from domain.chat import escape

    hostile = '</b><a href="tg://user?id=1">x</a> & <script> @pyotr_support'
    await messenger.send(HERE, Reply(f"<q>{escape(hostile)}</q>"))
    message = (await shown(lab))[-1]
    assert message["text"].replace("\u2060", "") == hostile
    assert {e["type"] for e in message["entities"]} == {"blockquote"}


# --- fates ---


@pytest.mark.parametrize(
    ("fault", "kind", "code", "retry_after_s"),
    [
        (
            {"code": 429, "description": "x", "parameters": {"retry_after": 7}},
            Temporary,
            "telegram-flood",
            7.0,
        ),
        ({"code": 502, "description": "Bad Gateway"}, Unclear, "telegram-unclear", None),
        ({"kind": "html"}, Unclear, "telegram-unclear", None),
        ({"kind": "drop_after"}, Unclear, "telegram-unclear", None),
        ({"code": 413, "description": "Request Entity Too Large"}, Refused, "file-too-large", None),
        ({"code": 400, "description": "Bad Request: CHAT_NEW_AND_ODD"}, Permanent, "telegram-refused", None),
        (
            {"code": 400, "description": "Bad Request: TOPIC_DELETED"},
            Permanent,
            "thread-gone",
            None,
        ),
        (
            {
                "code": 400,
                "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": {"migrate_to_chat_id": -100777},
            },
            Permanent,
            "telegram-chat-migrated",
            None,
        ),
        ({"code": 401, "description": "Unauthorized"}, Permanent, "telegram-token-refused", None),
    ],
)
async def test_every_failure_has_a_fate(lab, messenger, fault, kind, code, retry_after_s):
    await lab.act("/faults", method="sendMessage", **fault)
    with pytest.raises(kind) as error:
        await messenger.send(HERE, Reply("x"))
    assert (type(error.value), error.value.code) == (kind, code)
    assert getattr(error.value, "retry_after_s", None) == retry_after_s
    assert "sandbox" not in str(error.value)


async def test_repeatable_calls_are_never_unclear(lab, messenger):
    sent = await messenger.send(HERE, Reply("x"))
    await lab.act("/faults", method="editMessageText", kind="drop_after")
    with pytest.raises(Temporary) as error:
        await messenger.edit(sent.first, Reply("y"))
    assert (type(error.value), error.value.code) == (Temporary, "telegram-unreachable")


async def test_nobody_there_at_all():
    messenger = TelegramMessenger("123456:sandbox", api_url="http://127.0.0.1:9")
    with pytest.raises(Temporary) as error:
        await messenger.send(HERE, Reply("x"))
    assert (type(error.value), error.value.code) == (Temporary, "telegram-unreachable")
    await messenger.close()


async def test_people_and_chats_that_cannot_be_written_to(lab, messenger):
    await lab.act("/block", user_id=OLGA)
    await lab.act("/bot_status", user_id=PYOTR, chat_id=SUPPORT_CHAT, status="kicked")
    for chat, code in [
        (str(OLGA), "telegram-blocked"),
        (str(PYOTR), "telegram-not-started"),
        ("77", "telegram-chat-not-found"),
        ("nonsense", "telegram-chat-not-found"),
        (str(SUPPORT_CHAT), "telegram-not-in-chat"),
    ]:
        with pytest.raises(Permanent) as error:
            await messenger.send(Address(Channel.TELEGRAM, chat), Reply("x"))
        assert error.value.code == code


async def test_no_call_within_a_transaction(lab):
    def guard() -> None:
        raise RuntimeError("transaction open")

    messenger = TelegramMessenger("123456:sandbox", api_url=lab.base, guard=guard)
    with pytest.raises(RuntimeError, match="transaction open"):
        await messenger.send(HERE, Reply("x"))
    await messenger.close()


def test_a_token_that_is_none():
    with pytest.raises(Permanent) as error:
        TelegramMessenger("nonsense")
    assert error.value.code == "telegram-token-refused"


# --- files ---


async def test_files_go_up_and_down(lab, messenger):
    await messenger.send_file(HERE, FileContent("../отчёт?.pdf", b"%PDF-1", "application/pdf"), "<b>вот</b>")
    message = (await shown(lab))[-1]
    assert (message["document"]["file_name"], message["caption"]) == ("_отчёт_.pdf", "вот")
    ref = FileRef(Channel.TELEGRAM, message["document"]["file_id"], "отчёт.pdf", 6, "application/pdf")
    assert await messenger.fetch_file(ref) == FileContent("отчёт.pdf", b"%PDF-1", "application/pdf")


async def test_pictures_go_as_pictures_and_odd_ones_as_files(lab, messenger):
    await messenger.send_file(HERE, FileContent("вид.png", PNG, "image/png"))
    await messenger.send_file(HERE, FileContent("битый.png", b"no picture", "image/png"), "вид")
    photo, document = (await shown(lab))[-2:]
    assert "photo" in photo
    assert (document["document"]["file_name"], document["caption"]) == ("битый.png", "вид")


async def test_a_long_caption_follows_as_text(lab, messenger):
    sent = await messenger.send_file(HERE, FileContent("a.txt", b"x"), "слово " * 300)
    file, words = (await shown(lab))[-2:]
    assert len(sent.refs) == 2
    assert "caption" not in file
    assert words["text"] == ("слово " * 300).strip()


async def test_files_beyond_the_limits(lab, messenger):
    with pytest.raises(Refused) as error:
        await messenger.send_file(HERE, FileContent("a.bin", bytes(50 * MB + 1)))
    assert error.value.params == {"name": "a.bin", "limit_mb": 50}
    sent = await lab.upload(OLGA, ("big.bin", "application/x", bytes(20 * MB + 1)))
    file_id = sent["messages"][0]["document"]["file_id"]
    for size in (20 * MB + 1, None):
        with pytest.raises(Refused) as error:
            await messenger.fetch_file(FileRef(Channel.TELEGRAM, file_id, "big.bin", size))
        assert (error.value.code, error.value.params) == (
            "file-too-large",
            {"name": "big.bin", "limit_mb": 20},
        )
    with pytest.raises(Refused) as error:
        await messenger.send_file(HERE, FileContent("пусто.txt", b""))
    assert error.value.code == "file-empty"


async def test_files_that_are_gone(lab, messenger):
    with pytest.raises(Permanent) as error:
        await messenger.fetch_file(FileRef(Channel.TELEGRAM, "nonsense", "a"))
    assert error.value.code == "file-gone"
    sent = await lab.upload(OLGA, ("a.bin", "application/x", b"abc"))
    ref = FileRef(Channel.TELEGRAM, sent["messages"][0]["document"]["file_id"], "a")
    for fault, kind, code in [
        ({"code": 404}, Permanent, "file-gone"),
        ({"code": 500}, Temporary, "telegram-unreachable"),
        ({"kind": "drop", "left": 2}, Temporary, "telegram-unreachable"),
    ]:
        await lab.act("/faults", method="file", **fault)
        with pytest.raises(kind) as error:
            await messenger.fetch_file(ref)
        assert error.value.code == code
        assert "sandbox" not in str(error.value)
        assert error.value.__cause__ is None


# --- threads ---


async def test_a_thread_is_a_topic(lab, messenger):
    thread = await messenger.create_thread("FB-2026-000001 · Wi-Fi", ["2"])
    await messenger.send(thread.address, Reply("карточка"))
    assert thread.address.topic is not None
    await messenger.rename_thread(thread, "FB-2026-000001 · Интернет")
    await messenger.rename_thread(thread, "FB-2026-000001 · Интернет")
    for _ in range(2):
        await messenger.close_thread(thread)
    await messenger.send(thread.address, Reply("и в закрытую"))
    await messenger.reopen_thread(thread)
    chats = (await lab.look("/chats"))["chats"]
    (topic,) = next(chat for chat in chats if chat["id"] == SUPPORT_CHAT)["topics"]
    assert (topic["name"], topic["closed"]) == ("FB-2026-000001 · Интернет", False)
    words = [m["text"] for m in await shown(lab, SUPPORT_CHAT) if "text" in m]
    assert words == ["карточка", "и в закрытую"]


async def test_a_deleted_topic_shows_itself_when_written_to(lab, messenger):
    thread = await messenger.create_thread("FB-1", [])
    await lab.act("/topics/delete", chat_id=SUPPORT_CHAT, message_thread_id=int(thread.address.topic))
    calls = [
        messenger.send(thread.address, Reply("x")),
        messenger.send_file(thread.address, FileContent("a", b"x")),
        messenger.rename_thread(thread, "y"),
        messenger.close_thread(thread),
    ]
    for call in calls:
        with pytest.raises(Permanent) as error:
            await call
        assert error.value.code == "thread-gone"


async def test_an_unclear_topic_is_told_as_such(lab, messenger):
    await lab.act("/faults", method="createForumTopic", kind="drop_after")
    with pytest.raises(Unclear):
        await messenger.create_thread("FB-2026-000002 · x", [])
    assert await messenger.find_thread("FB-2026-000002") is None


async def test_threads_need_a_forum(lab, messenger):
    none = TelegramMessenger("123456:sandbox", api_url=lab.base)
    with pytest.raises(Permanent) as error:
        await none.create_thread("FB-1", [])
    assert error.value.code == "telegram-no-support-chat"
    await none.close()
    await lab.act(
        "/bot_status", user_id=PYOTR, chat_id=SUPPORT_CHAT, status="administrator", can_manage_topics=False
    )
    with pytest.raises(Permanent) as error:
        await messenger.create_thread("FB-1", [])
    assert error.value.code == "telegram-not-enough-rights"


# --- commands, typing ---


async def test_commands_per_language(lab, messenger):
    commands = [
        BotCommand("new", {"ru": "Новое обращение", "en": "New request"}),
        BotCommand("room", {"ru": "Номер", "en": "Room"}, {"ru": "305", "en": "305"}),
        BotCommand("номер", {"ru": "x"}),
    ]
    await messenger.set_commands(commands)
    assert await lab.ok("getMyCommands") == [
        {"command": "new", "description": "Новое обращение"},
        {"command": "room", "description": "Номер 305"},
    ]
    assert (await lab.ok("getMyCommands", language_code="en"))[0]["description"] == "New request"


async def test_typing_is_never_worth_an_error(lab, messenger):
    await messenger.typing(HERE)
    await lab.act("/faults", method="sendChatAction", code=500)
    await messenger.typing(HERE)
    assert not await lab.look("/faults")


# --- pace ---


async def test_after_a_flood_refusal_a_chat_is_left_alone(lab):
    messenger = TelegramMessenger("123456:sandbox", api_url=lab.base)
    await lab.act("/faults", method="sendMessage", code=429, description="x", parameters={"retry_after": 30})
    for _ in range(2):
        with pytest.raises(Temporary) as error:
            await messenger.send(HERE, Reply("x"))
        assert error.value.retry_after_s == pytest.approx(30, abs=1)
    assert sum(r["method"] == "sendMessage" for r in await lab.look("/requests")) == 1
    await messenger.close()


async def test_the_rest_of_a_long_text_waits_for_its_turn(lab, messenger, monkeypatch):
    slept = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("integrations.telegram.messenger.asyncio", SimpleNamespace(sleep=sleep))
    flood = {"code": 429, "description": "x", "parameters": {"retry_after": 3}}
    await lab.act("/faults", method="sendMessage", skip=1, left=2, **flood)
    sent = await messenger.send(HERE, Reply("слово " * 1000))
    assert (len(sent.refs), slept) == (2, [3.0, 3.0])
    assert len(await shown(lab)) == 3


def test_replies_come_before_posts_to_the_desk():
    clock = Clock(0.0)
    pace = Pace(clock)
    passed = 0
    for _ in range(60):
        clock.at += 1
        try:
            pace.reserve("-100", Lane.BULK)
        except Temporary:
            break
        passed += 1
    assert 15 <= passed <= 28
    assert pace.reserve("-100", Lane.REPLY) == 0.0
    assert pace.reserve("5001", Lane.REPLY) == 0.0


def test_the_pace_stays_below_the_documented_limits():
    clock = Clock(0.0)
    pace = Pace(clock)
    sent = 0
    for _ in range(600):
        clock.at += 0.1
        try:
            pace.reserve("-100", Lane.REPLY)
        except Temporary:
            continue
        sent += 1
    assert sent <= GROUP_BURST + 20
    burst = sum(pace.reserve("5001", Lane.REPLY) == 0.0 for _ in range(5))
    assert burst == CHAT_BURST


async def test_unknown_message_numbers(messenger):
    with pytest.raises(Permanent) as error:
        await messenger.edit(MessageRef(HERE, "x"), Reply("y"))
    assert error.value.code == "message-gone"
