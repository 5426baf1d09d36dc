"""Brings Telegram's updates in: by polling (the default, where the offset is the acknowledgement) or by webhook.

Updates are handed over, stored by ``on_messages``, and only then acknowledged: a crash repeats and never loses one.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from aiogram.methods import AnswerCallbackQuery
from aiogram.types import Update

from domain.chat import IncomingMessage
from domain.errors import ConciergeError, Refused, Temporary
from domain.ports import Clock, OnMessages
from integrations.telegram.client import TelegramClient, UnreadableUpdate
from integrations.telegram.errors import Replay
from integrations.telegram.events import album_of, merge_album, read
from integrations.telegram.messenger import TelegramMessenger

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
POLL_S = 25
ALBUM_SETTLES_S = 0.7
"""Above half a second: asked again sooner with the same offset, Telegram gives out one update only."""
ALBUM_ITEMS = 10
ANSWER_TIMEOUT_S = 5
SECOND_POLLER = (
    "telegram: another program asks for this bot's updates with the same token; one of the two has to stop"
)

OnUnreadable = Callable[[Sequence[UnreadableUpdate]], Awaitable[None]]
Prepare = Callable[[], Awaitable[None]]


class _Intake:
    """What polling and webhook share: reading, handing over, ending the spinner of pressed buttons."""

    def __init__(
        self,
        client: TelegramClient,
        on_messages: OnMessages,
        clock: Clock,
        on_unreadable: OnUnreadable | None,
    ) -> None:
        self._clock = clock
        self._client = client
        self._on_messages = on_messages
        self._on_unreadable = on_unreadable

    async def take(self, found: Sequence[Update | UnreadableUpdate]) -> None:
        """Store everything; returns when that is done."""
        updates = [item for item in found if isinstance(item, Update)]
        unreadable = [item for item in found if isinstance(item, UnreadableUpdate)]
        for item in unreadable:
            log.warning(
                "telegram update not understood", extra={"update": item.update_id, "reason": item.reason}
            )
        if unreadable and self._on_unreadable is not None:
            await self._on_unreadable(unreadable)
        messages = await self._messages(updates)
        if messages:
            await self._on_messages(messages)
        presses = [update.callback_query.id for update in updates if update.callback_query]
        await asyncio.gather(*map(self._answer, presses))

    async def _messages(self, updates: Sequence[Update]) -> list[IncomingMessage]:
        """In the order of arrival; an album stands where its first item stood."""
        me = await self._client.me()
        grouped: dict[str, list[IncomingMessage]] = {}
        for update in updates:
            if (message := read(update, me, self._clock())) is not None:
                grouped.setdefault(album_of(update) or message.event_key, []).append(message)
        return [merge_album(items) for items in grouped.values()]

    async def _answer(self, query_id: str) -> None:
        """The button stops turning; what the press led to is shown by messages."""
        try:
            method = AnswerCallbackQuery(callback_query_id=query_id)
            await self._client.call(method, replay=Replay.SAFE, timeout_s=ANSWER_TIMEOUT_S)
        except ConciergeError as error:
            log.debug("press not answered", extra={"error": error.code})


class TelegramReceiver:
    """The one poller of a bot (run it under a lease): :meth:`run` until cancelled or :meth:`stop`.

    ``prepare`` (the menu of commands, say) is repeated until it succeeds. With ``webhook_url`` the receiver only
    registers it: the web hands posts to :class:`TelegramWebhook`.
    """

    def __init__(
        self,
        messenger: TelegramMessenger,
        on_messages: OnMessages,
        *,
        clock: Clock,
        prepare: Prepare | None = None,
        on_unreadable: OnUnreadable | None = None,
        webhook_url: str = "",
        poll_s: int = POLL_S,
        album_settles_s: float = ALBUM_SETTLES_S,
    ) -> None:
        self._client = messenger.client
        self._intake = _Intake(messenger.client, on_messages, clock, on_unreadable)
        self._clock = clock
        self._prepare = prepare
        self._webhook_url = webhook_url
        self._poll_s = poll_s
        self._album_settles_s = album_settles_s
        self._offset: int | None = None
        self._albums: dict[str, int] = {}  # items seen of albums still held back
        self._stopping = asyncio.Event()
        self.last_poll_at: datetime | None = None
        """When Telegram last answered a poll; for health checks."""

    async def run(self) -> None:
        """Poll until stopped. Telegram's errors are waited out; errors of our own storage end it."""
        await self._persist(self._start)
        if self._prepare is not None:
            await self._persist(self._prepare, give_up=True)
        while not self._webhook_url and not self._stopping.is_set():
            await self._persist(self.poll)

    def stop(self) -> None:
        """End :meth:`run` after the poll in hand."""
        self._stopping.set()

    async def _start(self) -> None:
        await self._client.me()
        if self._webhook_url:
            await self._client.set_webhook(self._webhook_url, webhook_secret(self._client))
        else:
            await self._client.delete_webhook()

    async def _persist(self, work: Callable[[], Awaitable[None]], *, give_up: bool = False) -> None:
        """Do ``work``, again after a pause while Telegram's side fails; ``give_up`` on what can't get better."""
        failures = 0
        while not self._stopping.is_set():
            try:
                await work()
            except ConciergeError as error:
                failures += 1
                log.warning(
                    "telegram refuses: %s", error.code, extra={"detail": error.detail, "failures": failures}
                )
                if give_up and not isinstance(error, Temporary):
                    return
                await self._rest(_pause_s(error, failures))
            else:
                return

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):  # wait_for may lose a cancellation before Python 3.12
                await self._stopping.wait()
        except TimeoutError:
            return

    async def poll(self) -> None:
        """Ask once, hand over, move the offset. Temporary("telegram-second-poller") when somebody else asks too."""
        try:
            found = await self._client.updates(self._offset, 0 if self._albums else self._poll_s)
        except Temporary as error:
            if error.code == "telegram-second-poller":
                log.warning(SECOND_POLLER)
            raise
        self.last_poll_at = self._clock()
        ready = found[: self._hold_from(found)]
        await self._intake.take(ready)
        if ready:
            self._offset = ready[-1].update_id + 1
        if self._albums:
            await self._rest(self._album_settles_s)

    def _hold_from(self, found: Sequence[Update | UnreadableUpdate]) -> int:
        """Where to stop: before the first item of an album that may still grow.

        Items come as updates of their own. An album is whole when it has ten, or did not grow between two polls.
        """
        seen: dict[str, int] = {}
        first: dict[str, int] = {}
        for index, update in enumerate(found):
            if isinstance(update, Update) and (album := album_of(update)) is not None:
                seen[album] = seen.get(album, 0) + 1
                first.setdefault(album, index)
        growing = {
            album for album, items in seen.items() if items < ALBUM_ITEMS and self._albums.get(album) != items
        }
        self._albums = {album: seen[album] for album in growing}
        return min((first[album] for album in growing), default=len(found))


