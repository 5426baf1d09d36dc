"""How the bot learns what happened: polling, webhook, and who may read at one time."""

import asyncio
import contextlib
from time import monotonic

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.sandbox.telegram_lab import MANAGERS_CHAT, MARINA, OLGA, PNG, PYOTR, SUPPORT_CHAT, open_lab

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def lab():
    async with open_lab() as lab:
        yield lab


async def test_updates_stay_until_acknowledged(lab):
    await lab.say(OLGA, "раз")
    await lab.say(OLGA, "два")
    first, second = await lab.updates()
    assert [u["message"]["text"] for u in await lab.updates()] == ["раз", "два"]
    assert [u["update_id"] for u in await lab.updates(offset=first["update_id"] + 1)] == [second["update_id"]]
    assert await lab.updates(offset=second["update_id"] + 1) == []


async def test_negative_offset_keeps_the_newest(lab):
    for text in ("раз", "два", "три"):
        await lab.say(OLGA, text)
    assert [u["message"]["text"] for u in await lab.updates(offset=-1)] == ["три"]
    assert len(await lab.updates()) == 1


async def test_updates_are_kept_for_a_day(lab):
    await lab.say(OLGA, "раз")
    lab.clock.at += 24 * 3600 + 1
    assert await lab.updates() == []


async def test_long_poll_ends_with_the_first_update(lab):
    poll = asyncio.create_task(lab.updates(timeout=20))
    await asyncio.sleep(0.05)
    await lab.say(OLGA, "слово")
    async with asyncio.timeout(2):
        (update,) = await poll
    assert update["message"]["text"] == "слово"


async def test_a_second_poller_ends_the_first(lab):
    first = asyncio.create_task(lab.api("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(lab.api("getUpdates", timeout=20))
    async with asyncio.timeout(2):
        answer = await first
    assert (answer["error_code"], answer["description"]) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    await lab.say(OLGA, "слово")
    assert len((await second)["result"]) == 1


async def test_waiting_poll_does_not_hold_up_the_end():
    async with open_lab() as lab:
        poll = asyncio.create_task(lab.api("getUpdates", timeout=30))
        await asyncio.sleep(0.05)
        started = monotonic()
    await asyncio.gather(poll, return_exceptions=True)
    assert monotonic() - started < 2


async def test_only_wanted_kinds_are_queued(lab):
    await lab.updates(allowed_updates=["callback_query"])
    await lab.say(OLGA, "слово")
    assert await lab.updates() == []
    await lab.updates(allowed_updates=[])
    await lab.say(OLGA, "слово")
    assert len(await lab.updates()) == 1


async def test_pressed_button(lab):
    await lab.say(OLGA, "/start")
    markup = {
        "inline_keyboard": [[{"text": "Да", "callback_data": "yes"}, {"text": "Сайт", "url": "https://x.ru"}]]
    }
    sent = await lab.ok("sendMessage", chat_id=OLGA, text="?", reply_markup=markup)
    place = {"chat_id": OLGA, "message_id": sent["message_id"]}
    assert (await lab.act(f"/as/{OLGA}/press", **place, text="Сайт"))["url"] == "https://x.ru"
    await lab.act(f"/as/{OLGA}/press", **place, data="yes")
    query = (await lab.updates())[-1]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == (
        "yes",
        OLGA,
        sent["message_id"],
    )
    assert await lab.ok("answerCallbackQuery", callback_query_id=query["id"], text="Принято") is True
    assert (await lab.look(f"/callbacks/{query['id']}"))["text"] == "Принято"
    lab.clock.at += 61
    code, text = await lab.refusal("answerCallbackQuery", callback_query_id=query["id"])
    assert (code, text[:36]) == (400, "Bad Request: query is too old and re")


async def test_edits_blocks_and_albums(lab):
    said = await lab.say(OLGA, "было")
    await lab.act(f"/as/{OLGA}/edit", chat_id=OLGA, message_id=said["message_id"], text="стало")
    await lab.act("/block", user_id=OLGA)
    await lab.act("/block", user_id=OLGA, blocked=False)
    await lab.upload(OLGA, ("a.png", "image/png", PNG), ("b.png", "image/png", PNG), caption="подпись")
    updates = await lab.updates()
    kinds = [next(key for key in update if key != "update_id") for update in updates]
    assert kinds == ["message", "edited_message", "my_chat_member", "my_chat_member", "message", "message"]
    assert updates[1]["edited_message"]["text"] == "стало"
    assert updates[2]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    first, second = (update["message"] for update in updates[-2:])
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], second.get("caption")) == ("подпись", None)


