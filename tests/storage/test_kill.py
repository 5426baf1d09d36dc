"""Kill -9 in the middle of writing: whatever was acknowledged is there, nothing is there by halves."""

import asyncio
import signal
import sys
from pathlib import Path

from sqlalchemy import func, select

from storage import Database
from storage.tables import inbox

ROOT = Path(__file__).parents[2]
WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from storage import Database, portals
from storage.inbox import Intake, NewEvent, accept

async def main(url):
    db, now = Database.open(url), datetime.now(UTC)
    intake = Intake(db)
    async with db.transaction() as tx:
        portal = await portals.ensure(tx, "main", now)

    async def write(worker):
        n = 0
        while True:
            n += 1
            pair = [NewEvent("s", f"{worker}-{n}-{half}", "l", "k", {}) for half in "ab"]
            if worker % 2:
                await intake.accept(portal, pair, now)
            else:
                async with db.transaction() as tx:
                    for one in pair:
                        await accept(tx, portal, [one], now)
            print(f"{worker}-{n}", flush=True)

    await asyncio.gather(*(write(worker) for worker in range(8)))

asyncio.run(main(sys.argv[1]))
"""


async def test_what_was_acknowledged_survives_a_kill(db: Database, db_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, db_url, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    acknowledged = [(await process.stdout.readline()).decode().strip() for _ in range(150)]
    process.send_signal(signal.SIGKILL)
    acknowledged += (await process.stdout.read()).decode().split("\n")[:-1]
    assert await process.wait() == -signal.SIGKILL
    async with db.reading() as tx:
        stored = set((await tx.execute(select(inbox.c.event_key))).scalars())
    assert {f"{name}-{half}" for name in acknowledged for half in "ab"} <= stored
    whole = {name.rpartition("-")[0] for name in stored}
    assert stored == {f"{name}-{half}" for name in whole for half in "ab"}
    if db.dialect == "sqlite":
        async with db.reading() as tx:
            assert (await tx.exec_driver_sql("PRAGMA integrity_check")).scalar_one() == "ok"
            assert (await tx.execute(select(func.count()).select_from(inbox))).scalar_one() == len(stored)
