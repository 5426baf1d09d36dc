"""What people and bots do in chats: write, edit, delete, react, press a button, send a file.

Both the REST methods and the demo page come through here, so that both cause the same events.
"""

from __future__ import annotations

import uuid as uuids
from typing import Any

from sandbox.portal import botting, texts
from sandbox.portal.calls import RestError, to_int
from sandbox.portal.documents import bots, chats, messages
from sandbox.portal.drive import chat_file
from sandbox.portal.people import full_name, get_user
from sandbox.portal.rooms import find_dialog, mark_read
from sandbox.portal.shapes import dialog_id, message_shape
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

MAX_TEXT = 20_000


def post(
    portal: Portal,
    chat: Document,
    author_id: int,
    text: str,
    *,
    system: bool = False,
    keyboard: list[dict[str, Any]] | None = None,
    attach: list[Any] | dict[str, Any] | None = None,
    reply_id: int | None = None,
    uuid: str = "",
    forward: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> Document:
    """Put a message into a chat and tell the bots. A long text is cut, as the portal does.

    documents silent: whether a repeated `uuid` is refused; here every post is a new message.
    """
    kept = dict(params or {})
    if keyboard:
        kept["KEYBOARD"] = keyboard
    if attach:
        kept["ATTACH"] = attach
    if reply_id:
        kept["REPLY_ID"] = reply_id
    message = messages(portal).insert(
        {
            "chat_id": chat["id"],
            "author_id": 0 if system else author_id,
            "at": portal.now_iso(),
            "text": truncated(text),
            "system": system,
            "uuid": uuid or str(uuids.UUID(int=portal.next_id("uuid"), version=4)),
            "forward": forward,
            "params": kept,
            "reactions": {},
            "deleted": False,
            "edited": False,
        }
    )
    _count(portal, chat, author_id, message)
    portal.changed("message", _told(portal, chat, message))
    botting.message_posted(portal, chat, message)
    return message


def truncated(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + texts.TRUNCATED


def _count(portal: Portal, chat: Document, author_id: int, message: Document) -> None:
    chat["last_message_id"] = message["id"]
    chat["message_count"] += 1
    chats(portal).save(chat)
    if author_id:
        mark_read(portal, chat, author_id)
    bot = bots(portal).get(author_id)
    if bot is not None:
        bot["count_message"] += 1
        bots(portal).save(bot)


def _told(portal: Portal, chat: Document, message: Document) -> dict[str, Any]:
    return {"chatId": chat["id"], "members": chat["members"], "message": message_shape(portal, message)}


def post_system(portal: Portal, chat: Document, text: str, actor_id: int, **values: str | int) -> Document:
    """A line of the portal itself (somebody joined, a task changed); author 0."""
    actor = full_name(get_user(portal, actor_id)) if actor_id else ""
    line = text.format(actor=actor_id, actor_name=actor, **values)
    return post(portal, chat, actor_id, line, system=True)


def write(portal: Portal, user_id: int, dialog: str, text: str, reply_id: int | None = None) -> Document:
    """A person writes. RestError: unknown or foreign dialog, input switched off, empty text."""
    chat = find_dialog(portal, user_id, dialog)
    if chat is None or user_id not in chat["members"]:
        raise RestError("ACCESS_ERROR", "Action unavailable", 403)
    if not text.strip():
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    if not chat["text_field"]:
        raise RestError("TEXT_FIELD_DISABLED", "The input field of this chat is switched off", 403)
    return post(portal, chat, user_id, text, reply_id=reply_id)


def get_message(portal: Portal, message_id: int) -> Document:
    """RestError MESSAGE_NOT_FOUND for an unknown or deleted one."""
    message = messages(portal).get(message_id)
    if message is None or message["deleted"]:
        raise RestError("MESSAGE_NOT_FOUND", "Message not found")
    return message


def chat_of(portal: Portal, message: Document) -> Document:
    chat = chats(portal).get(message["chat_id"])
    assert chat is not None
    return chat


def edit(
    portal: Portal,
    message: Document,
    *,
    text: str | None = None,
    keyboard: list[dict[str, Any]] | None = None,
    attach: list[Any] | dict[str, Any] | None = None,
) -> None:
    """Change what is given; an empty list takes a keyboard or an attachment away."""
    if text is not None:
        message["text"] = truncated(text)
        message["edited"] = True
        message["params"]["IS_EDITED"] = "Y"
    for name, value in (("KEYBOARD", keyboard), ("ATTACH", attach)):
        if value:
            message["params"][name] = value
        elif value is not None:
            message["params"].pop(name, None)
    messages(portal).save(message)
    chat = chat_of(portal, message)
    portal.changed("message_update", _told(portal, chat, message))
    botting.message_edited(portal, chat, message)


def delete(portal: Portal, message: Document, *, complete: bool = False) -> None:
    """Soft: the place stays with a note; complete: the message is gone."""
    chat = chat_of(portal, message)
    botting.message_deleted(portal, chat, message)
    message |= {"deleted": True, "text": texts.MESSAGE_DELETED, "params": {"IS_DELETED": "Y"}}
    if complete:
        messages(portal).remove(message["id"])
    else:
        messages(portal).save(message)
    portal.changed("message_delete", {"chatId": chat["id"], "messageId": message["id"]})


def react(portal: Portal, message: Document, user_id: int, reaction: str, *, add: bool) -> bool:
    """Set or take back a reaction; False when nothing changes."""
    chat = chat_of(portal, message)
    people: list[int] = message["reactions"].setdefault(reaction, [])
    if (user_id in people) == add:
        return False
    if add:
        people.append(user_id)
    else:
        people.remove(user_id)
    messages(portal).save(message)
    portal.changed("message_update", _told(portal, chat, message))
    botting.reaction_changed(portal, chat, message, user_id, reaction, added=add)
    return True


def send_file(
    portal: Portal, author_id: int, chat: Document, name: str, content: bytes, text: str = ""
) -> tuple[Document, Document]:
    """Store a file on the Drive and post it: (message, file)."""
    file = chat_file(portal, chat, author_id, name, content)
    # documents silent: the sub-format of files in `params`; both seen forms can be switched
    if portal.switches.message_files == "files":
        params: dict[str, Any] = {"files": [{"id": file["id"], "name": file["name"], "size": file["size"]}]}
    else:
        params = {"FILE_ID": [file["id"]]}
    return post(portal, chat, author_id, text, params=params), file


def press(
    portal: Portal, user_id: int, message_id: int, *, index: int | None = None, text: str | None = None
) -> dict[str, Any]:
    """A person presses a button, named by its place (line breaks not counted) or its text.

    → {ok, kind, value}: kind `command`, `message` (SEND: {messageId}), or what only the client does:
    `put`, `copy`, `call`, `dialog`, `link`. A command nobody answers gives ok = False.
    """
    message = get_message(portal, message_id)
    chat = chat_of(portal, message)
    if user_id not in chat["members"]:
        raise RestError("ACCESS_ERROR", "Action unavailable", 403)
    button = _button(message, index, text)
    if button.get("DISABLED") == "Y":
        return {"ok": False, "kind": "disabled", "value": None}
    if "COMMAND" in button:
        return _press_command(portal, chat, message, user_id, button)
    if button.get("LINK"):
        return {"ok": True, "kind": "link", "value": button["LINK"]}
    if button["ACTION"] == "SEND":
        sent = post(portal, chat, user_id, str(button["ACTION_VALUE"]))
        return {"ok": True, "kind": "message", "value": {"messageId": sent["id"]}}
    return {"ok": True, "kind": str(button["ACTION"]).lower(), "value": button["ACTION_VALUE"]}


def _button(message: Document, index: int | None, text: str | None) -> dict[str, Any]:
    keyboard = message["params"].get("KEYBOARD", [])
    buttons = [button for button in keyboard if button.get("TYPE") != "NEWLINE"]
    for place, button in enumerate(buttons):
        if place == index or (index is None and button.get("TEXT") == text):
            return dict(button)
    raise RestError("BUTTON_NOT_FOUND", "This message has no such button")


def _press_command(
    portal: Portal, chat: Document, message: Document, user_id: int, button: dict[str, Any]
) -> dict[str, Any]:
    bot = bots(portal).get(to_int(button.get("BOT_ID"), 0) or 0)
    command = botting.find_command(portal, bot["id"], button["COMMAND"]) if bot else None
    if bot is None or command is None:
        return {"ok": False, "kind": "command", "value": None}
    params = str(button.get("COMMAND_PARAMS", ""))
    # documents silent: which message a press carries; v1 gave the one with the keyboard
    botting.tell_command(portal, bot, command, params, "keyboard", chat, message, user_id)
    return {"ok": True, "kind": "command", "value": f"/{command['command']} {params}".strip()}


def open_with_context(portal: Portal, user_id: int, dialog: str, context: dict[str, Any]) -> bool:
    """A person follows a deep link into a dialog; False when no bot sits there."""
    chat = find_dialog(portal, user_id, dialog)
    if chat is None or user_id not in chat["members"]:
        raise RestError("ACCESS_ERROR", "Action unavailable", 403)
    return botting.context_sent(portal, chat, user_id, context)


def dialogs_of(portal: Portal, user_id: int) -> list[Document]:
    """A person's chats, the one with the newest message first."""
    mine = chats(portal).find("member", user_id)
    return sorted(mine, key=lambda chat: chat["last_message_id"] or 0, reverse=True)


def unread_of(portal: Portal, chat: Document, user_id: int) -> int:
    """Messages of others after the last one this person read."""
    read = chat["read"].get(str(user_id), 0)
    if not chat["last_message_id"] or read >= chat["last_message_id"]:
        return 0
    found = messages(portal).find("chat", chat["id"])
    return sum(1 for message in found if message["id"] > read and message["author_id"] != user_id)


__all__ = [
    "chat_of", "delete", "dialog_id", "dialogs_of", "edit", "get_message", "open_with_context", "post",
    "post_system", "press", "react", "send_file", "unread_of", "write",
]  # fmt: skip