async def test_words_in_a_topic_answer_its_opening(lab):
    topic = await lab.ok("createForumTopic", chat_id=SUPPORT_CHAT, name="FB-2026-000001 · Wi-Fi")
    thread = topic["message_thread_id"]
    await lab.say(PYOTR, "беру", SUPPORT_CHAT, message_thread_id=thread)
    message = (await lab.updates())[-1]["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (thread, True)
    assert message["reply_to_message"]["message_id"] == thread
    assert message["reply_to_message"]["forum_topic_created"]["name"] == "FB-2026-000001 · Wi-Fi"


async def test_privacy_mode_hides_small_talk():
    async with open_lab(privacy_mode=True) as lab:
        await lab.act("/bot_status", user_id=MARINA, chat_id=MANAGERS_CHAT, status="member")
        for text in ("болтаем", "/guest Иванов", "/guest@concierge_sandbox_bot x", "/guest@other_bot x"):
            await lab.say(MARINA, text, MANAGERS_CHAT)
        texts = [u["message"]["text"] for u in await lab.updates() if "message" in u]
        assert texts == ["/guest Иванов", "/guest@concierge_sandbox_bot x"]


# --- webhook ---


class Receiver:
    """The bot's side: remembers deliveries, answers what it is told to."""

    def __init__(self) -> None:
        self.bodies, self.secrets, self.answers = [], [], []
        self.got = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        self.secrets.append(request.headers.get(HEADER))
        self.got.set()
        return self.answers.pop(0) if self.answers else web.Response()

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(3):
            while len(self.bodies) < count:
                self.got.clear()
                await self.got.wait()


@contextlib.asynccontextmanager
async def listening():
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    receiver.url = str(server.make_url("/hook"))
    try:
        yield receiver
    finally:
        await server.close()


async def test_webhook_gets_updates_with_the_secret(lab):
    async with listening() as receiver:
        await lab.ok("setWebhook", url=receiver.url, secret_token="s3cret")
        code, text = await lab.refusal("getUpdates")
        assert (code, text.startswith("Conflict: can't use getUpdates method while webhook is active")) == (
            409,
            True,
        )
        await lab.say(OLGA, "раз")
        await receiver.wait(1)
        assert receiver.bodies[0]["message"]["text"] == "раз"
        assert receiver.secrets == ["s3cret"]
        await lab.ok("deleteWebhook")
        assert (await lab.ok("getWebhookInfo"))["url"] == ""
        assert await lab.updates() == []


async def test_refused_deliveries_come_again_in_order(lab):
    lab.hub.config.webhook_first_retry_s = 0.01
    async with listening() as receiver:
        receiver.answers = [web.Response(status=500), web.Response(status=503), web.Response()]
        await lab.ok("setWebhook", url=receiver.url)
        await lab.say(OLGA, "раз")
        await lab.say(OLGA, "два")
        await receiver.wait(4)
        assert [body["message"]["text"] for body in receiver.bodies] == ["раз", "раз", "раз", "два"]
        info = await lab.ok("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


async def test_an_answer_may_be_a_call(lab):
    async with listening() as receiver:
        call = {"method": "sendMessage", "chat_id": OLGA, "text": "из ответа"}
        receiver.answers = [web.json_response(call)]
        await lab.ok("setWebhook", url=receiver.url)
        await lab.say(OLGA, "раз")
        await lab.say(OLGA, "два")
        await receiver.wait(2)
    assert "из ответа" in [m["text"] for m in await lab.look(f"/chats/{OLGA}/messages")]


async def test_webhook_addresses_are_checked(lab):
    assert await lab.refusal("setWebhook", url="http://hotel.example/hook") == (
        400,
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
    )
    assert await lab.refusal("setWebhook", url="https://hotel.example:9000/hook") == (
        400,
        "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
    )
    assert await lab.refusal("setWebhook", url="https://hotel.example/", secret_token="тайна") == (
        400,
        "Bad Request: secret token contains unallowed characters",
    )
