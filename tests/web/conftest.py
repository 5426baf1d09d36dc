"""The form over real HTTP on a real database, the clock standing until a test pushes it."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.texts import text
from handlers.desk.site_forms import Limits, SiteForms, consent_of
from storage import Database
from tests.conftest import FakeClock
from tests.lab import Lab, open_lab
from web import callback
from web.callback import Pages, Place

CONSENT = consent_of("2026-11-01", "Согласен на обработку.\n\nОператор: ООО «Отель».")
HUMAN_S = 20
LIMITS = Limits()


@dataclass
class Visitor:
    """Somebody with a browser: opens the form, fills it in, sends it."""

    client: TestClient[Any, Any]
    clock: FakeClock
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    path: str = "/callback"

    async def opens(self) -> dict[str, str]:
        """The hidden fields of a fresh form."""
        page = await self.reads(await self.client.get(self.path, params=self.query, headers=self.headers))
        assert page.status == 200
        return page.hidden

    async def sends(self, hidden: dict[str, str] | None = None, **fields: str) -> "Page":
        """Fill in a form as a person does, and send it; redirects are not followed."""
        if hidden is None:
            hidden = await self.opens()
            self.clock.push(seconds=HUMAN_S)
        filled = {"name": "Иван Петров", "phone": "8 900 123-45-67", "question": "Не открывается отчёт"}
        data = {**filled, "consent": "yes", "website": "", **hidden, **fields}
        response = await self.client.post(
            self.path,
            params=self.query,
            headers=self.headers,
            data={name: value for name, value in data.items() if value is not None},
            allow_redirects=False,
        )
        return await self.reads(response)

    async def follows(self, page: "Page") -> "Page":
        """The page that a redirect leads to."""
        assert page.status == 303, page.text
        target = page.response.url.join(_url(page.response.headers["Location"]))
        return await self.reads(await self.client.get(target.path_qs, headers=self.headers))

    async def gets(self, path: str, **query: str) -> "Page":
        return await self.reads(await self.client.get(path, params=query, headers=self.headers))

    @staticmethod
    async def reads(response: ClientResponse) -> "Page":
        return Page(response, response.status, await response.text())


def _url(location: str) -> Any:
    from yarl import URL

    return URL(location)


@dataclass(frozen=True)
class Page:
    """An answer."""

    response: ClientResponse
    status: int
    text: str

    @property
    def hidden(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.text))

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.response.headers["Location"]).query)


Open = Callable[..., Any]


@pytest.fixture
async def open_site(clock: FakeClock) -> AsyncIterator[Open]:
    """Opens a site over a lab: ``await open_site(lab, limits=…, **pages)`` gives a visitor."""
    opened: list[TestClient[Any, Any]] = []

    async def start(lab: Lab, *, limits: Limits = LIMITS, consent: Any = CONSENT, **pages: Any) -> Visitor:
        lab.forms = SiteForms(lab.scopes, lab.requests, consent, limits)
        app = web.Application()
        shown = Pages(lab.portal.id, **{"translated": False, **pages})
        callback.setup(app, text, clock, lambda _site: Place(lab.forms, shown))
        client = TestClient(TestServer(app))
        await client.start_server()
        opened.append(client)
        return Visitor(client, clock)

    yield start
    for client in opened:
        await client.close()


@pytest.fixture
async def lab(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Lab]:
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path)
    await database.close()


@pytest.fixture
async def each_engine(db: Database, clock: FakeClock, tmp_path: Path) -> Lab:
    """A lab on SQLite, then on PostgreSQL."""
    return await open_lab(db, clock, tmp_path)


@pytest.fixture
async def visitor(lab: Lab, open_site: Open) -> Visitor:
    """A visitor of a site without a key."""
    return await open_site(lab)