def _pause_s(error: ConciergeError, failures: int) -> float:
    """Until the next attempt: Telegram's wish, else twice as long each time, else a minute for a wrong setting."""
    if isinstance(error, Temporary):
        return error.retry_after_s or min(30.0, 2.0 ** min(failures, 5))
    return 60.0


def webhook_secret(client: TelegramClient) -> str:
    """What Telegram repeats in each post's header: derived from the token, so that nothing has to be kept."""
    return hmac.new(client.bot.token.encode(), b"concierge-webhook", "sha256").hexdigest()


class TelegramWebhook:
    """Used by the web's route for Telegram's posts; answer 200 when :meth:`receive` returns.

    Album items come one by one here: Telegram holds the next update of a chat back until this one is taken.
    """

    def __init__(
        self,
        messenger: TelegramMessenger,
        on_messages: OnMessages,
        *,
        clock: Clock,
        on_unreadable: OnUnreadable | None = None,
    ) -> None:
        self._client = messenger.client
        self._intake = _Intake(messenger.client, on_messages, clock, on_unreadable)
        self._secret = webhook_secret(messenger.client)

    async def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        """Store one update. Refused("telegram-event-forged" | "telegram-event-unreadable") answers 4xx."""
        given = next((value for name, value in headers.items() if name.lower() == SECRET_HEADER.lower()), "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Refused("telegram-event-forged")
        try:
            raw = json.loads(body)
        except ValueError as error:
            raise Refused("telegram-event-unreadable", "no JSON") from error
        if not isinstance(raw, dict):
            raise Refused("telegram-event-unreadable", "no object")
        await self._intake.take([self._client.parse(raw)])
