"""The stage of an installed app: the vendor's cloud with many portals, a hotel, and the service, all over real HTTP."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from app.sandboxes import HOTEL, _hotel
from app.service import Service
from app.settings import Settings, load_settings
from app.wiring import build
from sandbox.oauth.cloud import build_cloud
from sandbox.oauth.state import Cloud, CloudConfig
from sandbox.portal.state import PortalConfig
from storage import installations, portals
from tests.stories.stage import Stage

SCOPES = ["imbot", "im", "crm", "task", "tasks", "user", "department", "disk", "placement", "userfieldconfig"]
CONFIG = """
[service]
port = {port}
public_url = "http://127.0.0.1:{port}"
database_url = "{database}"
files = "{folder}/files"
{service}
[bitrix24]
client_id = "{client_id}"
client_secret = "{client_secret}"
oauth_servers = ["{server}"]
poll_seconds = 0.2
rest_seconds = 0.2
settle_seconds = 1
bucket_capacity = 500
calls_per_second = 200
{bitrix24}
"""


def hotel_settings(base: str, **more: Any) -> dict[str, Any]:
    """A portal's own settings with one hotel, as the settings page stores them."""
    door = {
        "kind": "suite8",
        "url": f"{base}hotel/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX",
        "username": "XMLINTERFACE",
        "password": "sandbox",
    }
    sync = {"every_minutes": 600, "days_back": 3, "days_ahead": 3}
    hotel = {"code": "GRAND", "name": "Гранд Отель", "currency": "RUB", "source": door, "sync": sync}
    return {"bitrix24": {"support_users": [2, 3], "managers": [4]}, "hotels": [hotel], **more}


@dataclass
class CloudStage:
    """Cloud, service and portals. ``base`` ends with a slash."""

    base: str
    http: aiohttp.ClientSession
    cloud: Cloud
    app: dict[str, Any]
    port: int
    settings: Settings
    services: list[Service] = field(default_factory=list)

    @property
    def service(self) -> Service:
        return self.services[0]

    async def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The cloud's control surface."""
        async with self.http.post(f"{self.base}_sandbox/{path}", json=body or {}) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def look(self, path: str) -> Any:
        async with self.http.get(f"{self.base}_sandbox/{path}") as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            return await answer.json()

    async def portal(self, name: str, **more: Any) -> Stage:
        """A new portal of the cloud, with its people."""
        await self.control("portals", {"name": name, **more})
        return self.at(name)

    def at(self, name: str) -> Stage:
        """A portal of the cloud, as the stories' people use it."""
        return Stage(f"{self.base}p/{name}/", self.http, self.settings, self.service)

    def url(self, path: str) -> str:
        """An address of the service."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def install(self, name: str) -> dict[str, Any]:
        """Install the app as its kind wants, wait until everything stands, and finish as its page would."""
        told: dict[str, Any] = await self.control(f"portals/{name}/install")
        if told["status"] == 200:
            await self.stands(name)
            await self.control(f"portals/{name}/install_finish")
            await self.control("settle")
        return told

    async def row(self, name: str) -> Any:
        """The installation as the service has it; None before there is one."""
        entry = await self.look(f"portals/{name}")
        async with self.service.house.db.reading() as tx:
            return await installations.member(tx, entry["member_id"])

    async def stands(self, name: str) -> Any:
        """Wait until everything stands in the portal."""

        async def look() -> Any:
            row = await self.row(name)
            return row if row is not None and row.state == "active" and row.ensured_at is not None else None

        return await self.at(name).until(look, f"the app stands in {name}")

    async def configure(self, name: str, settings: dict[str, Any]) -> None:
        """Store a portal's own settings and have them take hold."""
        row = await self.row(name)
        async with self.service.house.db.transaction() as tx:
            await portals.change(tx, row.portal_id, settings=settings)
        await self.service.house.portals.refresh(row.portal_id)

    async def start(self) -> Service:
        """Another process of the service (the first one serves HTTP)."""
        service = Service(await build(self.settings))
        await service.start()
        self.services.append(service)
        return service

    async def stop(self) -> None:
        while self.services:
            await self.services.pop().stop()


@asynccontextmanager
async def clouded(
    folder: Path,
    *,
    kind: str = "ui",
    database: str = "",
    service: str = "",
    bitrix24: str = "",
    hotel: bool = True,
) -> AsyncIterator[CloudStage]:
    """Everything up, nothing installed.

    ``hotel=False`` leaves the hotel out, which takes longest to build. ``service``, ``bitrix24``: more lines of these tables; ``{host}`` in the latter is the cloud's.
    """
    config = CloudConfig(portal=PortalConfig(bucket_capacity=500, bucket_leak_per_s=200.0))
    cloud = Cloud(config)
    web_app = build_cloud(cloud)
    if hotel:
        web_app.add_subapp(HOTEL, _hotel(None, 0, None))
    server = TestServer(web_app)
    await server.start_server()
    base, port = str(server.make_url("/")), free_port()
    file = folder / "concierge.toml"
    async with aiohttp.ClientSession() as http:
        ours = f"http://127.0.0.1:{port}/bitrix24/"
        urls = {"install_url": f"{ours}install", "app_url": f"{ours}app", "event_url": f"{ours}events"}
        async with http.post(f"{base}_sandbox/apps", json={"kind": kind, "scopes": SCOPES, **urls}) as answer:
            app = await answer.json()
        file.write_text(
            CONFIG.format(
                port=port,
                folder=folder,
                database=database or f"sqlite+aiosqlite:///{folder}/concierge.db",
                client_id=app["client_id"],
                client_secret=app["client_secret"],
                server=base.rstrip("/"),
                service=service,
                bitrix24=bitrix24.replace("{host}", base.partition("://")[2].rstrip("/")),
            ),
            encoding="utf-8",
        )
        stage = CloudStage(base, http, cloud, app, port, load_settings(file))
        try:
            await stage.start()
            yield stage
        finally:
            await stage.stop()
            await server.close()


def free_port() -> int:
    """One that nobody listens at right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
