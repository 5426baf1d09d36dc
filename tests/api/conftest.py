"""The API over real HTTP on a real database: programs with tokens, and a hotel behind it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from app import api_site
from app.api import Api
from domain.api_tokens import ApiScope
from domain.people import Privacy, Role
from handlers.api.tokens import NewToken, Tokens
from storage import Database
from tests.conftest import FakeClock
from tests.handlers.guest_world import filled
from tests.lab import Lab, open_lab

EVERYTHING = tuple(one for one in ApiScope if one is not ApiScope.ADMIN)


@dataclass
class Answered:
    """An answer as a program sees it."""

    status: int
    headers: Any
    text: str
    body: Any


@dataclass
class Program:
    """Another program with a token."""

    client: TestClient[Any, Any]
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    async def calls(
        self, method: str, path: str, json: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Answered:
        sent = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en", **self.headers}
        if json is not None:
            more["json"] = json
        path = path if path.startswith("/api") else f"/api/v1{path}"
        async with self.client.request(method, path, headers=sent | (headers or {}), **more) as response:
            text = await response.text()
            is_json = "json" in response.content_type
            return Answered(
                response.status,
                response.headers,
                text,
                await response.json(content_type=None) if is_json else None,
            )

    async def gets(self, path: str, **params: Any) -> Answered:
        return await self.calls("GET", path, params=params)

    async def posts(self, path: str, json: Any = None, **headers: str) -> Answered:
        return await self.calls(
            "POST", path, json, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


@dataclass
class Desk:
    """A service with its API, and the programs that call it."""

    lab: Lab
    client: TestClient[Any, Any]

    async def program(
        self,
        *scopes: ApiScope,
        name: str = "BI",
        privacy: Privacy = Privacy.BASIC,
        role: Role = Role.MANAGER,
        hotels: Sequence[str] = (),
        **more: Any,
    ) -> Program:
        """A program with a fresh token; every scope but ``admin`` when none is named."""
        new = NewToken(name, scopes or EVERYTHING, privacy, role, hotels, by_operator=True, **more)
        async with self.lab.scopes.writing(self.lab.portal.id) as scope:
            _row, token = await Tokens(self.lab.scopes).issue(scope, new)
        return Program(self.client, token)

    async def filed(self, program: Program, story: str = "Не печатает счёт", **more: Any) -> str:
        """The number of a request this program files."""
        answer = await program.posts("/requests", {"type": "incident", "description": story, **more})
        assert answer.status == 201, answer.text
        return str(answer.body["number"])


async def opened(db: Database, clock: FakeClock, folder: Path, **more: Any) -> tuple[Lab, web.Application]:
    """A lab with the small hotel and the application that serves its API."""
    section = more.pop("api", Api(calls_per_second=1000, burst=10_000, webhook_http=True))
    lab = await filled(await open_lab(db, clock, folder, **more))
    lab.settings.api = section
    lab.rewire()
    app = web.Application()
    api_site.setup(app, lab.house)
    return lab, app


@pytest.fixture
async def desk(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """On SQLite."""
    database = Database.open(sqlite_url)
    lab, app = await opened(database, clock, tmp_path)
    async with TestClient(TestServer(app)) as client:
        yield Desk(lab, client)
    await lab.house.webhooks.close()
    await database.close()


@pytest.fixture
async def each_desk(db: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Desk]:
    """On SQLite, then on PostgreSQL."""
    lab, app = await opened(db, clock, tmp_path)
    async with TestClient(TestServer(app)) as client:
        yield Desk(lab, client)
    await lab.house.webhooks.close()
