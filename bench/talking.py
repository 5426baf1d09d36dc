"""A reply of the bot while bulk work runs at the portal's pace (P12), in virtual time."""

import asyncio
import random
import statistics

from bench.common import Figure, percentile
from bench.gateway import Lab, guests, lab
from bench.virtual import run
from domain.ports import Lane
from integrations.bitrix24.errors import Replay

LEAK_PER_S = 2.0
SECONDS = 120.0
REPLY = "server.time"
"""Any small method: what counts is when the portal has it."""


def measure() -> list[Figure]:
    """By messages a second: seldom ones, and far more than the portal takes calls."""
    return [figure for per_s in (0.5, 2.0, 20.0) for figure in _at(per_s)]


def _at(per_s: float) -> list[Figure]:
    waits, bulk_per_s, refused = run(reply_all(per_s))
    p50, p99 = statistics.median(waits), percentile(waits, 0.99)
    limit = 1.2 / LEAK_PER_S
    return [
        Figure(
            f"P12 {per_s:g} replies a second during a bulk run at 2 calls/s: p99 of {len(waits)}",
            f"{p99 * 1000:.0f} ms (p50 {p50 * 1000:.0f} ms)",
            f"≤ {limit * 1000:.0f} ms",
            p99 <= limit,
        ),
        Figure("… calls a second left to the bulk run", f"{bulk_per_s:.2f}", "> 0", bulk_per_s > 0),
        Figure("… calls refused", str(refused), "0", refused == 0),
    ]


async def reply_all(per_s: float, seconds: float = SECONDS) -> tuple[list[float], float, int]:
    """Waits from the wish to reply to its answer, the bulk run's calls a second, and refused calls."""
    loop, chance = asyncio.get_running_loop(), random.Random(2026)
    async with lab(limits={"capacity": 50, "leak_per_s": LEAK_PER_S}) as one:
        await one.start(
            bucket_capacity=50, bucket_leak_per_s=LEAK_PER_S, operating_limit_s=1e9,
            call_seconds={"batch": 0.03, "crm.item.add": 0.02},
        )  # fmt: skip
        bulk = asyncio.create_task(_bulk(one))
        await asyncio.sleep(40)  # the burst is gone
        began, adds = loop.time(), one.tally.commands["crm.item.add"]
        talks, waits = [], list[float]()
        while loop.time() - began < seconds:
            talks.append(asyncio.create_task(_reply(one, waits)))
            await asyncio.sleep(chance.expovariate(per_s))
        await asyncio.gather(*talks)
        bulk_calls = (one.tally.commands["crm.item.add"] - adds) / 50
        bulk.cancel()
        await asyncio.gather(bulk, return_exceptions=True)
        return waits, bulk_calls / (loop.time() - began), one.tally.refused


async def _reply(one: Lab, waits: list[float]) -> None:
    loop = asyncio.get_running_loop()
    asked = loop.time()
    await one.client.call(REPLY, lane=Lane.REPLY, replay=Replay.SAFE)
    waits.append(loop.time() - asked)


async def _bulk(one: Lab) -> None:
    async for _ in one.crm.apply(guests(range(40_000)), first_load=False):
        pass
