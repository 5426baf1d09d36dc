"""What people do in this Telegram: write, press, send files, edit, block. Each deed gives the bot its update."""

from __future__ import annotations

import mimetypes
import re

from sandbox.telegram.access import PRESENT, bot_status
from sandbox.telegram.entities import plain_entities
from sandbox.telegram.errors import ApiError, bad_request, forbidden
from sandbox.telegram.files import add_file, content_for, image_size
from sandbox.telegram.methods.chats import member_object
from sandbox.telegram.posting import chat_object, post, render, user_object
from sandbox.telegram.state import Json, TelegramHub

FILE_KINDS = ("photo", "document", "video", "voice", "audio", "sticker")


def person(hub: TelegramHub, user_id: int) -> Json:
    user = hub.users.get(user_id)
    if user is None:
        raise ApiError(404, "no such user")
    return user


def add_person(hub: TelegramHub, user: Json, *, started: bool = False) -> Json:
    """Make a user and the private chat with the bot (same id)."""
    document = {"is_bot": False, "language_code": "ru", **user, "_started": started, "_blocked": False}
    hub.users[user["id"]] = document
    names: Json = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
    hub.chats[user["id"]] = {"id": user["id"], "type": "private", **names}
    hub.touch("users", user["id"])
    hub.touch("chats", user["id"])
    return document


def write(
    hub: TelegramHub,
    user_id: int,
    chat_id: int,
    text: str,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
) -> Json:
    """A person writes; to the private chat this also starts the bot."""
    if not text.strip():
        raise bad_request("message text is empty")
    entities = plain_entities(text)
    content: Json = {"text": text, **({"entities": entities} if entities else {})}
    return _say(hub, user_id, chat_id, [content], thread_id, reply_to)[0]


def send_files(
    hub: TelegramHub,
    user_id: int,
    chat_id: int,
    uploads: list[tuple[str, str, bytes]],
    *,
    caption: str = "",
    kind: str = "auto",
    thread_id: int | None = None,
    reply_to: int | None = None,
) -> list[Json]:
    """A person sends files (name, type, bytes); several make an album whose first item carries the caption."""
    contents = []
    for name, mime, data in uploads:
        chosen = _kind_of(kind, mime, data)
        record = add_file(hub, chosen, name, mime or mimetypes.guess_type(name)[0] or "", data)
        contents.append(content_for(hub, chosen, record))
    if caption:
        contents[0]["caption"] = caption
        if entities := plain_entities(caption):
            contents[0]["caption_entities"] = entities
    if len(contents) > 1:
        group = str(10**16 + hub.next_number("media_group"))
        contents = [{"media_group_id": group, **content} for content in contents]
    return _say(hub, user_id, chat_id, contents, thread_id, reply_to)


def _kind_of(kind: str, mime: str, data: bytes) -> str:
    if kind in FILE_KINDS:
        return kind
    if kind != "auto":
        raise bad_request(f"unknown kind of file: {kind}")
    if mime.startswith("image/") and image_size(data) is not None:
        return "photo"
    return "video" if mime.startswith("video/") else "document"


def _say(
    hub: TelegramHub,
    user_id: int,
    chat_id: int,
    contents: list[Json],
    thread_id: int | None,
    reply_to: int | None,
) -> list[Json]:
    user, chat = person(hub, user_id), _place(hub, user_id, chat_id)
    topic = chat.get("_topics", {}).get(str(thread_id)) if thread_id else None
    if thread_id and (topic is None or topic.get("deleted")):
        raise bad_request("message thread not found")
    if reply_to and hub.message(chat_id, reply_to) is None:
        raise bad_request("message to be replied not found")
    if chat["type"] == "private" and not user["_started"]:
        user["_started"] = True
        hub.touch("users", user_id)
    posted = [post(hub, chat, user, content, thread_id=thread_id, reply_to=reply_to) for content in contents]
    for message in posted:
        _deliver(hub, chat, message, "message")
    return posted


def _place(hub: TelegramHub, user_id: int, chat_id: int) -> Json:
    """The chat, if this person may write there."""
    chat = hub.chats.get(chat_id)
    if chat is None:
        raise ApiError(404, "no such chat")
    if chat["type"] == "private":
        if chat_id != user_id:
            raise forbidden("somebody else's private chat")
        if hub.users[user_id]["_blocked"]:
            raise forbidden("unblock the bot first")
    elif chat.get("_members", {}).get(str(user_id), {}).get("status") not in PRESENT:
        raise forbidden("not a member of the chat")
    return chat


