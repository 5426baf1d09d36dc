"""Our way to the portal against a stand-in with given limits, in virtual time: what the limit measures share."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import aiohttp
from aiohttp import web

from bench.portal_server import Tally
from domain.ports import CrmResult, CrmWrite, FieldSpec
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.crm.crm import BitrixCrm
from integrations.bitrix24.limits import Limiter
from sandbox.portal.app import build_app
from sandbox.portal.state import Portal, PortalConfig

KEYS_FIELD = "UF_CRM_CONCIERGE_KEYS"
FIELDS = (FieldSpec("contact", "CONCIERGE_KEYS", "string", {"ru": "Ключи", "en": "Keys"}, multiple=True),)
ORIGINATOR = "concierge:GRAND"
WAY_S = (0.005, 0.03)
"""How long a call travels to the portal before it is counted there."""
logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # requests cut off at the end of a measure
EPOCH = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(slots=True)
class Lab:
    """A portal with limits, and our client before it."""

    portal: Portal
    tally: Tally
    client: BitrixClient
    crm: BitrixCrm
    url: str

    @property
    def limiter(self) -> Limiter:
        return self.client.limiter

    async def start(self, **config: Any) -> None:
        """From now on these limits count, from a full bucket; what was before is forgotten."""
        bucket = self.limiter.bucket
        await asyncio.sleep(bucket.capacity / bucket.leak_per_s + 2)
        for name, value in config.items():
            setattr(self.portal.config, name, value)
        self.portal.limits.reset()
        self.tally.reset()

    @property
    def took_s(self) -> float:
        """From the first call's arrival to the last answer."""
        return self.tally.last_at - self.tally.first_at


@asynccontextmanager
async def lab(*, settle_s: float = 65.0, limits: Mapping[str, Any] | None = None) -> AsyncIterator[Lab]:
    """An empty portal without limits, its layout made. ``limits``: what our limiter is told."""
    loop = asyncio.get_running_loop()
    config = PortalConfig(
        bucket_capacity=10**6, bucket_leak_per_s=1e6, operating_limit_s=1e9, monotonic=loop.time,
        clock=lambda: EPOCH + timedelta(seconds=loop.time()),
    )  # fmt: skip
    portal = Portal(config)
    app, tally = build_app(portal), Tally(portal, loop.time)
    app.middlewares.append(_way(random.Random(2026)))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/rest/1/{config.webhook_code}/"
    async with aiohttp.ClientSession() as session:
        limiter = Limiter(now=loop.time, **(limits or {}))
        client = BitrixClient(url, session=session, limiter=limiter)
        crm = BitrixCrm(client, settle_s=settle_s, now=loop.time)
        try:
            await crm.ensure_layout("Гранд Отель", (), FIELDS)
            yield Lab(portal, tally, client, crm, url)
        finally:
            await client.close()
    await runner.cleanup()


def _way(chance: random.Random) -> Any:
    @web.middleware
    async def travel(request: web.Request, handler: Any) -> web.StreamResponse:
        await asyncio.sleep(chance.uniform(*WAY_S))
        answer: web.StreamResponse = await handler(request)
        return answer

    return travel


async def written(crm: BitrixCrm, writes: Sequence[CrmWrite], *, first_load: bool = False) -> list[CrmResult]:
    """All results."""
    return [one async for pack in crm.apply(writes, first_load=first_load) for one in pack]


def states(results: Iterable[CrmResult]) -> Counter[str]:
    return Counter(one.state for one in results)


def guests(numbers: Iterable[int], *, crm_ids: Mapping[str, int] | None = None) -> list[CrmWrite]:
    """Contacts with a phone and an e-mail; those with an id get another name."""
    return [_guest(number, (crm_ids or {}).get(str(number))) for number in numbers]


def _guest(number: int, crm_id: int | None) -> CrmWrite:
    key = str(number)
    if crm_id is not None:
        return CrmWrite("contact", key, ORIGINATOR, {"name": "Пётр"}, crm_id)
    fields = {"name": "Иван", "lastName": f"Иванов {key}", KEYS_FIELD: [f"GRAND:{key}"]}
    phones, emails = (f"+7912{number:07}",), (f"guest{key}@example.ru",)
    return CrmWrite("contact", key, ORIGINATOR, fields, None, phones, emails)


def floor_s(calls: int, capacity: float, leak_per_s: float, longest_s: float) -> float:
    """The least time for so many calls: the burst, then Y at each of the portal's ticks, once a second."""
    return ceil(max(calls - capacity, 0) / leak_per_s) + longest_s
