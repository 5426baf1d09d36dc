"""What every call passes: tokens, scopes, pace, bodies; errors are problems, whatever breaks."""

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from app.api import Api
from domain.api_tokens import ApiScope
from handlers.api.tokens import Tokens
from storage import Database, api_tokens
from tests.api.conftest import Desk, Program, opened
from web.api.operations import OPERATIONS


async def test_of_a_token_only_a_hash_is_kept(desk):
    program = await desk.program()
    async with desk.lab.db.reading() as tx:
        (row,) = await api_tokens.listed(tx, desk.lab.portal.id)
    assert program.token not in repr(row)
    assert program.token.rpartition("_")[2] not in repr(row)
    assert row.secret_hash == api_tokens.digest(program.token)


async def test_me_tells_what_a_token_is(desk):
    program = await desk.program(ApiScope.SYNCS_READ, name="BI", hotels=("GRAND",))
    me = (await program.gets("/me")).body
    assert (me["name"], me["scopes"], me["privacy"], me["hotels"]) == (
        "BI",
        ["syncs:read"],
        "basic",
        ["GRAND"],
    )
    assert me["portal"]["key"] == "main"


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer x", "Basic abc", "Bearer cnc_aaaaaaaaaa_" + "A" * 43, "Bearer \udcff"]
)
async def test_nobody_is_told_nothing(desk, shown):
    headers = {"Authorization": shown} if shown.isascii() else {"Authorization": "Bearer é"}
    async with desk.client.get("/api/v1/me", headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith('Bearer realm="Concierge"')
        assert (await response.json(content_type=None))["code"] == "unauthenticated"


async def test_a_changed_secret_of_a_known_prefix_is_nobody(desk):
    program = await desk.program()
    forged = Program(desk.client, program.token[:-1] + ("A" if program.token[-1] != "A" else "B"))
    assert (await forged.gets("/me")).status == 401


async def test_revoked_and_expired_tokens_are_shut_out_at_once(desk):
    short = await desk.program(expires_at=desk.lab.clock.now + timedelta(hours=1))
    revoked = await desk.program()
    assert (await short.gets("/me")).status == 200
    assert (await revoked.gets("/me")).status == 200
    async with desk.lab.scopes.writing(desk.lab.portal.id) as scope:
        found = await Tokens(desk.lab.scopes).listed(scope)
        await Tokens(desk.lab.scopes).revoke(scope, found[0].id)
    desk.lab.clock.push(hours=1)
    assert (await short.gets("/me")).status == 401
    assert (await revoked.gets("/me")).status == 401


async def test_each_operation_wants_its_scope(desk):
    nothing = await desk.program(ApiScope.SYNCS_READ)
    admin = await desk.program(ApiScope.ADMIN)
    for one in OPERATIONS:
        path = one.path.format(id=1, number="FB-2026-000001", hotel="GRAND", profile="P1")
        answer = await nothing.calls(one.method, path)
        if one.needs in {None, ApiScope.SYNCS_READ}:
            assert answer.status != 403, one.id
            continue
        assert (answer.status, answer.body["code"]) == (403, "scope-missing"), one.id
        assert str(one.needs) in answer.headers["WWW-Authenticate"]
        assert (await admin.calls(one.method, path)).status not in {401, 403}, one.id


async def test_use_is_noted_once_a_minute(desk):
    program = await desk.program()
    first = desk.lab.clock.now
    await program.gets("/me")
    desk.lab.clock.push(seconds=30)
    await program.gets("/me")

    async def used():
        async with desk.lab.db.reading() as tx:
            return (await api_tokens.listed(tx, desk.lab.portal.id))[0].last_used_at

    assert await used() == first
    now = desk.lab.clock.push(seconds=31)
    await program.gets("/me")
    assert await used() == now


async def test_too_many_calls_wait(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    lab, app = await opened(database, clock, tmp_path, api=Api(calls_per_second=0.5, burst=3))
    async with TestClient(TestServer(app)) as client:
        desk = Desk(lab, client)
        busy, other = await desk.program(), await desk.program()
        answers = [await busy.gets("/me") for _ in range(4)]
        assert [one.status for one in answers] == [200, 200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "2"
        assert answers[-1].body["code"] == "too-many-requests"
        assert (await other.gets("/me")).status == 200
    await lab.house.webhooks.close()
    await database.close()


async def test_bodies_that_cant_be_read(desk):
    program = await desk.program()

    async def post(data, kind="application/json"):
        answer = await program.calls("POST", "/requests", headers={"Content-Type": kind}, data=data)
        return answer.status, answer.body["code"]

    assert await post(b"{") == (400, "malformed")
    assert await post(b"\xff\xfe") == (400, "malformed")
    assert await post(b"{}", "text/plain") == (415, "media-type")
    assert await post(b"[]") == (422, "invalid")
    assert await post(b'{"type": "incident", "description": "' + b"x" * 300_000 + b'"}') == (413, "too-large")
    unknown = await program.posts("/requests", {"type": "incident", "description": "x", "surprise": 1})
    assert (unknown.status, unknown.body["errors"][0]["pointer"]) == (422, "/surprise")
    control = await program.posts("/requests", {"type": "incident", "description": "a\x00b"})
    assert control.status == 422
    assert (await program.gets("/requests", nonsense="1")).body["errors"][0]["pointer"] == "nonsense"
    assert (await program.gets("/requests", limit=0)).status == 422
    assert (await program.gets("/requests", since="123")).status == 422
    twice = await desk.client.get(
        "/api/v1/requests?limit=1&limit=2", headers={"Authorization": f"Bearer {program.token}"}
    )
    assert twice.status == 422


async def test_unknown_places_are_problems_too(desk):
    program = await desk.program()
    for path in (
        "/nothing",
        "/requests/abc",
        "/syncs/0",
        "/guests/GRAND/%00",
        "/webhooks/99999999999999999999",
    ):
        answer = await program.gets(path)
        assert (answer.status, answer.body["code"]) == (404, "not-found"), path
    wrong = await program.calls("DELETE", "/requests")
    assert (wrong.status, wrong.body["code"]) == (405, "method-not-allowed")
    assert set(wrong.headers["Allow"].split(",")) == {"GET", "POST"}


async def test_a_call_has_an_id(desk):
    program = await desk.program()
    answer = await program.calls("GET", "/me", headers={"X-Request-Id": "trace-12345678"})
    assert answer.headers["X-Request-Id"] == "trace-12345678"
    odd = await program.calls("GET", "/me", headers={"X-Request-Id": "a b"})
    assert odd.headers["X-Request-Id"] != "a b"
    assert odd.headers["Cache-Control"] == "no-store"


async def test_the_document_and_its_page(desk):
    async with desk.client.get("/api/openapi.json") as response:
        document = await response.json()
    assert document["openapi"] == "3.1.0"
    named = {(one["operationId"]) for path in document["paths"].values() for one in path.values()}
    assert named == {one.id for one in OPERATIONS}
    async with desk.client.get("/api/docs") as response:
        page = await response.text()
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "http://" not in page.replace("http://www.w3.org", "")
    for one in OPERATIONS:
        assert f'id="{one.id}"' in page
    async with desk.client.get("/api/docs.css") as response:
        assert response.content_type == "text/css"


async def test_it_can_be_switched_off(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    lab, app = await opened(database, clock, tmp_path, api=Api(enabled=False))
    assert isinstance(app, web.Application)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/api/v1/me")).status == 404
    await lab.house.webhooks.close()
    await database.close()


async def test_within_the_service_a_call_has_one_id(desk):
    from web import access

    outer = web.Application(middlewares=[access.middleware(lambda _route, _status, _seconds: None)])
    from app import api_site

    api_site.setup(outer, desk.lab.house)
    program = await desk.program()
    async with TestClient(TestServer(outer)) as client:
        for sent in ({}, {"X-Request-Id": "trace-1"}, {"X-Request-Id": "a b"}):
            answer = await Program(client, program.token, sent).gets("/nothing")
            assert answer.headers.getall("X-Request-Id") == [answer.body["instance"].rpartition(":")[2]]


async def test_tokens_of_a_portal_that_was_uninstalled_open_nothing(desk):
    program = await desk.program()
    assert (await program.gets("/me")).status == 200
    desk.lab.house.portals[desk.lab.portal.id].reachable = False
    assert (await program.gets("/me")).status == 401
