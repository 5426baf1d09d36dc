"""Updates in: read, gathered, handed over, and acknowledged only then."""

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.chat import Address, Button, Channel, IncomingKind, Reply, rows
from domain.errors import Refused, Temporary
from integrations.telegram import receiver as module
from integrations.telegram.messenger import TelegramMessenger
from integrations.telegram.receiver import TelegramReceiver, TelegramWebhook
from tests.sandbox.telegram_lab import MANAGERS_CHAT, MARINA, OLGA, PNG, PYOTR, SUPPORT_CHAT, open_lab

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
async def lab():
    async with open_lab() as lab:
        yield lab


@pytest.fixture
async def messenger(lab):
    made = TelegramMessenger("123456:sandbox", api_url=lab.base, support_chat=str(SUPPORT_CHAT))
    yield made
    await made.close()


class Inbox:
    """Where events go; may be told to fail."""

    def __init__(self) -> None:
        self.events = []
        self.failures = 0
        self.arrived = asyncio.Event()

    async def __call__(self, events) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the disk is full")
        self.events += events
        self.arrived.set()

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(3):
            while len(self.events) < count:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def receiver(messenger, inbox):
    return TelegramReceiver(messenger, inbox, clock=lambda: NOW, poll_s=0, album_settles_s=0.01)


async def test_words_and_commands(lab, receiver, inbox):
    said = await lab.say(OLGA, "Не работает <Wi-Fi> & телевизор")
    await lab.say(OLGA, "/guest Иванов")
    await lab.say(OLGA, "/NEW@Concierge_Sandbox_Bot")
    await lab.say(PYOTR, "/new@other_bot", SUPPORT_CHAT)
    await receiver.poll()
    text, guest, new = inbox.events
    assert (text.kind, text.text, text.is_private) == (
        IncomingKind.TEXT,
        "Не работает <Wi-Fi> & телевизор",
        True,
    )
    assert text.address == Address(Channel.TELEGRAM, str(OLGA))
    assert (text.sender.external_id, text.sender.name, text.sender.language) == (
        str(OLGA),
        "Ольга Иванова",
        "ru",
    )
    assert (text.message_id, text.event_key) == (
        str(said["message_id"]),
        f"message:{OLGA}:{said['message_id']}",
    )
    assert text.at == datetime.fromtimestamp(lab.clock(), UTC)
    assert (guest.kind, guest.command, guest.text) == (IncomingKind.COMMAND, "guest", "Иванов")
    assert (new.command, new.text) == ("new", "")


async def test_topics_and_real_answers(lab, receiver, inbox, messenger):
    thread = await messenger.create_thread("FB-1", [])
    topic = int(thread.address.topic)
    first = await lab.say(PYOTR, "беру", SUPPORT_CHAT, message_thread_id=topic)
    await lab.say(PYOTR, "// заметка", SUPPORT_CHAT, message_thread_id=topic, reply_to=first["message_id"])
    await lab.say(PYOTR, "в общей", SUPPORT_CHAT)
    await receiver.poll()
    taken, note, general = inbox.events
    assert (taken.address, taken.reply_to, taken.is_private) == (thread.address, None, False)
    assert (note.reply_to, note.text) == (str(first["message_id"]), "// заметка")
    assert general.address == Address(Channel.TELEGRAM, str(SUPPORT_CHAT))


async def test_presses_end_their_spinner(lab, receiver, inbox, messenger):
    await lab.say(OLGA, "/start")
    sent = await messenger.send(
        Address(Channel.TELEGRAM, str(OLGA)), Reply("?", rows(Button("Да", "r:1:yes")))
    )
    pressed = await lab.act(
        f"/as/{OLGA}/press", chat_id=OLGA, message_id=int(sent.first.message_id), text="Да"
    )
    await receiver.poll()
    press = inbox.events[-1]
    assert (press.kind, press.payload, press.message_id) == (
        IncomingKind.PRESS,
        "r:1:yes",
        sent.first.message_id,
    )
    assert (press.at, press.event_key) == (NOW, f"press:{pressed['callback_query_id']}")
    assert (await lab.look(f"/callbacks/{pressed['callback_query_id']}"))["answered"] is True


async def test_a_press_too_old_to_answer_still_counts(lab, receiver, inbox, messenger):
    await lab.say(OLGA, "/start")
    sent = await messenger.send(Address(Channel.TELEGRAM, str(OLGA)), Reply("?", rows(Button("Да", "y"))))
    await lab.act(f"/as/{OLGA}/press", chat_id=OLGA, message_id=int(sent.first.message_id), text="Да")
    lab.clock.at += 3600
    await receiver.poll()
    assert inbox.events[-1].payload == "y"


