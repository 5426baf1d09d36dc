"""Peak memory of the real service after it has synced all bookings: alone, and with Telegram."""

import tempfile
from pathlib import Path

from bench.common import Figure, concierge, peak_mb, service, stand_ins

TARGETS_MB = {False: 160, True: 280}


def measure(days: int = 500) -> list[Figure]:
    """A first load and a second full run each, in a fresh process at fresh stand-ins."""
    return [figure for telegram in (False, True) for figure in _loaded(days, telegram=telegram)]


def _loaded(days: int, *, telegram: bool) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, stand_ins() as portal:
        with service(Path(folder), portal.base, telegram=telegram, days=days) as (process, config):
            at_start = peak_mb(process.pid)
            report = concierge(config, "sync", "GRAND", "--full")
            loaded = peak_mb(process.pid)
            concierge(config, "sync", "GRAND", "--full")
            peak = peak_mb(process.pid)
    target = TARGETS_MB[telegram]
    who = "the service with Telegram" if telegram else "the service without Telegram"
    return [
        Figure(f"{who}: memory once it serves", f"{at_start:.0f} MB"),
        Figure(f"… peak after the first load ({report['created']:,} records)", f"{loaded:.0f} MB"),
        Figure("… peak after another full run", f"{peak:.0f} MB", f"< {target} MB", peak < target),
    ]
