import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.chat import Address, Button, Channel, IncomingKind, Reply
from domain.errors import Permanent, Temporary
from integrations.bitrix24.bot import BotSettings
from integrations.bitrix24.messenger import BitrixMessenger
from integrations.bitrix24.receiver import PullReceiver
from integrations.bitrix24.webhook import WebhookReceiver
from tests.integrations.bitrix24_portal import a_stand


class Desk:
    """Where events land, and the offset beside them."""

    def __init__(self, stand, **options):
        self.messages, self.unreadable, self.problems = [], [], []
        self.offset, self.saved = None, []
        self.arrived = asyncio.Event()
        self.now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        self.refuse = 0
        self.receiver = PullReceiver(
            stand.client, stand.bot, self._take, load_offset=self._load, save_offset=self._save,
            on_unreadable=self._keep, clock=lambda: self.now, on_problem=lambda code, _: self.problems.append(code),
            **{"poll_s": 0.01, **options},
        )  # fmt: skip

    async def _take(self, messages):
        if self.refuse:
            self.refuse -= 1
            raise Temporary("storage-busy")
        self.messages += messages
        self.arrived.set()

    async def _keep(self, items):
        self.unreadable += items

    async def _load(self):
        return self.offset

    async def _save(self, offset):
        self.offset = offset
        self.saved.append(offset)

    @property
    def texts(self):
        return [item.text for item in self.messages]


@pytest.fixture
async def stand():
    async with a_stand(bucket_capacity=1000) as stand:
        await stand.bot.ensure()
        yield stand


@pytest.fixture
def desk(stand):
    return Desk(stand)


async def write(stand, text, user=5):
    return await stand.as_user(user, "messages", dialogId=str(stand.bot.bot_id), text=text)


async def test_events_come_in_once_and_in_order(stand, desk):
    for number in range(5):
        await write(stand, f"слово {number}")
    assert await desk.receiver.poll() is False
    await desk.receiver.poll()
    assert [text for text in desk.texts if text] == [f"слово {number}" for number in range(5)]
    assert desk.saved == sorted(set(desk.saved))
    assert (await stand.client.call("imbot.v2.Event.get", stand.bot.params()))["events"] == []


async def test_nothing_is_acknowledged_before_it_is_stored(stand, desk):
    await write(stand, "важно")
    desk.refuse = 1
    with pytest.raises(Temporary):
        await desk.receiver.poll()
    assert desk.offset is None
    again = Desk(stand)  # after a crash
    await again.receiver.poll()
    assert "важно" in again.texts


async def test_a_lost_answer_repeats_the_events(stand, desk):
    await write(stand, "слово")
    stand.portal.faults.add({"kind": "drop_after", "method": "imbot.v2.Event.get"})
    await desk.receiver.poll()
    assert desk.texts.count("слово") == 1


async def test_the_offset_only_grows(stand, desk):
    await desk.receiver.poll()  # an empty queue answers 0
    assert desk.saved == []
    await write(stand, "раз")
    await desk.receiver.poll()
    first = desk.offset
    await desk.receiver.poll()
    assert desk.saved == [first]


@pytest.mark.parametrize("switch", ["command", "message", "both"])
async def test_a_slash_command_has_one_key_however_it_is_told(stand, desk, switch):
    stand.portal.switches.slash_command = switch
    from domain.chat import BotCommand

    await stand.bot.set_commands([BotCommand("guest", {"ru": "Гость"})])
    await write(stand, "/guest Иванов")
    await desk.receiver.poll()
    commands = [item for item in desk.messages if item.command]
    assert {(item.command, item.text) for item in commands} == {("guest", "Иванов")}
    assert len({item.event_key for item in commands}) == 1
    assert len(commands) == (2 if switch == "both" else 1)


async def test_a_press_comes_with_its_action_and_its_message(stand, desk):
    await stand.bot.set_commands([])
    messenger = BitrixMessenger(stand.client, stand.bot)
    reply = Reply("Решено?", ((Button("Да", "confirm:17"), Button("Нет", "object:17")),))
    sent = await messenger.send(Address(Channel.BITRIX24, "5"), reply)
    await stand.as_user(5, "press", messageId=int(sent.first.message_id), text="Нет")
    await stand.as_user(5, "press", messageId=int(sent.first.message_id), text="Нет")
    await desk.receiver.poll()
    presses = [item for item in desk.messages if item.kind is IncomingKind.PRESS]
    assert [(item.payload, item.message_id, item.sender.external_id) for item in presses] == [
        ("object:17", sent.first.message_id, "5")
    ] * 2
    assert len({item.event_key for item in presses}) == 2


@pytest.mark.parametrize("switch", ["FILE_ID", "files"])
async def test_files_can_be_fetched_whatever_form_tells_them(stand, desk, switch):
    stand.portal.switches.message_files = switch
    await stand.send_file(5, stand.bot.bot_id, "снимок.png", b"\x89PNG", "вот")
    await desk.receiver.poll()
    (item,) = [item for item in desk.messages if item.files]
    assert item.text == "вот"
    file = await BitrixMessenger(stand.client, stand.bot).fetch_file(item.files[0])
    assert (file.name, file.data) == ("снимок.png", b"\x89PNG")


async def test_words_in_a_thread_are_heard_without_a_mention(stand, desk):
    messenger = BitrixMessenger(stand.client, stand.bot)
    thread = await messenger.create_thread("FB-2026-000001", ["2"])
    await stand.as_user(2, "messages", dialogId=thread.address.chat, text="смотрю")
    await desk.receiver.poll()
    (item,) = [item for item in desk.messages if item.text == "смотрю"]
    assert (item.address, item.is_private, item.sender.external_id) == (thread.address, False, "2")


