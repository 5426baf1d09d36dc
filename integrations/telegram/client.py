"""The one way to the Bot API: aiogram's session behind our guard, our pace and our errors."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter
from aiogram.methods import DeleteWebhook, GetFile, GetMe, GetUpdates, SetWebhook, TelegramMethod
from aiogram.types import Update
from aiogram.utils.token import TokenValidationError
from pydantic import ValidationError

from domain.errors import Permanent, Refused, Temporary
from domain.ports import Lane
from integrations.telegram.errors import DOWN_LIMIT_MB, Replay, is_not_modified, scrub, to_error
from integrations.telegram.pace import Pace

log = logging.getLogger(__name__)

T = TypeVar("T")
CALL_TIMEOUT_S = 20
FILE_TIMEOUT_S = 120
POLL_SLACK_S = 15
UPDATE_KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own identity."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class UnreadableUpdate:
    """An update aiogram's models refuse (a kind newer than they are); it must not stop the queue."""

    update_id: int
    raw: dict[str, Any]
    reason: str


class _Session(AiohttpSession):
    async def close(self) -> None:
        """Without aiogram's pause of 250 ms: aiohttp waits for its TLS connections by itself since 3.12."""
        if self._session is not None and not self._session.closed:
            await self._session.close()


class TelegramClient:
    """One bot. ``guard`` runs before every call (no transaction may be open then)."""

    def __init__(
        self,
        token: str,
        *,
        api_url: str = "https://api.telegram.org",
        guard: Callable[[], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        session = _Session(api=TelegramAPIServer.from_base(api_url), timeout=CALL_TIMEOUT_S)
        try:
            self.bot = Bot(token, session=session)
        except TokenValidationError as error:
            raise Permanent("telegram-token-refused", "the token has not the form of a token") from error
        self._session = session
        self._guard = guard
        self._pace = pace or Pace()
        self._me: Me | None = None

    async def close(self) -> None:
        await self._session.close()

    async def call(
        self,
        method: TelegramMethod[T],
        *,
        replay: Replay = Replay.UNSAFE,
        timeout_s: int = CALL_TIMEOUT_S,
    ) -> T | None:
        """Run a method; None = the wanted state stood already. Raises Refused, Temporary, Unclear or Permanent."""
        if self._guard is not None:
            self._guard()
        try:
            return await self.bot(method, request_timeout=timeout_s)
        except (TelegramAPIError, ClientDecodeError) as error:
            if isinstance(error, TelegramAPIError) and is_not_modified(error):
                return None
            if isinstance(error, TelegramRetryAfter) and (chat := getattr(method, "chat_id", None)):
                self._pace.freeze(str(chat), float(error.retry_after))
            raise to_error(error, method.__api_method__, replay) from error

    async def write(
        self,
        method: TelegramMethod[T],
        *,
        lane: int = Lane.REPLY,
        replay: Replay = Replay.UNSAFE,
        timeout_s: int = CALL_TIMEOUT_S,
    ) -> T | None:
        """As :meth:`call`, for methods that count in flood control."""
        await self._pace.take(str(getattr(method, "chat_id", "")), lane)
        return await self.call(method, replay=replay, timeout_s=timeout_s)

    async def me(self) -> Me:
        """Who the bot is; asked once."""
        if self._me is None:
            found = await self.call(GetMe(), replay=Replay.SAFE)
            assert found is not None
            self._me = Me(found.id, (found.username or "").lower())
        return self._me

    async def updates(self, offset: int | None, timeout_s: int) -> list[Update | UnreadableUpdate]:
        """The next updates, waiting up to ``timeout_s`` for the first; ``offset`` acknowledges all before it."""
        method = GetUpdates(offset=offset, timeout=timeout_s, allowed_updates=UPDATE_KINDS)
        try:
            found = await self.call(method, replay=Replay.SAFE, timeout_s=timeout_s + POLL_SLACK_S)
        except Temporary as error:
            decode = error.__cause__
            if isinstance(decode, ClientDecodeError) and isinstance(decode.data, dict):
                return [self.parse(raw) for raw in decode.data.get("result") or []]
            raise
        return list(found or [])

    def parse(self, raw: dict[str, Any]) -> Update | UnreadableUpdate:
        """One raw update."""
        try:
            return Update.model_validate(raw, context={"bot": self.bot})
        except ValidationError as error:
            reason = (
                f"{error.error_count()} faults, the first at {'.'.join(map(str, error.errors()[0]['loc']))}"
            )
            return UnreadableUpdate(int(raw.get("update_id", 0)), raw, reason)

    async def set_webhook(self, url: str, secret: str) -> None:
        await self.call(
            SetWebhook(url=url, secret_token=secret, allowed_updates=UPDATE_KINDS), replay=Replay.SAFE
        )

    async def delete_webhook(self) -> None:
        """Polling works only without one; waiting updates stay."""
        await self.call(DeleteWebhook(), replay=Replay.SAFE)

    async def download(self, file_id: str, name: str) -> bytes:
        """A file of at most 20 MB. Refused("file-too-large"), Permanent("file-gone")."""
        try:
            file = await self.call(GetFile(file_id=file_id), replay=Replay.SAFE)
        except Refused as error:
            raise Refused(error.code, error.detail, **{**error.params, "name": name}) from error
        if file is None or not file.file_path:
            raise Permanent("file-gone", "getFile gave no path")
        url = self._session.api.file_url(self.bot.token, file.file_path)
        return await self._stream(url, name)

    async def _stream(self, url: str, name: str) -> bytes:
        data = bytearray()
        try:
            async for chunk in self._session.stream_content(url, timeout=FILE_TIMEOUT_S):
                data += chunk
                if len(data) > DOWN_LIMIT_MB << 20:
                    raise Refused(
                        "file-too-large", "longer than announced", name=name, limit_mb=DOWN_LIMIT_MB
                    )
        except aiohttp.ClientResponseError as error:
            if error.status in (404, 410):
                raise Permanent(
                    "file-gone", f"download: {error.status}"
                ) from None  # its text holds the token
            raise Temporary("telegram-unreachable", f"download: {error.status}") from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Temporary("telegram-unreachable", f"download: {scrub(type(error).__name__)}") from None
        return bytes(data)
