"""How much of the portal's limits is used: adds by the bucket (P1, P2), imports, method time found by probing (P5).

In virtual time (bench/virtual.py): the processor's part is left out, and told beside in seconds of it.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.common import Figure
from bench.gateway import Lab, floor_s, guests, lab, states, written
from bench.virtual import run

ADDS, CAPACITY, LEAK_PER_S = 10_000, 50, 40.0
STATED = {"capacity": CAPACITY, "leak_per_s": LEAK_PER_S}
PORTAL = {"bucket_capacity": CAPACITY, "bucket_leak_per_s": LEAK_PER_S, "operating_limit_s": 1e9}


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to, against the limit of the same run."""

    share: float
    took_s: float
    calls: int
    refused: int
    commands_refused: int
    done: int
    cpu_s: float
    smooth: float = 0.0


def measure(adds: int = ADDS) -> list[Figure]:
    """Each figure against the limit of the same run."""
    return [
        *_adds(adds),
        *_real_pace(adds),
        *_shared(adds),
        *_imports(),
        *_method_time(adds),
    ]


# --- the bucket (P1, P2) -------------------------------------------------------------------------------------


def _adds(adds: int) -> list[Figure]:
    figures = []
    for batch_s in (0.03, 0.28):
        one = run(add_all(adds, batch_s))
        name = f"P1 {adds:,} adds, bucket {CAPACITY}, {LEAK_PER_S:.0f}/s, {batch_s * 1000:.0f} ms a batch"
        figures += [
            *_shares(name, one, 0.95),
            Figure("… if the portal leaked all the time, not once a second", f"{one.smooth:.3f}"),
            Figure("… calls per record", f"{one.calls / adds:.4f}"),
            Figure("… seconds of processor, client and stand-in", f"{one.cpu_s:.1f}"),
            Figure("P2 … calls refused, limit known", str(one.refused), "0", one.refused == 0),
            Figure("… records done", f"{one.done:,}", f"{adds:,}", one.done == adds),
        ]
    return figures


def _real_pace(adds: int) -> list[Figure]:
    one = run(add_all(adds, 2.8, capacity=50, leak_per_s=2.0))
    return [
        *_shares(f"P1 {adds:,} adds, bucket 50, 2/s, 2.8 s a batch", one, 0.95),
        Figure("P2 … calls refused", str(one.refused), "0", one.refused == 0),
    ]


def _shares(name: str, one: Run, target: float) -> list[Figure]:
    value = f"{one.share:.3f} ({one.took_s:.1f} s)"
    return [Figure(f"{name}: part of the limit", value, f"≥ {target}", one.share >= target)]


async def add_all(
    adds: int, batch_s: float, capacity: float = CAPACITY, leak_per_s: float = LEAK_PER_S
) -> Run:
    """So many adds by a client that knows the limits and has written a few items before."""
    async with lab(limits={"capacity": capacity, "leak_per_s": leak_per_s}) as one:
        await written(one.crm, guests(range(10**6, 10**6 + 50)))
        await one.start(
            **{**PORTAL, "bucket_capacity": capacity, "bucket_leak_per_s": leak_per_s},
            call_seconds={"batch": batch_s},
        )
        cpu = time.process_time()
        results = await written(one.crm, guests(range(adds)))
        tally = one.tally
        smooth = max(tally.requests - capacity, 0) / leak_per_s + tally.longest_s
        floor = floor_s(tally.requests, capacity, leak_per_s, tally.longest_s)
        return _run(one, floor, states(results)["done"], cpu, smooth)


def _run(one: Lab, floor: float, done: int, cpu: float, smooth: float = 0.0) -> Run:
    tally, took = one.tally, one.took_s
    return Run(
        floor / took, took, tally.requests, tally.refused, tally.commands_refused, done,
        time.process_time() - cpu, smooth / took,
    )  # fmt: skip


def _shared(adds: int) -> list[Figure]:
    """Somebody else at our address uses a quarter of the leak, and nobody told us."""
    one, ours = run(share_all(4 * adds))
    part = one.refused / ours
    return [
        Figure(
            f"P2 {ours:,} calls while another program uses a quarter of the bucket, untold: refused",
            f"{one.refused} ({part:.2%})",
            "≤ 0.5 %",
            part <= 0.005,
        ),
        Figure("… part of what was left to us", f"{one.share:.2f}"),
        Figure("… records done", f"{one.done:,}", f"{4 * adds:,}", one.done == 4 * adds),
    ]


