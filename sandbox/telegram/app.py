"""Wiring of the stand-in Telegram: an application to serve or to mount."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

import sandbox.telegram.methods  # noqa: F401 - importing registers the methods
from sandbox.telegram import bot_api, control
from sandbox.telegram.calls import Call
from sandbox.telegram.errors import ApiError
from sandbox.telegram.seed import seed
from sandbox.telegram.state import RequestRecord, TelegramHub
from sandbox.telegram.webhooks import WebhookSender

MAX_BODY_BYTES = 128 * 1024 * 1024


def build_app(hub: TelegramHub) -> web.Application:
    """The Bot API and ``/_sandbox`` as one application; it starts and closes the hub with itself."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[bot_api.HUB] = hub
    app.cleanup_ctx.append(_run_hub)
    bot_api.setup(app)
    control.setup(app)
    return app


async def _run_hub(app: web.Application) -> AsyncIterator[None]:
    hub = app[bot_api.HUB]
    if hub.config.seed:
        seed(hub)

    async def execute(method: str, params: dict[str, Any]) -> None:
        """A call that came as the answer to a webhook; Telegram tells nobody how it ended."""
        try:
            await bot_api.execute(Call(hub, method, params, from_webhook=True))
        except ApiError as error:
            hub.requests.append(RequestRecord(method, 0.0, error.code, error.description))

    sender = WebhookSender(hub, execute)
    hub.start()
    sender.start()
    yield
    await sender.close()
    await hub.close()
