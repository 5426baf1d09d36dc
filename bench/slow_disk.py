"""Durable acceptance where the disk needs 5 ms more for each sync: grouped commits against the disk's own rate.

The delay is injected below SQLite and PostgreSQL alike, by a few lines of C before libc's ``fsync`` and ``fdatasync``.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import accepting, postgres
from bench.common import Figure, free_port, percentile, pinned, running

CONNECTIONS, SECONDS, ROUNDS = 16, 3.0, 3
AT_LEAST = 4.0
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int after(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    usleep(5000);
    return real(fd);
}
int fsync(int fd) { return after("fsync", fd); }
int fdatasync(int fd) { return after("fdatasync", fd); }
"""
LOOP = """
import os, sys, time
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
end, count = time.perf_counter() + 2.0, 0
while time.perf_counter() < end:
    os.write(file, bytes(4096))
    os.fdatasync(file)
    count += 1
print(count / 2.0)
"""


def measure(seconds: float = SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """On SQLite, and on PostgreSQL where there is one."""
    if shutil.which("cc") is None:
        return [Figure("accept on a slow disk", "not measured: no C compiler here")]
    with tempfile.TemporaryDirectory() as name, _slow(Path(name)):
        folder = Path(name)
        found = subprocess.run(
            [sys.executable, "-c", LOOP, str(folder / "loop")], check=True, capture_output=True
        )
        rate = float(found.stdout)
        figures = [Figure("a disk with 5 ms more per sync: commits per second", f"{rate:.0f}")]
        figures += _on("SQLite", f"sqlite+aiosqlite:///{folder}/accept.db", rate, seconds, rounds)
        programs = postgres.binaries()
        if programs is not None:
            with postgres.server(programs) as url:
                figures += _on("PostgreSQL", url, rate, seconds, rounds)
    return figures


@contextmanager
def _slow(folder: Path) -> Iterator[None]:
    """Every process begun in the block has the slow disk."""
    folder.chmod(0o755)  # PostgreSQL runs as somebody else
    source, shim = folder / "slow.c", folder / "slow.so"
    source.write_text(SHIM)
    compiler = shutil.which("cc") or "cc"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    os.environ["LD_PRELOAD"] = str(shim)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"]


def _on(engine: str, url: str, rate: float, seconds: float, rounds: int) -> list[Figure]:
    port = free_port()
    command = pinned(0, [sys.executable, "-m", "bench.accept_server", str(port), url])
    with running(command, f"http://127.0.0.1:{port}/ready"):
        taken = [asyncio.run(accepting.load(port, "grouped", CONNECTIONS, seconds)) for _ in range(rounds)]
    events = statistics.median(found for found, _ in taken)
    p50, p99 = (statistics.median(percentile(one, share) for _, one in taken) for share in (0.5, 0.99))
    times = events / rate
    return [
        Figure(
            f"accept on it, {engine}, {CONNECTIONS} connections: events per second",
            f"{events:,.0f}, {times:.1f} × the disk's commits",
            f"≥ {AT_LEAST:.0f} ×",
            times >= AT_LEAST,
        ),
        Figure("… p99 / p50", f"{p99 / p50:.1f} ({p99 * 1000:.1f} / {p50 * 1000:.1f} ms)"),
    ]
