"""A process that has everything imported and forks lives of the sync: each is born in milliseconds and may be killed.

Orders come as JSON lines on stdin: {"life": {…}}. For each it tells the life's pid, and later how it ended.
"""

import asyncio
import os
import signal
import sys
import traceback
from datetime import UTC, datetime

import aiohttp
import orjson

from bot.texts import text
from domain.portal import Portal
from handlers.outside import Outside
from handlers.scope import Scopes
from handlers.sync import reading
from handlers.sync.bringing import Bringing
from handlers.sync.reading import Reading
from handlers.sync.stays import Stays
from handlers.sync.writer import Writer
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.limits import Limiter
from storage import Database, forbid_in_transaction, leases, portals, work_orders
from storage.restart import forget_syncs
from tests.sync import script

reading.READ_PACK = 1000  # a life reads it all again; the fewer commits, the more lives in a minute
POINTS = {
    "staged": (Reading, "_stage"),
    "journalled": (Writer, "_journal"),
    "settled": (Writer, "_settle"),
    "apart": (Writer, "leave_out"),
    "looked again": (Writer, "look_again"),
    "once more": (Bringing, "_once_more"),
    "advanced": (Reading, "advance"),
    "ended": (Stays, "_end"),
}
"""Where a life can be told to die by itself: before or after the n-th call."""


def dies(name: str, nth: int, *, after: bool) -> None:
    """From now on this process is killed at that moment."""
    place, method = POINTS[name]
    whole, calls = getattr(place, method), 0

    async def wrapped(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await whole(*args, **kwargs)
        if calls == nth and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, method, wrapped)


async def quickly(seconds: float) -> None:
    """The client's pauses between two tries of one call."""
    await asyncio.sleep(min(seconds, 0.01))


async def live(life) -> dict:
    """One run of a sync in a process of its own."""
    if life.get("dies"):
        name, nth, after = life["dies"]
        dies(name, nth, after=after)
    db = Database.open(life["db"])
    async with aiohttp.ClientSession() as session:
        try:
            return (await run(db, session, life)).as_json()
        finally:
            await db.close()


async def run(db: Database, session: aiohttp.ClientSession, life):
    now = datetime.now(UTC)
    limiter = Limiter(capacity=1e6, leak_per_s=1e6)
    client = BitrixClient(
        life["url"], session=session, limiter=limiter, guard=forbid_in_transaction, sleep=quickly
    )
    async with db.transaction() as tx:
        await forget_syncs(tx)  # as a service does that starts after a crash
        portal_id = await portals.ensure(tx, "main", now)
        hotel_id = await portals.ensure_hotel(
            tx, portal_id, "GRAND", name="Гранд Отель", timezone="Europe/Moscow", currency="EUR"
        )
    hotel = script.hotel(hotel_id)
    portal = Portal(portal_id, "main", life["url"], hotels=(hotel,))
    scopes = Scopes(db, lambda: datetime.now(UTC), text, lambda _id: portal)
    source = script.Script(life["guests"], life["stays"], life["version"])
    crm = BitrixCrm(client, settle_s=life["settle_s"])
    outside = Outside({}, None, None, crm, {"GRAND": (source,)})
    params = {"hotel_id": hotel_id, "mode": life.get("mode", "sync"), "place": None}
    async with scopes.writing(portal_id) as scope:
        order_id = await work_orders.add(scope.tx, portal_id, "sync", params, now=scope.now)
        lease = await leases.acquire(
            scope.tx, portal_id, f"sync:{hotel_id}", "life", now=scope.now, lease_s=90
        )
    async with db.reading() as tx:
        order = await work_orders.load(tx, order_id)
    try:
        return await Stays(scopes, lambda _id: outside, script.Watcher(hotel), page=life["page"]).execute(
            order, lease
        )
    finally:
        await client.close()


def tell(**what) -> None:
    os.write(1, orjson.dumps(what) + b"\n")


def be_born(life) -> None:
    """In the child; never returns."""
    code = 0
    try:
        tell(report=asyncio.run(live(life)))
    except BaseException as fault:  # noqa: BLE001 - whatever it is, the test hears it
        tell(fault=f"{type(fault).__name__}: {fault}", trace=traceback.format_exc()[-2000:])
        code = 1
    os._exit(code)


def main() -> None:
    for line in sys.stdin.buffer:
        life = orjson.loads(line)
        script.rows(life["guests"], life["stays"], life["version"])
        pid = os.fork()
        if pid == 0:
            be_born(life)
        tell(pid=pid)
        _, status = os.waitpid(pid, 0)
        tell(exit=status)


if __name__ == "__main__":
    main()
