"""Writes in Telegram as the bot (domain.ports.Messenger). Support's threads are topics of a forum supergroup.

Nothing here is idempotent on Telegram's side, so a lost answer is Unclear: the outbox decides whether a rare double
is better than silence. Document: core.telegram.org/bots/api.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from aiogram.methods import (
    CloseForumTopic,
    CreateForumTopic,
    DeleteMessage,
    EditForumTopic,
    EditMessageText,
    ReopenForumTopic,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    SetMyCommands,
)
from aiogram.types import (
    BotCommand as TelegramCommand,
)
from aiogram.types import (
    BufferedInputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)

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
from domain.errors import ConciergeError, Permanent, Refused, Temporary, Unclear
from domain.ports import Lane
from integrations.telegram.client import CALL_TIMEOUT_S, FILE_TIMEOUT_S, TelegramClient
from integrations.telegram.errors import DOWN_LIMIT_MB, UP_LIMIT_MB, Replay
from integrations.telegram.format import CAPTION_UNITS, TEXT_UNITS, split
from integrations.telegram.keyboards import keyboard
from integrations.telegram.pace import Pace

log = logging.getLogger(__name__)

HTML = "HTML"
TITLE_CHARS = 128
PHOTO_BYTES = 10 << 20
PHOTO_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
REST_PATIENCE_S = 30.0
REST_ATTEMPTS = 3
DESCRIPTION_CHARS = 256
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_UNSAFE_NAME = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramMessenger:
    """Telegram. ``support_chat`` is the forum for support's threads; without one, threads are refused."""

    channel = Channel.TELEGRAM

    def __init__(
        self,
        token: str,
        *,
        api_url: str = "https://api.telegram.org",
        support_chat: str | None = None,
        guard: Callable[[], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.client = TelegramClient(token, api_url=api_url, guard=guard, pace=pace)
        self._support_chat = support_chat

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def check(self) -> str:
        """The bot's own name, asked of Telegram: the token works."""
        me = await self.client.me()
        return f"@{me.username}"

    # --- messages ---

    async def send(
        self, to: Address, reply: Reply, *, reply_to: str | None = None, lane: int = Lane.REPLY
    ) -> Sent:
        """Write; texts above 4096 characters in several messages, the buttons under the last."""
        parts = split(reply.text)
        refs: list[MessageRef] = []
        for index, part in enumerate(parts):
            method = SendMessage(
                **_place(to),
                text=part,
                parse_mode=HTML,
                link_preview_options=_NO_PREVIEW,
                reply_parameters=_answering(reply_to) if index == 0 else None,
                reply_markup=keyboard(reply.buttons) if index == len(parts) - 1 else None,
            )
            refs.append(await self._post(to, method, lane, patient=index > 0))
        return Sent(tuple(refs))

    async def edit(self, ref: MessageRef, reply: Reply, *, lane: int = Lane.REPLY) -> None:
        """Replace text and buttons; what is beyond 4096 characters is left out (an edit can't be split)."""
        method = EditMessageText(
            chat_id=_chat(ref.address),
            message_id=_number(ref.message_id),
            text=split(reply.text)[0],
            parse_mode=HTML,
            link_preview_options=_NO_PREVIEW,
            reply_markup=keyboard(reply.buttons),
        )
        await self.client.write(method, lane=lane, replay=Replay.SAFE)

    async def delete(self, ref: MessageRef) -> None:
        """Take an own message back. Permanent("message-gone"), "message-not-deletable" after 48 hours."""
        method = DeleteMessage(chat_id=_chat(ref.address), message_id=_number(ref.message_id))
        await self.client.call(method, replay=Replay.SAFE)

    async def _post(
        self, to: Address, method: Any, lane: int, *, patient: bool, timeout_s: int = CALL_TIMEOUT_S
    ) -> MessageRef:
        """Send one message. ``patient``: parts of it went out before, so a short flood wait is sat out here."""
        for attempt in range(1, REST_ATTEMPTS + 1):
            try:
                sent = await self.client.write(method, lane=lane, timeout_s=timeout_s)
            except Unclear:
                raise
            except Temporary as error:
                delay_s = error.retry_after_s or 1.0
                if not patient or attempt == REST_ATTEMPTS or delay_s > REST_PATIENCE_S:
                    raise
                await asyncio.sleep(delay_s)
            else:
                return _ref(to, sent)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    # --- files ---

    async def send_file(
        self, to: Address, file: FileContent, caption: str = "", *, lane: int = Lane.DESK
    ) -> Sent:
        """Send a file of up to 50 MB; pictures as pictures. A caption above 1024 characters follows as text."""
        name = safe_name(file.name)
        if len(file.data) > UP_LIMIT_MB << 20:
            raise Refused("file-too-large", name=name, limit_mb=UP_LIMIT_MB)
        if not file.data:
            raise Refused("file-empty", name=name)
        captions = split(caption, CAPTION_UNITS) if caption.strip() else []
        short = captions[0] if len(captions) == 1 else None
        refs = [await self._post_file(to, file, name, short, lane)]
        if len(captions) > 1:
            rest = split(caption, TEXT_UNITS)
            for part in rest:
                method = SendMessage(
                    **_place(to), text=part, parse_mode=HTML, link_preview_options=_NO_PREVIEW
                )
                refs.append(await self._post(to, method, lane, patient=True))
        return Sent(tuple(refs))

    async def _post_file(
        self, to: Address, file: FileContent, name: str, caption: str | None, lane: int
    ) -> MessageRef:
        body = BufferedInputFile(file.data, name)
        fields: dict[str, Any] = {**_place(to), "caption": caption, "parse_mode": HTML if caption else None}
        if file.mime in PHOTO_TYPES and len(file.data) <= PHOTO_BYTES:
            try:
                photo = SendPhoto(**fields, photo=body)
                return await self._post(to, photo, lane, patient=False, timeout_s=FILE_TIMEOUT_S)
            except Permanent as error:
                if error.code != "telegram-refused":
                    raise
                log.info("telegram takes the picture as a file only", extra={"detail": error.detail})
        document = SendDocument(**fields, document=body, disable_content_type_detection=True)
        return await self._post(to, document, lane, patient=False, timeout_s=FILE_TIMEOUT_S)

    async def fetch_file(self, ref: FileRef) -> FileContent:
        """Bring a file of up to 20 MB. Refused("file-too-large", limit_mb=20), Permanent("file-gone")."""
        if (ref.size or 0) > DOWN_LIMIT_MB << 20:
            raise Refused("file-too-large", name=ref.name, limit_mb=DOWN_LIMIT_MB)
        data = await self.client.download(ref.file_id, ref.name)
        return FileContent(safe_name(ref.name), data, ref.mime or "application/octet-stream")

    async def typing(self, to: Address) -> None:
        """Show that the bot is at work (for five seconds); never worth an error."""
        try:
            await self.client.call(
                SendChatAction(**_place(to), action="typing"), replay=Replay.SAFE, timeout_s=5
            )
        except ConciergeError as error:
            log.debug("typing not shown", extra={"error": error.code})

    # --- threads ---

    async def create_thread(self, title: str, members: Sequence[str]) -> ThreadRef:  # noqa: ARG002
        """Open a topic; who sits in the forum sees it, so ``members`` are unused.

        Permanent("telegram-no-support-chat") without a forum, "telegram-not-a-forum", "telegram-not-enough-rights".
        """
        if self._support_chat is None:
            raise Permanent("telegram-no-support-chat", "[telegram] support_chat is not set")
        title = title[:TITLE_CHARS]
        forum = Address(Channel.TELEGRAM, self._support_chat)
        made = await self.client.write(CreateForumTopic(chat_id=_chat(forum), name=title), lane=Lane.DESK)
        if made is None:
            raise Unclear("telegram-unclear", "createForumTopic: no topic in the answer")
        address = Address(Channel.TELEGRAM, self._support_chat, str(made.message_thread_id))
        return ThreadRef(address, title)

    async def find_thread(self, title_prefix: str) -> ThreadRef | None:  # noqa: ARG002
        """Always None: the Bot API has no way to list or search topics."""
        return None

    async def find_threads(self, title_prefix: str) -> Sequence[ThreadRef]:  # noqa: ARG002
        """None, for the same reason."""
        return ()

    async def rename_thread(self, ref: ThreadRef, title: str) -> None:
        method = EditForumTopic(**_topic(ref), name=title[:TITLE_CHARS])
        await self.client.write(method, lane=Lane.DESK, replay=Replay.SAFE)

    async def close_thread(self, ref: ThreadRef) -> None:
        """Close the topic; the bot, an administrator, can still write in it."""
        await self.client.write(CloseForumTopic(**_topic(ref)), lane=Lane.DESK, replay=Replay.SAFE)

    async def reopen_thread(self, ref: ThreadRef) -> None:
        await self.client.write(ReopenForumTopic(**_topic(ref)), lane=Lane.DESK, replay=Replay.SAFE)

    # --- commands ---

    async def set_commands(self, commands: Sequence[BotCommand]) -> None:
        """The menu of slash commands per language; the first language is what all other people see."""
        languages = list(dict.fromkeys(language for command in commands for language in command.titles))
        for language in languages:
            shown = [made for command in commands if (made := _command(command, language)) is not None]
            code = language if language != languages[0] else None
            await self.client.call(SetMyCommands(commands=shown, language_code=code), replay=Replay.SAFE)


def _command(command: BotCommand, language: str) -> TelegramCommand | None:
    name = command.name.lower()
    title = command.titles.get(language) or next(iter(command.titles.values()), "")
    hint = command.params.get(language, "")
    description = f"{title} {hint}".strip()[:DESCRIPTION_CHARS]
    if not _COMMAND.fullmatch(name) or not description:
        return None
    return TelegramCommand(command=name, description=description)


def safe_name(name: str) -> str:
    """A file name without paths and control characters; never empty, ≤ 200 characters, the ending kept."""
    return _UNSAFE_NAME.sub("_", name).strip(" .")[-200:] or "file"


def _chat(address: Address) -> int:
    return _number(address.chat, "telegram-chat-not-found")


def _number(text: str, code: str = "message-gone") -> int:
    try:
        return int(text)
    except ValueError:
        raise Permanent(code, "not a number") from None


def _place(to: Address) -> dict[str, Any]:
    place: dict[str, Any] = {"chat_id": _chat(to)}
    if to.topic is not None:
        place["message_thread_id"] = _number(to.topic, "thread-gone")
    return place


def _topic(ref: ThreadRef) -> dict[str, Any]:
    if ref.address.topic is None:
        raise Permanent("thread-gone", "no topic in the address")
    return _place(ref.address)


def _answering(reply_to: str | None) -> ReplyParameters | None:
    if reply_to is None or not reply_to.isdigit():
        return None
    return ReplyParameters(message_id=int(reply_to), allow_sending_without_reply=True)


def _ref(to: Address, sent: object) -> MessageRef:
    if not isinstance(sent, Message):
        raise Unclear("telegram-unclear", "no message in the answer")
    return MessageRef(to, str(sent.message_id))
