"""The stand-in portal on a real socket, and a person in it."""

from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.test_utils import TestServer

from integrations.bitrix24.bot import Bot, BotSettings
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.limits import Limiter
from sandbox.portal.app import build_app
from sandbox.portal.state import Portal, PortalConfig

TOKEN = "bot-token-of-the-tests"


async def quickly(_seconds):
    """Back-off without waiting."""


@dataclass
class Stand:
    portal: Portal
    server: TestServer
    session: aiohttp.ClientSession
    limiter: Limiter
    client: BitrixClient
    bot: Bot

    async def as_user(self, user_id, what, **body):
        """Write or press in the portal's page, as a person does."""
        url = self.server.make_url(f"/_sandbox/as/{user_id}/{what}")
        async with self.session.post(url, json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def send_file(self, user_id, dialog_id, name, data, text=""):
        form = aiohttp.FormData({"dialogId": str(dialog_id), "text": text}, quote_fields=False)
        form.add_field("file", data, filename=name)
        url = self.server.make_url(f"/_sandbox/as/{user_id}/files")
        async with self.session.post(url, data=form) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def seen(self, user_id, dialog_id):
        """The messages of a dialog as that person sees them, oldest first."""
        url = self.server.make_url(f"/_sandbox/as/{user_id}/dialogs/{dialog_id}/messages")
        async with self.session.get(url) as response:
            return (await response.json())["messages"]

    def calls(self, method=""):
        return [
            entry["method"] for entry in self.portal.requests if method.lower() in entry["method"].lower()
        ]


@asynccontextmanager
async def a_stand(*, limiter=None, guard=None, settings=None, **config):
    portal = Portal(PortalConfig(**config))
    server = TestServer(build_app(portal))
    await server.start_server()
    session = aiohttp.ClientSession()
    limiter = limiter or Limiter(
        capacity=config.get("bucket_capacity", 50), leak_per_s=config.get("bucket_leak_per_s", 2.0)
    )
    code = portal.config.webhook_code
    client = BitrixClient(
        str(server.make_url(f"/rest/1/{code}/")), session=session, limiter=limiter, guard=guard, sleep=quickly
    )
    bot = Bot(client, settings or BotSettings(token=TOKEN, name="Консьерж", work_position="Поддержка"))
    try:
        yield Stand(portal, server, session, limiter, client, bot)
    finally:
        await client.close()
        await session.close()
        await server.close()
