"""Cold start of the command line, against the bare import of what it can't do without."""

import statistics
import subprocess
import sys
import time

from bench.common import Figure

RUNS = 7
BARE = "import aiohttp, sqlalchemy.ext.asyncio"
HEAVY = "import sys, app.cli; print(*(name for name in ('aiogram', 'matplotlib') if name in sys.modules))"


def measure() -> list[Figure]:
    """The ratio of medians over interleaved runs, and what must not be loaded."""
    bare, command = [], []
    for _ in range(RUNS):
        bare.append(_timed([sys.executable, "-c", BARE]))
        command.append(_timed([sys.executable, "-m", "app", "--version"]))
    ratio = statistics.median(command) / statistics.median(bare)
    loaded = subprocess.run(
        [sys.executable, "-c", HEAVY], capture_output=True, text=True, check=True
    ).stdout.strip()
    return [
        Figure(
            "command line: cold start against importing aiohttp + SQLAlchemy",
            f"{ratio:.2f}",
            "≤ 1.5",
            ratio <= 1.5,
        ),
        Figure("command line: heavy libraries loaded", loaded or "none", "none", not loaded),
    ]


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began
