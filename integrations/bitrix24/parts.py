"""Parts of a vendor message: its words, its files, what it answers. Documents: ``chat-bots-v2/entities.md``."""

import re
from collections.abc import Mapping
from typing import Any

from domain.chat import Channel, FileRef
from integrations.bitrix24.decoder import as_int, as_list, as_map, as_text
from integrations.bitrix24.format import plain


def text_of(message: Mapping[str, Any], bot_id: int) -> str:
    """The words without tags and without the mention that called the bot."""
    raw = as_text(message.get("text"))
    mention = re.compile(rf"^\s*\[user={bot_id}(?: replace)?\].*?\[/user\][\s,:]*", re.IGNORECASE | re.DOTALL)
    return plain(mention.sub("", raw))


def files_of(message: Mapping[str, Any]) -> tuple[FileRef, ...]:
    """Files stand in ``params`` as FILE_ID (ids) or files (objects); the documents don't say which."""
    params = as_map(message.get("params"))
    found: dict[str, FileRef] = {}
    for item in as_list(params.get("files")):
        details = as_map(item) if isinstance(item, dict) else {"id": item}
        number = as_int(details.get("id"))
        if number is not None:
            name = as_text(details.get("name"))
            found[str(number)] = FileRef(Channel.BITRIX24, str(number), name, as_int(details.get("size")))
    for item in as_list(params.get("FILE_ID")):
        number = as_int(item)
        if number is not None:
            found.setdefault(str(number), FileRef(Channel.BITRIX24, str(number), ""))
    return tuple(found.values())


def reply_to(message: Mapping[str, Any]) -> str | None:
    params = as_map(message.get("params"))
    number = as_int(params.get("REPLY_ID") or params.get("replyId") or message.get("replyId"))
    return str(number) if number else None
