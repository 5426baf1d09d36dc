"""The pages over real HTTP on a real database, the portal's network alone a double: people open pages and send forms.

A form is sent as a browser sends it: with every field it has on the page, some of them changed.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from app import pages
from app.portals import Portals
from app.settings import load_settings
from app.wiring import House, wire
from domain.chat import Channel, Sender
from domain.people import Grant, Role
from domain.ports import PortalUser
from domain.ports.frame import FrameUser
from handlers.outside import Outside
from handlers.settings.viewers import Viewers
from storage import Database
from tests.conftest import FakeClock
from tests.fakes import FakeDirectory, FakeMessenger, FakeTasks, NoCrm
from web.app import sessions
from web.app.site import Site
from web.app.visits import Page as SitePage

ROOT = "/bitrix24/app"
NAMES = {
    "1": "Анна Волкова",
    "2": "Пётр Ким",
    "4": "Марина Соколова",
    "5": "Ольга Иванова",
    "7": "Павел Орлов",
}
GRANTS: Mapping[str, Sequence[Grant]] = {
    "1": [Grant(Role.ADMIN)],
    "2": [Grant(Role.SUPPORT)],
    "4": [Grant(Role.MANAGER)],
    "7": [Grant(Role.MANAGER, ("PARK",))],
}
"""Пятая (Ольга) is staff; the seventh manages one hotel only."""
FILE = """
[service]
files = "{folder}/files"
public_url = "https://concierge.hotel.example"
database_url = "sqlite+aiosqlite:///{folder}/unused.db"
[bitrix24]
webhook_url = "http://127.0.0.1:9/rest/1/lab/"
bot_token = "lab"
{more}
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
[[hotels]]
code = "PARK"
name = "Парк Отель"
"""


class FakePortals(Portals):
    """The service's portals, each connected to the same doubles."""

    double: Outside

    def outside(self, portal_id: int) -> Outside:
        self.portal(portal_id)
        return self.double


class SeenSite(Site):
    """The site, its pages kept for tests that go through all of them."""

    last: Sequence[SitePage] = ()

    def __init__(self, house: Any, found: Sequence[SitePage]) -> None:
        super().__init__(house, found)
        SeenSite.last = list(found)


class Reader(HTMLParser):
    """The forms of a page with their fields, as a browser would send them; and what the page says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._select = self._area = ""
        self._in: Form | None = None
        self._off = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "form":
            self._in = Form(found.get("action") or "")
            self.forms.append(self._in)
        if tag == "fieldset" and ("disabled" in found or self._off):
            self._off += 1
        name = found.get("name")
        if self._in is None or "disabled" in found or self._off:
            return
        if tag == "input" and name:
            kind = found.get("type") or "text"
            if kind not in {"checkbox", "radio"} or "checked" in found:
                self._in.fields.append((name, found.get("value") or ""))
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select:
            value = found.get("value") or ""
            if "selected" in found or not any(one == self._select for one, _ in self._in.fields):
                self._put(self._select, value, selected="selected" in found)
        elif tag == "textarea" and name:
            self._area = name
            self._in.fields.append((name, ""))

    def _put(self, name: str, value: str, *, selected: bool) -> None:
        assert self._in is not None
        if selected and self._in.pending == name:
            self._in.fields.pop()
        self._in.fields.append((name, value))
        self._in.pending = "" if selected else name

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = None
        elif tag == "select":
            self._select = ""
            if self._in is not None:
                self._in.pending = ""
        elif tag == "textarea":
            self._area = ""
        elif tag == "fieldset" and self._off:
            self._off -= 1

    def handle_data(self, data: str) -> None:
        if self._area and self._in is not None:
            name, value = self._in.fields[-1]
            self._in.fields[-1] = (name, (value + data).removeprefix("\n"))
        self.words.append(data)


@dataclass
class Form:
    """One form of a page."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    pending: str = ""

    def filled(self, **changed: Any) -> list[tuple[str, str]]:
        """Its fields with some changed: ``__`` stands for a dot; None leaves one out, a list gives several."""
        wanted = {name.replace("__", "."): value for name, value in changed.items()}
        sent = [(name, value) for name, value in self.fields if name not in wanted]
        for name, value in wanted.items():
            values = [] if value is None else value if isinstance(value, list) else [value]
            sent += [(name, str(one)) for one in values]
        return sent


