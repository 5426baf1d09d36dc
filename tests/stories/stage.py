"""The stage of the stories: all stand-ins over real HTTP, the real service, and people who type and press."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.sandboxes import whole_demo
from app.service import Service
from app.settings import Settings, load_settings
from app.wiring import build

CONFIG = """
[service]
port = 0
database_url = "{database}"
files = "{folder}/files"

[bitrix24]
webhook_url = "{base}rest/1/sandboxwebhook00/"
bot_token = "story-token"
support_users = [2, 3]
managers = [4]
poll_seconds = 0.2
settle_seconds = {settle}
rest_seconds = 0.2
bucket_capacity = {capacity}
calls_per_second = {rate}

{telegram}

[[hotels]]
code = "GRAND"
name = "Гранд Отель"
currency = "RUB"
{more_of_hotel}
{source}
kind = "suite8"
url = "{base}hotel/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX"
username = "XMLINTERFACE"
password = "sandbox"
{more_of_source}
{fias}
[hotels.sync]
every_minutes = 600
days_back = {days}
days_ahead = {days}
"""
FIAS = """
[[hotels.sources]]
kind = "fias"
url = "tcp://127.0.0.1:{port}"
{more}
"""
TELEGRAM = """
[telegram]
token = "123456:sandbox"
api_url = "{base}telegram"
support_chat = -1002000000001
managers_chat = -1002000000002
"""
PATIENCE_S = 20.0


@dataclass
class Person:
    """Somebody at the portal's messenger."""

    stage: "Stage"
    user_id: int

    async def writes(self, text: str, dialog: str | None = None) -> int:
        """Type a message; to the bot unless said otherwise."""
        place = dialog or str(await self.stage.bot_id())
        answer = await self.stage.post(
            f"_sandbox/as/{self.user_id}/messages", {"dialogId": place, "text": text}
        )
        return int(answer["messageId"])

    async def presses(self, label: str, dialog: str | None = None) -> None:
        """Press the newest button with this label, once it is there."""
        message = await self.sees_button(label, dialog)
        await self.stage.post(
            f"_sandbox/as/{self.user_id}/press", {"messageId": message["id"], "text": label}
        )

    async def sends_file(self, name: str, data: bytes, dialog: str | None = None) -> None:
        """Attach a file."""
        form = aiohttp.FormData(quote_fields=False)  # as browsers name files
        form.add_field("dialogId", dialog or str(await self.stage.bot_id()))
        form.add_field("file", io.BytesIO(data), filename=name, content_type="image/png")
        await self.stage.post(f"_sandbox/as/{self.user_id}/files", form)

    async def messages(self, dialog: str | None = None) -> list[dict[str, Any]]:
        place = dialog or str(await self.stage.bot_id())
        found = await self.stage.get(f"_sandbox/as/{self.user_id}/dialogs/{place}/messages")
        return list(found["messages"])

    async def sees(self, text: str, dialog: str | None = None) -> dict[str, Any]:
        """The newest message that holds the text, once it is there."""
        return await self.stage.until(
            lambda: self._newest(dialog, lambda m: text in m["text"]), f"«{text}» for user {self.user_id}"
        )

    async def sees_button(self, label: str, dialog: str | None = None) -> dict[str, Any]:
        """The newest message with such a button."""
        return await self.stage.until(
            lambda: self._newest(dialog, lambda m: label in labels(m)), f"a button «{label}»"
        )

    async def thread(self, number: str) -> str:
        """The support thread of a request, once it is there."""

        async def look() -> str | None:
            found = await self.stage.get(f"_sandbox/as/{self.user_id}/dialogs")
            return next((d["dialogId"] for d in found["dialogs"] if d["title"].startswith(number)), None)

        return await self.stage.until(look, f"the thread of {number}")

    async def _newest(
        self, dialog: str | None, fits: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any] | None:
        return next((m for m in reversed(await self.messages(dialog)) if fits(m)), None)


@dataclass
class Stage:
    """Stand-ins, service and people of one story."""

    base: str
    http: aiohttp.ClientSession
    settings: Settings
    service: Service | None = None
    _bot: int | None = field(default=None)

    @property
    def house(self) -> Any:
        assert self.service is not None
        return self.service.house

    def person(self, user_id: int) -> Person:
        return Person(self, user_id)

    async def get(self, path: str) -> Any:
        async with self.http.get(self.base + path) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def post(self, path: str, body: Any) -> Any:
        sent = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        async with self.http.post(self.base + path, **sent) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def fault(self, place: str = "", **rule: Any) -> None:
        """Provoke a failure of the portal, or of ``hotel/`` or ``telegram/``."""
        await self.post(f"{place}_sandbox/faults", rule)

    async def mend(self, place: str = "") -> None:
        """No failures of that party any more."""
        async with self.http.delete(f"{self.base}{place}_sandbox/faults") as answer:
            assert answer.status == 200, await answer.text()

    async def bot_id(self) -> int:
        async def look() -> int | None:
            return (await self.get("_sandbox/page.json"))["botUserId"]

        if self._bot is None:
            self._bot = await self.until(look, "the bot")
        return self._bot

    async def until(self, look: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
        """Look again and again until there is something."""
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"not seen in {patience_s} s: {what}")

    async def start(self) -> Service:
        """Start the service (again)."""
        self.service = Service(await build(self.settings))
        await self.service.start()
        return self.service

    async def stop(self) -> None:
        if self.service is not None:
            await self.service.stop()
            self.service = None


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    telegram: bool = False,
    days: int = 3,
    capacity: int = 500,
    rate: float = 200.0,
    database: str = "",
    settle: float = 1.0,
    fias: str | None = None,
    doors: str = "",
    hotel: str = "",
    source: str = "",
    prepare: Callable[[web.Application], None] = lambda _app: None,
) -> AsyncIterator[Stage]:
    """Everything up; down again when the story ends. ``prepare`` may take hold of the stand-ins first.

    ``fias``: the hotel has an IFC8, too, and its door these further settings. ``doors``: whole
    tables of other doors. ``hotel``, ``source``: more lines of
    the hotel's and its Suite 8 door's tables.
    """
    app = whole_demo(
        None,
        bucket_capacity=capacity,
        bucket_leak_per_s=rate,
        telegram_limits_scale=0,
        hotel_pace_s=0,
        fias_port=None if fias is None else 0,
    )
    prepare(app)
    server = TestServer(app)
    await server.start_server()
    base = str(server.make_url("/"))
    link = "" if fias is None else FIAS.format(port=await _fias_port(base), more=fias)
    file = folder / "concierge.toml"
    file.write_text(
        CONFIG.format(
            base=base,
            folder=folder,
            days=days,
            capacity=capacity,
            rate=rate,
            settle=settle,
            more_of_hotel=hotel,
            more_of_source=source,
            source="[[hotels.sources]]" if link or doors else "[hotels.source]",
            fias=link + doors,
            telegram=TELEGRAM.format(base=base) if telegram else "",
            database=database or f"sqlite+aiosqlite:///{folder}/concierge.db",
        ),
        encoding="utf-8",
    )
    async with aiohttp.ClientSession() as http:
        stage = Stage(base, http, load_settings(file))
        try:
            await stage.start()
            yield stage
        finally:
            await stage.stop()
            await server.close()


async def _fias_port(base: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{base}hotel/_sandbox/fias") as answer:
        return int((await answer.json())["port"])


def labels(message: dict[str, Any]) -> list[str]:
    """The labels of a message's buttons."""
    return [button["TEXT"] for button in message.get("keyboard") or [] if "TEXT" in button]
