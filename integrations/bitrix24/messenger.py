"""Writes in the portal's messenger as the bot (domain.ports.Messenger).

Documents: ``chat-bots-v2/imbot.v2/{messages,chats,files,ui}/*.md``. Nothing here is idempotent on the portal's
side, so a lost answer is Unclear: the outbox decides whether a rare double is better than silence.
"""

import base64
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from domain.chat import (
    Address,
    BotCommand,
    Channel,
    FileContent,
    FileRef,
    MessageRef,
    Reply,
    Sent,
    ThreadRef,
)
from domain.errors import ConciergeError, Permanent, Refused, Unclear
from domain.files import safe_name
from domain.ports import Lane
from integrations.bitrix24.bot import Bot
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.format import split
from integrations.bitrix24.keyboards import keyboard

log = logging.getLogger(__name__)

FILE_LIMIT_MB = 100
TITLE_CHARS = 250
TYPING_S = 10
OPEN_COLOR, CLOSED_COLOR = "azure", "graphite"
FILE_GONE = frozenset({"bitrix-file-not-found", "bitrix-file-access-error"})
CHAT_GONE = frozenset({"bitrix-access-denied", "bitrix-chat-not-found", "bitrix-not-found"})
"""What the portal says of a group chat that was deleted, or that the bot was put out of."""


