"""What the crash suites share: a portal that can kill its caller, lives of the sync, and the CRM as it is compared."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from sandbox.portal import rest
from sandbox.portal.app import build_app
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, crm_of
from sandbox.portal.state import Portal, PortalConfig

ROOT = Path(__file__).parents[2]
CODE = "sandboxwebhook00"
SETTLE_S = 1.6
LATE_S = 0.9
"""How long after its caller's death a call is executed all the same; less than what is waited for."""
KINDS = {"contact": CONTACT, "company": COMPANY, "deal": DEAL}


@dataclass
class Blow:
    """When a life is killed from outside: at its n-th request that holds ``method``.

    That is executed, or not, or ``late``: when the next life is at work already.
    """

    method: str = ""
    nth: int = 1
    executed: bool = True
    late: bool = False
    later_s: float = 0.0
    """So long after that request was answered; 0: before it is."""


@dataclass
class Murderous:
    """A portal, and the one life that calls it."""

    portal: Portal
    url: str
    pid: int = 0
    blow: Blow | None = None
    seen: int = 0
    _later: set[asyncio.Task] = field(default_factory=set)

    async def passes(self, request: web.Request, handler) -> web.StreamResponse:
        if not await self._meant(request):
            return await handler(request)
        blow, self.blow = self.blow, None
        if blow.later_s:
            task = asyncio.create_task(self._strike_later(blow.later_s, self.pid))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
            return await handler(request)
        if blow.late:
            rule = {"kind": "late", "method": "batch", "times": 1, "seconds": LATE_S}
            self.portal.faults.add(rule, first=True)
        if blow.executed:
            await handler(request)
        self.strike(self.pid)
        return web.Response(status=500)

    async def _meant(self, request: web.Request) -> bool:
        if self.blow is None or not request.path.startswith("/rest/"):
            return False
        if self.blow.method and self.blow.method.lower() not in (await request.text()).lower():
            return False
        self.seen += 1
        return self.seen == self.blow.nth

    async def _strike_later(self, seconds: float, pid: int) -> None:
        await asyncio.sleep(seconds)
        if pid == self.pid:
            self.strike(pid)

    @staticmethod
    def strike(pid: int) -> None:
        """As the machine does it: at once."""
        if pid:
            os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def murderous_portal():
    portal = Portal(PortalConfig(bucket_capacity=10**6, bucket_leak_per_s=1e6, operating_limit_s=1e9))
    app = build_app(portal)
    made = Murderous(app[rest.PORTAL], "")

    @web.middleware
    async def deadly(request, handler):
        return await made.passes(request, handler)

    app.middlewares.append(deadly)
    server = TestServer(app)
    await server.start_server()
    made.url = str(server.make_url(f"/rest/1/{CODE}/"))
    try:
        yield made
    finally:
        await server.close()


@dataclass
class Lives:
    """Runs of the sync, one after another, each in its own process over the same database."""

    world: Murderous
    process: asyncio.subprocess.Process
    life: dict
    deaths: Counter[str] = field(default_factory=Counter)
    ends: list[dict] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    async def live(
        self, name: str = "", *, dies=None, blow: Blow | None = None, after_s: float | None = None
    ):
        """One life; how it ended, or None when it was killed."""
        world = self.world
        world.seen, world.blow = 0, blow
        order = {**self.life, "dies": dies}
        self.process.stdin.write(orjson.dumps(order) + b"\n")
        world.pid = (await self._line("pid"))["pid"]
        timer = asyncio.get_running_loop().call_later(after_s, world.strike, world.pid) if after_s else None
        ended, told = None, await self._line()
        while "exit" not in told:
            ended, told = told, await self._line()
        world.pid, world.blow = 0, None
        if timer is not None:
            timer.cancel()
        if told["exit"] & 0x7F == signal.SIGKILL:
            self.deaths[name] += 1
            return None
        if "fault" in ended:  # the portal gave no answer too often: that run failed, the next goes on
            assert ended["fault"].startswith(("Temporary", "Unclear")), ended["trace"]
            self.failed.append(ended["fault"])
            return None
        self.ends.append(ended["report"])
        return ended["report"]

    async def _line(self, key=None) -> dict:
        line = orjson.loads(await self.process.stdout.readline())
        assert key is None or key in line, line
        return line

    async def to_the_end(self, tries: int = 20) -> dict:
        """Until a run comes to its end with nothing failed."""
        for _ in range(tries):
            report = await self.live("")
            if report is not None and not report["failed"]:
                return report
        raise AssertionError(f"it never ends well: {self.ends[-3:]}")


@asynccontextmanager
async def lives(world: Murderous, folder: Path, **life):
    """``life``: guests, stays, version, page."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.sync.zygote",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        limit=1 << 20,
    )
    base = {"url": world.url, "db": f"sqlite+aiosqlite:///{folder}/lives.db", "settle_s": SETTLE_S}
    try:
        yield Lives(world, process, {**base, "version": 1, "page": 100, **life})
    finally:
        process.stdin.close()
        if world.pid:
            world.strike(world.pid)
        await process.wait()


def contents(portal: Portal) -> dict[str, list]:
    """All we wrote, by key, comparable between two portals: links by the other's key, phones as a sorted list."""
    crm = crm_of(portal)
    keys = {
        (kind, item["id"]): item.get("originId") for kind, kind_id in KINDS.items()
        for item in crm.items(kind_id).by_id()
    }  # fmt: skip
    found = {}
    for kind, kind_id in KINDS.items():
        rows = [_content(kind, item, keys) for item in crm.items(kind_id).by_id() if item.get("originatorId")]
        found[kind] = sorted(rows, key=lambda row: row["originId"])
    return found


_OF_THE_PORTAL = frozenset(
    {"id", "createdTime", "updatedTime", "movedTime", "lastActivityTime", "createdBy", "updatedBy", "movedBy",
     "begindate_set", "contactId", "isNew", "lastActivityBy", "originVersion"}
)  # fmt: skip


def _content(kind, item, keys):
    row = {name: value for name, value in item.items() if name not in _OF_THE_PORTAL}
    row["fm"] = sorted((one["typeId"], one["value"]) for one in item.get("fm", ()))
    row["contactIds"] = sorted(keys["contact", one] for one in item.get("contactIds", ()))
    row["companyId"] = keys.get(("company", item.get("companyId")))
    row["companyIds"] = sorted(str(keys.get(("company", one))) for one in item.get("companyIds", ()))
    return row


def doubles(portal: Portal) -> dict[str, int]:
    """Items too many per sort, and phones or e-mails that stand twice in one item."""
    crm, found = crm_of(portal), {}
    for kind, kind_id in KINDS.items():
        items = list(crm.items(kind_id).by_id())
        seen = Counter(item.get("originId") for item in items if item.get("originatorId"))
        found[kind] = sum(count - 1 for count in seen.values())
        found[f"{kind}.fm"] = sum(
            len(item.get("fm", ())) - len({(one["typeId"], one["value"]) for one in item.get("fm", ())})
            for item in items
        )
    return found


def sampled(rng: random.Random, count: int) -> list[Blow]:
    """Random moments by the portal's side: soon after one of a life's first requests was answered."""
    return [Blow(nth=rng.randint(3, 6), later_s=rng.uniform(0.0005, 0.06)) for _ in range(count)]
