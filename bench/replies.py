"""How long a person waits: from the moment his message was fetched to the reply's call, at rest and during a sync."""

import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.common import Figure, get, percentile, post, service, stand_ins

MESSAGES = 25
GAP_S = 0.8
REST_S = 40.0
LEAK_PER_S = 2.0
FETCH, SEND = "imbot.v2.event.get", "imbot.v2.chat.message.send"


def measure() -> list[Figure]:
    """p50 and p99 of the reply, and the share of the budget that polling takes."""
    with tempfile.TemporaryDirectory() as folder, stand_ins() as base:
        with service(Path(folder), base, poll_s=2.0) as (_process, config):
            bot = _bot(base)
            quiet = _replies(base, bot)
            talking = _poll_share(base, since=time.time() - MESSAGES * GAP_S)
            command = [
                sys.executable,
                "-m",
                "app",
                "sync",
                "GRAND",
                "--full",
                "--json",
                "--config",
                str(config),
            ]
            sync = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(2)
            busy = _replies(base, bot)
            sync.wait(300)
            time.sleep(130)  # two minutes after the last word polling slows down
            rested = time.time()
            time.sleep(REST_S)
            resting = _poll_share(base, since=rested)
    return [
        *_row("reply, from fetched to sent", quiet),
        *_row("reply while a full sync runs", busy),
        Figure("polling's share of the budget, talking", f"{talking:.0%}", "≤ 25 %", talking <= 0.25),
        Figure("polling's share of the budget, at rest", f"{resting:.1%}", "≤ 25 %", resting <= 0.25),
    ]


def _row(name: str, waits: list[float]) -> list[Figure]:
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    return [
        Figure(f"{name}: p50", f"{p50 * 1000:.0f} ms"),
        Figure(f"{name}: p99", f"{p99 * 1000:.0f} ms", "≤ 500 ms", p99 <= 0.5),
    ]


def _bot(base: str) -> int:
    while not (found := get(base + "_sandbox/page.json")["botUserId"]):
        time.sleep(0.2)
    return int(found)


def _replies(base: str, bot: int) -> list[float]:
    began = time.time()
    for _ in range(MESSAGES):
        post(base + "_sandbox/as/5/messages", {"dialogId": str(bot), "text": "/help"})
        time.sleep(GAP_S)
    time.sleep(3)
    calls = [(_at(call), call) for call in _calls(base) if _at(call) >= began]
    fetched = [at + call["ms"] / 1000 for at, call in calls if call["method"].lower() == FETCH]
    sent = [at for at, call in calls if call["method"].lower() == SEND]
    return [at - max((f for f in fetched if f <= at), default=at) for at in sent]


def _poll_share(base: str, since: float) -> float:
    now = time.time()
    polls = sum(1 for call in _calls(base) if call["method"].lower() == FETCH and _at(call) >= since)
    return polls / ((now - since) * LEAK_PER_S)


def _calls(base: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(base + "_sandbox/requests?limit=1000")["requests"]
    return found


def _at(call: dict[str, Any]) -> float:
    return datetime.fromisoformat(call["at"]).timestamp()
