"""Takes events the portal posts: checks who posts, decodes form or JSON, hands over, and only then returns.

There is no signature: the proof is ``auth.application_token`` of the top level. For a bot registered through an
inbound webhook that token is seen first in the first event, so it is pinned on first use.
Documents: ``imbot.v2/events/events.md``, ``api-reference/events/safe-event-handlers.md``.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from domain.chat import IncomingMessage
from domain.errors import Refused
from domain.ports import OnMessages
from integrations.bitrix24.bot import Bot
from integrations.bitrix24.decoder import as_int, as_map, as_text
from integrations.bitrix24.events import BotRemoved, Unreadable, from_post, read, without_secrets
from integrations.bitrix24.phpform import FormError, parse_form
from integrations.bitrix24.receiver import OnProblem, OnUnreadable

MAX_BODY_BYTES = 1 << 20

LoadToken = Callable[[], Awaitable[str | None]]
PinToken = Callable[[str], Awaitable[str]]
"""Stores the token if none is stored yet and returns the stored one (so that two first events can't both win)."""


class WebhookReceiver:
    """Used by the web's route ``POST /bitrix24/events``; answer 200 when :meth:`receive` returns."""

    def __init__(
        self,
        bot: Bot,
        on_messages: OnMessages,
        *,
        load_token: LoadToken,
        pin_token: PinToken,
        on_unreadable: OnUnreadable,
        on_problem: OnProblem | None = None,
    ) -> None:
        self._bot = bot
        self._on_messages = on_messages
        self._load_token = load_token
        self._pin_token = pin_token
        self._on_unreadable = on_unreadable
        self._on_problem = on_problem

    async def receive(self, _headers: Mapping[str, str], body: bytes, content_type: str) -> None:
        """Store what the event tells. Refused("bitrix-event-forged" | "bitrix-event-unreadable") answers 4xx."""
        form = decode_body(body, content_type)
        await self._verify(form)
        named = bot_of(form)
        if named is not None and named != self._bot.bot_id:
            raise Refused("bitrix-event-forged", "an event of another bot")
        await hand_over(
            form, self._bot.bot_id, self._on_messages, self._on_unreadable, on_problem=self._on_problem
        )

    async def _verify(self, form: Mapping[str, Any]) -> None:
        given = as_text(as_map(form.get("auth")).get("application_token"))
        if not given:
            raise Refused("bitrix-event-forged", "no application_token")
        known = await self._load_token() or await self._pin_token(given)
        if not hmac.compare_digest(known.encode(), given.encode()):
            raise Refused("bitrix-event-forged", "another application_token")


def bot_of(form: Mapping[str, Any]) -> int | None:
    """Which bot an event names."""
    return as_int(as_map(as_map(form.get("data")).get("bot")).get("id"))


async def hand_over(
    form: Mapping[str, Any],
    bot_id: int,
    on_messages: OnMessages,
    on_unreadable: OnUnreadable,
    *,
    on_problem: OnProblem | None = None,
) -> None:
    """Store what a genuine event tells; durable when it returns."""
    try:
        event = from_post(form)
    except ValueError as error:
        await on_unreadable([Unreadable(as_map(without_secrets(form)), str(error))])
        return
    outcome = read(event, bot_id)
    if isinstance(outcome, IncomingMessage):
        await on_messages([outcome])
    elif isinstance(outcome, Unreadable):
        await on_unreadable([outcome])
    elif isinstance(outcome, BotRemoved) and on_problem is not None:
        on_problem("bitrix-bot-removed", "the bot was deleted in the portal")


def decode_body(body: bytes, content_type: str) -> dict[str, Any]:
    """A posted event as nested dicts: PHP form by documentation, JSON as its samples read it."""
    if len(body) > MAX_BODY_BYTES:
        raise Refused("bitrix-event-unreadable", "too big")
    try:
        if "json" in content_type.lower() or body[:1] == b"{":
            return as_map(orjson.loads(body))
        return parse_form(body)
    except (orjson.JSONDecodeError, FormError) as error:
        raise Refused("bitrix-event-unreadable", type(error).__name__) from None
