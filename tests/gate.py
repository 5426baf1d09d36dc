"""The gate: every check in one run, and in its last lines what could not be run here."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("format", ["ruff", "format", "--check", "--quiet", "."]),
    ("lint", ["ruff", "check", "--quiet", "."]),
    ("types", ["mypy", "--no-error-summary"]),
    ("contracts", ["lint-imports"]),
)


def main() -> int:
    """Run the checks in order, tests last; the exit code is the number of failed ones."""
    failed = [name for name, command in CHECKS if not passed(name, command)]
    if not passed(
        "tests",
        ["pytest", "-m", "not drill", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"],
        loud=True,
    ):
        failed.append("tests")
    for line in not_run():
        print(f"not run here: {line}")
    print("gate: " + ("failed: " + ", ".join(failed) if failed else "passed"))
    return len(failed)


def passed(name: str, command: list[str], *, loud: bool = False) -> bool:
    """Whether a check passes; its output is shown when it fails (a loud one's always)."""
    began = time.monotonic()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        stdout=None if loud else subprocess.PIPE,
        stderr=None if loud else subprocess.STDOUT,
        text=True,
        check=False,
    )
    ok = done.returncode == 0
    if not ok and not loud:
        print(done.stdout)
    print(f"{'ok  ' if ok else 'FAIL'} {name} ({time.monotonic() - began:.0f} s)", flush=True)
    return ok


def not_run() -> list[str]:
    """What this machine lacks, and what therefore was skipped."""
    lacking = []
    if shutil.which("chromium") is None:
        lacking.append("browser tests (install Debian's package chromium)")
    try:
        import pgserver  # noqa: F401
    except ImportError:
        if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
            lacking.append("PostgreSQL tests (install Debian's package postgresql)")
    return lacking


if __name__ == "__main__":
    sys.exit(main())
