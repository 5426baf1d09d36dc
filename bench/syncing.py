"""The first load of all real bookings at the documented limits, the quiet run, a hundred changes, and the memory."""

import tempfile
from pathlib import Path

from bench.common import Figure, concierge, get, peak_mb, post, service, stand_ins

CAPACITY, LEAK_PER_S = 50, 2.0
WRITING = (".add", ".update", ".import", ".batchimport", ".delete")
CHANGES = 100


def measure() -> list[Figure]:
    """Figures of the sync, without Telegram; the memory with Telegram from a second service."""
    with tempfile.TemporaryDirectory() as folder, stand_ins() as base:
        with service(Path(folder), base) as (process, config):
            first = concierge(config, "sync", "GRAND", "--full")
            refused = _refused(base)
            quiet = _run(config, base)
            post(base + "hotel/_sandbox/step", {"n": CHANGES})
            changed = _run(config, base)
            peak = peak_mb(process.pid)
    with tempfile.TemporaryDirectory() as folder, stand_ins() as base:
        with service(Path(folder), base, telegram=True) as (process, config):
            concierge(config, "sync", "GRAND", "--full")
            with_telegram = peak_mb(process.pid)
    return [*_load(first, refused), *_later(first, quiet, changed), *_memory(peak, with_telegram)]


def _run(config: Path, base: str) -> dict[str, float]:
    before = _total(base)
    report = concierge(config, "sync", "GRAND")
    calls = get(base + "_sandbox/requests?limit=1000")["requests"][-max(_total(base) - before, 1) :]
    writes = [call for call in calls if _writes(call)]
    return {**report, "writes": len(writes)}


def _total(base: str) -> int:
    return len(get(base + "_sandbox/requests?limit=1000")["requests"])


def _writes(call: dict[str, object]) -> bool:
    method = str(call["method"]).lower()
    return method.startswith("crm.") and method.endswith(WRITING)


def _refused(base: str) -> int:
    calls = get(base + "_sandbox/requests?limit=1000")["requests"]
    return sum(1 for call in calls if call["status"] in {429, 503})


def _load(first: dict[str, float], refused: int) -> list[Figure]:
    calls, seconds = first["crm_calls"], first["seconds"]
    floor = max((calls - CAPACITY) / LEAK_PER_S, 0.0)
    rows = first["created"] + first["updated"]
    return [
        Figure("first load: records into the CRM", f"{rows:,.0f}"),
        Figure("first load: seconds", f"{seconds:.1f}"),
        Figure("first load: records per second", f"{rows / seconds:,.0f}"),
        Figure(
            "first load: calls per record",
            f"{calls / rows:.4f}",
            "≤ 0.02 (50 per call)",
            calls / rows <= 0.02,
        ),
        Figure("first load: seconds the bucket alone would need for these calls", f"{floor:.1f}"),
        Figure("first load: refused calls", str(refused), "0", refused == 0),
        Figure("first load: failed records", f"{first['failed']:.0f}", "0", first["failed"] == 0),
    ]


def _later(first: dict[str, float], quiet: dict[str, float], changed: dict[str, float]) -> list[Figure]:
    share = changed["seconds"] / first["seconds"]
    did = changed["created"] + changed["updated"]
    return [
        Figure("nothing changed: writing calls", f"{quiet['writes']:.0f}", "0", quiet["writes"] == 0),
        Figure("nothing changed: seconds", f"{quiet['seconds']:.1f}"),
        Figure(f"{CHANGES} steps of the hotel: records written", f"{did:.0f}"),
        Figure("… requests to the portal in all", f"{changed['crm_calls']:.0f}"),
        Figure("… time as a share of the first load", f"{share:.1%}", "≤ 5 %", share <= 0.05),
    ]


def _memory(peak: float, with_telegram: float) -> list[Figure]:
    return [
        Figure("peak memory of the service, all bookings synced", f"{peak:.0f} MB", "< 160 MB", peak < 160),
        Figure("… with Telegram", f"{with_telegram:.0f} MB", "< 280 MB", with_telegram < 280),
    ]