async def test_a_second_consumer_is_noticed(stand, desk):
    await write(stand, "раз")
    await desk.receiver.poll()
    await write(stand, "два")
    other = Desk(stand)
    await other.receiver.poll()
    await other.receiver.poll()
    await desk.receiver.poll()
    assert desk.problems == ["bitrix-second-consumer"]


async def test_a_day_of_silence_is_told(stand, desk):
    await desk.receiver.poll()
    desk.now += timedelta(hours=30)
    await desk.receiver.poll()
    assert desk.problems == ["bitrix-events-expired"]


async def test_a_removed_bot_is_told(stand, desk):
    stand.portal.faults.add({"kind": "error", "code": "BOT_NOT_FOUND", "method": "imbot.v2.Event.get"})
    with pytest.raises(Permanent) as caught:
        await desk.receiver.poll()
    assert caught.value.code == "bitrix-bot-not-found"


async def test_the_loop_runs_survives_errors_and_stops(stand, desk):
    stand.portal.faults.add({"kind": "html", "method": "imbot.v2.Event.get", "times": 2})
    task = asyncio.create_task(desk.receiver.run())
    await write(stand, "слово")
    await asyncio.wait_for(desk.arrived.wait(), 5)
    desk.receiver.stop()
    await asyncio.wait_for(task, 2)
    assert "слово" in desk.texts
    assert desk.problems == []


async def test_the_pace_slows_at_rest_and_wakes_with_talk(stand):
    desk = Desk(stand, poll_s=2.0)
    paces = []
    for _ in range(8):
        await desk.receiver.poll()
        paces.append(desk.receiver._delay_s)
    assert paces[0] == 3.0
    assert paces[-1] == 15.0
    await write(stand, "есть кто?")
    await desk.receiver.poll()
    assert desk.receiver._delay_s == 2.0
    desk.now += timedelta(minutes=3)
    await desk.receiver.poll()
    assert desk.receiver._delay_s == 3.0


async def test_a_broken_event_is_kept_and_the_rest_goes_on(stand, desk):
    from sandbox.portal.documents import bot_events

    await write(stand, "до")
    bot_events(stand.portal).insert(
        {"bot_id": stand.bot.bot_id, "type": "ONIMBOTV2NEWTHING", "date": "", "data": {"x": 1}}
    )
    await write(stand, "после")
    await desk.receiver.poll()
    assert [text for text in desk.texts if text] == ["до", "после"]
    assert [item.raw["type"] for item in desk.unreadable] == ["ONIMBOTV2NEWTHING"]


async def test_the_portal_posts_to_a_bot_in_webhook_mode():
    taken, kept, pinned = [], [], []

    async def handle(request):
        await receiver.receive(request.headers, await request.read(), request.content_type)
        return web.Response()

    app = web.Application()
    app.router.add_post("/bitrix24/events", handle)
    ours = TestServer(app)
    await ours.start_server()
    settings = BotSettings(
        token="t", name="Консьерж", event_mode="webhook", webhook_url=str(ours.make_url("/bitrix24/events"))
    )

    async def take(messages):
        taken.extend(messages)

    async def keep(items):
        kept.extend(items)

    async def load():
        return pinned[0] if pinned else None

    async def pin(token):
        pinned.append(token)
        return pinned[0]

    async with a_stand(settings=settings) as stand:
        await stand.bot.ensure()
        await stand.bot.set_commands([])
        receiver = WebhookReceiver(stand.bot, take, load_token=load, pin_token=pin, on_unreadable=keep)
        await write(stand, "привет & [b]пока[/b]")
        await stand.send_file(5, stand.bot.bot_id, "a.png", b"\x89PNG")
        reply = Reply("?", ((Button("Да", "yes:1"),),))
        sent = await BitrixMessenger(stand.client, stand.bot).send(Address(Channel.BITRIX24, "5"), reply)
        await stand.as_user(5, "press", messageId=int(sent.first.message_id), text="Да")
        await stand.portal.settle()
    await ours.close()
    assert kept == []
    assert len(pinned) == 1
    texts = [item.text for item in taken if item.kind is IncomingKind.TEXT]
    assert sorted(texts) == ["", "привет & пока"]
    assert [len(item.files) for item in taken if item.files] == [1]
    (press,) = [item for item in taken if item.kind is IncomingKind.PRESS]
    assert press.payload == "yes:1"
    assert press.event_key.startswith(f"press:{sent.first.message_id}:5:yes:1:")


async def test_a_senseless_error_is_asked_again_soon_and_told_only_when_it_stays(stand, desk, monkeypatch):
    rests = []

    async def rest():
        rests.append(desk.receiver._delay_s)
        if len(rests) >= 8:
            desk.receiver.stop()

    monkeypatch.setattr(desk.receiver, "_rest", rest)
    stand.portal.faults.add(
        {"kind": "error", "code": "ERROR_CORE", "method": "imbot.v2.event.get", "times": None}
    )
    await desk.receiver.run()
    assert rests[:3] == [2.0, 4.0, 8.0]
    assert desk.problems == ["bitrix-refused-by-portal"]
    assert rests[-1] == 60.0


async def test_an_error_that_stands_is_told_at_once(stand, desk, monkeypatch):
    async def rest():
        desk.receiver.stop()

    monkeypatch.setattr(desk.receiver, "_rest", rest)
    stand.portal.faults.add(
        {"kind": "error", "code": "insufficient_scope", "method": "imbot.v2.event.get", "times": None}
    )
    await desk.receiver.run()
    assert desk.problems == ["bitrix-insufficient-scope"]
