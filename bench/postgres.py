"""A PostgreSQL server for a measure, as durable as a real one; from pgserver's wheel or Debian's package."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

from bench.common import pinned


def binaries() -> Path | None:
    """Where a server's programs are; None when there are none."""
    wheel = find_spec("pgserver")  # only its programs are wanted, so it is never imported
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """An empty database on a server of its own while the block runs; gives its URL."""
    home = Path(tempfile.mkdtemp(prefix="cpg"))  # short: a socket's path may not exceed 107 characters
    as_user: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    if os.geteuid() == 0:
        shutil.chown(home, "nobody", "nogroup")
    else:
        as_user = {}
    _run([programs / "initdb", "-D", home / "d", "-U", "postgres", "-A", "trust", "-E", "UTF8"], as_user)
    control = [programs / "pg_ctl", "-D", home / "d", "-w"]
    start = [*control, "-l", home / "log", "-o", f"-k {home} -h ''", "start"]
    try:
        _run(pinned(1, [str(part) for part in start]), as_user)
        asyncio.run(_create(home))
        yield f"postgresql+asyncpg://postgres@/bench?host={home}"
    finally:
        subprocess.run(
            [str(part) for part in (*control, "-m", "immediate", "stop")],
            check=False,
            stdout=subprocess.DEVNULL,
            **as_user,
        )
        shutil.rmtree(home, ignore_errors=True)


def _run(command: list[Any], as_user: dict[str, Any]) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **as_user)


async def _create(home: Path) -> None:
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(home))
    try:
        await connection.execute("CREATE DATABASE bench")
    finally:
        await connection.close()
