"""The status page: who may see it, what it says in both languages, and that nothing of outside can style it."""

import base64
import re
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.texts import text
from web import status
from web.health import PartState
from web.status import Figure, Overview, PortalLine, Process

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIGURES = (
    "portals", "owned", "events", "event-age", "deliveries", "delivery-age", "dead", "parked", "requests", "late",
    "syncs-failing", "sync-lag", "licences-ended", "webhooks-disabled",
)  # fmt: skip


def view(**more):
    shown = {
        "at": NOW,
        "version": "0.1.0",
        "database": "PostgreSQL",
        "schema": "0017",
        "parts": {
            "database": PartState(ok=True),
            "bitrix24": PartState(ok=False, detail="hotel: <b>away</b>"),
        },
        "figures": [Figure(name, str(n), alarming=name == "dead") for n, name in enumerate(FIGURES)],
        "troubles": [
            PortalLine("hotel", "", "portal", {"detail": "bitrix-unreachable"}),
            PortalLine("hotel", "message.post", "dead", {"count": 3, "code": "chat-gone"}),
            PortalLine("hotel", "GRAND", "sync", {"count": 21, "code": "name-too-long"}),
            PortalLine("hotel", "GRAND", "failures", {"count": 5}),
            PortalLine("hotel", "BEACH", "paused", {}),
        ],
        "processes": [Process("host:1.1", "0.1.0", 334, NOW, is_this=True)],
    }
    return Overview(**(shown | more))


@pytest.fixture
async def site():
    """A client behind a proxy of this machine, and the view it will be shown."""
    shown = {"view": view()}

    async def look():
        return shown["view"]

    app = web.Application()
    status.setup(app, look, text, "geheim42")
    async with TestClient(TestServer(app)) as client:
        client.shown = shown
        yield client


OUTSIDE = {"X-Forwarded-For": "203.0.113.7"}


def basic(password):
    return {"Authorization": "Basic " + base64.b64encode(f"support:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        (OUTSIDE, 401),
        (OUTSIDE | basic("geheim42"), 200),
        (OUTSIDE | basic("wrong"), 401),
        (OUTSIDE | {"Authorization": "Basic ???"}, 401),
        (OUTSIDE | {"Authorization": "Bearer geheim42"}, 200),
    ],
)
async def test_who_may_see_it(site, headers, code):
    for path in ("/status", "/status.json"):
        answer = await site.get(path, headers=headers)
        assert answer.status == code
        assert ("WWW-Authenticate" in answer.headers) == (code == 401)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", ["Есть неисправность", "3 доставки отложены: chat-gone", "21 запись не в CRM", "5 прогонов подряд",
                "расписание остановлено", "334 портала", "схема 0017"]),
        ("en", ["Something is broken", "3 deliveries given up: chat-gone", "21 records aren", "5 runs in a row",
                "the schedule is paused", "334 portals", "schema 0017"]),
    ],
)  # fmt: skip
async def test_it_says_what_is_wrong(site, language, words):
    shown = await (await site.get(f"/status?lang={language}")).text()
    plain = re.sub(r"[\u2066-\u2069]", "", shown).replace("&#39;", "'")
    for word in words:
        assert word in plain, word
    assert "status-" not in re.sub(r"status\.css", "", plain)  # no text is missing
    assert "&lt;b&gt;away" in shown
    assert "<script" not in shown
    assert 'name="viewport"' in shown


async def test_it_says_that_all_is_well(site):
    site.shown["view"] = view(parts={"database": PartState(ok=True)}, troubles=[], processes=[])
    shown = await (await site.get("/status?lang=ru")).text()
    assert "Всё работает" in shown
    assert "Ничего не отложено" in shown
    answer = await site.get("/status.json")
    assert (await answer.json())["well"] is True


async def test_no_page_of_others_frames_it_and_nothing_is_kept(site):
    answer = await site.get("/status")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await site.get("/status.css")).status == 200
