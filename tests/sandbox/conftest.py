"""A portal over real HTTP with a clock that only tests move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sandbox.portal.app import build_app
from sandbox.portal.state import Portal, PortalConfig

CODE = PortalConfig().webhook_code


@dataclass
class FakeTime:
    """Clock, monotonic clock and sleep of a portal; sleeping moves the time and is remembered."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return datetime(2026, 11, 22, 9, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def push(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Reply:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def result(self) -> Any:
        assert self.status == 200, self.body
        return self.body["result"]

    @property
    def error(self) -> tuple[int, str]:
        error = self.body["error"]
        return self.status, error["code"] if isinstance(error, dict) else error


class Rest:
    """Calls the portal as its webhook does."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def full(self, method: str, params: Any = None, *, v3: bool = False, **headers: str) -> Reply:
        path = f"/rest/{'api/' if v3 else ''}1/{CODE}/{method}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.post(path, json=params or {}, headers=named) as response:
            return Reply(response.status, await response.json(content_type=None), dict(response.headers))

    async def __call__(self, method: str, params: Any = None, **more: Any) -> Any:
        """The result of a call that succeeds."""
        return (await self.full(method, params, **more)).result

    async def v3(self, method: str, params: Any = None, **headers: str) -> Any:
        return (await self.full(method, params, v3=True, **headers)).result


class Bot:
    """A bot of the webhook with what every call of its needs."""

    def __init__(self, rest: Rest, bot_id: int, token: str) -> None:
        self.rest, self.id, self.token = rest, bot_id, token

    async def full(self, method: str, **params: Any) -> Reply:
        return await self.rest.full(
            f"imbot.v2.{method}", {"botId": self.id, "botToken": self.token, **params}
        )

    async def __call__(self, method: str, **params: Any) -> Any:
        return (await self.full(method, **params)).result

    async def events(self, **params: Any) -> list[dict[str, Any]]:
        return (await self("Event.get", **params))["events"]

    async def drain(self) -> list[dict[str, Any]]:
        """All waiting events, acknowledged."""
        answer = await self("Event.get", limit=1000)
        await self("Event.get", offset=answer["nextOffset"])
        return answer["events"]


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def config(time: FakeTime) -> PortalConfig:
    return PortalConfig(bucket_capacity=10_000, clock=time.clock, monotonic=time.monotonic, sleep=time.sleep)


@pytest.fixture
def portal(config: PortalConfig) -> Portal:
    return Portal(config)


@pytest.fixture
async def client(portal: Portal) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(build_app(portal))) as running:
        yield running


@pytest.fixture
def rest(client: TestClient) -> Rest:
    return Rest(client)


async def register(rest: Rest, code: str = "concierge", token: str = "secret", **fields: Any) -> Bot:
    answer = await rest(
        "imbot.v2.Bot.register",
        {"fields": {"code": code, "botToken": token, "properties": {"name": "Консьерж"}, **fields}},
    )
    return Bot(rest, answer["bot"]["id"], token)


@pytest.fixture
async def bot(rest: Rest) -> Bot:
    return await register(rest)


@pytest.fixture
def new_bot() -> Any:
    """register(rest, code, token, **fields) for tests with several bots."""
    return register
