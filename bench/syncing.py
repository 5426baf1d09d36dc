"""The first load of all real bookings at the documented limits, the run that changes nothing, and a hundred changes."""

import math
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.common import Figure, StandIns, commands_of, concierge, cpu_s, post, service, stand_ins

CAPACITY, LEAK_PER_S = 50, 2.0
VERBS = frozenset({"add", "update", "import", "batchimport", "delete"})
CHANGES = 100
PER_CALL = 50


def measure(days: int = 500, changes: int = CHANGES) -> list[Figure]:
    """Three runs of one service, without Telegram. ``days`` before and after today are synced."""
    with tempfile.TemporaryDirectory() as folder, stand_ins() as portal:
        with service(Path(folder), portal.base, days=days) as (_process, config):
            first = _run(portal, config, "--full")
            quiet = _run(portal, config)
            full = _run(portal, config, "--full")
            post(portal.base + "hotel/_sandbox/step", {"n": changes})
            changed = _run(portal, config)
    return [*_load(first), *_quiet(quiet, full), *_changed(changed, first, changes)]


def _run(portal: StandIns, config: Path, *words: str) -> dict[str, Any]:
    """One sync to its end: its report, with the portal's side of it."""
    since, stand_ins_s = time.time(), cpu_s(portal.pid)
    report = concierge(config, "sync", "GRAND", *words)
    calls = [call for call in portal.calls(since) if any(n.startswith("crm.") for n in commands_of(call))]
    writing = [call for call in calls if any(map(_writes, commands_of(call)))]
    return {
        **report,
        "calls": len(calls),
        "writing": len(writing),
        "refused": sum(1 for call in calls if call["status"] in {429, 503}),
        "stand_ins_s": cpu_s(portal.pid) - stand_ins_s,
    }


def _writes(method: str) -> bool:
    return method.startswith("crm.") and method.rpartition(".")[2] in VERBS


def _load(first: dict[str, Any]) -> list[Figure]:
    rows, seconds = first["created"], first["seconds"]
    bucket_s = max((first["calls"] - CAPACITY) / LEAK_PER_S, 0.0)
    limit_s = max(bucket_s, first["stand_ins_s"])
    name = "the bucket" if bucket_s > first["stand_ins_s"] else "the stand-ins' processor"
    share = first["calls"] / rows
    return [
        Figure("first load: records into the CRM", f"{rows:,} of {first['fetched']:,} read"),
        Figure("… seconds", f"{seconds:.1f}"),
        Figure("… records per second", f"{rows / seconds:,.0f}"),
        Figure("… part of the binding limit's speed", f"{limit_s / seconds:.2f} ({name}: {limit_s:.1f} s)"),
        Figure("… calls per record (50 in a call = 0.02)", f"{share:.4f}", "≤ 0.02", share <= 0.02),
        Figure("… calls refused (503, 429)", str(first["refused"]), "0", first["refused"] == 0),
        Figure("… records failed", str(first["failed"]), "0", first["failed"] == 0),
    ]


def _quiet(quiet: dict[str, Any], full: dict[str, Any]) -> list[Figure]:
    return [
        figure
        for name, run in (("nothing changed", quiet), ("nothing changed, all read anew", full))
        for figure in (
            Figure(f"{name}: writing calls", str(run["writing"]), "0", run["writing"] == 0),
            Figure("… calls in all, seconds", f"{run['calls']}, {run['seconds']:.1f} s"),
        )
    ]


def _changed(changed: dict[str, Any], first: dict[str, Any], changes: int) -> list[Figure]:
    did = changed["created"] + changed["updated"]
    least = math.ceil(changed["created"] / PER_CALL) + math.ceil(changed["updated"] / PER_CALL)
    share = changed["seconds"] / first["seconds"]
    return [
        Figure(f"{changes} events in the hotel: records written", str(did)),
        Figure("… writing calls (and the least possible)", f"{changed['writing']} ({least})"),
        Figure("… calls in all", str(changed["calls"])),
        Figure("… calls refused (503, 429)", str(changed["refused"]), "0", changed["refused"] == 0),
        Figure("… seconds, and part of the first load's", f"{changed['seconds']:.1f} s, {share:.0%}"),
    ]
