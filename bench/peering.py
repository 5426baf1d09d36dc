"""Side by side with other clients of the portal: the same work, the same limits, the same faults.

Each client runs in a throw-away environment of its own under the cache folder (``XDG_CACHE_HOME``), never among our
dependencies, and no case takes longer than its bound.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import Figure, free_port, get, pinned, post, running
from bench.gateway import floor_s
from bench.peers.cases import fields_of, split

HERE = Path(__file__).parent / "peers"
CAPACITY, PER_S = 50, 40.0
CASE_S, INSTALL_S = 60, 240
WEBHOOK = "rest/1/sandboxwebhook00/"
FAIR = {"crm.*": 1e-6}


@dataclass(frozen=True, slots=True)
class Peer:
    """A client: its script, the package it needs, and from which Python on."""

    name: str
    script: str
    package: str = ""
    python: tuple[int, int] = (3, 11)


@dataclass(frozen=True, slots=True)
class Case:
    """A piece of work. ``fault`` strikes one request in ten."""

    name: str
    work: str
    count: int
    batch_s: float = 0.03
    fault: str = ""


PEERS = (
    Peer("Concierge", "with_ours.py"),
    Peer("fast_bitrix24", "with_fast.py", "fast_bitrix24==1.8.14"),
    Peer("b24pysdk", "with_pysdk.py", "b24pysdk==1.3.2"),
    Peer("b24api", "with_b24api.py", "b24api==2.5.2", (3, 12)),
)
CASES = (
    Case("10,000 adds, 30 ms a batch", "adds", 10_000),
    Case("5,000 adds, 280 ms a batch", "adds", 5_000, 0.28),
    Case("10,000 upserts: 80 % same, 15 % changed, 5 % new", "upsert", 10_000),
    Case("2,000 adds, 10 % answered 500 after executing", "adds", 2_000, fault="error_after"),
    Case("2,000 adds, 10 % dropped after executing", "adds", 2_000, fault="drop_after"),
)


def measure(only: str = "") -> list[Figure]:
    """A row per case and client; clients that can't be had here are named."""
    figures: list[Figure] = []
    for peer in PEERS:
        if only and peer.name != only:
            continue
        try:
            python = _python(peer)
        except (OSError, subprocess.SubprocessError) as error:
            figures.append(Figure(f"{peer.name}: not measured", str(error)[:80]))
            continue
        figures += [_row(peer, case, _run(peer, python, case)) for case in CASES]
    return figures


def _row(peer: Peer, case: Case, found: dict[str, Any]) -> Figure:
    items, told = found["items"]["contact"], found["told"]
    missing = case.count - items["keys"]
    silent = max(0, missing - told.get("told", 0)) if not told["error"] else 0
    share = (
        f"{found['floor'] / told['seconds']:.2f} of the floor, "
        if case.work == "adds" and not case.fault and not told["error"]
        else ""
    )
    value = (
        f"{share}{told['seconds']:.1f} s, {found['requests'] / case.count:.4f} calls a record, "
        f"{found['refused']} refused, {items['doubles']} doubles, {missing} missing"
        + (f" ({silent} silently)" if silent else "")
        + (f"; {told['told']} told as open" if told.get("told") else "")
        + (f"; gave up: {told['error'].partition(':')[0]}" if told["error"] else "")
    )
    ours = peer.name == "Concierge"
    good = items["doubles"] == 0 and missing == 0 and found["refused"] == 0
    return Figure(
        f"{case.name}: {peer.name}",
        value,
        "0 doubles, 0 missing, 0 refused" if ours else "",
        good if ours else None,
    )


def _run(peer: Peer, python: Path, case: Case) -> dict[str, Any]:
    with _portal() as base:
        first_id = _fill(base, case)
        limits = {"bucket_capacity": CAPACITY, "bucket_leak_per_s": PER_S, "operating_limit_s": 1e9}
        post(base + "_bench/reset", {**limits, "call_seconds": {"batch": case.batch_s, **FAIR}})
        if case.fault:
            rule = {"kind": case.fault, "method": "batch", "times": None, "probability": 0.1}
            post(base + "_sandbox/faults", rule)
        task = {
            "webhook": base + WEBHOOK, "case": case.work, "count": case.count, "per_s": PER_S, "first_id": first_id,
        }  # fmt: skip
        told = _tell(peer, python, task)
        tally = get(base + "_bench/tally")
    least = case.count / 50
    return {**tally, "told": told, "floor": floor_s(int(least), CAPACITY, PER_S, case.batch_s)}


def _tell(peer: Peer, python: Path, task: dict[str, Any]) -> dict[str, Any]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "." if not peer.package else ""}
    command = pinned(0, [str(python), str(HERE / peer.script), json.dumps(task)])
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=CASE_S, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return {"done": 0, "seconds": CASE_S, "error": f"over {CASE_S} s"}
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            told: dict[str, Any] = json.loads(line)
            return told
    return {
        "done": 0,
        "seconds": CASE_S,
        "error": done.stderr.strip().splitlines()[-1][:80] if done.stderr else "silent",
    }


def _fill(base: str, case: Case) -> int:
    """What stands before an upsert; returns the first id."""
    if case.work != "upsert":
        return 0
    rows = [fields_of(number) for number in range(split(case.count))]
    first = 0
    for at in range(0, len(rows), 20):
        body = {"entityTypeId": 3, "data": rows[at : at + 20]}
        answer = post(base + WEBHOOK + "crm.item.batchImport", body)
        first = first or answer["result"]["items"][0]["item"]["id"]
    return first


@contextmanager
def _portal() -> Iterator[str]:
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    config = {"bucket_capacity": 10**6, "bucket_leak_per_s": 1e6, "operating_limit_s": 1e9}
    command = [sys.executable, "-m", "bench.portal_server", str(port), json.dumps(config)]
    with running(pinned(1, command), base + "_bench/tally"):
        yield base


# --- the environments ----------------------------------------------------------------------------------------


def _python(peer: Peer) -> Path:
    """The interpreter that has this client; its environment is made once."""
    if not peer.package:
        return Path(sys.executable)
    folder = _cache() / peer.package.replace("==", "-")
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    base = _base_python(peer.python)
    if base is None:
        raise OSError(f"needs Python {peer.python[0]}.{peer.python[1]} or newer, there is none here")
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [base, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", peer.package],
    ):
        subprocess.run(
            command, check=True, timeout=INSTALL_S, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    (folder / "ready").touch()
    return python


def _cache() -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "concierge-bench"
    root.mkdir(parents=True, exist_ok=True)
    return root


def _base_python(least: tuple[int, int]) -> str | None:
    """An interpreter that is new enough: this one, else one on the path or beside it."""
    if sys.version_info[:2] >= least:
        return sys.executable
    versions = [f"{least[0]}.{minor}" for minor in range(least[1], least[1] + 4)]
    near = Path(sys.base_prefix).parent
    found = [shutil.which(f"python{version}") for version in versions]
    found += [str(one) for version in versions for one in sorted(near.glob(f"{version}*/bin/python"))]
    return next((one for one in found if one is not None and _answers(one)), None)


def _answers(python: str) -> bool:
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0
