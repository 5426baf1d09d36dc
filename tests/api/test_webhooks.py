"""Webhooks out: signed, in order, tried again on the standard's schedule, shut off after long silence, never into a private network."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

from domain.api_tokens import ApiScope
from domain.errors import Permanent, Temporary
from domain.people import Role
from domain.portal import Hotel
from domain.webhooks import DISABLED_AFTER, EVENTS, RETRY_AFTER_S
from handlers.sync.door_news import DoorNews
from handlers.sync.report import Counts, Report
from integrations.webhooks.guard import AddressRules
from integrations.webhooks.sender import HttpWebhooks
from web.api.models import Event


@dataclass
class Receiver:
    """Another program's endpoint. ``answers``: the statuses it gives, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    tries: int = 0
    more: dict[str, str] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        self.tries += 1
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=status, headers=self.more)

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Standard Webhooks' check, written for this test from the document alone."""
    lowered = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(secret.split("_", 1)[1])
    content = lowered["webhook-id"].encode() + b"." + lowered["webhook-timestamp"].encode() + b"." + body
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(one == f"v1,{expected}" for one in lowered["webhook-signature"].split(" "))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    app = web.Application()
    app.router.add_post("/hook", one.take)
    async with TestServer(app) as server:
        one.url = str(server.make_url("/hook"))
        yield one


async def hooked(desk, receiver, *events):
    """A support program and the endpoint it has added."""
    program = await desk.program(role=Role.SUPPORT)
    answer = await program.posts("/webhooks", {"url": receiver.url, "events": list(events)})
    assert answer.status == 201, answer.text
    return program, answer.body


async def test_events_arrive_signed_and_in_order(each_desk, receiver):
    desk = each_desk
    program, hook = await hooked(desk, receiver)
    number = await desk.filed(program, "Гость Иванов жалуется: +7 921 555-12-34")
    await program.posts(f"/requests/{number}/moves", {"action": "take"})
    await program.posts(f"/requests/{number}/words", {"text": "Уже едем"})
    await program.posts(f"/requests/{number}/words", {"text": "секрет", "note": True})
    await program.posts(f"/requests/{number}/moves", {"action": "answer", "text": "Готово"})
    await desk.lab.settle()
    assert receiver.events == ["request.filed", "request.moved", "request.words", "request.moved"]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 4
    for headers, body in receiver.got:
        assert verifies(hook["secret"], headers, body)
        assert not verifies(hook["secret"], headers, body + b" ")
        assert abs(int(headers["webhook-timestamp"]) - desk.lab.clock.now.timestamp()) < 1
        told = json.loads(body)
        assert told["data"]["number"] == number
        assert told["timestamp"].endswith("Z")
        for secret in ("Иванов", "921", "едем", "секрет", "Готово"):
            assert secret not in body.decode()
    sent = (await program.gets(f"/webhooks/{hook['id']}/deliveries")).body["items"]
    assert [one["status"] for one in sent] == [204] * 4
    assert [one["event"] for one in reversed(sent)] == receiver.events


async def test_an_endpoint_hears_of_what_it_asked_for_alone(desk, receiver):
    program, _hook = await hooked(desk, receiver, "request.filed")
    number = await desk.filed(program)
    await program.posts(f"/requests/{number}/moves", {"action": "take"})
    await desk.lab.settle()
    assert receiver.events == ["request.filed"]


async def test_failures_are_tried_again_on_the_schedule_and_nothing_overtakes(desk, receiver):
    program, hook = await hooked(desk, receiver)
    receiver.answers = [500, 503, 404, 302]
    receiver.more = {"Location": "http://127.0.0.1:1/elsewhere"}
    number = await desk.filed(program)
    await program.posts(f"/requests/{number}/moves", {"action": "take"})
    await desk.lab.settle()
    assert (receiver.tries, receiver.events) == (1, [])
    for n, wait_s in enumerate(RETRY_AFTER_S[:4], 2):
        desk.lab.clock.push(seconds=wait_s - 1)
        await desk.lab.settle()
        assert receiver.tries == n - 1
        desk.lab.clock.push(seconds=1 + wait_s * 0.25)
        await desk.lab.settle()
        assert receiver.tries == n if n < 5 else receiver.tries >= n
    assert receiver.events == ["request.filed", "request.moved"]
    shown = (await program.gets(f"/webhooks/{hook['id']}")).body
    assert (shown["state"], shown["failures"]) == ("active", 0)


async def test_its_own_wish_when_to_try_again_is_heeded(desk, receiver):
    program, _hook = await hooked(desk, receiver)
    receiver.answers, receiver.more = [429], {"Retry-After": "120"}
    await desk.filed(program)
    await desk.lab.settle()
    desk.lab.clock.push(seconds=119)
    await desk.lab.settle()
    assert receiver.tries == 1
    desk.lab.clock.push(seconds=2)
    await desk.lab.settle()
    assert receiver.events == ["request.filed"]


