"""The authorization server: pairs, codes, their lives, and what it refuses."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientError

from tests.sandbox.cloud_lab import Lab, lab


@pytest.fixture
async def cloud() -> AsyncIterator[Lab]:
    async with lab() as running:
        yield running


async def test_a_renewal_gives_a_new_pair_and_uses_the_old_up(cloud: Lab):
    app = await cloud.installed()
    reply = await cloud.refresh(app, app["refresh_token"])
    body = reply.body
    assert reply.status == 200
    assert set(body) == {
        "access_token", "client_endpoint", "domain", "expires", "expires_in", "member_id", "refresh_token",
        "scope", "server_endpoint", "status", "user_id",
    }  # fmt: skip
    assert (body["expires_in"], body["status"], body["user_id"]) == (3600, "L", 1)
    assert body["member_id"] == app["member_id"]
    assert body["client_endpoint"].endswith("/p/grand/rest/")
    assert body["server_endpoint"] == f"http://{body['domain']}/rest/"
    assert (await cloud.refresh(app, app["refresh_token"])).error == (400, "invalid_grant")
    assert (await cloud.rest("profile", body["access_token"])).result["ID"] == "1"
    assert (await cloud.refresh(app, body["refresh_token"])).status == 200


async def test_access_lives_an_hour_and_renewal_180_days(cloud: Lab):
    app = await cloud.installed()
    cloud.time.push(3599)
    assert (await cloud.rest("profile", app["access_token"])).status == 200
    cloud.time.push(1)
    assert (await cloud.rest("profile", app["access_token"])).error == (401, "expired_token")
    cloud.time.push(180 * 24 * 3600 - 3601)
    fresh = (await cloud.refresh(app, app["refresh_token"])).body
    cloud.time.push(180 * 24 * 3600)
    assert (await cloud.refresh(app, fresh["refresh_token"])).error == (400, "invalid_grant")


async def test_tokens_expire_when_told(cloud: Lab):
    app = await cloud.installed()
    await cloud.control("portals/grand/expire")
    assert (await cloud.rest("profile", app["access_token"])).error == (401, "expired_token")
    fresh = (await cloud.refresh(app, app["refresh_token"])).body
    await cloud.control("portals/grand/expire", {"refresh": True})
    assert (await cloud.refresh(app, fresh["refresh_token"])).error == (400, "invalid_grant")


async def test_what_the_server_refuses(cloud: Lab):
    app = await cloud.installed()
    good = {
        "grant_type": "refresh_token",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "refresh_token": app["refresh_token"],
    }
    for wrong, error in (
        ({"grant_type": "password"}, (400, "invalid_request")),
        ({"refresh_token": ""}, (400, "invalid_request")),
        ({"client_id": "local.other"}, (401, "invalid_client")),
        ({"client_secret": "guessed"}, (401, "invalid_client")),
        ({"refresh_token": "guessed"}, (400, "invalid_grant")),
        ({"scope": "telephony"}, (400, "invalid_scope")),
    ):
        reply = await cloud.token(**{**good, **wrong})
        assert reply.error == error, wrong
        assert reply.body["error_description"]
    await cloud.control("portals/grand/state", {"payment_required": True})
    assert (await cloud.token(**good)).error == (402, "PAYMENT_REQUIRED")
    await cloud.control("portals/grand/state", {"payment_required": False})
    await cloud.control("portals/grand/uninstall")
    assert (await cloud.token(**good)).error == (401, "invalid_client")


async def test_another_application_cannot_renew(cloud: Lab):
    app = await cloud.installed()
    other = await cloud.register(client_id="local.other")
    assert (await cloud.refresh(other, app["refresh_token"])).error == (400, "invalid_grant")
    assert (await cloud.refresh(app, app["refresh_token"])).status == 200


async def test_a_code_is_for_thirty_seconds_and_once(cloud: Lab):
    app = await cloud.installed(redirect_url="https://app.example/back")

    async def code() -> str:
        address = f"/p/grand/oauth/authorize/?client_id={app['client_id']}&state=a+b&sandbox_user=5"
        async with cloud.client.get(address, allow_redirects=False) as answer:
            assert answer.status == 302
            location = urlsplit(answer.headers["Location"])
        query = {key: value[0] for key, value in parse_qs(location.query).items()}
        assert location.netloc == "app.example"
        assert (query["state"], query["member_id"]) == ("a b", app["member_id"])
        assert query["domain"].endswith("/p/grand")
        return query["code"]

    wanted = {"grant_type": "authorization_code", **{k: app[k] for k in ("client_id", "client_secret")}}
    first = await code()
    async with cloud.client.get("/oauth/token/", params={**wanted, "code": first}) as answer:
        pair = await answer.json()
    assert "user_id" not in pair
    assert (await cloud.rest("user.current", pair["access_token"])).result["ID"] == "5"
    assert (await cloud.token(**wanted, code=first)).error == (400, "invalid_grant")
    late = await code()
    cloud.time.push(30)
    assert (await cloud.token(**wanted, code=late)).error == (400, "invalid_grant")


async def test_authorisation_fails_on_the_portals_own_page(cloud: Lab):
    app = await cloud.register()
    await cloud.control("portals", {"name": "grand"})
    async with cloud.client.get(
        f"/p/grand/oauth/authorize/?client_id={app['client_id']}", allow_redirects=False
    ) as answer:
        assert (answer.status, answer.content_type) == (400, "text/html")


async def test_whose_token_it_is(cloud: Lab):
    app = await cloud.installed()

    async def info(token: str) -> tuple[int, dict]:
        async with cloud.client.get("/rest/app.info", params={"auth": token}) as answer:
            return answer.status, await answer.json()

    status, body = await info(app["access_token"])
    found = body["result"]
    assert status == 200
    assert (found["client_id"], found["user_id"]) == (app["client_id"], 1)
    install = found["install"]
    assert (install["member_id"], install["installed"]) == (app["member_id"], True)
    assert install["client_endpoint"] == app["client_endpoint"]
    status, body = await info("guessed")
    assert (status, body["error"]) == (401, "NO_AUTH_FOUND")
    await cloud.control("portals/grand/expire")
    status, body = await info(app["access_token"])
    assert (status, body["error"]) == (401, "expired_token")


async def test_the_answer_of_a_renewal_may_be_lost(cloud: Lab):
    app = await cloud.installed()
    await cloud.control("faults", {"kind": "html", "method": "oauth.token"})
    data = {
        "grant_type": "refresh_token",
        **{name: app[name] for name in ("client_id", "client_secret", "refresh_token")},
    }
    async with cloud.client.post("/oauth/token/", data=data) as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")
    await cloud.control("faults", {"kind": "error", "method": "oauth.*", "code": "INTERNAL_SERVER_ERROR"})
    assert (await cloud.refresh(app, app["refresh_token"])).error == (500, "INTERNAL_SERVER_ERROR")
    await cloud.control("faults", {"kind": "delay", "seconds": 7, "method": "oauth.token"})
    fresh = (await cloud.refresh(app, app["refresh_token"])).body
    assert cloud.time.slept == [7]
    await cloud.control("faults", {"kind": "drop_after", "method": "oauth.token"})
    with pytest.raises(ClientError):
        await cloud.refresh(app, fresh["refresh_token"])
    assert (await cloud.refresh(app, fresh["refresh_token"])).error == (400, "invalid_grant")
    await cloud.control("faults", {"kind": "moved", "location": "x"}, status=400)