async def test_edits_blocks_and_invitations(lab, receiver, inbox):
    said = await lab.say(OLGA, "было")
    for text in ("стало", "стало иначе"):  # within one second
        await lab.act(f"/as/{OLGA}/edit", chat_id=OLGA, message_id=said["message_id"], text=text)
    await lab.act("/block", user_id=OLGA)
    await lab.act("/block", user_id=OLGA, blocked=False)
    for status in ("left", "administrator", "member"):
        await lab.act("/bot_status", user_id=MARINA, chat_id=MANAGERS_CHAT, status=status)
    await receiver.poll()
    _, first, second, blocked, unblocked, left, joined = inbox.events
    assert [(e.edited, e.text, e.message_id) for e in (first, second)] == [
        (True, "стало", str(said["message_id"])),
        (True, "стало иначе", str(said["message_id"])),
    ]
    assert first.event_key != second.event_key
    assert [(e.kind, e.text) for e in (blocked, unblocked)] == [
        (IncomingKind.BLOCKED, ""),
        (IncomingKind.BLOCKED, "unblocked"),
    ]
    assert (left.kind, joined.kind, joined.address.chat) == (
        IncomingKind.BLOCKED,
        IncomingKind.JOINED,
        str(MANAGERS_CHAT),
    )


# --- files and albums ---


@pytest.mark.parametrize(
    ("kind", "name", "mime", "body", "expected"),
    [
        ("document", "отчёт.pdf", "application/pdf", b"%PDF", ("отчёт.pdf", 4, "application/pdf")),
        ("photo", "a.png", "image/png", PNG, ("photo-{mark}.jpg", len(PNG), "image/jpeg")),
        ("voice", "v.ogg", "audio/ogg", b"ogg", ("voice-{mark}.ogg", 3, "audio/ogg")),
        ("video", "a.mp4", "video/mp4", b"mp4", ("a.mp4", 3, "video/mp4")),
        ("audio", "a.mp3", "audio/mpeg", b"mp3", ("a.mp3", 3, "audio/mpeg")),
    ],
)
async def test_files_of_every_kind(lab, receiver, inbox, messenger, kind, name, mime, body, expected):
    sent = await lab.upload(OLGA, (name, mime, body), kind=kind, caption="вот")
    await receiver.poll()
    (event,) = inbox.events
    (file,) = event.files
    stamp = datetime.fromtimestamp(lab.clock(), UTC)
    mark = f"{stamp:%Y%m%d-%H%M%S}-{sent['message_id']}"
    assert (file.name, file.size, file.mime) == (expected[0].format(mark=mark), *expected[1:])
    assert (event.text, event.kind) == ("вот", IncomingKind.TEXT)
    assert (await messenger.fetch_file(file)).data == body


async def test_of_a_photo_the_largest_size_is_taken(lab, receiver, inbox):
    wide = PNG[:16] + (3000).to_bytes(4, "big") + (1500).to_bytes(4, "big") + PNG[24:]
    sent = await lab.upload(OLGA, ("a.png", "image/png", wide))
    await receiver.poll()
    assert inbox.events[0].files[0].file_id == sent["messages"][0]["photo"][-1]["file_id"]


async def test_an_album_is_one_message(lab, receiver, inbox):
    await lab.say(OLGA, "смотрите")
    files = [(f"{i}.png", "image/png", PNG) for i in range(3)]
    sent = await lab.upload(OLGA, *files, caption="вид из окна")
    await receiver.poll()
    assert [event.text for event in inbox.events] == ["смотрите"]  # the album may still grow
    await lab.say(OLGA, "потом")
    await receiver.poll()
    _, album, later = inbox.events
    assert (album.text, len(album.files), album.message_id) == ("вид из окна", 3, str(sent["message_id"]))
    assert later.text == "потом"
    assert await lab.updates(offset=None) != []
    await receiver.poll()
    assert await lab.updates() == []


async def test_an_album_of_ten_waits_for_nothing(lab, receiver, inbox):
    await lab.upload(OLGA, *[(f"{i}.png", "image/png", PNG) for i in range(10)])
    await receiver.poll()
    assert len(inbox.events[0].files) == 10


async def test_an_album_that_comes_in_two_polls(lab, receiver, inbox):
    await lab.upload(OLGA, *[(f"{i}.png", "image/png", PNG) for i in range(4)])
    held = dict(list(lab.hub.updates.pending.items())[2:])
    for key in held:
        del lab.hub.updates.pending[key]
    await receiver.poll()
    lab.hub.updates.pending.update(held)
    await receiver.poll()
    assert inbox.events == []
    await receiver.poll()
    assert len(inbox.events[0].files) == 4


# --- acknowledging ---


async def test_what_could_not_be_stored_comes_again(lab, receiver, inbox):
    await lab.say(OLGA, "важно")
    inbox.failures = 1
    with pytest.raises(RuntimeError, match="the disk is full"):
        await receiver.poll()
    await receiver.poll()
    assert [event.text for event in inbox.events] == ["важно"]
    await receiver.poll()
    assert len(inbox.events) == 1


