"""The server of the acceptance measure: one event handler in three forms, in a process of its own.

``/none`` parses only, ``/each`` stores every event in a transaction of its own, ``/grouped`` is ours: what queued
while the last commit ran is stored by the next one. All answer after the event is durable.
"""

import asyncio
import sys

from aiohttp import web

from app.clock import utc_now
from domain.chat import IncomingMessage
from handlers.codec import dump
from integrations.bitrix24.events import from_post, read
from integrations.bitrix24.webhook import decode_body
from storage import Database, inbox, migrate, portals
from storage.inbox import Intake, NewEvent

BOT = 7


async def _event(request: web.Request) -> NewEvent:
    event = read(from_post(decode_body(await request.read(), request.content_type)), BOT)
    assert isinstance(event, IncomingMessage)
    lane = f"{event.channel}:{event.sender.external_id}"
    return NewEvent(event.channel.value, event.event_key, lane, event.kind.value, dump(event))


async def main(port: int, url: str) -> None:
    """Serve until killed; ``url`` is the database's."""
    await migrate(url)
    db = Database.open(url)
    async with db.transaction() as tx:
        portal = await portals.ensure(tx, "main", utc_now())
    intake = Intake(db)

    async def none(request: web.Request) -> web.Response:
        await _event(request)
        return web.Response(text="ok")

    async def each(request: web.Request) -> web.Response:
        event = await _event(request)
        if db.dialect == "sqlite":
            async with lock, db.transaction() as tx:  # the lock keeps the store from grouping
                await inbox.accept(tx, portal, [event], utc_now())
        else:
            async with db.transaction() as tx:
                await inbox.accept(tx, portal, [event], utc_now())
        return web.Response(text="ok")

    async def grouped(request: web.Request) -> web.Response:
        await intake.accept(portal, [await _event(request)], utc_now())
        return web.Response(text="ok")

    lock = asyncio.Lock()
    app = web.Application()
    app.router.add_get("/ready", lambda _request: asyncio.sleep(0, web.Response(text="ok")))
    for name, handler in (("none", none), ("each", each), ("grouped", grouped)):
        app.router.add_post(f"/{name}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
