"""Turns Telegram's refusals into our three fates, by one table.

Telegram tells errors apart by sentences only; these are the public server's. A sentence nobody knows is Permanent:
repeating can't help, and the words stand in the detail.
"""

import re
from enum import Enum

import aiohttp
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from domain.errors import ConciergeError, Permanent, Refused, Temporary, Unclear

DOWN_LIMIT_MB = 20
UP_LIMIT_MB = 50


class Replay(Enum):
    """May a call be repeated blindly? UNSAFE: a repeat would write twice, so a lost answer is Unclear."""

    SAFE = "safe"
    UNSAFE = "unsafe"


THREAD_GONE = "thread-gone"
"""The topic was deleted: the caller makes a new one."""

_SENTENCES = (
    ("message thread not found", THREAD_GONE),
    ("topic_deleted", THREAD_GONE),
    ("topic_id_invalid", THREAD_GONE),
    ("topic_closed", "thread-closed"),
    ("message to edit not found", "message-gone"),
    ("message to delete not found", "message-gone"),
    ("message_id_invalid", "message-gone"),
    ("message can't be edited", "message-not-editable"),
    ("there is no text in the message to edit", "message-not-editable"),
    ("message can't be deleted", "message-not-deletable"),
    ("chat not found", "telegram-chat-not-found"),
    ("the chat is not a", "telegram-not-a-forum"),
    ("not enough rights", "telegram-not-enough-rights"),
    ("have no rights", "telegram-not-enough-rights"),
    ("chat_write_forbidden", "telegram-not-enough-rights"),
    ("can't parse entities", "telegram-markup-refused"),
    ("message is too long", "telegram-too-long"),
    ("caption is too long", "telegram-too-long"),
    ("invalid file_id", "file-gone"),
    ("wrong file_id", "file-gone"),
    ("wrong file identifier", "file-gone"),
    ("query is too old", "telegram-press-too-old"),
    ("bot was blocked", "telegram-blocked"),
    ("can't initiate conversation", "telegram-not-started"),
    ("user is deactivated", "telegram-user-gone"),
    ("bot was kicked", "telegram-not-in-chat"),
    ("not a member", "telegram-not-in-chat"),
    ("group chat was deleted", "telegram-not-in-chat"),
)
_SECRETS = (
    (re.compile(r"\b\d{3,}:[A-Za-z0-9_-]+"), "<token>"),
    (re.compile(r"https?://\S+"), "<link>"),
    (re.compile(r"\s+"), " "),
)
_NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def scrub(text: str) -> str:
    """Telegram's words fit for a log: tokens and links taken out, ≤ 200 characters."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text.strip()[:200]


def is_not_modified(error: TelegramAPIError) -> bool:
    """The wanted state stands already (message, topic): a success."""
    words = error.message.lower()
    return "not modified" in words or "topic_not_modified" in words


def to_error(error: AiogramError, method: str, replay: Replay) -> ConciergeError:
    """What a refusal means; ``method`` is the Bot API's name for the detail."""
    words = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
    detail = f"{method}: {scrub(words)}"
    match error:
        case TelegramRetryAfter():
            return Temporary("telegram-flood", detail, retry_after_s=float(error.retry_after))
        case TelegramMigrateToChat():
            return Permanent("telegram-chat-migrated", detail, chat=str(error.migrate_to_chat_id))
        case TelegramUnauthorizedError() | TelegramNotFound():
            return Permanent("telegram-token-refused", detail)
        case TelegramConflictError():
            return Temporary("telegram-second-poller", detail, retry_after_s=30.0)
        case TelegramEntityTooLarge():
            return Refused("file-too-large", detail, limit_mb=UP_LIMIT_MB)
        case TelegramNetworkError() | TelegramServerError() | ClientDecodeError():
            return _lost(error, detail, replay)
        case TelegramAPIError():
            return _by_sentence(error, detail)
    return Permanent("telegram-refused", detail)


def _lost(error: AiogramError, detail: str, replay: Replay) -> ConciergeError:
    """No answer one could rely on. A connection that never came about did nothing."""
    if isinstance(error, TelegramAPIError) and "entity too large" in error.message.lower():
        return Refused("file-too-large", detail, limit_mb=UP_LIMIT_MB)
    if replay is Replay.SAFE or isinstance(error.__cause__, _NEVER_CONNECTED):
        return Temporary("telegram-unreachable", detail)
    return Unclear("telegram-unclear", detail)


def _by_sentence(error: TelegramAPIError, detail: str) -> ConciergeError:
    words = error.message.lower()
    if "file is too big" in words:
        return Refused("file-too-large", detail, limit_mb=DOWN_LIMIT_MB)
    for sentence, code in _SENTENCES:
        if sentence in words:
            return Permanent(code, detail)
    fallback = "telegram-forbidden" if isinstance(error, TelegramForbiddenError) else "telegram-refused"
    return Permanent(fallback, detail)
