"""The bot's queue of updates: acknowledged by offset, handed out by long poll to one poller, kept for a day."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sandbox.telegram.errors import ApiError, conflict

if TYPE_CHECKING:
    from sandbox.telegram.state import TelegramHub

KEPT_FOR_S = 24 * 3600
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
OTHER_WEBHOOK = "terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)

Json = dict[str, Any]


class UpdateQueue:
    """``pending`` maps update_id to the stored update, oldest first."""

    def __init__(self, hub: TelegramHub) -> None:
        self._hub = hub
        self.pending: dict[int, Json] = {}
        self.arrived = asyncio.Event()  # for the webhook's sender
        self._poll: asyncio.Future[None] | None = None
        self._next_conflict_at = 0.0

    # --- filling ---

    def allowed(self) -> list[str]:
        return list(self._hub.meta.get("allowed_updates", []))

    def allow(self, types: list[str]) -> None:
        self._hub.set_meta("allowed_updates", types)

    def push(self, kind: str, body: Json) -> None:
        """Queue one update, unless the bot did not ask for its kind."""
        allowed = self.allowed()
        if (allowed and kind not in allowed) or (not allowed and kind in NOT_BY_DEFAULT):
            return
        update_id = self._hub.next_number("update") + 100_000
        self.pending[update_id] = {"update_id": update_id, kind: body, "_at": self._hub.now()}
        self._hub.touch("updates", update_id)
        self._wake()

    def drop(self, update_id: int) -> None:
        if self.pending.pop(update_id, None) is not None:
            self._hub.touch("updates", update_id)

    def drop_all(self) -> None:
        for update_id in list(self.pending):
            self.drop(update_id)

    def expire(self) -> None:
        oldest = self._hub.now() - KEPT_FOR_S
        for update_id in [key for key, update in self.pending.items() if update["_at"] < oldest]:
            self.drop(update_id)

    def _wake(self) -> None:
        self.arrived.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    # --- getUpdates ---

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Json]:
        """Acknowledge everything below ``offset`` and hand out up to ``limit`` updates, waiting for the first."""
        self._acknowledge(offset)
        await self._end_other_poll(OTHER_POLLER)
        if not self.pending and timeout_s > 0:
            await self._wait(timeout_s)
        self.expire()
        return [public(update) for update in list(self.pending.values())[:limit]]

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:  # from the end: "-1" keeps only the newest
            for update_id in list(self.pending)[:offset]:
                self.drop(update_id)
        for update_id in [key for key in self.pending if key < offset]:
            self.drop(update_id)

    async def _wait(self, timeout_s: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None

    async def _end_other_poll(self, why: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(why))
            self._poll = None
            await asyncio.sleep(0)

    async def end_poll_for_webhook(self) -> None:
        await self._end_other_poll(OTHER_WEBHOOK)

    def end_poll(self) -> None:
        """Answer the waiting poll with what there is: the server stops."""
        self._wake()

    async def conflict_pause(self) -> None:
        """Telegram answers one conflict at once and holds further ones back, so that two pollers don't spin."""
        now = self._hub.now()
        if now >= self._next_conflict_at:
            self._next_conflict_at = now + self._hub.config.conflict_pause_s
            return
        await asyncio.sleep(self._hub.config.conflict_pause_s)

    def refuse_while_webhook(self) -> ApiError | None:
        return conflict(WEBHOOK_ACTIVE) if self._hub.meta.get("webhook", {}).get("url") else None


def public(update: Json) -> Json:
    return {key: value for key, value in update.items() if not key.startswith("_")}