@dataclass(frozen=True)
class Page:
    """An answer, read."""

    status: int
    text: str
    location: str
    headers: Mapping[str, str]

    @property
    def read(self) -> Reader:
        return Reader(self.text)

    @property
    def words(self) -> str:
        """What a person reads, spaces aside."""
        return " ".join(" ".join(self.read.words).split())

    def form(self, path: str = "") -> Form:
        """The form that goes to this path; the first of them."""
        return next(one for one in self.read.forms if one.action == f"{ROOT}/{path}")


@dataclass
class Visitor:
    """Somebody at the pages."""

    client: TestClient[Any, Any]
    token: str

    async def gets(self, path: str) -> Page:
        """Open a page."""
        answer = await self.client.get(f"{ROOT}/{path}", headers=self._headers, allow_redirects=False)
        return await _page(answer)

    async def posts(self, path: str, data: Sequence[tuple[str, str]]) -> Page:
        """Send fields as they are."""
        answer = await self.client.post(
            f"{ROOT}/{path}", data=list(data), headers=self._headers, allow_redirects=False
        )
        return await _page(answer)

    async def sends(self, path: str, at: str | None = None, **changed: Any) -> Page:
        """Open ``at`` (or the path itself), change fields of the form that goes to ``path``, send it."""
        page = await self.gets(at or path)
        assert page.status == 200, page.words
        return await self.posts(path, page.form(path).filled(**changed))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def _page(answer: Any) -> Page:
    kind = answer.headers.get("Content-Type", "")
    text = await answer.text() if kind.startswith("text/") else (await answer.read()).decode("latin-1")
    return Page(answer.status, text, answer.headers.get("Location", ""), dict(answer.headers))


@dataclass
class Rooms:
    """A service with its pages. ``file`` adds lines to concierge.toml."""

    house: House
    client: TestClient[Any, Any]
    clock: FakeClock
    directory: FakeDirectory
    pages: Sequence[SitePage]
    """Every page there is."""

    @property
    def portal_id(self) -> int:
        assert self.house.portals.main_id is not None
        return self.house.portals.main_id

    @property
    def portal(self) -> Any:
        return self.house.portals.portal(self.portal_id)

    @property
    def settings(self) -> Any:
        """What holds now."""
        return self.house.portals[self.portal_id].settings

    async def visitor(self, user_id: str, *, portal_admin: bool = False, language: str = "ru") -> Visitor:
        """A user whom his portal has named."""
        viewers = Viewers(self.house.scopes, self.house.people)
        user = FrameUser(self.portal_id, user_id, portal_admin, language, NAMES.get(user_id, ""))
        await viewers.admit(user)
        session = sessions.begin(user, "", self.clock.now)
        return Visitor(self.client, sessions.sign(session, await viewers.secret(self.portal_id)))

    async def admin(self, language: str = "ru") -> Visitor:
        return await self.visitor("1", language=language)


@asynccontextmanager
async def opened(url: str, clock: FakeClock, folder: Path, *, more: str = "") -> AsyncIterator[Rooms]:
    """The service over a migrated database."""
    file = folder / "concierge.toml"
    file.write_text(FILE.format(folder=folder, more=more), encoding="utf-8")
    settings, database = load_settings(file), Database.open(url)
    users = [PortalUser(one, name, department_ids=("1",)) for one, name in NAMES.items()]
    directory = FakeDirectory(*users)
    FakePortals.double = Outside(
        {Channel.BITRIX24: FakeMessenger(Channel.BITRIX24)}, FakeTasks(), directory, NoCrm()
    )
    portals = FakePortals(settings, database, clock)
    await portals.load()
    house = wire(settings, database, portals, clock)
    app = web.Application()
    with patch.object(pages, "Site", SeenSite):
        pages.setup(app, house)
    client = TestClient(TestServer(app))
    await client.start_server()
    rooms = Rooms(house, client, clock, directory, SeenSite.last)
    async with house.scopes.writing(rooms.portal_id) as scope:
        for one, name in NAMES.items():
            await house.people.ensure(scope, Sender(Channel.BITRIX24, one, name))
        await house.people.apply_settings(scope, GRANTS)
    try:
        yield rooms
    finally:
        await client.close()
        await portals.close()
        await database.close()
