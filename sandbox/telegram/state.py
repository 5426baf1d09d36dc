"""Everything the stand-in knows: people, chats, messages, files, updates; kept in memory, written behind to SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.telegram.faults import Faults
from sandbox.telegram.limits import Limits
from sandbox.telegram.persistence import Change, Database
from sandbox.telegram.updates import UpdateQueue

Json = dict[str, Any]
FLUSH_EVERY_S = 0.5
STREAM_BACKLOG = 1000
KINDS = ("meta", "users", "chats", "messages", "files", "callbacks", "updates")


@dataclass(slots=True)
class TelegramConfig:
    """How this Telegram behaves. ``limits_scale`` 0 = no flood control; ``clock`` gives unix seconds.

    ``deleted_topic`` is what writing into a deleted topic is answered with (Telegram has used both sentences);
    ``privacy_mode`` hides ordinary group messages from a bot that is no administrator.
    """

    token: str = "123456:sandbox"  # noqa: S105 - the stand-in's own, documented
    bot_username: str = "concierge_sandbox_bot"
    bot_name: str = "Concierge"
    db_path: Path | None = None
    seed: bool = True
    limits_scale: float = 1.0
    clock: Callable[[], float] = time.time
    privacy_mode: bool = False
    deleted_topic: str = "message thread not found"
    conflict_pause_s: float = 3.0
    callback_ttl_s: float = 60.0
    link_ttl_s: float = 3600.0
    webhook_first_retry_s: float = 1.0
    webhook_max_retry_s: float = 60.0
    max_download_bytes: int = 20 * 1024 * 1024
    max_upload_bytes: int = 50 * 1024 * 1024
    max_photo_bytes: int = 10 * 1024 * 1024


@dataclass(slots=True)
class RequestRecord:
    """One Bot API call as the request log shows it."""

    method: str
    ms: float
    status: int
    error: str = ""
    chat_id: str = ""


@dataclass(slots=True)
class _Dirty:
    keys: dict[tuple[str, str], None] = field(default_factory=dict)


class TelegramHub:
    """One bot's whole Telegram. Documents are the Bot API's own JSON; keys that begin with ``_`` are ours."""

    def __init__(self, config: TelegramConfig | None = None) -> None:
        self.config = config or TelegramConfig()
        self.limits = Limits(self.now, self.config.limits_scale)
        self.faults = Faults()
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Json] = {}
        self.messages: dict[int, dict[int, Json]] = {}
        self.files: dict[str, Json] = {}
        self.callbacks: dict[str, Json] = {}
        self.meta: Json = {}
        self.updates = UpdateQueue(self)
        self.requests: list[RequestRecord] = []
        self._bodies: dict[str, bytes] = {}
        self._dirty = _Dirty()
        self._listeners: set[asyncio.Queue[tuple[str, Json]]] = set()
        self._flusher: asyncio.Task[None] | None = None
        self._database = Database(self.config.db_path)
        self._load()

    # --- time, identity, numbers ---

    def now(self) -> float:
        return self.config.clock()

    @property
    def bot_id(self) -> int:
        return int(self.config.token.partition(":")[0])

    @property
    def is_empty(self) -> bool:
        return not self.users

    def bot_user(self) -> Json:
        return {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": self.config.bot_name,
            "username": self.config.bot_username,
        }

    def next_number(self, name: str) -> int:
        """The next value of a persisted counter, from 1."""
        value = int(self.meta.get(f"counter:{name}", 0)) + 1
        self.set_meta(f"counter:{name}", value)
        return value

    def next_message_id(self, chat_id: int) -> int:
        """Supergroups count for themselves; private chats and basic groups share the bot's counter."""
        if self.chats[chat_id]["type"] == "supergroup":
            return (
                self.next_number(f"message:{chat_id}") + 1
            )  # 1 was the group's making, and names its general topic
        return self.next_number("message")

    def set_meta(self, key: str, value: Any) -> None:
        self.meta[key] = value
        self.touch("meta", key)

    # --- documents ---

    def message(self, chat_id: int, message_id: int) -> Json | None:
        return self.messages.get(chat_id, {}).get(message_id)

    def keep_message(self, message: Json) -> None:
        chat_id = message["chat"]["id"]
        self.messages.setdefault(chat_id, {})[message["message_id"]] = message
        self.touch("messages", f"{chat_id}/{message['message_id']}")

    def drop_message(self, chat_id: int, message_id: int) -> None:
        del self.messages[chat_id][message_id]
        self.touch("messages", f"{chat_id}/{message_id}")
        self.changed("deleted", {"chat_id": chat_id, "message_id": message_id})

    def put_body(self, key: str, body: bytes) -> None:
        """Keep a file's bytes; with a file they go to disk at once, being too big to wait in memory."""
        if self._database.durable:
            self._database.put_body(key, body)
        else:
            self._bodies[key] = body

    def get_body(self, key: str) -> bytes | None:
        return self._bodies.get(key) or self._database.get_body(key)

    # --- listeners ---

    def changed(self, topic: str, payload: Json) -> None:
        """Tell every open stream; a listener that does not read loses its oldest news."""
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait((topic, payload))

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Queue[tuple[str, Json]]]:
        queue: asyncio.Queue[tuple[str, Json]] = asyncio.Queue(STREAM_BACKLOG)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    # --- persistence ---

    def touch(self, kind: str, key: str | int) -> None:
        """Mark a document as changed (or removed): it goes to disk with the next flush."""
        if self._database.durable:
            self._dirty.keys[(kind, str(key))] = None

    def start(self) -> None:
        if self._database.durable and self._flusher is None:
            self._flusher = asyncio.create_task(self._flush_for_ever())

    async def close(self) -> None:
        if self._flusher is not None:
            self._flusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flusher
        self._database.write(self._take_changes())
        self._database.close()

    async def _flush_for_ever(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            if changes := self._take_changes():
                # Shielded: a cancelled flush would otherwise race with the last one on close.
                await asyncio.shield(asyncio.to_thread(self._database.write, changes))

    def _take_changes(self) -> list[Change]:
        dirty, self._dirty.keys = self._dirty.keys, {}
        changes: list[Change] = []
        for kind, key in dirty:
            document = self._document(kind, key)
            body = None if document is None else json.dumps(document, ensure_ascii=False)
            changes.append((kind, key, body))
        return changes

    def _document(self, kind: str, key: str) -> Any:
        match kind:
            case "messages":
                chat_id, _, message_id = key.partition("/")
                return self.message(int(chat_id), int(message_id))
            case "users":
                return self.users.get(int(key))
            case "chats":
                return self.chats.get(int(key))
            case "updates":
                return self.updates.pending.get(int(key))
            case "meta":
                return self.meta.get(key)
            case "files":
                return self.files.get(key)
            case _:
                return self.callbacks.get(key)

    def _load(self) -> None:
        self.meta = dict(self._database.load("meta"))
        self.users = {int(key): body for key, body in self._database.load("users")}
        self.chats = {int(key): body for key, body in self._database.load("chats")}
        self.files = dict(self._database.load("files"))
        self.callbacks = dict(self._database.load("callbacks"))
        messages = sorted(self._database.load("messages"), key=lambda row: int(row[0].split("/")[1]))
        for _, message in messages:
            self.messages.setdefault(message["chat"]["id"], {})[message["message_id"]] = message
        updates = sorted((int(key), body) for key, body in self._database.load("updates"))
        self.updates.pending = dict(updates)
