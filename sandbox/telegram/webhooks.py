"""Deliveries to the bot's webhook: in order, the secret in a header, repeated with growing pauses until a 2xx."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.telegram.updates import public

if TYPE_CHECKING:
    from sandbox.telegram.state import TelegramHub

log = logging.getLogger(__name__)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
TIMEOUT_S = 60.0
MAX_RETRY_AFTER_S = 3600.0

Execute = Callable[[str, dict[str, Any]], Awaitable[None]]


class WebhookSender:
    """One delivery at a time. A JSON answer with ``method`` is executed as a call, as Telegram does."""

    def __init__(self, hub: TelegramHub, execute: Execute) -> None:
        self._hub = hub
        self._execute = execute
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            fails, delay_s = 0, 0.0
            while True:
                await self._wait_for_work()
                retry_after_s = await self._deliver_first(session)
                if retry_after_s is None:
                    fails = 0
                    continue
                # Telegram repeats the first failure at once and doubles from then on, unless told otherwise.
                delay_s = delay_s * 2 if fails > 1 else self._hub.config.webhook_first_retry_s
                if retry_after_s == 0 and fails > 0:
                    retry_after_s = delay_s = min(delay_s, self._hub.config.webhook_max_retry_s)
                fails += 1
                await asyncio.sleep(retry_after_s)

    async def _wait_for_work(self) -> None:
        updates = self._hub.updates
        while not (updates.pending and self._hub.meta.get("webhook", {}).get("url")):
            updates.arrived.clear()
            await updates.arrived.wait()
            updates.expire()

    async def _deliver_first(self, session: aiohttp.ClientSession) -> float | None:
        """Post the oldest update. None = delivered; else the Retry-After the other side asked for (0 = none)."""
        webhook = self._hub.meta["webhook"]
        update_id, update = next(iter(self._hub.updates.pending.items()))
        headers = {"Content-Type": "application/json"}
        if webhook.get("secret_token"):
            headers[SECRET_HEADER] = webhook["secret_token"]
        try:
            body = json.dumps(public(update), ensure_ascii=False).encode()
            async with session.post(webhook["url"], data=body, headers=headers) as answer:
                text = await answer.text()
                if 200 <= answer.status < 300:
                    self._hub.updates.drop(update_id)
                    await self._execute_answer(text)
                    return None
                self._remember_error(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                return _seconds(answer.headers.get("Retry-After", "0"))
        except (aiohttp.ClientError, TimeoutError) as error:
            timed_out = isinstance(error, TimeoutError)
            self._remember_error("Read timeout expired" if timed_out else "Connection refused")
            return 0.0

    async def _execute_answer(self, text: str) -> None:
        try:
            call = json.loads(text)
        except ValueError:
            return
        if isinstance(call, dict) and isinstance(call.get("method"), str):
            await self._execute(call.pop("method"), call)

    def _remember_error(self, message: str) -> None:
        webhook = dict(self._hub.meta["webhook"])
        webhook.update(last_error_date=int(self._hub.now()), last_error_message=message)
        self._hub.set_meta("webhook", webhook)
        log.warning("webhook not delivered: %s", message)


def _seconds(header: str) -> float:
    return min(float(header), MAX_RETRY_AFTER_S) if header.isdigit() else 0.0
