"""Forum topics. A topic's id is its opening message's; deleting a topic takes its messages along."""

from __future__ import annotations

from sandbox.telegram.access import bot_right, find_topic, readable_chat, writable_chat
from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.posting import charge, post
from sandbox.telegram.state import Json, TelegramHub

NAME_LENGTH = 128
ICON_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)


def _forum(call: Call, right: str) -> Json:
    chat = readable_chat(call)
    if not chat.get("is_forum"):
        raise bad_request("the chat is not a forum")
    if not bot_right(call.hub, chat, "can_manage_topics"):
        raise bad_request(f"not enough rights to {right}")
    return writable_chat(call)


def _name(call: Call) -> str:
    name = " ".join(call.text("name").split())[:NAME_LENGTH].strip()
    if not name:
        raise bad_request("name must be non-empty")
    return name


def topic_object(thread_id: int, topic: Json) -> Json:
    shown = {"message_thread_id": thread_id, "name": topic["name"], "icon_color": topic["icon_color"]}
    if topic.get("icon_custom_emoji_id"):
        shown["icon_custom_emoji_id"] = topic["icon_custom_emoji_id"]
    return shown


def create_topic(hub: TelegramHub, chat: Json, by: Json, name: str, icon_color: int) -> tuple[int, Json]:
    """Open a topic with its service message; (thread id, topic)."""
    created = {"name": name, "icon_color": icon_color}
    message = post(hub, chat, by, {"forum_topic_created": created})
    thread_id: int = message["message_id"]
    message |= {"message_thread_id": thread_id, "is_topic_message": True}
    hub.keep_message(message)
    topic = {"name": name, "icon_color": icon_color, "closed": False, "deleted": False}
    chat.setdefault("_topics", {})[str(thread_id)] = topic
    _changed(hub, chat, thread_id)
    return thread_id, topic


def delete_topic(hub: TelegramHub, chat: Json, thread_id: int) -> None:
    """Take a topic and its messages away; nobody is told, later writes fail."""
    chat["_topics"][str(thread_id)]["deleted"] = True
    for message in list(hub.messages.get(chat["id"], {}).values()):
        if message.get("message_thread_id") == thread_id:
            hub.drop_message(chat["id"], message["message_id"])
    _changed(hub, chat, thread_id)


def _changed(hub: TelegramHub, chat: Json, thread_id: int) -> None:
    hub.touch("chats", chat["id"])
    topic = chat["_topics"][str(thread_id)]
    hub.changed("topic", {"chat_id": chat["id"], "message_thread_id": thread_id, **topic})


@method("createForumTopic")
async def create_forum_topic(call: Call) -> Json:
    chat = _forum(call, "create a topic")
    name = _name(call)
    color = call.number("icon_color", ICON_COLORS[0])
    if color not in ICON_COLORS:
        raise bad_request("invalid topic icon color specified")
    charge(call, chat)
    thread_id, topic = create_topic(call.hub, chat, call.hub.bot_user(), name, color)
    return topic_object(thread_id, topic)


@method("editForumTopic")
async def edit_forum_topic(call: Call) -> bool:
    chat = _forum(call, "edit the topic")
    topic = find_topic(call, chat)
    name = _name(call) if call.text("name") else topic["name"]
    emoji = call.text("icon_custom_emoji_id", topic.get("icon_custom_emoji_id", ""))
    if (name, emoji) == (topic["name"], topic.get("icon_custom_emoji_id", "")):
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic |= {"name": name, "icon_custom_emoji_id": emoji}
    _service(call, chat, {"forum_topic_edited": {"name": name}})
    return True


@method("closeForumTopic")
async def close_forum_topic(call: Call) -> bool:
    chat = _forum(call, "close or open the topic")
    return _set_closed(call, chat, closed=True)


@method("reopenForumTopic")
async def reopen_forum_topic(call: Call) -> bool:
    chat = _forum(call, "close or open the topic")
    return _set_closed(call, chat, closed=False)


def _set_closed(call: Call, chat: Json, *, closed: bool) -> bool:
    topic = find_topic(call, chat)
    if bool(topic.get("closed")) == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic["closed"] = closed
    _service(call, chat, {"forum_topic_closed" if closed else "forum_topic_reopened": {}})
    return True


@method("deleteForumTopic")
async def delete_forum_topic(call: Call) -> bool:
    chat = _forum(call, "delete the topic")
    find_topic(call, chat)
    delete_topic(call.hub, chat, call.number("message_thread_id"))
    return True


def _service(call: Call, chat: Json, content: Json) -> None:
    thread_id = call.number("message_thread_id")
    post(call.hub, chat, call.hub.bot_user(), content, thread_id=thread_id)
    _changed(call.hub, chat, thread_id)
