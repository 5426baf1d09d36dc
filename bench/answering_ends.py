"""Both ends of the answering measure: a portal that only notes when a reply came, and a handler with nothing behind it.

``portal PORT`` answers every call at once and tells at ``/arrivals`` when which dialog was written to.
``bare PORT PORTAL`` reads an event as we do, calls the portal once and stores nothing.
"""

import asyncio
import sys
import time
from itertools import count
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from domain.chat import IncomingMessage
from integrations.bitrix24.events import from_post, read
from integrations.bitrix24.webhook import decode_body

BOT = 7
SEND = "imbot.v2.chat.message.send"


class Portal:
    """Says yes to everything."""

    def __init__(self) -> None:
        self.arrivals: list[tuple[str, float]] = []
        self._ids = count(1000)

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        """The result of one call."""
        match method.lower():
            case name if name == SEND:
                self.arrivals.append((str(params.get("dialogId")), time.monotonic()))
                return {"id": next(self._ids), "uuidMap": {}}
            case "imbot.v2.bot.register":
                return {"bot": {"id": BOT, "code": "concierge", "type": "supervisor"}, "users": []}
            case "imbot.v2.command.list":
                return {"commands": []}
            case "imbot.v2.command.register":
                return {"command": {"id": next(self._ids)}}
        return {"result": True}

    async def call(self, request: web.Request) -> web.Response:
        """``/rest/1/code/METHOD``."""
        method = request.match_info["method"].removesuffix(".json")
        params = orjson.loads(await request.read() or b"{}")
        at = time.time()
        timing = {"start": at, "finish": at, "duration": 0.0, "processing": 0.0}
        return web.json_response({"result": self.answer(method, params), "time": timing})

    async def told(self, _request: web.Request) -> web.Response:
        """All arrivals so far: (dialog, seconds of the system's monotonic clock)."""
        return web.json_response(self.arrivals)


class Bare:
    """Parse, call, nothing else."""

    def __init__(self, portal: str) -> None:
        self._url = f"{portal}rest/1/bench/imbot.v2.Chat.Message.send"
        self._session: aiohttp.ClientSession | None = None

    async def event(self, request: web.Request) -> web.Response:
        event = read(from_post(decode_body(await request.read(), request.content_type)), BOT)
        assert isinstance(event, IncomingMessage)
        self._session = self._session or aiohttp.ClientSession()
        body = {"botId": BOT, "dialogId": event.address.chat, "fields": {"message": "…"}}
        async with self._session.post(self._url, json=body) as answer:
            await answer.read()
        return web.Response(text="ok")


async def main(what: str, port: int, portal: str = "") -> None:
    """Serve until killed."""
    app = web.Application()
    app.router.add_get("/ready", lambda _request: asyncio.sleep(0, web.json_response({})))
    if what == "portal":
        stand_in = Portal()
        app.router.add_post("/rest/1/bench/{method}", stand_in.call)
        app.router.add_get("/arrivals", stand_in.told)
    else:
        app.router.add_post("/bitrix24/events", Bare(portal).event)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
