"""Brings the bot's events in: by asking (the default, where the offset is the acknowledgement) or by webhook.

Events are handed over, stored by ``on_messages``, and only then acknowledged, so a crash repeats events and never
loses one. Documents: ``imbot.v2/events/event-get.md``, ``api-reference/events/safe-event-handlers.md``.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.chat import IncomingMessage
from domain.errors import ConciergeError, Permanent, Temporary
from domain.ports import Clock, Lane, OnMessages
from integrations.bitrix24.bot import Bot
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_int, as_list, as_map
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.events import (
    BotRemoved,
    Readable,
    Unreadable,
    from_fetch,
    read,
    without_secrets,
)

log = logging.getLogger(__name__)

OnUnreadable = Callable[[Sequence[Unreadable]], Awaitable[None]]
OnProblem = Callable[[str, str], None]
"""Hears a code of our texts and a detail: things an operator should see."""
LoadOffset = Callable[[], Awaitable[int | None]]
SaveOffset = Callable[[int], Awaitable[None]]

POLL_SHARE = 0.25
POLL_TIMEOUT_S = 25.0
PAGE = 100
TALK_FOR = timedelta(minutes=2)
REST_S = 15.0
STANDING = frozenset(
    {"no-auth", "access-denied", "insufficient-scope", "method-not-found", "bot-removed", "bot-not-found", "moved",
     "webhook-url", "overload-limit", "bot-token-not-specified", "bot-ownership-error"}
)  # fmt: skip
"""What stays until somebody does something. Other words, ``ERROR_CORE`` before all, mostly pass by themselves."""
PASSING_TRIES = 6
RETENTION = timedelta(hours=24)
"""How long the portal keeps unread bot events isn't documented; its user events live 24 hours."""


@dataclass(frozen=True, slots=True)
class _Page:
    items: list[Readable]
    ids: list[int]
    next_offset: int | None
    has_more: bool


