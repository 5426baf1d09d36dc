"""Messages as the bot knows them, whatever messenger they travel in.

Markup is a strict subset of HTML: ``<b> <i> <u> <s> <code> <q> <a href="…">`` and line feeds; everything else,
and every value that came from outside, is escaped with :func:`escape`. Each messenger renders it in its own way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html import escape as _html_escape


class Channel(StrEnum):
    """Where words come from or go to."""

    BITRIX24 = "bitrix24"
    TELEGRAM = "telegram"
    CALLBACK = "callback"
    PHONE = "phone"
    API = "api"


def escape(text: str) -> str:
    """Make outside text inert in our markup."""
    return _html_escape(text, quote=False)


class Markup(str):
    """Text that is our markup already; texts put it in as it is, and so do pages (what comes from outside is escaped)."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Address:
    """A place one can write to: Bitrix24's ``dialogId``, or a Telegram chat with, in a forum, its topic."""

    channel: Channel
    chat: str
    topic: str | None = None
    home: int | None = field(default=None, compare=False)
    """The portal whose messenger it is, where that may be another than the one the use case is of."""

    def __str__(self) -> str:
        return f"{self.channel}:{self.chat}" + (f"/{self.topic}" if self.topic else "")


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One message that stands in a messenger."""

    address: Address
    message_id: str


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that still lies in the messenger. ``size`` in bytes and ``name`` where the messenger told them."""

    channel: Channel
    file_id: str
    name: str
    size: int | None = None
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file in our hands."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote or pressed, as the messenger names them. ``external_id`` is the messenger's user id."""

    channel: Channel
    external_id: str
    name: str
    is_bot: bool = False
    language: str | None = None
    email: str | None = None


class IncomingKind(StrEnum):
    """What happened in the messenger."""

    TEXT = "text"
    """a message: text, files or both (also an edit, then ``edited`` is true)"""
    COMMAND = "command"
    """a slash command: ``command`` without the slash, ``text`` its argument"""
    PRESS = "press"
    """a button: ``payload`` is its action, ``message_id`` the message that carried it"""
    DELETED = "deleted"
    """message ``message_id`` was taken back"""
    JOINED = "joined"
    """the bot was invited, or a person opened the chat for the first time"""
    BLOCKED = "blocked"
    """the person shut the bot out (or let it in again: ``text`` is then ``unblocked``)"""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One event from a messenger, normalised.

    ``event_key`` is unique per (portal, channel) and the same when the event is told twice, also in another
    form (a slash command as command and as message). ``is_private``: a dialog of one person with the bot.
    """

    channel: Channel
    event_key: str
    kind: IncomingKind
    sender: Sender
    address: Address
    at: datetime
    message_id: str | None = None
    text: str = ""
    command: str | None = None
    payload: str | None = None
    files: tuple[FileRef, ...] = ()
    reply_to: str | None = None
    edited: bool = False
    is_private: bool = True
    place_title: str | None = None
    """the title of the thread it stands in, where the messenger tells it"""


@dataclass(frozen=True, slots=True)
class Button:
    """A button. ``action`` (≤ 60 bytes of ASCII) comes back as ``payload``; ``link`` opens a page instead."""

    label: str
    action: str = ""
    style: str = "plain"  # plain | primary | danger
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot shows: text in our markup and rows of buttons."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """Support's thread of one request: a Bitrix24 group chat, or a topic of a Telegram forum."""

    address: Address
    title: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The messenger's receipt; more than one message where a text had to be split or a file stands apart."""

    refs: tuple[MessageRef, ...]

    @property
    def first(self) -> MessageRef:
        return self.refs[0]


@dataclass(frozen=True, slots=True)
class BotCommand:
    """A slash command as registered with a messenger: name without slash, titles and parameter hints by language."""

    name: str
    titles: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)


def rows(*buttons: Button, per_row: int = 2) -> tuple[tuple[Button, ...], ...]:
    """Lay buttons out in rows of ``per_row``."""
    return tuple(tuple(buttons[i : i + per_row]) for i in range(0, len(buttons), per_row))


def flatten(buttons: Sequence[Sequence[Button]]) -> tuple[Button, ...]:
    """All buttons of a keyboard in reading order."""
    return tuple(button for row in buttons for button in row)
