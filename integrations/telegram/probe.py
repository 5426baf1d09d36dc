"""Asks a Bot API server who the bot is and what it may do in a group: for `concierge check`, without aiogram.

aiogram costs 2.4 s and 126 MB, too much for three questions. Document: core.telegram.org/bots/api (getMe, getChat,
getChatMember).
"""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from domain.errors import Permanent, Temporary

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)
_TOKEN_REFUSED = (401, 404)
"""Telegram answers 401 to an unknown token and 404 to one that has not the form of a token."""


class TelegramProbe:
    """One bot of one Bot API server. The session belongs to the caller."""

    def __init__(self, session: aiohttp.ClientSession, token: str, api_url: str) -> None:
        self._session = session
        self._base = f"{api_url.rstrip('/')}/bot{token}/"

    async def name(self) -> str:
        """``@username``. Permanent("telegram-token-refused"), Temporary("telegram-unreachable")."""
        me = await self._ask("getMe")
        return f"@{me.get('username', '')}"

    async def forum(self, chat_id: int) -> str:
        """A forum's title, when the bot may work there.

        Permanent: telegram-chat-not-found, telegram-not-a-forum, telegram-not-enough-rights.
        """
        chat = await self._ask("getChat", chat_id=chat_id)
        if not chat.get("is_forum"):
            raise Permanent("telegram-not-a-forum", str(chat_id))
        me = await self._ask("getMe")
        mine = await self._ask("getChatMember", chat_id=chat_id, user_id=me.get("id"))
        able = mine.get("status") == "creator" or (
            mine.get("status") == "administrator" and mine.get("can_manage_topics", True)
        )
        if not able:
            raise Permanent("telegram-not-enough-rights", str(chat_id))
        return str(chat.get("title", ""))

    async def group(self, chat_id: int) -> str:
        """A group's title, when the bot is in it. Permanent("telegram-chat-not-found")."""
        chat = await self._ask("getChat", chat_id=chat_id)
        return str(chat.get("title", ""))

    async def _ask(self, method: str, **params: Any) -> Mapping[str, Any]:
        try:
            async with self._session.post(self._base + method, json=params, timeout=TIMEOUT) as answer:
                status, raw = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # `from None`: the cause's text would carry the address, and with it the token
            raise Temporary("telegram-unreachable", f"{method}: {type(error).__name__}") from None
        try:
            body = json.loads(raw)
        except ValueError:
            raise Temporary("telegram-unreachable", f"{method}: no JSON, HTTP {status}") from None
        if isinstance(body, dict) and body.get("ok") and isinstance(body.get("result"), dict):
            found: dict[str, Any] = body["result"]
            return found
        raise _refusal(method, status)


def _refusal(method: str, status: int) -> Permanent | Temporary:
    if method == "getMe" and status in _TOKEN_REFUSED:
        return Permanent("telegram-token-refused", f"{method}: HTTP {status}")
    if status == 429 or status >= 500:
        return Temporary("telegram-unreachable", f"{method}: HTTP {status}")
    code = "telegram-refused" if method == "getMe" else "telegram-chat-not-found"
    return Permanent(code, f"{method}: HTTP {status}")
