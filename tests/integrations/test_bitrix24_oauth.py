"""Tokens of an installed app: one refresh for all, stored before use, and a portal that shuts us out is left alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.errors import Permanent, Temporary
from domain.installations import Granted
from integrations.bitrix24.app_transport import AppEndpoint, AppTransport
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.limits import Limiter
from integrations.bitrix24.oauth import CLOSED_S, LOOK_S, Authority, BitrixAuthServer
from storage import Database, installations, portals
from storage.installations import StoredTokens, Vault
from storage.sealing import Sealer, SecretKey

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SECRET = "client-secret"


@dataclass
class Vendor:
    """An authorisation server and a portal in one: refresh tokens are good once, access tokens while they last."""

    base: str = ""
    refresh: str = "r1"
    access: str = "a1"
    moved_to: str = ""
    hide: bool = False
    """The authorisation server doesn't know of the move yet."""
    asked: list[dict[str, str]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    refuse: tuple[int, str] | None = None
    portal_fault: tuple[int, str] | None = None
    before_answer: Callable[[], Any] | None = None

    async def token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append(form | {"query": request.query_string})
        if self.before_answer is not None:
            await self.before_answer()
        if self.refuse is not None:
            return web.json_response({"error": self.refuse[1]}, status=self.refuse[0])
        if form["refresh_token"] != self.refresh:
            return web.json_response({"error": "invalid_grant"}, status=400)
        number = int(self.refresh[1:]) + 1
        self.refresh, self.access = f"r{number}", f"a{number}"
        home = "" if self.hide else self.moved_to
        return web.json_response(
            {
                "access_token": self.access,
                "refresh_token": self.refresh,
                "expires_in": 3600,
                "client_endpoint": f"{self.base}{home}/rest/",
                "server_endpoint": f"{self.base}/rest/",
                "member_id": "m1",
                "scope": "crm,im",
                "user_id": 7,
            }
        )

    async def rest(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append((request.path, body["auth"]))
        if self.moved_to and not request.path.startswith(self.moved_to):
            raise web.HTTPFound(f"{self.base}{self.moved_to}{request.path}")
        if self.portal_fault is not None:
            return web.json_response({"error": self.portal_fault[1]}, status=self.portal_fault[0])
        if body["auth"] != self.access:
            return web.json_response({"error": "expired_token"}, status=401)
        return web.json_response({"result": {"said": body.get("word", "")}})


@asynccontextmanager
async def served(vendor: Vendor) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_post("/oauth/token/", vendor.token)
    app.router.add_post("/{path:.*}", vendor.rest)
    server = TestServer(app)
    await server.start_server()
    vendor.base = str(server.make_url("/")).rstrip("/")
    yield
    await server.close()


@dataclass
class Stand:
    """One portal in the database, and clients as several replicas have them."""

    db: Database
    vendor: Vendor
    session: aiohttp.ClientSession
    portal_id: int
    vault: Vault
    moved: list[str] = field(default_factory=list)
    at: float = 1000.0

    def client(self, owner: str = "one", others: tuple[str, ...] = ()) -> tuple[BitrixClient, Authority]:
        servers = [self.vendor.base, *others]
        server = BitrixAuthServer(self.session, client_id="app.1", client_secret=SECRET, servers=servers)
        store = StoredTokens(self.db, self.vault, self.portal_id, owner, lambda: datetime.now(UTC))
        authority = Authority(store, server, others=servers, on_moved=self.moved.append, now=lambda: self.at)
        endpoint = AppEndpoint.of(f"{self.vendor.base}/rest/", "7")
        transport = AppTransport(authority, endpoint, self.session)
        client = BitrixClient("", session=self.session, limiter=Limiter(capacity=500), transport=transport)
        return client, authority

    async def row(self) -> Any:
        async with self.db.reading() as tx:
            return await installations.get(tx, self.portal_id)


@pytest.fixture
async def stand(db: Database) -> AsyncIterator[Stand]:
    vendor = Vendor()
    vault = Vault(Sealer([SecretKey.make("k")]))
    async with served(vendor), aiohttp.ClientSession() as session:
        granted = Granted(
            "a1", "r1", 3600, "m1", f"{vendor.base}/rest/", f"{vendor.base}/rest/", "7", ("crm",), "L"
        )
        async with db.transaction() as tx:
            portal_id = await portals.ensure(tx, "hotel", NOW, member_id="m1")
            await vault.put(tx, portal_id, granted, NOW, domain="hotel", application_token="proof")
        yield Stand(db, vendor, session, portal_id, vault)


async def test_a_call_carries_its_token_in_the_body_and_the_secret_stays_at_home(stand: Stand) -> None:
    client, _ = stand.client()
    assert await client.call("profile", {"word": "да"}) == {"said": "да"}
    assert stand.vendor.calls == [("/rest/profile", "a1")]
    assert stand.vendor.asked == []
    assert (client.portal_url, client.user_id) == (stand.vendor.base, "7")
    await client.call("tasks.x", v3=True, replay=Replay.SAFE)
    assert stand.vendor.calls[-1] == ("/rest/api/tasks.x", "a1")
    await client.close()


async def test_an_expired_token_is_refreshed_once_by_all_tasks_of_all_replicas(stand: Stand) -> None:
    clients = [stand.client(name)[0] for name in ("one", "two", "three")]
    stand.vendor.access = "gone"
    answers = await asyncio.gather(
        *(client.call("profile", {"word": str(n)}) for n, client in enumerate(clients * 5))
    )
    assert [answer["said"] for answer in answers] == [str(n) for n in range(15)]
    assert len(stand.vendor.asked) == 1
    asked = stand.vendor.asked[0]
    assert (asked["client_secret"], asked["query"]) == (SECRET, "")
    for client in clients:
        await client.close()


async def test_a_new_pair_is_stored_before_it_is_used_even_if_its_caller_is_cancelled(stand: Stand) -> None:
    client, authority = stand.client()
    stand.vendor.access = "gone"
    asked = asyncio.Event()
    goes_on = asyncio.Event()

    async def hold() -> None:
        asked.set()
        await goes_on.wait()

    stand.vendor.before_answer = hold
    call = asyncio.create_task(client.call("profile"))
    await asked.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    goes_on.set()
    await authority.finish()
    tokens = await authority.store.load()
    assert (tokens.refresh_token, tokens.former, tokens.pair) == ("r2", "r1", 2)
    assert await client.call("profile") == {"said": ""}
    assert (await authority.store.load()).former is None  # proved
    await client.close()


async def test_a_pair_lost_in_a_crash_is_no_end_while_the_one_before_still_works(stand: Stand) -> None:
    client, _ = stand.client()
    async with stand.db.transaction() as tx:  # a pair the server knows nothing of came into the table
        lost = replace(
            Granted("x", "r9", 60, "m1", f"{stand.vendor.base}/rest/", f"{stand.vendor.base}/rest/", "7")
        )
        await stand.vault.renew(tx, stand.portal_id, lost, NOW, domain="hotel")
    assert await client.call("profile") == {"said": ""}
    assert [one["refresh_token"] for one in stand.vendor.asked] == ["r9", "r1"]
    await client.close()


async def test_a_grant_is_asked_for_at_the_other_servers_before_it_is_called_dead(stand: Stand) -> None:
    other = Vendor(refresh="r1", access="gone")
    stand.vendor.refuse, stand.vendor.access = (400, "invalid_grant"), "gone"
    async with served(other):
        client, authority = stand.client(others=(other.base,))
        assert await client.call("profile") == {"said": ""}
        tokens = await authority.store.load()
        assert tokens.server_endpoint == f"{other.base}/rest/"
        assert tokens.client_endpoint == f"{other.base}/rest/"
        await client.close()


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ((400, "invalid_grant"), "bitrix-grant-dead"),
        ((401, "PAYMENT_REQUIRED"), "bitrix-payment-required"),
        ((401, "invalid_client"), "bitrix-client-refused"),
    ],
)
async def test_a_portal_that_shuts_us_out_rests_and_comes_back(
    stand: Stand, refusal: tuple[int, str], code: str
) -> None:
    client, _ = stand.client()
    stand.vendor.access, stand.vendor.refuse = "gone", refusal
    for _ in range(5):
        with pytest.raises(Temporary) as caught:
            await client.call("profile")
        assert caught.value.code == code
        assert caught.value.retry_after_s
    assert len(stand.vendor.calls) == 1  # nothing is sent while it rests
    assert ((await stand.row()).state, (await stand.row()).reason) == ("broken", code)
    stand.vendor.refuse = None
    stand.at += CLOSED_S
    assert await client.call("profile") == {"said": ""}
    assert ((await stand.row()).state, (await stand.row()).reason) == ("active", "")
    await client.close()