async def test_long_silence_shuts_an_endpoint_off_with_one_message(desk, receiver):
    program, hook = await hooked(desk, receiver)
    manager = desk.lab.staff("4")
    receiver.answers = [500] * DISABLED_AFTER
    first, second = await desk.filed(program), await desk.filed(program, "Не открывается дверь")
    await desk.lab.settle()
    for wait_s in RETRY_AFTER_S:
        desk.lab.clock.push(seconds=wait_s * 1.25)
        await desk.lab.settle()
    assert receiver.tries == DISABLED_AFTER
    shown = (await program.gets(f"/webhooks/{hook['id']}")).body
    assert (shown["state"], shown["reason"], shown["failures"]) == (
        "disabled",
        "webhook-http-500",
        DISABLED_AFTER,
    )
    told = [one for one in manager.messages() if "ебхук" in one.text]
    assert len(told) == 1
    assert [one for one in desk.lab.staff("1").messages() if "ебхук" in one.text]
    await desk.filed(program, "Третье")
    desk.lab.clock.push(days=1)
    await desk.lab.settle()
    assert receiver.tries == DISABLED_AFTER
    assert (await program.posts(f"/webhooks/{hook['id']}/ping")).body["code"] == "webhook-not-active"

    on = await program.calls("PATCH", f"/webhooks/{hook['id']}", {"active": True, "resend": True})
    assert (on.body["state"], on.body["failures"]) == ("active", 0)
    await desk.lab.settle()
    assert [json.loads(body)["data"]["number"] for _, body in receiver.got] == [first, second]
    assert len([one for one in manager.messages() if "ебхук" in one.text]) == 1


async def test_gone_is_gone(desk, receiver):
    program, hook = await hooked(desk, receiver)
    receiver.answers = [410]
    await desk.filed(program)
    await desk.lab.settle()
    assert (await program.gets(f"/webhooks/{hook['id']}")).body["state"] == "disabled"


async def test_secrets_change_without_a_gap(desk, receiver):
    program, hook = await hooked(desk, receiver)
    answer = await program.posts(f"/webhooks/{hook['id']}/secrets")
    assert answer.status == 201
    await program.posts(f"/webhooks/{hook['id']}/ping")
    await desk.lab.settle()
    (headers, body) = receiver.got[-1]
    assert verifies(hook["secret"], headers, body)
    assert verifies(answer.body["secret"], headers, body)
    desk.lab.clock.push(hours=24, seconds=1)
    await program.posts(f"/webhooks/{hook['id']}/ping")
    await desk.lab.settle()
    (headers, body) = receiver.got[-1]
    assert not verifies(hook["secret"], headers, body)
    assert verifies(answer.body["secret"], headers, body)
    assert "secret" not in (await program.gets(f"/webhooks/{hook['id']}")).body
    assert json.loads(body) == {
        "type": "webhook.ping",
        "timestamp": desk.lab.clock.now.isoformat().replace("+00:00", "Z"),
        "data": {"webhook": hook["id"]},
    }


async def test_paused_and_removed_ones_get_nothing(desk, receiver):
    program, hook = await hooked(desk, receiver)
    await program.calls("PATCH", f"/webhooks/{hook['id']}", {"active": False})
    await desk.filed(program)
    await program.calls("PATCH", f"/webhooks/{hook['id']}", {"active": True})
    receiver.answers = [500]
    await desk.filed(program)
    await desk.lab.settle()
    assert (await program.calls("DELETE", f"/webhooks/{hook['id']}")).status == 204
    assert (await program.calls("DELETE", f"/webhooks/{hook['id']}")).status == 404
    desk.lab.clock.push(minutes=1)
    await desk.lab.settle()
    assert (receiver.tries, receiver.events) == (1, [])
    (dead,) = await desk.lab.outbox("dead")
    assert dead.last_code == "webhook-gone"


async def test_the_end_of_a_sync_is_told(desk, receiver):
    program, _hook = await hooked(desk, receiver, "sync.finished", "sync.failed")
    lab, (hotel,) = desk.lab, desk.lab.portal.hotels
    for error in ("", "pms-unreachable"):
        ordered = await program.posts("/syncs", {"hotel": "GRAND"})
        assert (ordered.status, ordered.body["state"]) == (202, "waiting")
        assert ordered.headers["Location"] == f"/api/v1/sync-orders/{ordered.body['order']}"

        async def execute(_order, _lease, error=error):
            return Report(7, "GRAND", Counts(fetched=3, created=3), 1.0, error=error)

        lab.syncs.execute = execute
        await lab.syncs.work()
        await lab.settle()
        order = (await program.gets(f"/sync-orders/{ordered.body['order']}")).body
        assert order["state"] == ("failed" if error else "done")
        assert (order["run"], order["counts"]["created"], order["error"]) == (7, 3, error or None)
    assert receiver.events == ["sync.finished", "sync.failed"]
    finished, failed = [json.loads(body)["data"] for _, body in receiver.got]
    assert (finished["hotel"], finished["counts"]["fetched"]) == ("GRAND", 3)
    assert failed["error"] == "pms-unreachable"
    assert isinstance(hotel, Hotel)


