"""Sending text, copying, forwarding, deleting."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.access import bot_right, find_message, readable_chat, writable_chat
from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.posting import caption_of, post_by_bot, render, text_of
from sandbox.telegram.state import Json

DELETABLE_FOR_S = 48 * 3600
CONTENT = (
    "text",
    "entities",
    "caption",
    "caption_entities",
    "photo",
    "document",
    "video",
    "audio",
    "voice",
    "sticker",
)
SERVICE = (
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "pinned_message",
)


@method("sendMessage")
async def send_message(call: Call) -> Json:
    chat = writable_chat(call)
    content = text_of(call)
    (message,) = post_by_bot(call, chat, [content])
    return render(call.hub, message)


@method("copyMessage")
async def copy_message(call: Call) -> Json:
    source = find_message(call, readable_chat(call, "from_chat_id"), "message to copy")
    if any(kind in source for kind in SERVICE):
        raise bad_request("message can't be copied")
    content = {name: source[name] for name in CONTENT if name in source}
    if "caption" in call.params and "text" not in source:
        content = {key: value for key, value in content.items() if not key.startswith("caption")}
        content |= caption_of(call)
    (message,) = post_by_bot(call, writable_chat(call), [content])
    return {"message_id": message["message_id"]}


@method("forwardMessage")
async def forward_message(call: Call) -> Json:
    source = find_message(call, readable_chat(call, "from_chat_id"), "message to forward")
    if any(kind in source for kind in SERVICE):
        raise bad_request("message can't be forwarded")
    content: Json = {name: source[name] for name in CONTENT if name in source}
    content["forward_origin"] = source.get("forward_origin") or {
        "type": "user",
        "date": source["date"],
        "sender_user": source["from"],
    }
    (message,) = post_by_bot(call, writable_chat(call), [content])
    return render(call.hub, message)


@method("deleteMessage")
async def delete_message(call: Call) -> bool:
    chat = writable_chat(call)
    message = find_message(call, chat, "message to delete")
    _check_deletable(call, chat, message)
    call.hub.drop_message(chat["id"], message["message_id"])
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    chat = writable_chat(call)
    ids: Any = call.json("message_ids", "message_ids")
    if not isinstance(ids, list) or not ids:
        raise bad_request("message identifiers are not specified")
    if not all(isinstance(key, int) for key in ids):
        raise bad_request("message identifier must be a Number")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    found = [message for key in ids if (message := call.hub.message(chat["id"], key))]
    for message in found:
        _check_deletable(call, chat, message)
    for message in found:
        call.hub.drop_message(chat["id"], message["message_id"])
    return True


def _check_deletable(call: Call, chat: Json, message: Json) -> None:
    is_own = message["from"]["id"] == call.hub.bot_id
    is_old = call.hub.now() - message["date"] > DELETABLE_FOR_S
    is_admin = chat["type"] != "private" and bot_right(call.hub, chat, "can_delete_messages")
    if "forum_topic_created" in message:
        raise bad_request("message can't be deleted")
    if is_admin:
        return
    if is_old:
        raise bad_request("message can't be deleted for everyone")
    if not is_own and chat["type"] != "private":
        raise bad_request("message can't be deleted")