async def test_a_portal_installed_again_is_let_in_soon_by_every_replica(stand: Stand) -> None:
    client, _ = stand.client()
    stand.vendor.access, stand.vendor.refuse = "gone", (400, "invalid_grant")
    with pytest.raises(Temporary):
        await client.call("profile")
    stand.vendor.refuse, stand.vendor.access = None, "a5"
    again = Granted("a5", "r5", 3600, "m1", f"{stand.vendor.base}/rest/", f"{stand.vendor.base}/rest/", "7")
    async with stand.db.transaction() as tx:
        await stand.vault.put(tx, stand.portal_id, again, NOW, domain="hotel", application_token="proof")
    stand.at += LOOK_S
    assert await client.call("profile") == {"said": ""}
    await client.close()


async def test_a_portal_deleted_on_rest_is_left_alone_too(stand: Stand) -> None:
    client, _ = stand.client()
    stand.vendor.portal_fault = (500, "PORTAL_DELETED")
    for _ in range(3):
        with pytest.raises(Temporary):
            await client.call("profile", replay=Replay.SAFE)
    assert len(stand.vendor.calls) == 1
    assert (await stand.row()).reason == "bitrix-portal-deleted"
    await client.close()


async def test_a_redirect_is_followed_only_where_the_authorisation_server_says(stand: Stand) -> None:
    client, _ = stand.client()
    stand.vendor.moved_to = "/new"
    assert await client.call("profile", {"word": "да"}) == {"said": "да"}
    assert stand.vendor.calls == [("/rest/profile", "a1"), ("/new/rest/profile", "a2")]
    assert stand.moved == [f"{stand.vendor.base}/new/rest/"]
    assert (await stand.row()).domain.endswith("/new")
    await client.close()


