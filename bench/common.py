"""What all measures share: a figure with its limit and target, stand-ins and service as processes of their own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

READY_S = 60
LOG_SIZE = 1000
"""How many calls the stand-in remembers."""
WEBHOOK = "rest/1/sandboxwebhook00/"
XML = "hotel/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX"

CONFIG = """
[service]
port = {port}
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
files = "{folder}/files"
[bitrix24]
webhook_url = "{base}{webhook}"
bot_token = "bench-token"
support_users = [2, 3]
managers = [4]
poll_seconds = {poll}
{telegram}
[[hotels]]
code = "GRAND"
name = "Гранд Отель"
[hotels.source]
kind = "suite8"
url = "{base}{xml}"
username = "XMLINTERFACE"
password = "sandbox"
[hotels.sync]
every_minutes = 600
days_back = {days}
days_ahead = {days}
"""
TELEGRAM = """
[telegram]
token = "123456:sandbox"
api_url = "{base}telegram"
support_chat = -1002000000001
managers_chat = -1002000000002
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``target`` is in words; ``ok`` None = for information only."""

    name: str
    value: str
    target: str = ""
    ok: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pinned(core: int, command: list[str]) -> list[str]:
    """The command on one processor, where that can be asked for."""
    cores = sorted(os.sched_getaffinity(0))
    if shutil.which("taskset") is None or len(cores) < 2:
        return command
    return ["taskset", "-c", str(cores[core % len(cores)]), *command]


def get(url: str) -> Any:
    """A JSON answer of a stand-in."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def post(url: str, body: object) -> Any:
    """POST JSON to a stand-in."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        return json.load(answer)


@contextmanager
def running(command: list[str], ready_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process while the block runs, once it answers. Its log goes to a file: an unread pipe would stop it."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stderr=errors, **quiet)
        try:
            _wait(process, ready_url, errors)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: "subprocess.Popen[bytes]", url: str, errors: IO[bytes]) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            errors.seek(0)
            raise RuntimeError(errors.read().decode()[-2000:] or "it ended")
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {url}")


@dataclass(frozen=True, slots=True)
class StandIns:
    """The running stand-ins: their base address, and the process for its CPU time."""

    base: str
    pid: int

    def calls(self, since: float = 0.0) -> list[dict[str, Any]]:
        """The portal's REST calls from a moment (time.time()) on, oldest first."""
        found: list[dict[str, Any]] = get(self.base + "_sandbox/requests?limit=1000")["requests"]
        called = [call for call in found if datetime.fromisoformat(call["at"]).timestamp() >= since]
        if len(called) == LOG_SIZE:
            raise RuntimeError("the portal's log of calls has overflowed: this measure is too long")
        return called


@contextmanager
def stand_ins() -> Iterator[StandIns]:
    """All stand-ins, in memory, at the portal's documented limits."""
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "app", "sandbox", "all", "--port", str(port)]
    with running(pinned(1, command), base + "_sandbox/page.json") as process:
        post(base + "hotel/_sandbox/pace", {"seconds": 0})
        yield StandIns(base, process.pid)


def configured(
    folder: Path, base: str, *, telegram: bool = False, poll_s: float = 2.0, days: int = 500
) -> tuple[Path, int]:
    """A configuration file towards the stand-ins, and the service's port in it."""
    port = free_port()
    file = folder / "concierge.toml"
    mirror = TELEGRAM.format(base=base) if telegram else ""
    file.write_text(
        CONFIG.format(
            port=port,
            folder=folder,
            base=base,
            webhook=WEBHOOK,
            xml=XML,
            poll=poll_s,
            telegram=mirror,
            days=days,
        ),
        encoding="utf-8",
    )
    return file, port


@contextmanager
def service(folder: Path, base: str, **more: Any) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """`concierge run` as a process, and its configuration."""
    config, port = configured(folder, base, **more)
    command = pinned(0, [sys.executable, "-m", "app", "run", "--config", str(config)])
    with running(command, f"http://127.0.0.1:{port}/healthz") as process:
        yield process, config


def concierge(config: Path, *words: str) -> dict[str, Any]:
    """Run a command with --json and read its answer."""
    command = [sys.executable, "-m", "app", *words, "--json", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, check=False)
    if not done.stdout:
        raise RuntimeError(done.stderr.decode()[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def peak_mb(pid: int | str) -> float:
    """The most memory a living process (``self``: this one) has held so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> float:
    """Processor seconds of a living process so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def commands_of(call: dict[str, Any]) -> list[str]:
    """The methods of a REST call, those inside a batch included, in small letters."""
    return [str(name).lower() for name in call.get("commands") or [call["method"]]]


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
