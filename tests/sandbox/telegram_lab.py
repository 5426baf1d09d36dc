"""A running stand-in Telegram and a plain HTTP client for it, shared by the tests of both sides."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import TestServer

from sandbox.telegram.app import build_app
from sandbox.telegram.seed import MANAGERS_CHAT, MARINA, OLGA, PYOTR, SUPPORT_CHAT
from sandbox.telegram.state import TelegramConfig, TelegramHub

__all__ = ["MANAGERS_CHAT", "MARINA", "OLGA", "PNG", "PYOTR", "SUPPORT_CHAT", "Clock", "Lab", "open_lab"]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, at: float = 1_790_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Lab:
    """The hub, its address, and short ways to call it."""

    def __init__(self, hub: TelegramHub, base: str, http: ClientSession, clock: Clock) -> None:
        self.hub, self.base, self.http, self.clock = hub, base, http, clock

    async def api(self, method: str, **params: Any) -> dict[str, Any]:
        """A Bot API call with a JSON body; the whole answer."""
        async with self.http.post(f"{self.base}/bot{self.hub.config.token}/{method}", json=params) as answer:
            body: dict[str, Any] = await answer.json()
            assert body["ok"] or body["error_code"] == answer.status
            return body

    async def ok(self, method: str, **params: Any) -> Any:
        body = await self.api(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        body = await self.api(method, **params)
        assert not body["ok"], body
        return body["error_code"], body["description"]

    async def act(self, path: str, **body: Any) -> Any:
        """A deed of a person through the control surface."""
        async with self.http.post(f"{self.base}/_sandbox{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def look(self, path: str) -> Any:
        async with self.http.get(f"{self.base}/_sandbox{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def say(self, user_id: int, text: str, chat_id: int | None = None, **more: Any) -> Any:
        return await self.act(f"/as/{user_id}/messages", chat_id=chat_id or user_id, text=text, **more)

    async def upload(
        self, user_id: int, *files: tuple[str, str, bytes], chat_id: int | None = None, **fields: Any
    ) -> Any:
        form = FormData(quote_fields=False)
        form.add_field("chat_id", str(chat_id or user_id))
        for name, value in fields.items():
            form.add_field(name, str(value))
        for name, mime, data in files:
            form.add_field("file", io.BytesIO(data), filename=name, content_type=mime)
        async with self.http.post(f"{self.base}/_sandbox/as/{user_id}/files", data=form) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.ok("getUpdates", **params)
        return found


@asynccontextmanager
async def open_lab(*, limits_scale: float = 0.0, **config: Any) -> AsyncIterator[Lab]:
    """Mounted below ``/telegram``, so that nothing relies on root paths."""
    clock = Clock()
    config.setdefault("conflict_pause_s", 0.0)
    hub = TelegramHub(TelegramConfig(limits_scale=limits_scale, clock=clock, **config))
    root = web.Application()
    root.add_subapp("/telegram", build_app(hub))
    server = TestServer(root, host="127.0.0.1")
    await server.start_server()
    try:
        async with ClientSession() as http:
            yield Lab(hub, f"{str(server.make_url('/')).rstrip('/')}/telegram", http, clock)
    finally:
        await server.close()
