"""A hotel of 100,000 reservations: memory against one of 10,000 (P7), and what a hundred changes cost (P3).

The real service's sync in a process of its own, its door a hotel made as it is read, before a stand-in portal at
the documented limits.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from app.settings import load_settings
from app.wiring import House, build
from bench.common import Figure, configured, free_port, get, peak_mb, pinned, post, running
from bench.made_hotel import MadeHotel

FEW, MANY, CHANGES = 10_000, 100_000, 100
LIMITS = {"bucket_capacity": 50, "bucket_leak_per_s": 2.0}
PATIENCE_S = 1_200


def measure(few: int = FEW, many: int = MANY) -> list[Figure]:
    """Two hotels one after the other, each from an empty portal."""
    small, large = _synced(few), _synced(many)
    first, changed, again = large["first"], large["changed"], large["again"]
    growth, share = large["peak_mb"] / small["peak_mb"], changed["seconds"] / first["seconds"]
    per_record = first["requests"] / max(first["created"], 1)
    return [
        Figure(
            f"P7 {many:,} reservations: peak memory of the service against {few:,}",
            f"{growth:.2f} ({large['peak_mb']:.0f} / {small['peak_mb']:.0f} MB)",
            "≤ 1.2",
            growth <= 1.2,
        ),
        Figure("… peak memory", f"{large['peak_mb']:.0f} MB", "< 300 MB", large["peak_mb"] < 300),
        Figure(
            f"first load of {many:,} reservations",
            f"{first['created']:,} records in {first['seconds']:.0f} s, {per_record:.4f} calls a record",
        ),
        Figure("… calls refused, records failed", f"{first['refused']}, {first['failed']}", "0, 0",
               first["refused"] == first["failed"] == 0),
        Figure(
            f"P3 {CHANGES} changes among them: writing calls",
            f"{changed['writing']} ({changed['updated']} updated, {changed['requests']} calls in all)",
            "≤ 8",
            changed["writing"] <= 8 and changed["updated"] == CHANGES,
        ),
        Figure(
            "… part of the first load's time", f"{share:.2%} ({changed['seconds']:.1f} s)", "≤ 5 %", share <= 0.05
        ),
        Figure(
            "P3 all read anew, nothing changed: writing calls",
            f"{again['writing']} ({again['seconds']:.0f} s)",
            "0",
            again["writing"] == 0,
        ),
    ]  # fmt: skip


def _synced(reservations: int) -> dict[str, Any]:
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    server = [sys.executable, "-m", "bench.portal_server", str(port), json.dumps(LIMITS)]
    with tempfile.TemporaryDirectory() as folder, running(pinned(1, server), base + "_bench/tally"):
        config, _port = configured(Path(folder), base)
        command = pinned(0, [sys.executable, "-m", "bench.large", str(config), base, str(reservations)])
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


async def _runs(config: Path, base: str, reservations: int) -> dict[str, Any]:
    """A first load, a hundred changes, everything read anew."""
    house = await build(load_settings(config), telegram=False)
    hotel = MadeHotel(reservations)
    try:
        house.syncs.execute = house.stays.execute
        sources: Any = house.parties.outside.sources
        sources["GRAND"] = (hotel,)
        first = await _run(house, base, full=True)
        hotel.step(CHANGES)
        changed = await _run(house, base, full=False)
        again = await _run(house, base, full=True)
    finally:
        await house.close()
    return {"first": first, "changed": changed, "again": again, "peak_mb": peak_mb("self")}


async def _run(house: House, base: str, *, full: bool) -> dict[str, Any]:
    post(base + "_bench/tally/reset", {})
    began = time.perf_counter()
    async with house.scopes.writing(house.portal.id) as scope:
        order_id = await house.syncs.order(
            scope, house.portal.hotels[0], "full" if full else "sync", full=full
        )
    if not await house.syncs.work():
        raise RuntimeError("the order was not taken")
    seconds = time.perf_counter() - began
    async with house.scopes.reading(house.portal.id) as scope:
        result = await _result(scope, order_id)
    tally = get(base + "_bench/tally")
    return {
        **result,
        **{name: tally[name] for name in ("requests", "writing", "refused")},
        "seconds": seconds,
    }


async def _result(scope: Any, order_id: int) -> dict[str, Any]:
    from storage import work_orders  # noqa: PLC0415 - only the measuring process has a database

    order = await work_orders.load(scope.tx, order_id)
    result = dict(order.result or {}) if order else {}
    if "created" not in result:
        raise RuntimeError(json.dumps(result)[:500])
    return {name: result[name] for name in ("created", "updated", "failed")}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_runs(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))))