async def test_doors_and_dead_deliveries_are_told(desk, receiver):
    _program, _hook = await hooked(desk, receiver, "door.down", "door.up", "delivery.dead")
    lab, (hotel,) = desk.lab, desk.lab.portal.hotels
    news = DoorNews(lab.scopes)
    await news.away(lab.portal.id, hotel, "fias", lab.clock.now - timedelta(minutes=6))
    await news.back(lab.portal.id, hotel, "fias", 6)
    lab.tasks.faults.fail(Permanent("bitrix-access-denied"), method="create")
    await desk.filed(await desk.program())
    await lab.settle()
    await lab.settle()
    assert receiver.events[:2] == ["door.down", "door.up"]
    assert "delivery.dead" in receiver.events
    dead = json.loads(receiver.got[-1][1])["data"]
    assert (dead["kind"], dead["code"]) == ("task.create", "bitrix-access-denied")
    program = await desk.program()
    (row,) = (await program.gets("/deliveries", state="dead")).body["items"]
    assert row["id"] == dead["delivery"]
    back = await program.posts(f"/deliveries/{row['id']}/retry")
    assert back.body["state"] == "waiting"
    await lab.settle()
    assert (await program.gets(f"/deliveries/{row['id']}")).body["state"] == "done"
    assert (await program.posts(f"/deliveries/{row['id']}/retry")).body["code"] == "delivery-not-dead"


def test_the_description_names_every_event():
    assert set(Event.__args__) == set(EVENTS)


# --- addresses -----------------------------------------------------------------------------------------------

FORBIDDEN = [
    "http://example.com/x",
    "https://10.0.0.5/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:10.0.0.5]/x",
    "https://[64:ff9b::a00:5]/x",
    "https://100.64.0.1/x",
    "https://0.0.0.0/x",
    "https://localhost/x",
    "https://user:pass@example.com/x",
    "https://example.com/x#y",
    "ftp://example.com/x",
    "/relative",
    "https://",
    "nonsense",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_addresses_that_are_refused(url):
    from domain.errors import Refused

    with pytest.raises(Refused, match="webhook-url"):
        AddressRules().check(url)


def test_addresses_that_are_allowed():
    AddressRules().check("https://hooks.example.com:8443/x?y=1")
    AddressRules.of(["10.0.0.0/8"]).check("https://10.0.0.5/x")
    AddressRules(http_loopback=True).check("http://127.0.0.1:9000/x")


async def test_the_api_says_why(desk):
    program = await desk.program(ApiScope.WEBHOOKS_WRITE)
    answer = await program.posts("/webhooks", {"url": "https://192.168.1.1/x"})
    assert (answer.status, answer.body["code"]) == (422, "webhook-url")
    assert "private" in answer.body["detail"]


class Rebinding(AbstractResolver):
    """A name that answers with a public address first, and with ours after that."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> Any:
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self) -> None: ...


async def test_a_name_that_leads_inside_is_not_connected_to(receiver, clock):
    sender = HttpWebhooks(AddressRules(), clock, resolver=Rebinding("127.0.0.1"))
    try:
        port = receiver.url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(Permanent, match="webhook-address"):
            await sender.post(f"https://inside.example:{port}/hook", {}, b"{}")
    finally:
        await sender.close()
    assert receiver.tries == 0


async def test_each_connection_is_resolved_and_checked_anew(clock):
    # 192.0.2.1 is nobody's (TEST-NET-1): not global, so it is allowed here by name to play the public address.
    resolver = Rebinding("192.0.2.1", "127.0.0.1")
    sender = HttpWebhooks(AddressRules.of(["192.0.2.0/24"]), clock, resolver=resolver)
    try:
        from aiohttp import ClientTimeout

        from integrations.webhooks import sender as module

        assert module.TIMEOUT.total == 15
        session = sender._opened()
        session._timeout = ClientTimeout(total=0.2)
        with pytest.raises(Temporary, match="webhook-unreachable"):
            await sender.post("https://rebound.example/x", {}, b"{}")
        with pytest.raises(Permanent, match="webhook-address"):
            await sender.post("https://rebound.example/x", {}, b"{}")
    finally:
        await sender.close()


async def test_nothing_is_posted_inside_a_transaction(desk):
    async with desk.lab.db.reading():
        with pytest.raises(RuntimeError, match="transaction"):
            await desk.lab.house.webhooks.post("https://example.com/x", {}, b"{}")


async def test_the_sample_of_the_page_verifies(desk, receiver):
    """docs/api.md shows a function; it is taken from there and has to tell genuine from forged."""
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python\n", 1)[1].split("```", 1)[0], names)
    names["time"] = SimpleNamespace(time=desk.lab.clock.now.timestamp)
    program, hook = await hooked(desk, receiver)
    await program.posts(f"/webhooks/{hook['id']}/ping")
    await desk.lab.settle()
    sent, body = receiver.got[-1]
    headers = {name.lower(): value for name, value in sent.items()}
    assert names["genuine"](hook["secret"], headers, body)
    assert not names["genuine"](hook["secret"], headers, body + b" ")
    old = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert not names["genuine"](hook["secret"], old, body)
