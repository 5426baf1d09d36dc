"""Reads chats as the webhook's owner sees them: task chats and support's threads, many in one request.

Document: ``api-reference/chats/messages/im-dialog-messages-get.md``. The newest window is always read whole, because
an edit or a deletion of an earlier message shows nowhere else.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.chat import Channel, Sender
from domain.errors import ConciergeError, Temporary
from domain.ports import ChatWord
from integrations.bitrix24.batching import Command, CommandResult
from integrations.bitrix24.client import BATCH_MAX, BitrixClient
from integrations.bitrix24.decoder import as_bool, as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.parts import files_of, reply_to, text_of

WINDOW = 50
PAGES_MAX = 20
WATCH_SHARE = 0.10
"""What polling tasks and their chats may take of the portal's budget (decision 9)."""
_FAR_PAST = datetime(1970, 1, 1, tzinfo=UTC)


class ChatHistory:
    """The messages of chats. ``lane`` as in the client."""

    def __init__(self, client: BitrixClient, lane: int) -> None:
        self._client = client
        self._lane = lane
        self._share = client.limiter.share("watch", WATCH_SHARE)

    async def batch(self, commands: Sequence[Command]) -> list[CommandResult]:
        """Run commands within the share, fifty in a request."""
        results: list[CommandResult] = []
        for start in range(0, len(commands), BATCH_MAX):
            await self._share.take()
            results += await self._client.batch(commands[start : start + BATCH_MAX], lane=self._lane)
        return results

    async def read(self, chats: Mapping[str, str | None]) -> dict[str, tuple[ChatWord, ...]]:
        """The newest messages of each chat and all after the given one, oldest first; unreadable ones left out."""
        results = await self.batch([window_of(chat) for chat in chats])
        return await self.complete(chats, dict(zip(chats, results, strict=True)))

    async def complete(
        self, chats: Mapping[str, str | None], results: Mapping[str, CommandResult]
    ) -> dict[str, tuple[ChatWord, ...]]:
        """Windows as messages; where more was written than a window holds, the rest is fetched."""
        found = {chat: words_of(result) for chat, result in results.items()}
        words = {
            chat: {w.message_id: w for w in window} for chat, window in found.items() if window is not None
        }
        behind = {
            chat: after for chat in words if (after := _gap_after(words[chat], chats[chat])) is not None
        }
        for _ in range(PAGES_MAX):
            if not behind:
                break
            pages = await self.batch([window_of(chat, after) for chat, after in behind.items()])
            behind = {
                chat: last
                for (chat, _), page in zip(behind.items(), pages, strict=True)
                if (last := _take(words[chat], words_of(page)))
            }
        return {chat: tuple(sorted(known.values(), key=_number)) for chat, known in words.items()}


def window_of(chat: str, after: str | None = None) -> Command:
    """One window of a chat: the newest messages, or the first ones after a message."""
    params: dict[str, Any] = {"DIALOG_ID": chat, "LIMIT": WINDOW}
    if after is not None:
        params["FIRST_ID"] = as_int(after)
    return Command("im.dialog.messages.get", params, Replay.SAFE)


def words_of(result: CommandResult) -> tuple[ChatWord, ...] | None:
    """The messages of one window; None when the chat can't be read. A Temporary failure is raised."""
    if isinstance(result.error, Temporary):
        raise result.error
    if isinstance(result.error, ConciergeError):
        return None
    answer = as_map(result.result)
    people = {
        as_text(user.get("id")): user for item in as_list(answer.get("users")) if (user := as_map(item))
    }
    files = {as_text(file.get("id")): file for item in as_list(answer.get("files")) if (file := as_map(item))}
    read = (_word(as_map(item), people, files) for item in as_list(answer.get("messages")))
    return tuple(word for word in read if word is not None)


def _word(
    message: Mapping[str, Any],
    people: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Mapping[str, Any]],
) -> ChatWord | None:
    message_id, author_id = as_int(message.get("id")), as_int(message.get("author_id"))
    if message_id is None:
        return None
    user = people.get(str(author_id), {})
    params = as_map(message.get("params"))
    deleted = as_bool(params.get("IS_DELETED"))
    named = {"params": {**params, "files": _named(params, files)}, "text": message.get("text")}
    sender = Sender(
        Channel.BITRIX24,
        str(author_id or 0),
        as_text(user.get("name")).strip(),
        is_bot=as_bool(user.get("bot")),
        email=as_text(user.get("email")).strip() or None,
    )
    return ChatWord(
        message_id=str(message_id),
        author=sender,
        text="" if deleted else text_of(named, 0),
        at=_moment(message.get("date")) or _FAR_PAST,
        files=() if deleted else files_of(named),
        reply_to=reply_to(message),
        is_person=bool(author_id) and not sender.is_bot and not as_bool(params.get("SYSTEM")),
        edited=as_bool(params.get("IS_EDITED")),
        deleted=deleted,
    )


def _named(params: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A message names its files by number; the answer's ``files`` know their names."""
    given = [*as_list(params.get("files")), *as_list(params.get("FILE_ID"))]
    numbers = [as_text(as_map(item).get("id")) if isinstance(item, dict) else as_text(item) for item in given]
    return [files[number] for number in dict.fromkeys(numbers) if number in files]


def _gap_after(window: Mapping[str, ChatWord], after: str | None) -> str | None:
    """From where on messages are missing between the cursor and a full window; None when none are."""
    if after is None or len(window) < WINDOW:
        return None
    oldest = min(int(message_id) for message_id in window)
    return after if oldest > int(after) else None


def _take(known: dict[str, ChatWord], page: Sequence[ChatWord] | None) -> str | None:
    """Add a page; where the next one begins, or None when the gap is closed."""
    fresh = [word for word in page or () if word.message_id not in known]
    known.update({word.message_id: word for word in fresh})
    closed = page is None or len(fresh) < len(page) or len(page) < WINDOW
    return None if closed or not fresh else max(fresh, key=_number).message_id


def _number(word: ChatWord) -> int:
    return int(word.message_id)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
