"""Cold start of the command line, against the bare import of what it can't do without.

In processor seconds: how long it lasts on the wall depends on what else the machine does.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.common import Figure

RUNS = 7
BARE = "import aiohttp, sqlalchemy.ext.asyncio"
HEAVY = ("aiogram", "matplotlib", "alembic", "holidays", "xlsxwriter")
LOADED = (
    "import sys; from app import cli; cli.app(['requests', '--json', '--config', sys.argv[1]]); "
    "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
)


def measure(runs: int = RUNS) -> list[Figure]:
    """Ratios of medians over interleaved runs, and what must not be loaded."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "concierge.toml"
        config.write_text(
            f'[service]\ndatabase_url = "sqlite+aiosqlite:///{folder}/x.db"\n', encoding="utf-8"
        )
        python, told = sys.executable, ["--json", "--config", str(config)]
        commands = {
            "bare": [python, "-c", BARE],
            "--help": [python, "-m", "app", "--help"],
            "requests": [python, "-m", "app", "requests", *told],
        }
        for command in commands.values():
            _cpu_s(command)  # compiled files, a migrated database
        taken = {name: [] for name in commands}  # type: dict[str, list[float]]
        for _ in range(runs):
            for name, command in commands.items():
                taken[name].append(_cpu_s(command))
        loaded = _loaded(config)
    median = {name: statistics.median(found) for name, found in taken.items()}
    quick = {name: median[name] / median["bare"] for name in ("--help", "requests")}
    return [
        *(
            Figure(
                f"`concierge {name}`: cold start against importing aiohttp + SQLAlchemy",
                f"{ratio:.2f} ({median[name]:.2f} s of processor)",
                "≤ 1.5",
                ratio <= 1.5,
            )
            for name, ratio in quick.items()
        ),
        Figure(
            "`concierge requests`: heavy libraries loaded", " ".join(loaded) or "none", "none", not loaded
        ),
    ]


def _loaded(config: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(config)], capture_output=True, text=True, check=True
    )
    return [name for name in HEAVY if name in done.stderr.split()]


def _cpu_s(command: list[str]) -> float:
    """Processor seconds of one run to its end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[-1]} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime
