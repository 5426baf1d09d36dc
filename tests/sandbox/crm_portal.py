"""A portal over real HTTP for the CRM's tests, with a clock that tests push."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp.test_utils import TestClient, TestServer

from sandbox.portal.app import build_app
from sandbox.portal.crm_store import Crm, crm_of
from sandbox.portal.state import Portal, PortalConfig

NOT_AN_ADMIN = 5


class CrmClient:
    """Calls methods as a foreign client would and hands back the JSON."""

    def __init__(self, portal: Portal, http: TestClient) -> None:
        self.portal = portal
        self.http = http
        self.now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    @property
    def crm(self) -> Crm:
        return crm_of(self.portal)

    async def raw(self, method: str, params: Any = None, *, user_id: int = 1) -> tuple[int, dict[str, Any]]:
        code = "staffwebhook0000" if user_id != 1 else self.portal.config.webhook_code
        answer = await self.http.post(f"/rest/{user_id}/{code}/{method}.json", json=params or {})
        return answer.status, orjson.loads(await answer.read())

    async def call(self, method: str, **params: Any) -> Any:
        """The `result` of a call that must succeed."""
        status, body = await self.raw(method, params)
        assert status == 200, body
        return body["result"]

    async def page(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole body of a list answer."""
        status, body = await self.raw(method, params)
        assert status == 200, body
        return body

    async def error(self, method: str, *, user_id: int = 1, **params: Any) -> tuple[int, str, str]:
        """(HTTP status, code, description) of a call that must fail."""
        status, body = await self.raw(method, params, user_id=user_id)
        assert "error" in body, body
        return status, body["error"], body["error_description"]

    async def add(self, entity_type_id: int, **fields: Any) -> dict[str, Any]:
        result = await self.call("crm.item.add", entityTypeId=entity_type_id, fields=fields)
        item: dict[str, Any] = result["item"]
        return item

    async def get(self, entity_type_id: int, key: int) -> dict[str, Any]:
        item: dict[str, Any] = (await self.call("crm.item.get", entityTypeId=entity_type_id, id=key))["item"]
        return item

    async def ids(self, entity_type_id: int, **params: Any) -> list[int]:
        result = await self.call("crm.item.list", entityTypeId=entity_type_id, select=["id"], **params)
        return [item["id"] for item in result["items"]]


def query(params: dict[str, Any]) -> str:
    """PHP's nested notation, as batch commands carry parameters."""

    def pairs(name: str, value: Any) -> list[tuple[str, Any]]:
        if isinstance(value, dict):
            return [pair for key, one in value.items() for pair in pairs(f"{name}[{key}]", one)]
        if isinstance(value, list):
            return [pair for i, one in enumerate(value) for pair in pairs(f"{name}[{i}]", one)]
        return [(name, value)]

    return urlencode([pair for name, value in params.items() for pair in pairs(name, value)])


@asynccontextmanager
async def crm_client(db_path: Path | None = None) -> AsyncIterator[CrmClient]:
    """A portal with the demo people and no limits to speak of."""
    config = PortalConfig(
        db_path=db_path,
        webhooks={"staffwebhook0000": NOT_AN_ADMIN},
        bucket_capacity=10**6,
        bucket_leak_per_s=1e6,
        operating_limit_s=1e6,
    )
    portal = Portal(config)
    async with TestClient(TestServer(build_app(portal))) as http:
        client = CrmClient(portal, http)
        config.clock = lambda: client.now
        yield client


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
