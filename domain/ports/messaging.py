"""Where people talk: the bot's messengers, its texts and files."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.chat import (
    Address,
    BotCommand,
    Channel,
    FileContent,
    FileRef,
    IncomingMessage,
    MessageRef,
    Reply,
    Sent,
    ThreadRef,
)

OnMessages = Callable[[Sequence[IncomingMessage]], Awaitable[None]]
"""Stores events durably before it returns; only then may a receiver acknowledge them."""


class Lane:
    """Who goes first at a shared limit."""

    REPLY = 0
    DESK = 1
    BULK = 2


class Messenger(Protocol):
    """A messenger the bot can write in. All calls raise Refused, Temporary (Unclear) or Permanent."""

    channel: Channel

    async def send(
        self, to: Address, reply: Reply, *, reply_to: str | None = None, lane: int = Lane.REPLY
    ) -> Sent:
        """Write a message; long texts are split, the buttons stand under the last part."""

    async def edit(self, ref: MessageRef, reply: Reply, *, lane: int = Lane.REPLY) -> None:
        """Replace text and buttons of an own message. Permanent("message-gone") when it isn't there any more."""

    async def delete(self, ref: MessageRef) -> None: ...

    async def send_file(
        self, to: Address, file: FileContent, caption: str = "", *, lane: int = Lane.DESK
    ) -> Sent:
        """Send a file with a caption in our markup. Refused("file-too-large", limit_mb=…) beyond the limit."""

    async def fetch_file(self, ref: FileRef) -> FileContent:
        """Bring a file that lies in the messenger. Refused("file-too-large"), Permanent("file-gone")."""

    async def typing(self, to: Address) -> None: ...

    async def create_thread(self, title: str, members: Sequence[str]) -> ThreadRef:
        """Make support's thread, empty. ``members`` are the messenger's user ids (unused in a forum)."""

    async def find_thread(self, title_prefix: str) -> ThreadRef | None:
        """After an unclear create: a thread whose title starts so, where the messenger can be asked."""

    async def find_threads(self, title_prefix: str) -> Sequence[ThreadRef]:
        """All threads whose title starts so, newest first; none where the messenger can't be asked."""

    async def rename_thread(self, ref: ThreadRef, title: str) -> None: ...

    async def close_thread(self, ref: ThreadRef) -> None:
        """Mark a thread as over (Telegram: only administrators may write then); repeatable."""

    async def reopen_thread(self, ref: ThreadRef) -> None:
        """The opposite; repeatable."""

    async def set_commands(self, commands: Sequence[BotCommand]) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as its store lists it. ``size`` in bytes, ``at``: when it was written."""

    key: str
    size: int
    at: datetime


class FileStore(Protocol):
    """Where attachments lie. Keys are ours (numbers and slashes), never a name from outside.

    Temporary("files-unavailable") when the store can't be reached, Permanent("files-refused") when it turns us away.
    """

    async def put(self, key: str, data: bytes, name: str, mime: str) -> None:
        """There whole afterwards, or not at all; what was there before is replaced.

        ``name`` and ``mime`` are for those who fetch it by :meth:`link`; both must be safe.
        """

    async def get(self, key: str) -> bytes:
        """Permanent("file-gone") when it isn't there."""

    async def size(self, key: str) -> int | None:
        """In bytes; None when it isn't there."""

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """Piece by piece, none beyond a megabyte or so; fails as :meth:`get` before the first."""

    def listed(self, prefix: str) -> AsyncIterator[Sequence[StoredFile]]:
        """Everything below ``prefix`` (``"7/"``), in packs."""

    async def delete(self, key: str) -> None:
        """Gone afterwards, whether it was there or not."""

    async def link(self, key: str, for_s: float) -> str | None:
        """An address of the store's own that expires; None where it has none."""


class Texts(Protocol):
    """The words for people, by key and language."""

    def __call__(self, key: str, language: str, /, **params: object) -> str:
        """Our markup; every string among ``params`` is escaped, :class:`domain.chat.Markup` is not."""
