"""May the bot do this here? Finding chats, topics and messages, and refusing in Telegram's words."""

from __future__ import annotations

from sandbox.telegram.calls import Call
from sandbox.telegram.errors import bad_request, forbidden, migrated
from sandbox.telegram.state import Json, TelegramHub

GENERAL_TOPIC = 1
PRESENT = ("creator", "administrator", "member", "restricted")


def bot_status(hub: TelegramHub, chat: Json) -> Json:
    member = chat.get("_members", {}).get(str(hub.bot_id))
    return member if member is not None else {"status": "left"}


def bot_right(hub: TelegramHub, chat: Json, right: str) -> bool:
    if chat["type"] == "private":
        return True
    member = bot_status(hub, chat)
    return member["status"] == "creator" or (
        member["status"] == "administrator" and bool(member.get(right, True))
    )


def find_chat(call: Call, name: str = "chat_id") -> Json:
    """The chat a parameter names, by id or @username; only chats the bot may know exist for it."""
    raw = call.text(name).strip()
    if not raw:
        raise bad_request(f"{name} is empty")
    hub = call.hub
    if raw.startswith("@"):
        for chat in hub.chats.values():
            if chat.get("username", "").lower() == raw[1:].lower() and chat["type"] != "private":
                return chat
        raise bad_request("chat not found")
    try:
        chat_id = int(raw)
    except ValueError:
        raise bad_request("chat not found") from None
    if chat_id not in hub.chats:
        raise bad_request("chat not found")
    return hub.chats[chat_id]


def readable_chat(call: Call, name: str = "chat_id") -> Json:
    """A chat the bot sits in (or a private one)."""
    chat = find_chat(call, name)
    if chat.get("_migrated_to"):
        raise migrated(chat["_migrated_to"])
    if chat["type"] != "private":
        _refuse_outsider(call.hub, chat)
    return chat


def writable_chat(call: Call, name: str = "chat_id") -> Json:
    """A chat the bot may write in now."""
    chat = readable_chat(call, name)
    if chat["type"] == "private":
        user = call.hub.users[chat["id"]]
        if user.get("_deactivated"):
            raise forbidden("user is deactivated")
        if user.get("_blocked"):
            raise forbidden("bot was blocked by the user")
        if not user.get("_started"):
            raise forbidden("bot can't initiate conversation with a user")
    elif bot_status(call.hub, chat).get("can_send_messages") is False:
        raise bad_request("not enough rights to send text messages to the chat")
    return chat


def _refuse_outsider(hub: TelegramHub, chat: Json) -> None:
    status = bot_status(hub, chat)["status"]
    kind = "supergroup" if chat["type"] == "supergroup" else chat["type"]
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {kind} chat")
    if status not in PRESENT:
        raise forbidden(f"bot is not a member of the {kind} chat")


def writable_topic(call: Call, chat: Json) -> int | None:
    """The topic to write in; None for chats without topics and for the general one.

    A deleted topic is found out only here: bots get no update about it.
    """
    thread_id = call.number("message_thread_id")
    if thread_id == 0 or not chat.get("is_forum"):
        return None
    if thread_id == GENERAL_TOPIC:
        raise bad_request("message thread not found")
    topic = chat.get("_topics", {}).get(str(thread_id))
    if topic is None:
        raise bad_request("message thread not found")
    if topic.get("deleted"):
        raise bad_request(call.hub.config.deleted_topic)
    if topic.get("closed") and not bot_right(call.hub, chat, "can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")
    return thread_id


def find_topic(call: Call, chat: Json) -> Json:
    """The topic a forum method works on."""
    topic: Json | None = chat.get("_topics", {}).get(str(call.number("message_thread_id")))
    if topic is None or topic.get("deleted"):
        raise bad_request("TOPIC_ID_INVALID")
    return topic


def find_message(call: Call, chat: Json, what: str, name: str = "message_id") -> Json:
    """The message, or "<what> not found"."""
    raw = call.text(name).strip()
    if not raw:
        raise bad_request("message identifier is not specified")
    message = call.hub.message(chat["id"], call.number(name))
    if message is None:
        raise bad_request(f"{what} not found")
    return message