class PullReceiver:
    """The one consumer of a bot's queue (run it under a lease). :meth:`run` until :meth:`stop`."""

    def __init__(
        self,
        client: BitrixClient,
        bot: Bot,
        on_messages: OnMessages,
        *,
        load_offset: LoadOffset,
        save_offset: SaveOffset,
        on_unreadable: OnUnreadable,
        clock: Clock,
        on_problem: OnProblem | None = None,
        poll_s: float = 2.0,
        rest_s: float = REST_S,
    ) -> None:
        self._client = client
        self._bot = bot
        self._on_messages = on_messages
        self._load_offset = load_offset
        self._save_offset = save_offset
        self._on_unreadable = on_unreadable
        self._on_problem = on_problem
        self._clock = clock
        self._poll_s = poll_s
        self._rest_s = max(rest_s, poll_s)
        self._share = client.limiter.share("poll", POLL_SHARE)
        self._offset: int | None = None
        self._delay_s = poll_s
        self._talked_at: datetime | None = None
        self._answered_at: datetime | None = None
        self._told: set[str] = set()
        self._stopping = False
        self._wake = asyncio.Event()
        self.last_poll_at: datetime | None = None
        """When the portal last answered a poll; for health checks."""

    async def run(self) -> None:
        """Poll until stopped. Errors of the portal are waited out; errors of our own storage end it."""
        self._offset = await self._load_offset()
        failures = 0
        while not self._stopping:
            try:
                await self._share.take()
                more = await self.poll()
                failures = 0
            except Temporary as error:
                failures += 1
                more, self._delay_s = False, error.retry_after_s or min(30.0, 2.0**failures)
                log.info("bitrix24 poll failed", extra={"error": error.code, "failures": failures})
            except ConciergeError as error:
                failures += 1
                more, self._delay_s = False, self._after(error, failures)
            if not more:
                await self._rest()

    def _after(self, error: ConciergeError, failures: int) -> float:
        """How long to wait; told are errors that stand, and those that don't pass."""
        if error.code.removeprefix("bitrix-") not in STANDING and failures < PASSING_TRIES:
            log.info("bitrix24 poll failed", extra={"error": error.code, "failures": failures})
            return min(30.0, 2.0**failures)
        self._problem(error.code, error.detail)
        return 60.0

    def stop(self) -> None:
        """End :meth:`run` after the page in hand; it returns at once when it is resting."""
        self._stopping = True
        self._wake.set()

    async def poll(self) -> bool:
        """Fetch one page, hand it over, remember the offset. True when more is waiting."""
        params = self._bot.params(limit=PAGE)
        if self._offset is not None:
            params["offset"] = self._offset
        answer = await self._client.call(
            "imbot.v2.Event.get", params, lane=Lane.REPLY, replay=Replay.SAFE, timeout_s=POLL_TIMEOUT_S
        )
        page = self._read(as_map(answer))
        self._watch(page)
        messages = [item for item in page.items if isinstance(item, IncomingMessage)]
        unreadable = [item for item in page.items if isinstance(item, Unreadable)]
        if unreadable:
            await self._on_unreadable(unreadable)
        if messages:
            await self._on_messages(messages)
            self._talked_at = self._clock()
        await self._advance(page)
        if any(isinstance(item, BotRemoved) for item in page.items):
            raise Permanent("bitrix-bot-removed", "the bot was deleted in the portal")
        self._delay_s = self._pace()
        return page.has_more

    def _read(self, answer: Mapping[str, Any]) -> _Page:
        items: list[Readable] = []
        ids: list[int] = []
        for raw in as_list(answer.get("events")):
            event_id = as_int(as_map(raw).get("eventId"))
            if event_id is not None:
                ids.append(event_id)
            items.append(read_fetched(raw, self._bot.bot_id))
        return _Page(items, ids, as_int(answer.get("nextOffset")), answer.get("hasMore") is True)

    async def _advance(self, page: _Page) -> None:
        """The offset only grows: an empty queue may answer 0."""
        wanted = max([page.next_offset or 0, *(event_id + 1 for event_id in page.ids)])
        if wanted > (self._offset or 0):
            await self._save_offset(wanted)
            self._offset = wanted

    def _watch(self, page: _Page) -> None:
        """Ids that jump, or a queue that moved without us: somebody else reads it, or we were away too long."""
        now, offset = self._clock(), self._offset
        self.last_poll_at = now
        away = self._answered_at is not None and now - self._answered_at > RETENTION
        self._answered_at = now
        if away:
            self._problem("bitrix-events-expired", "no answer for more than a day, older events may be gone")
        if offset is None:
            return
        if not page.ids and (page.next_offset or 0) > offset:
            self._problem(
                "bitrix-second-consumer", f"the queue moved from {offset} to {page.next_offset} without us"
            )
        elif page.ids and min(page.ids) > offset:
            log.info("bitrix24 event ids jump", extra={"expected": offset, "found": min(page.ids)})

    def _pace(self) -> float:
        """Quick while somebody talks, then slower by half each time, up to the pace of rest."""
        if self._talked_at is not None and self._clock() - self._talked_at < TALK_FOR:
            return self._poll_s
        return min(self._rest_s, max(self._delay_s, self._poll_s) * 1.5)

    async def _rest(self) -> None:
        if self._stopping:
            return
        try:
            async with asyncio.timeout(self._delay_s):  # wait_for may lose a cancellation before Python 3.12
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _problem(self, code: str, detail: str) -> None:
        """Tell each kind once per run; the log has them all."""
        log.warning("bitrix24 events: %s", code, extra={"detail": detail})
        if code not in self._told and self._on_problem is not None:
            self._told.add(code)
            self._on_problem(code, detail)


def read_fetched(raw: Any, bot_id: int) -> Readable:
    """One fetched event, whatever it looks like."""
    try:
        event = from_fetch(as_map(raw))
    except ValueError as error:
        return Unreadable(as_map(without_secrets(raw)), str(error))
    return read(event, bot_id)
