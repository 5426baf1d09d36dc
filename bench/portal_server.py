"""The stand-in portal of the limit measures, in a process of its own: any limits, and exact counts at the end.

``python -m bench.portal_server PORT CONFIG`` with the fields of ``PortalConfig`` as JSON.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.portal.app import build_app
from sandbox.portal.calls import RestError
from sandbox.portal.crm_store import COMPANY, CONTACT, DEAL, crm_of
from sandbox.portal.state import Portal, PortalConfig

ENTITIES = {"contact": CONTACT, "company": COMPANY, "deal": DEAL}


class Tally:
    """What the portal saw since the last reset."""

    def __init__(self, portal: Portal, now: Callable[[], float] = time.time) -> None:
        self.portal = portal
        self._now = now
        self._epoch = portal.now().timestamp() - now()
        self.reset()
        portal.listen(self._hear)
        self._check, portal.limits.check_operating = portal.limits.check_operating, self._check_operating  # type: ignore[method-assign]

    def reset(self) -> None:
        self.requests = self.refused = self.commands_refused = 0
        self.commands: Counter[str] = Counter()
        self.writing = 0
        self.first_at = self.last_at = 0.0
        self.longest_s = 0.0

    def _hear(self, topic: str, payload: dict[str, Any]) -> None:
        if topic != "request" or payload["method"].startswith("imbot."):
            return
        self.requests += 1
        self.refused += payload["status"] == 503 and payload["error"] == "QUERY_LIMIT_EXCEEDED"
        names = [str(name).lower() for name in payload.get("commands", [payload["method"]])]
        self.commands.update(names)
        self.writing += any(name.rpartition(".")[2] in {"add", "update", "batchimport"} for name in names)
        began, now = datetime.fromisoformat(payload["at"]).timestamp(), self._now() + self._epoch
        self.first_at = self.first_at or began
        self.last_at = now
        self.longest_s = max(self.longest_s, now - began)

    def _check_operating(self, client: str, method: str) -> None:
        try:
            self._check(client, method)
        except RestError:
            self.commands_refused += 1
            raise

    def as_json(self) -> dict[str, Any]:
        names = ("requests", "refused", "commands_refused", "writing", "first_at", "last_at", "longest_s")
        return {**{name: getattr(self, name) for name in names}, "commands": dict(self.commands)}

    def items(self) -> dict[str, dict[str, int]]:
        """Per sort of item: how many there are, how many external keys, how many too many of them."""
        found = {}
        for entity, type_id in ENTITIES.items():
            keys = Counter(item.get("originId") or "" for item in crm_of(self.portal).items(type_id).by_id())
            keys.pop("", None)
            found[entity] = {
                "items": sum(keys.values()), "keys": len(keys), "doubles": sum(keys.values()) - len(keys)
            }  # fmt: skip
        return found


async def main(port: int, config: dict[str, Any]) -> None:
    """Serve until killed."""
    portal = Portal(PortalConfig(**config))
    app, tally = build_app(portal), Tally(portal)

    async def told(_request: web.Request) -> web.Response:
        return web.json_response({**tally.as_json(), "items": tally.items()})

    async def reset(request: web.Request) -> web.Response:
        for name, value in (await request.json()).items():
            setattr(portal.config, name, value)
        portal.limits.reset()
        portal.faults.remove()
        tally.reset()
        return web.json_response({})

    app.router.add_get("/_bench/tally", told)

    async def forget(_request: web.Request) -> web.Response:
        tally.reset()
        return web.json_response({})

    app.router.add_post("/_bench/reset", reset)
    app.router.add_post("/_bench/tally/reset", forget)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), json.loads(sys.argv[2])))
