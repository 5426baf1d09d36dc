"""Bot events of the portal as our messages: one pure function per event type.

Fetched events are JSON, posted ones are forms in which every value is text; both come through the same casts.
Documents: ``imbot.v2/events/{events,event-get}.md``, ``chat-bots-v2/entities.md``. An event that can't be read is
never dropped: it comes out as :class:`Unreadable` for an operator to see.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.chat import Address, Channel, IncomingKind, IncomingMessage, Sender
from integrations.bitrix24.decoder import as_bool, as_int, as_map, as_text
from integrations.bitrix24.format import plain
from integrations.bitrix24.parts import files_of, reply_to, text_of

PRESS_COMMAND = "press"
"""The hidden command behind our buttons; its parameters are the button's action."""

_SLASH = re.compile(r"/(?P<name>[A-Za-z][\w-]{0,30})(?:\s+(?P<rest>.*))?", re.DOTALL)
_SECRET_KEYS = frozenset({"auth", "access_token", "refresh_token", "application_token"})


@dataclass(frozen=True, slots=True)
class VendorEvent:
    """One event as the portal told it. ``event_id`` only in fetch mode, ``ts`` (unix seconds) only when posted."""

    type: str
    data: Mapping[str, Any]
    at: datetime
    event_id: int | None = None
    ts: int | None = None

    @property
    def mark(self) -> str:
        """What tells this telling of an event from another one about the same message."""
        return str(self.event_id if self.event_id is not None else self.ts)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event nobody here understands; ``raw`` without tokens."""

    raw: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class BotRemoved:
    """The bot was deleted in the portal: its last event."""


Readable = IncomingMessage | Unreadable | BotRemoved | None


def from_fetch(item: Mapping[str, Any]) -> VendorEvent:
    """One element of ``imbot.v2.Event.get``. ValueError when it has no type or data."""
    kind, data = item.get("type"), item.get("data")
    if not isinstance(kind, str) or not kind:
        raise ValueError("no type")
    at = _moment(item.get("date"))
    return VendorEvent(
        kind.upper(), as_map(data), at or datetime.now(UTC), event_id=as_int(item.get("eventId"))
    )


def from_post(form: Mapping[str, Any]) -> VendorEvent:
    """A posted event, form or JSON. ValueError when it has no type."""
    kind, ts = form.get("event"), as_int(form.get("ts"))
    if not isinstance(kind, str) or not kind:
        raise ValueError("no event")
    at = datetime.fromtimestamp(ts, UTC) if ts is not None and 0 < ts < 1 << 34 else datetime.now(UTC)
    return VendorEvent(kind.upper(), as_map(form.get("data")), at, ts=ts)


def read(event: VendorEvent, bot_id: int) -> Readable:
    """Our message, or None for what isn't our business (own words, system lines, reactions)."""
    reader = _READERS.get(event.type)
    if reader is None:
        return Unreadable(without_secrets(_raw(event)), f"unknown type {event.type[:60]}")
    try:
        return reader(event, bot_id)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        return Unreadable(without_secrets(_raw(event)), f"{type(error).__name__}: {error}")


def read_message(event: VendorEvent, bot_id: int) -> IncomingMessage | None:
    """ONIMBOTV2MESSAGEADD: words, files, or a slash command that came as a message."""
    message, author = _message_and_author(event, bot_id)
    if author is None:
        return None
    text = text_of(message, bot_id)
    message_id = _id(message, "id")
    command = _SLASH.fullmatch(text)
    return IncomingMessage(
        **_common(event, author),
        event_key=f"message:{message_id}",
        kind=IncomingKind.COMMAND if command else IncomingKind.TEXT,
        at=_moment(message.get("date")) or event.at,
        message_id=message_id,
        text=(command["rest"] or "").strip() if command else text,
        command=command["name"].lower() if command else None,
        files=files_of(message),
        reply_to=reply_to(message),
    )


def read_command(event: VendorEvent, bot_id: int) -> IncomingMessage | None:
    """ONIMBOTV2COMMANDADD: a typed command, or a pressed button (``command.context`` is then ``keyboard``)."""
    command, message = as_map(event.data["command"]), as_map(event.data["message"])
    author = _sender(event)
    if author.is_bot or author.external_id == str(bot_id):
        return None
    name = as_text(command["command"]).strip().removeprefix("/").lower()
    params = as_text(command.get("params")).strip()
    message_id = _id(message, "id")
    if not name:
        raise ValueError("a command without a name")
    if as_text(command.get("context")).lower() == "textarea":
        return IncomingMessage(
            **_common(event, author),
            event_key=f"message:{message_id}",
            kind=IncomingKind.COMMAND,
            at=_moment(message.get("date")) or event.at,
            message_id=message_id,
            text=plain(params),
            command=name,
            files=files_of(message),
            reply_to=reply_to(message),
        )
    pressed = name == PRESS_COMMAND
    return IncomingMessage(
        **_common(event, author),
        event_key=_press_key(event, message_id, author.external_id, params),
        kind=IncomingKind.PRESS if pressed else IncomingKind.COMMAND,
        at=event.at,
        message_id=message_id,
        text="" if pressed else plain(params),
        command=None if pressed else name,
        payload=params if pressed else None,
    )