async def share_all(adds: int) -> tuple[Run, int]:
    """Our run beside the other program's steady calls, and how many calls were ours."""
    other_per_s = LEAK_PER_S / 4
    async with lab(limits=STATED) as one:
        await written(one.crm, guests(range(10**6, 10**6 + 50)))
        await one.start(**PORTAL, call_seconds={"batch": 0.03})
        before, cpu = one.limiter.budget().sent, time.process_time()
        other = asyncio.create_task(_other(one.url, other_per_s))
        results = await written(one.crm, guests(range(adds)))
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
        budget = one.limiter.budget()
        ours = budget.sent - before
        found = _run(
            one, floor_s(ours, CAPACITY, LEAK_PER_S - other_per_s, 0.06), states(results)["done"], cpu
        )
        return Run(**{**_fields(found), "refused": budget.refused}), ours


def _fields(one: Run) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Run.__slots__}


async def _other(url: str, per_s: float) -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(1 / per_s)
            async with session.post(url + "server.time", json={}):
                pass


# --- first loads ---------------------------------------------------------------------------------------------


def _imports(rows: int = 60_000) -> list[Figure]:
    by_bucket = run(import_all(rows, bucket_capacity=10, bucket_leak_per_s=2.0))
    by_time = run(import_all(20_000, call_seconds={"crm.item.batchImport": 1.0}, operating_limit_s=480.0))
    return [
        *_shares(f"first load of {rows:,} by batchImport, bucket 10, 2/s", by_bucket, 0.9),
        Figure("… calls (rows / 1,000)", f"{by_bucket.calls} ({rows // 1000})"),
        Figure("… refused", str(by_bucket.refused), "0", by_bucket.refused == 0),
        *_shares("first load of 20,000, 1 s for 20 rows, 480 s in 600 s", by_time, 0.9),
        Figure("… commands refused", str(by_time.commands_refused), "0", by_time.commands_refused == 0),
    ]


async def import_all(rows: int, **portal: Any) -> Run:
    """A first load against the bucket or against method time, whichever is given."""
    limits = {**PORTAL, "bucket_capacity": 50, "bucket_leak_per_s": 2.0, **portal}
    stated = {"capacity": limits["bucket_capacity"], "leak_per_s": limits["bucket_leak_per_s"]}
    async with lab(limits=stated) as one:
        one.portal.config.call_seconds = portal.get("call_seconds", {})
        await written(one.crm, guests(range(10**6, 10**6 + 50)), first_load=True)
        await one.start(**limits)
        cpu = time.process_time()
        results = await written(one.crm, guests(range(rows)), first_load=True)
        floor = floor_s(one.tally.requests, stated["capacity"], stated["leak_per_s"], one.tally.longest_s)
        if "call_seconds" in portal:
            (command_s,) = portal["call_seconds"].values()
            floor = time_floor_s(rows / 20, command_s, limits["operating_limit_s"], 600.0, one.limiter.window)
        return _run(one, floor, states(results)["done"], cpu)


def time_floor_s(commands: float, command_s: float, limit_s: float, window_s: float, at_once: float) -> float:
    """The least time: a window's budget may be used up at once, the next one opens when it has passed.

    ``at_once``: how many commands run beside each other; nothing runs quicker than that.
    """
    whole, rest = divmod(commands * command_s, limit_s)
    if not rest:
        whole, rest = whole - 1, limit_s
    return whole * window_s + rest / at_once


# --- method time (P5) ----------------------------------------------------------------------------------------


def _method_time(adds: int) -> list[Figure]:
    one = run(write_all(adds, 0.005, limit_s=24.0, window_s=30.0))
    part = one.commands_refused / adds
    name = f"P5 {adds:,} writes, method time 24 s in 30 s, to be found by probing"
    return [
        *_shares(name, one, 0.95),
        Figure("… commands refused", f"{one.commands_refused} ({part:.1%})", "≤ 3 %", part <= 0.03),
        Figure("… records done", f"{one.done:,}", f"{adds:,}", one.done == adds),
    ]


async def write_all(adds: int, command_s: float, *, limit_s: float, window_s: float) -> Run:
    """Adds against a limit of method time that nobody told."""
    async with lab(limits=STATED) as one:
        await written(one.crm, guests(range(10**6, 10**6 + 50)))
        await one.start(
            **{**PORTAL, "operating_limit_s": limit_s}, operating_window_s=window_s,
            call_seconds={"crm.item.add": command_s},
        )  # fmt: skip
        cpu = time.process_time()
        results = await written(one.crm, guests(range(adds)))
        floor = time_floor_s(adds, command_s, limit_s, window_s, one.limiter.window)
        return _run(one, floor, states(results)["done"], cpu)