async def test_a_redirect_that_nobody_confirms_gets_no_token(stand: Stand) -> None:
    client, _ = stand.client()
    stand.vendor.moved_to, stand.vendor.hide = "/elsewhere", True
    with pytest.raises(Temporary) as caught:
        await client.call("profile")
    assert caught.value.code == "bitrix-move-unproven"
    assert not [path for path, _ in stand.vendor.calls if path.startswith("/elsewhere")]
    await client.close()


async def test_only_listed_servers_are_asked(stand: Stand) -> None:
    server = BitrixAuthServer(
        stand.session, client_id="app.1", client_secret=SECRET, servers=["https://oauth.bitrix.info"]
    )
    for endpoint in (
        f"{stand.vendor.base}/rest/",
        "https://oauth.bitrix.info.example/rest/",
        "",
        "file:///x",
    ):
        with pytest.raises(Permanent, match="bitrix-auth-server"):
            await server.refresh("r1", endpoint)
    assert stand.vendor.asked == []
    assert SECRET not in repr(server)


async def test_an_answer_that_is_no_answer_may_pass(stand: Stand) -> None:
    client, authority = stand.client()
    stand.vendor.access, stand.vendor.refuse = "gone", (502, "")
    with pytest.raises(Temporary) as caught:
        await client.call("profile")
    assert caught.value.code == "bitrix-auth-unavailable"
    assert not (await authority.store.load()).broken
    stand.vendor.refuse = None
    assert await client.call("profile") == {"said": ""}
    await client.close()