def read_edit(event: VendorEvent, bot_id: int) -> IncomingMessage | None:
    """ONIMBOTV2MESSAGEUPDATE: the same message with other words."""
    message, author = _message_and_author(event, bot_id)
    if author is None:
        return None
    message_id = _id(message, "id")
    return IncomingMessage(
        **_common(event, author),
        event_key=f"edit:{message_id}:{event.mark}",
        kind=IncomingKind.TEXT,
        at=event.at,
        message_id=message_id,
        text=text_of(message, bot_id),
        files=files_of(message),
        reply_to=reply_to(message),
        edited=True,
    )


def read_delete(event: VendorEvent, bot_id: int) -> IncomingMessage | None:
    """ONIMBOTV2MESSAGEDELETE: ``user`` is whose words they were."""
    author = _sender(event)
    if author.is_bot or author.external_id in {"0", str(bot_id)}:
        return None
    message_id = _id(event.data, "messageId")
    return IncomingMessage(
        **_common(event, author),
        event_key=f"delete:{message_id}",
        kind=IncomingKind.DELETED,
        at=event.at,
        message_id=message_id,
    )


def read_join(event: VendorEvent, bot_id: int) -> IncomingMessage | None:
    """ONIMBOTV2JOINCHAT: somebody brought the bot in, or opened its dialog for the first time."""
    author = _sender(event)
    if author.is_bot or author.external_id in {"0", str(bot_id)}:
        return None
    common = _common(event, author)
    key = f"join:{common['address'].chat}:{event.mark}"
    return IncomingMessage(**common, event_key=key, kind=IncomingKind.JOINED, at=event.at)


def read_removed(_event: VendorEvent, _bot_id: int) -> BotRemoved:
    """ONIMBOTV2DELETE."""
    return BotRemoved()


def read_nothing(_event: VendorEvent, _bot_id: int) -> None:
    """Reactions, and contexts of deep links (anybody can forge those; nothing here depends on them)."""


_READERS: Mapping[str, Callable[[VendorEvent, int], Readable]] = {
    "ONIMBOTV2MESSAGEADD": read_message,
    "ONIMBOTV2MESSAGEUPDATE": read_edit,
    "ONIMBOTV2MESSAGEDELETE": read_delete,
    "ONIMBOTV2COMMANDADD": read_command,
    "ONIMBOTV2JOINCHAT": read_join,
    "ONIMBOTV2DELETE": read_removed,
    "ONIMBOTV2REACTIONCHANGE": read_nothing,
    "ONIMBOTV2CONTEXTGET": read_nothing,
}


# --- parts ---------------------------------------------------------------------------------------------------


def _message_and_author(event: VendorEvent, bot_id: int) -> tuple[Mapping[str, Any], Sender | None]:
    """The message and who wrote it; no author for the bot's own, other bots' and system words."""
    message = as_map(event.data["message"])
    author_id = as_int(message.get("authorId"))
    if author_id in {0, bot_id} or as_bool(message.get("isSystem")):
        return message, None
    author = _sender(event)
    return message, None if author.is_bot else author


def _common(event: VendorEvent, author: Sender) -> dict[str, Any]:
    chat = as_map(event.data.get("chat"))
    dialog = as_text(chat.get("dialogId") or event.data.get("dialogId"))
    if not dialog:
        raise ValueError("no dialogId")
    private = as_text(chat.get("type")) == "private" or as_text(chat.get("messageType")) == "P"
    return {
        "channel": Channel.BITRIX24,
        "sender": author,
        "address": Address(Channel.BITRIX24, dialog),
        "is_private": private or dialog.isdigit(),
        "place_title": None if private or dialog.isdigit() else as_text(chat.get("name")) or None,
    }


def _sender(event: VendorEvent) -> Sender:
    user = as_map(event.data["user"])
    return Sender(
        channel=Channel.BITRIX24,
        external_id=_id(user, "id"),
        name=as_text(user.get("name")).strip(),
        is_bot=as_bool(user.get("bot")),
        language=as_text(event.data.get("language")) or None,
        email=as_text(user.get("email")).strip() or None,
    )


def _id(place: Mapping[str, Any], key: str) -> str:
    number = as_int(place.get(key))
    if number is None:
        raise ValueError(f"no {key}")
    return str(number)


def _press_key(event: VendorEvent, message_id: str, user_id: str, params: str) -> str:
    if event.event_id is not None:
        return f"event:{event.event_id}"
    return f"press:{message_id}:{user_id}:{params}:{event.ts}"


def _moment(value: Any) -> datetime | None:
    """An ISO moment with its zone, in UTC."""
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _raw(event: VendorEvent) -> dict[str, Any]:
    return {"type": event.type, "eventId": event.event_id, "ts": event.ts, "data": event.data}


def without_secrets(value: Any) -> Any:
    """A deep copy without tokens, fit for keeping."""
    if isinstance(value, Mapping):
        return {key: without_secrets(item) for key, item in value.items() if key not in _SECRET_KEYS}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [without_secrets(item) for item in value]
    return value
