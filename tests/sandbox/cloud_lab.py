"""A cloud over real HTTP with a clock that only tests move, and an application's server that remembers posts."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.oauth.cloud import build_cloud
from sandbox.oauth.state import Cloud, CloudConfig
from sandbox.portal.forms import decode
from tests.sandbox.conftest import FakeTime, Reply

SCOPES = ["imbot", "im", "crm", "task", "tasks", "user", "placement"]


@dataclass
class Post:
    """One form post as the application's server got it."""

    path: str
    query: dict[str, str]
    pairs: dict[str, str]
    type: str

    @property
    def form(self) -> dict[str, Any]:
        return decode(self.pairs.items())


@dataclass
class AppServer:
    """The application's side: every address answers 200 (or `status`) and keeps what came."""

    posts: list[Post] = field(default_factory=list)
    status: int = 200
    server: TestServer | None = None
    show: Callable[[web.Request], Awaitable[web.Response]] | None = None
    """What browsers see; without it a line of text."""

    async def take(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.posts.append(Post(request.path, dict(request.query), form, request.content_type))
        if self.show is not None:
            return await self.show(request)
        return web.Response(status=self.status, text="<p>страница приложения</p>", content_type="text/html")

    def url(self, path: str) -> str:
        assert self.server is not None
        return str(self.server.make_url(path))

    def events(self, name: str) -> list[Post]:
        return [post for post in self.posts if post.pairs.get("event") == name]


@dataclass
class Lab:
    cloud: Cloud
    client: TestClient
    app: AppServer
    time: FakeTime

    async def control(self, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        async with self.client.post(f"/_sandbox/{path}", json=body or {}) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def look(self, path: str) -> Any:
        async with self.client.get(f"/_sandbox/{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def settle(self) -> None:
        await self.control("settle")

    async def register(self, **fields: Any) -> dict[str, Any]:
        urls = {"install_url": self.app.url("/install"), "app_url": self.app.url("/app")}
        answer: dict[str, Any] = await self.control("apps", {"scopes": SCOPES, **urls, **fields})
        return answer

    async def installed(self, portal: str = "grand", **fields: Any) -> dict[str, Any]:
        """An application installed to the end → a fresh pair of tokens of the administrator."""
        app = await self.register(**fields)
        await self.control("portals", {"name": portal})
        await self.control(f"portals/{portal}/install")
        await self.control(f"portals/{portal}/install_finish")
        await self.settle()
        self.app.posts.clear()
        pair: dict[str, Any] = await self.control(f"portals/{portal}/tokens")
        return {**app, **pair}

    async def rest(
        self, method: str, token: str, params: dict[str, Any] | None = None, portal: str = "grand"
    ) -> Reply:
        body = {**(params or {}), "auth": token}
        async with self.client.post(f"/p/{portal}/rest/{method}", json=body) as answer:
            return Reply(answer.status, json.loads(await answer.text()), dict(answer.headers))

    async def token(self, **params: str) -> Reply:
        async with self.client.post("/oauth/token/", data=params) as answer:
            return Reply(answer.status, await answer.json(), dict(answer.headers))

    async def refresh(self, app: dict[str, Any], refresh: str) -> Reply:
        return await self.token(
            grant_type="refresh_token",
            client_id=app["client_id"],
            client_secret=app["client_secret"],
            refresh_token=refresh,
        )


@asynccontextmanager
async def lab(**config: Any) -> AsyncIterator[Lab]:
    time, app = FakeTime(), AppServer()
    cloud = Cloud(CloudConfig(clock=time.clock, monotonic=time.monotonic, sleep=time.sleep, **config))
    web_app = web.Application()
    web_app.router.add_route("*", "/{path:.*}", app.take)
    app.server = TestServer(web_app)
    async with app.server, TestClient(TestServer(build_cloud(cloud))) as client:
        yield Lab(cloud, client, app, time)