async def test_an_update_nobody_understands_does_not_stop_the_queue(lab, messenger, inbox, caplog):
    unreadable = []

    async def keep(items):
        unreadable.extend(items)

    receiver = TelegramReceiver(messenger, inbox, clock=lambda: NOW, poll_s=0, on_unreadable=keep)
    lab.hub.updates.push("message", {"message_id": "not a number", "text": "Иванов +79161234567"})
    await lab.say(OLGA, "дальше")
    await receiver.poll()
    assert [event.text for event in inbox.events] == ["дальше"]
    assert unreadable[0].raw["message"]["message_id"] == "not a number"
    assert "Иванов" not in caplog.text


# --- living through trouble ---


@asynccontextmanager
async def running(receiver):
    task = asyncio.create_task(receiver.run())
    try:
        yield task
    finally:
        receiver.stop()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_second_poller_is_a_clear_line_and_passes(lab, messenger, inbox, caplog):
    receiver = TelegramReceiver(messenger, inbox, clock=lambda: NOW, poll_s=20)
    await messenger.client.me()
    poll = asyncio.create_task(receiver.poll())
    await asyncio.sleep(0.05)
    await lab.updates()
    with caplog.at_level(logging.WARNING, logger=module.__name__), pytest.raises(Temporary) as error:
        await poll
    assert error.value.code == "telegram-second-poller"
    assert "another program asks for this bot's updates" in caplog.text
    assert "sandbox" not in caplog.text


async def test_running_takes_a_foreign_webhook_away_and_outlives_errors(lab, messenger, inbox, monkeypatch):
    monkeypatch.setattr(module, "_pause_s", lambda *_: 0.01)
    await lab.ok("setWebhook", url="https://old.example/hook")
    await lab.act("/faults", method="getMe", code=502, left=2)
    await lab.act("/faults", method="getUpdates", kind="html")
    await lab.act("/faults", method="getUpdates", code=429, parameters={"retry_after": 1})
    prepared = []

    async def prepare():
        prepared.append(1)
        if len(prepared) < 3:
            raise Temporary("telegram-unreachable")

    receiver = TelegramReceiver(messenger, inbox, clock=lambda: NOW, prepare=prepare)
    async with running(receiver):
        await lab.say(OLGA, "слово")
        await inbox.wait(1)
    assert len(prepared) == 3
    assert receiver.last_poll_at == NOW


async def test_a_menu_that_is_refused_does_not_stop_the_words(lab, messenger, inbox):
    from domain.errors import Permanent

    async def prepare():
        raise Permanent("telegram-refused")

    async with running(TelegramReceiver(messenger, inbox, clock=lambda: NOW, prepare=prepare)):
        await lab.say(OLGA, "слово")
        await inbox.wait(1)


async def test_stopping_ends_a_pause(messenger, inbox, lab):
    await lab.act("/faults", method="getMe", code=401, description="Unauthorized", left=None)
    receiver = TelegramReceiver(messenger, inbox, clock=lambda: NOW)
    task = asyncio.create_task(receiver.run())
    await asyncio.sleep(0.05)
    receiver.stop()
    async with asyncio.timeout(1):
        await task


# --- webhook ---


async def test_the_webhook_way(lab, messenger, inbox):
    webhook = TelegramWebhook(messenger, inbox, clock=lambda: NOW)

    async def handle(request: web.Request) -> web.Response:
        await webhook.receive(request.headers, await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/telegram", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("/telegram"))
        await TelegramReceiver(messenger, inbox, clock=lambda: NOW, webhook_url=url).run()
        await lab.say(OLGA, "слово")
        await lab.upload(OLGA, ("a.png", "image/png", PNG), ("b.png", "image/png", PNG))
        await inbox.wait(3)
        await lab.ok("deleteWebhook")
    assert [len(event.files) for event in inbox.events] == [0, 1, 1]


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}])
async def test_posts_of_others_are_refused(messenger, inbox, headers):
    webhook = TelegramWebhook(messenger, inbox, clock=lambda: NOW)
    with pytest.raises(Refused) as error:
        await webhook.receive(headers, json.dumps({"update_id": 1}).encode())
    assert error.value.code == "telegram-event-forged"
    assert inbox.events == []


async def test_garbage_with_the_right_secret(messenger, inbox):
    webhook = TelegramWebhook(messenger, inbox, clock=lambda: NOW)
    headers = {"x-telegram-bot-api-secret-token": module.webhook_secret(messenger.client)}
    for body in (b"{", b"[]", b"\xff\xfe"):
        with pytest.raises(Refused) as error:
            await webhook.receive(headers, body)
        assert error.value.code == "telegram-event-unreadable"
