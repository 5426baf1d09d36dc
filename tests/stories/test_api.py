"""Another program works with the running service: token from the command line, requests, guests, a sync, events pushed."""

import asyncio
import base64
import hashlib
import hmac
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app import commands
from tests.stories.stage import staged


@pytest.fixture
async def stage(tmp_path, monkeypatch):
    monkeypatch.setenv("CONCIERGE_API__WEBHOOK_HTTP", "true")
    async with staged(tmp_path) as opened:
        yield opened


async def test_a_program_files_syncs_looks_and_hears_of_it(stage):
    heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def take(request):
        await heard.put(
            ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", take)
    scopes = ["requests:read,requests:write", "guests:read", "syncs:read,syncs:write", "webhooks:write"]
    wish = commands.token_wish(
        new="Сайт отеля",
        scopes=scopes,
        privacy="contact",
        role="support",
        hotels=(),
        expires=None,
        revoke=None,
    )
    token = (await commands.tokens(stage.settings, None, wish)).data["token"]
    url = f"http://127.0.0.1:{stage.service.port}/api/v1"

    async def call(method, path, body=None, status=200):
        headers = {"Authorization": f"Bearer {token}"}
        async with stage.http.request(method, url + path, json=body, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async with TestServer(app) as receiver:
        hook = await call("POST", "/webhooks", {"url": str(receiver.make_url("/hook"))}, 201)
        filed = await call("POST", "/requests", {"type": "incident", "description": "Не печатает счёт"}, 201)
        ordered = await call("POST", "/syncs", {"hotel": "GRAND"}, 202)
        told = {}
        while set(told) < {"request.filed", "sync.finished"}:
            headers, body = await asyncio.wait_for(heard.get(), 60)
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
            mark = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
            assert headers["webhook-signature"] == f"v1,{mark}"
            event = json.loads(body)
            told[event["type"]] = event["data"]
    assert told["request.filed"]["number"] == filed["number"]
    assert told["sync.finished"]["order"] == ordered["order"]

    order = await call("GET", f"/sync-orders/{ordered['order']}")
    assert (order["state"], order["error"]) == ("done", None)
    assert order["counts"]["fetched"] == told["sync.finished"]["counts"]["fetched"] > 0
    run = await call("GET", f"/syncs/{order['run']}")
    assert run["state"] == "done"
    items = (await call("GET", f"/syncs/{order['run']}/items?limit=1"))["items"]
    assert items[0]["run"] == order["run"]

    async def has_task():
        return (await call("GET", f"/requests/{filed['number']}"))["links"]["task"]

    task = await stage.until(has_task, "the request's task")
    assert filed["number"] in json.dumps(await stage.get(f"_sandbox/tasks/{task}"), ensure_ascii=False)

    hotel = (await call("GET", "/hotels/GRAND"))["fresh_at"]
    assert hotel is not None
    page = await call("GET", f"/syncs/{order['run']}/items?limit=200&state=done")
    key = next(one["key"] for one in page["items"] if one["entity"] == "profile")
    guest = await call("GET", f"/guests/GRAND/{key}")
    assert guest["profile"] == key
    found = (await call("POST", "/guests/search", {"query": guest["name"], "limit": 50}))["items"]
    assert key in [one["profile"] for one in found]
    docs = f"http://127.0.0.1:{stage.service.port}/api/docs"
    async with stage.http.get(docs) as answer:
        assert answer.status == 200
