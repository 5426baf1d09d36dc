"""Flood control, provoked failures, and what outlives a restart."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.limits import CHAT_BURST, GROUP_PER_MIN, OVERALL_PER_S, Limits
from tests.sandbox.telegram_lab import OLGA, SUPPORT_CHAT, Clock, open_lab


async def test_too_many_messages_to_one_person():
    async with open_lab(limits_scale=1.0) as lab:
        await lab.say(OLGA, "/start")
        for _ in range(CHAT_BURST):
            await lab.ok("sendMessage", chat_id=OLGA, text="x")
        body = await lab.api("sendMessage", chat_id=OLGA, text="x")
        assert body == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
        lab.clock.at += 1
        await lab.ok("sendMessage", chat_id=OLGA, text="x")


async def test_twenty_a_minute_in_a_group_and_off():
    async with open_lab(limits_scale=1.0) as lab:
        for _ in range(GROUP_PER_MIN):
            await lab.ok("sendMessage", chat_id=SUPPORT_CHAT, text="x")
            lab.clock.at += 1
        sent = 0
        while (await lab.api("sendMessage", chat_id=SUPPORT_CHAT, text="x"))["ok"]:
            sent += 1
        assert sent <= GROUP_PER_MIN / 3
        await lab.act("/switches", limits_scale=0)
        await lab.ok("sendMessage", chat_id=SUPPORT_CHAT, text="x")


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 0.2)), max_size=200))
def test_never_more_than_the_overall_rate(calls):
    clock = Clock(0.0)
    limits = Limits(clock)
    passed = 0
    for chat_id, pause_s in calls:
        clock.at += pause_s
        passed += limits.take(chat_id) == 0
    assert passed <= OVERALL_PER_S * (clock.at + 1) + 1


async def test_faults_strike_once_or_as_often_as_told():
    async with open_lab() as lab:
        await lab.act("/faults", method="sendMessage", code=502, description="Bad Gateway")
        await lab.say(OLGA, "/start")
        assert await lab.refusal("sendMessage", chat_id=OLGA, text="x") == (502, "Bad Gateway")
        await lab.ok("sendMessage", chat_id=OLGA, text="x")
        await lab.act("/faults", method="send*", left=None, code=429, parameters={"retry_after": 7})
        for _ in range(3):
            assert (await lab.api("sendMessage", chat_id=OLGA, text="x"))["parameters"] == {"retry_after": 7}
        async with lab.http.delete(f"{lab.base}/_sandbox/faults") as answer:
            assert answer.status == 200
        await lab.ok("sendMessage", chat_id=OLGA, text="x")


@pytest.mark.parametrize(("kind", "texts"), [("drop", []), ("drop_after", ["x"])])
async def test_a_lost_connection_before_and_after_execution(kind, texts):
    async with open_lab() as lab:
        await lab.act("/faults", method="sendMessage", kind=kind)
        with pytest.raises(ClientConnectionError):
            await lab.api("sendMessage", chat_id=SUPPORT_CHAT, text="x")
        assert [m["text"] for m in await lab.look(f"/chats/{SUPPORT_CHAT}/messages")] == texts


async def test_a_proxys_page_instead_of_json():
    async with open_lab() as lab:
        await lab.act("/faults", kind="html")
        async with lab.http.post(f"{lab.base}/bot123456:sandbox/getMe") as answer:
            assert (answer.status, answer.content_type) == (502, "text/html")


async def test_everything_outlives_a_restart(tmp_path: Path):
    path = tmp_path / "telegram.db"
    async with open_lab(db_path=path) as lab:
        topic = await lab.ok("createForumTopic", chat_id=SUPPORT_CHAT, name="FB-1")
        sent = await lab.upload(OLGA, ("a.bin", "application/x", b"abc"))
        await lab.say(OLGA, "до")
        gone = await lab.ok("sendMessage", chat_id=OLGA, text="удалю")
        await lab.ok("deleteMessage", chat_id=OLGA, message_id=gone["message_id"])
        before = await lab.look(f"/chats/{OLGA}/messages")
    async with open_lab(db_path=path) as lab:
        assert await lab.look(f"/chats/{OLGA}/messages") == before
        assert [u["message"].get("text") for u in await lab.updates()] == [None, "до"]
        place = {"chat_id": SUPPORT_CHAT, "message_thread_id": topic["message_thread_id"]}
        assert (await lab.ok("sendMessage", **place, text="после"))["message_id"] > topic["message_thread_id"]
        file = await lab.ok("getFile", file_id=sent["messages"][0]["document"]["file_id"])
        async with lab.http.get(f"{lab.base}/file/bot123456:sandbox/{file['file_path']}") as answer:
            assert await answer.read() == b"abc"


async def test_the_stream_tells_what_changes():
    async with open_lab() as lab, lab.http.get(f"{lab.base}/_sandbox/stream") as stream:
        await stream.content.readline()
        await lab.say(OLGA, "слово")
        async with asyncio.timeout(2):
            line = b""
            while not line.startswith(b"data: "):
                line = await stream.content.readline()
        event = json.loads(line.removeprefix(b"data: "))
        assert (event["topic"], event["message"]["text"]) == ("message", "слово")


async def test_pages_from_elsewhere_are_kept_out():
    async with open_lab() as lab:
        url = f"{lab.base}/_sandbox/users"
        async with lab.http.get(url, headers={"Origin": "http://localhost:3000"}) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
            assert [user["id"] for user in await answer.json()] == [5001, 5002, 5003]
        async with lab.http.get(url, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403