class BitrixMessenger:
    """The portal's messenger.

    ``watch_threads`` puts the webhook's owner into every thread: only then can a thread be found again after an
    unclear create, because the search sees the chats of the asking user.
    """

    channel = Channel.BITRIX24

    def __init__(
        self,
        client: BitrixClient,
        bot: Bot,
        *,
        watch_threads: bool = True,
        file_limit_mb: int = FILE_LIMIT_MB,
    ) -> None:
        self._client = client
        self._bot = bot
        self._watch_threads = watch_threads
        self._file_limit_mb = min(file_limit_mb, FILE_LIMIT_MB)

    async def send(
        self, to: Address, reply: Reply, *, reply_to: str | None = None, lane: int = Lane.REPLY
    ) -> Sent:
        """Write; texts above 20,000 characters in several messages, the buttons under the last."""
        parts = split(reply.text)
        refs: list[MessageRef] = []
        for index, part in enumerate(parts):
            fields: dict[str, Any] = {"message": part, "urlPreview": False}
            if index == 0 and reply_to is not None:
                fields["replyId"] = as_int(reply_to)
            if index == len(parts) - 1 and reply.buttons:
                fields["keyboard"] = keyboard(reply.buttons, self._bot.bot_id)
            answer = await self._write(to, "Chat.Message.send", lane, fields)
            refs.append(_ref(to, as_map(answer).get("id"), "imbot.v2.Chat.Message.send"))
        return Sent(tuple(refs))

    async def _write(
        self,
        to: Address,
        method: str,
        lane: int,
        fields: Mapping[str, Any],
        *,
        replay: Replay = Replay.UNSAFE,
    ) -> Any:
        """Do something in a chat. Permanent("thread-gone") when a group isn't there (for the bot) any more."""
        try:
            return await self._act(method, lane, replay=replay, dialogId=to.chat, fields=fields)
        except Permanent as error:
            if error.code in CHAT_GONE and not to.chat.isdigit():
                raise Permanent("thread-gone", error.detail) from error
            raise

    async def edit(self, ref: MessageRef, reply: Reply, *, lane: int = Lane.REPLY) -> None:
        """Replace text and buttons; what is beyond 20,000 characters is left out (an edit can't be split)."""
        buttons = keyboard(reply.buttons, self._bot.bot_id) if reply.buttons else "N"
        await self._on_message(
            "Chat.Message.update",
            ref,
            lane,
            fields={"message": split(reply.text)[0], "keyboard": buttons, "urlPreview": False},
        )

    async def delete(self, ref: MessageRef) -> None:
        """Take an own message back. Permanent("message-gone") when it isn't there any more."""
        await self._on_message("Chat.Message.delete", ref, Lane.DESK)

    async def send_file(
        self, to: Address, file: FileContent, caption: str = "", *, lane: int = Lane.DESK
    ) -> Sent:
        """Send a file; a caption too long for one message goes on in further ones."""
        self._check_size(len(file.data))
        first, *others = split(caption)
        fields = {
            "name": safe_name(file.name),
            "content": base64.b64encode(file.data).decode("ascii"),
            "message": first,
        }
        answer = as_map(await self._write(to, "File.upload", lane, fields))
        refs = [_ref(to, answer.get("messageId"), "imbot.v2.File.upload")]
        for part in others:
            sent = await self._write(to, "Chat.Message.send", lane, {"message": part})
            refs.append(_ref(to, as_map(sent).get("id"), "imbot.v2.Chat.Message.send"))
        return Sent(tuple(refs))

    async def fetch_file(self, ref: FileRef) -> FileContent:
        """Bring a file. Refused("file-too-large", limit_mb=…), Permanent("file-gone")."""
        self._check_size(ref.size or 0)
        url = as_text(as_map(await self._link_of(ref)).get("downloadUrl"))
        if not url:
            raise Permanent("file-gone", "imbot.v2.File.download gave no link")
        file = await self._client.download(url, max_bytes=self._file_limit_mb << 20)
        return FileContent(safe_name(ref.name or file.name), file.data, ref.mime or file.mime)

    async def _link_of(self, ref: FileRef) -> Any:
        """As the bot; a file of a chat without the bot (a task's) as the webhook's owner."""
        file_id = as_int(ref.file_id)
        try:
            return await self._client.call(
                "imbot.v2.File.download", self._bot.params(fileId=file_id), replay=Replay.SAFE
            )
        except Permanent as error:
            if error.code not in FILE_GONE:
                raise
        try:
            return await self._client.call("im.v2.File.download", {"fileId": file_id}, replay=Replay.SAFE)
        except Permanent as error:
            if error.code in FILE_GONE:
                raise Permanent("file-gone", error.detail) from error
            raise

    async def typing(self, to: Address) -> None:
        """Show that the bot is at work; never worth an error, nor a token when they are short."""
        if self._client.limiter.short(Lane.DESK):
            return
        try:
            await self._act("Chat.InputAction.notify", Lane.DESK, dialogId=to.chat, duration=TYPING_S)
        except ConciergeError as error:
            log.debug("typing not shown", extra={"error": error.code})

    async def create_thread(self, title: str, members: Sequence[str]) -> ThreadRef:
        """An empty group chat with these colleagues. After Unclear ask :meth:`find_thread`."""
        title = title[:TITLE_CHARS]
        users = {number for member in members if (number := as_int(member)) is not None}
        if self._watch_threads and (owner := as_int(self._client.user_id)) is not None:
            users.add(owner)
        fields = {"title": title, "userIds": sorted(users), "color": OPEN_COLOR}
        answer = as_map(await self._act("Chat.add", Lane.DESK, fields=fields))
        return ThreadRef(Address(Channel.BITRIX24, _dialog(as_map(answer.get("chat")))), title)

    async def find_thread(self, title_prefix: str) -> ThreadRef | None:
        """The newest group chat whose title starts so, among those the webhook's owner sits in."""
        return next(iter(await self.find_threads(title_prefix)), None)

    async def find_threads(self, title_prefix: str) -> Sequence[ThreadRef]:
        """All of them, newest first."""
        found = as_list(
            await self._client.call(
                "im.search.chat.list", {"FIND": title_prefix, "OFFSET": 0, "LIMIT": 50}, replay=Replay.SAFE
            )
        )
        named = [(as_map(item), "name", "id") for item in found]
        if not named:  # the search index may lag behind; the list of recent chats doesn't
            recent = await self._client.call(
                "im.recent.list",
                {"SKIP_OPENLINES": "Y", "SKIP_DIALOG": "Y", "LIMIT": 200},
                replay=Replay.SAFE,
            )
            named = [(as_map(item), "title", "chat_id") for item in as_list(as_map(recent).get("items"))]
        chats = {
            number: as_text(item.get(name))
            for item, name, key in named
            if (number := as_int(item.get(key))) and as_text(item.get(name)).startswith(title_prefix)
        }
        return [
            ThreadRef(Address(Channel.BITRIX24, f"chat{number}"), chats[number])
            for number in sorted(chats, reverse=True)
        ]

    async def rename_thread(self, ref: ThreadRef, title: str) -> None:
        await self._change(ref, {"title": title[:TITLE_CHARS]})

    async def _change(self, ref: ThreadRef, fields: Mapping[str, Any]) -> None:
        await self._write(ref.address, "Chat.update", Lane.DESK, fields, replay=Replay.SAFE)

    async def close_thread(self, ref: ThreadRef) -> None:
        """Grey the chat. The bot stays in it: a request may be opened again, and late words must not get lost."""
        await self._change(ref, {"color": CLOSED_COLOR})

    async def reopen_thread(self, ref: ThreadRef) -> None:
        await self._change(ref, {"color": OPEN_COLOR})

    async def set_commands(self, commands: Sequence[BotCommand]) -> None:
        await self._bot.set_commands(commands)

    async def _act(self, method: str, lane: int, *, replay: Replay = Replay.UNSAFE, **params: Any) -> Any:
        return await self._client.call(
            f"imbot.v2.{method}", self._bot.params(**params), lane=lane, replay=replay
        )

    async def _on_message(self, method: str, ref: MessageRef, lane: int, **params: Any) -> None:
        """Both repeatable: the second time they find what they wanted, or nothing."""
        try:
            await self._act(method, lane, replay=Replay.SAFE, messageId=as_int(ref.message_id), **params)
        except Permanent as error:
            # the portal says ACCESS_DENIED for "not yours" and for "not there" alike; the outbox only has own ones
            if error.code in {"bitrix-access-denied", "bitrix-message-not-found", "bitrix-not-found"}:
                raise Permanent("message-gone", error.detail) from error
            raise

    def _check_size(self, size: int) -> None:
        if size > self._file_limit_mb << 20:
            raise Refused("file-too-large", limit_mb=self._file_limit_mb)


def _ref(to: Address, message_id: Any, method: str) -> MessageRef:
    number = as_int(message_id)
    if number is None:
        raise Unclear("bitrix-unclear", f"{method}: no message id in the answer")
    return MessageRef(to, str(number))


def _dialog(chat: Mapping[str, Any]) -> str:
    number = as_int(chat.get("id"))
    dialog = as_text(chat.get("dialogId")) or (f"chat{number}" if number else "")
    if not dialog:
        raise Unclear("bitrix-unclear", "imbot.v2.Chat.add: no chat in the answer")
    return dialog
