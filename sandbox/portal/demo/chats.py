"""Dialogs and messages as the page shows them: flat, viewer by viewer, with files ready to open."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from sandbox.portal.calls import to_int
from sandbox.portal.chatting import dialogs_of, unread_of
from sandbox.portal.documents import bots, drive, messages
from sandbox.portal.people import full_name, users
from sandbox.portal.shapes import IMAGE_EXTENSIONS, chat_messages, dialog_id
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

TASK_CHAT = "TASKS_TASK"


def unread_total(portal: Portal, user_id: int) -> int:
    return sum(unread_of(portal, chat, user_id) for chat in dialogs_of(portal, user_id))


def dialog_view(portal: Portal, chat: Document, viewer_id: int) -> dict[str, Any]:
    """{dialogId, chatId, kind: private|group|thread|task, title, members, unread, lastMessage, …}."""
    last = messages(portal).get(chat["last_message_id"]) if chat["last_message_id"] else None
    dialog = dialog_id(chat, viewer_id)
    return {
        "dialogId": dialog,
        "chatId": chat["id"],
        "kind": _kind(portal, chat),
        "title": _title(portal, chat, dialog),
        "description": chat["description"],
        "color": chat["color"],
        "members": chat["members"],
        "taskId": to_int(chat["entity_id"]) if chat["entity_type"] == TASK_CHAT else None,
        "textFieldEnabled": chat["text_field"],
        "date": chat["created_at"],
        "unread": unread_of(portal, chat, viewer_id),
        "lastMessage": message_view(portal, last) if last else None,
    }


def _kind(portal: Portal, chat: Document) -> str:
    """A group the bot made is a request's thread."""
    if chat["kind"] == "private":
        return "private"
    if chat["entity_type"] == TASK_CHAT:
        return "task"
    return "thread" if bots(portal).get(chat["owner"]) is not None else "group"


def _title(portal: Portal, chat: Document, dialog: str) -> str:
    if chat["kind"] != "private":
        return str(chat["name"])
    other = users(portal).get(int(dialog))
    return full_name(other) if other else ""


def message_view(portal: Portal, message: Document) -> dict[str, Any]:
    """The same for every viewer: {id, chatId, authorId, date, text, keyboard, attach, files, replyId, …}."""
    params = message["params"]
    return {
        "id": message["id"],
        "chatId": message["chat_id"],
        "authorId": message["author_id"],
        "date": message["at"],
        "text": message["text"],
        "isSystem": message["system"],
        "edited": message["edited"],
        "deleted": message["deleted"],
        "forward": message["forward"],
        "replyId": to_int(params.get("REPLY_ID")),
        "keyboard": params.get("KEYBOARD"),
        "attach": params.get("ATTACH"),
        "files": [file_view(file) for file in _files(portal, params)],
        "reactions": {code: people for code, people in message["reactions"].items() if people},
    }


def _files(portal: Portal, params: dict[str, Any]) -> list[Document]:
    ids = [*params.get("FILE_ID", ()), *(file.get("id") for file in params.get("files", ()))]
    found = (drive(portal).get(to_int(key, 0) or 0) for key in ids)
    return [file for file in found if file is not None and file["kind"] == "file"]


def file_view(file: Document) -> dict[str, Any]:
    """{id, name, extension, size, type: image|file, url}; the address is relative to the page."""
    extension = PurePath(file["name"]).suffix.removeprefix(".").lower()
    return {
        "id": file["id"],
        "name": file["name"],
        "extension": extension,
        "size": file["size"],
        "type": "image" if extension in IMAGE_EXTENSIONS else "file",
        "url": f"_sandbox/files/{file['id']}/{quote(file['name'], safe='')}",
    }


def history(
    portal: Portal, chat: Document, *, after: int = 0, before: int = 0, limit: int = 200
) -> tuple[list[dict[str, Any]], bool]:
    """The newest `limit` messages with after < id < before, oldest first; and whether older ones remain."""
    kept = [m for m in chat_messages(portal, chat) if m["id"] > after and (not before or m["id"] < before)]
    cut = max(0, len(kept) - limit)
    return [message_view(portal, message) for message in kept[cut:]], cut > 0