def _deliver(hub: TelegramHub, chat: Json, message: Json, kind: str) -> None:
    if _visible(hub, chat, message):
        hub.updates.push(kind, render(hub, message))


def _visible(hub: TelegramHub, chat: Json, message: Json) -> bool:
    """Privacy mode of bots: ordinary words of a group reach only administrators among them."""
    if chat["type"] == "private":
        return True
    status = bot_status(hub, chat)["status"]
    if status not in PRESENT:
        return False
    if status in ("creator", "administrator") or not hub.config.privacy_mode:
        return True
    text = message.get("text") or message.get("caption") or ""
    target = hub.message(chat["id"], message.get("_reply_to") or 0)
    answers_bot = target is not None and target["from"]["id"] == hub.bot_id
    name = re.escape(hub.config.bot_username)
    return (
        answers_bot or bool(re.match(rf"/\w+(@{name})?(\s|$)", text)) or f"@{hub.config.bot_username}" in text
    )


def press(
    hub: TelegramHub,
    user_id: int,
    chat_id: int,
    message_id: int,
    *,
    data: str | None = None,
    text: str | None = None,
) -> Json:
    """A person presses a button, named by its data or its label. A link button answers ``{"url": …}``."""
    user, chat = person(hub, user_id), _place(hub, user_id, chat_id)
    message = hub.message(chat_id, message_id)
    if message is None:
        raise ApiError(404, "no such message")
    button = _button(message, data, text)
    if "callback_data" not in button:
        return {"url": button.get("url", "")}
    query_id = str(4 * 10**17 + hub.next_number("callback"))
    hub.callbacks[query_id] = {
        "id": query_id,
        "user_id": user_id,
        "data": button["callback_data"],
        "at": hub.now(),
        "answered": False,
    }
    hub.touch("callbacks", query_id)
    update = {
        "id": query_id,
        "from": user_object(user),
        "message": render(hub, message),
        "chat_instance": str(-(10**17) - abs(chat["id"])),
        "data": button["callback_data"],
    }
    hub.updates.push("callback_query", update)
    return {"callback_query_id": query_id}


def _button(message: Json, data: str | None, text: str | None) -> Json:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons: list[Json] = [button for row in rows for button in row]
    for name, wanted in (("callback_data", data), ("text", text)):
        for button in buttons:
            if wanted is not None and button.get(name) == wanted:
                return button
    raise ApiError(404, "no such button")


def edit(hub: TelegramHub, user_id: int, chat_id: int, message_id: int, text: str) -> Json:
    """A person changes an own message; a file's caption is its text."""
    chat = _place(hub, user_id, chat_id)
    message = hub.message(chat_id, message_id)
    if message is None or message["from"]["id"] != user_id:
        raise ApiError(404, "no such message of this person")
    name = "text" if "text" in message else "caption"
    entities = "entities" if name == "text" else "caption_entities"
    message[name] = text
    message.pop(entities, None)
    if found := plain_entities(text):
        message[entities] = found
    message["edit_date"] = int(hub.now())
    hub.keep_message(message)
    hub.changed("edited", {"chat_id": chat_id, "message": render(hub, message)})
    _deliver(hub, chat, message, "edited_message")
    return message


def block(hub: TelegramHub, user_id: int, *, blocked: bool = True) -> None:
    """A person shuts the bot out of the private chat, or lets it in again."""
    user = person(hub, user_id)
    if user["_blocked"] == blocked:
        return
    user |= {"_blocked": blocked, "_started": True}
    hub.touch("users", user_id)
    _tell_membership(
        hub, user, hub.chats[user_id], "member" if blocked else "kicked", "kicked" if blocked else "member"
    )


def set_bot_status(hub: TelegramHub, by_user_id: int, chat_id: int, member: Json) -> None:
    """Somebody adds, promotes, restricts or removes the bot in a group; ``member`` as in ChatMember."""
    user, chat = person(hub, by_user_id), hub.chats[chat_id]
    old = bot_status(hub, chat)["status"]
    chat.setdefault("_members", {})[str(hub.bot_id)] = member
    hub.touch("chats", chat_id)
    _tell_membership(hub, user, chat, old, member["status"])


def _tell_membership(hub: TelegramHub, by: Json, chat: Json, old: str, new: str) -> None:
    update = {
        "chat": chat_object(chat),
        "from": user_object(by),
        "date": int(hub.now()),
        "old_chat_member": member_object(hub.bot_user(), {"status": old}),
        "new_chat_member": member_object(hub.bot_user(), {"status": new}),
    }
    hub.updates.push("my_chat_member", update)
    hub.changed("member", update)
