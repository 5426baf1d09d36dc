"""imbot.v2.Chat.Message.*, reactions, typing and the input field, as a bot does them.

Source documents: imbot.v2/messages/*.md, imbot.v2/ui/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, RestError, as_map, method, to_bool, to_int
from sandbox.portal.chatting import chat_of, delete, edit, post, react, truncated, unread_of
from sandbox.portal.documents import chats, messages
from sandbox.portal.keyboards import parse_attach, parse_keyboard
from sandbox.portal.methods.bot import own_bot
from sandbox.portal.people import users
from sandbox.portal.rooms import mark_read, open_dialog
from sandbox.portal.shapes import message_shape, role_of, user_shape, users_shape
from sandbox.portal.stores import Document

_REACTION_NAMES = """
    like dislike faceWithTearsOfJoy redHeart neutralFace fire cry slightlySmilingFace winkingFace laugh kiss
    wonder slightlyFrowningFace loudlyCryingFace faceWithStuckOutTongue faceWithStuckOutTongueAndWinkingEye
    smilingFaceWithSunglasses confusedFace flushedFace thinkingFace angry smilingFaceWithHorns
    faceWithThermometer facepalm poo flexedBiceps clappingHands raisedHand smilingFaceWithHeartEyes
    smilingFaceWithHearts pleadingFace relievedFace foldedHands okHand signHorns loveYouGesture clownFace
    partyingFace questionMark exclamationMark lightBulb bomb sleepingSymbol crossMark whiteHeavyCheckMark
    eyes handshake hundredPoints
"""
REACTIONS = frozenset(_REACTION_NAMES.split())
STATUS_CODES = frozenset(
    f"IMBOT_AGENT_ACTION_{name}"
    for name in (
        "THINKING", "SEARCHING", "GENERATING", "ANALYZING", "PROCESSING", "TRANSLATING", "CONNECTING",
        "CHECKING", "CALCULATING", "READING_DOCS", "COMPOSING",
    )
)  # fmt: skip
MAX_FORWARDS = 100


@method("imbot.v2.Chat.Message.send", scope="imbot")
def message_send(call: Call) -> dict[str, Any]:
    """{botId, dialogId, fields} → {id, uuidMap}. No protection against a second sending."""
    portal, bot = call.portal, own_bot(call)
    chat = open_dialog(portal, bot["id"], str(call.params.get("dialogId", "")))
    fields = as_map(call.params.get("fields"))
    text = str(fields.get("message") or "")
    attach = parse_attach(fields.get("attach"))
    forwards = as_map(fields.get("forwardIds"))
    if not text.strip() and not attach and not forwards:
        raise RestError("EMPTY_MESSAGE", "Message is empty")
    uuid_map = {uuid: _forward(call, bot, chat, uuid, source) for uuid, source in forwards.items()}
    message_id = next(iter(uuid_map.values()), 0)
    if text.strip() or attach:
        message_id = post(
            portal,
            chat,
            bot["id"],
            text,
            system=to_bool(fields.get("system")),
            keyboard=parse_keyboard(fields.get("keyboard"), bot["id"]),
            attach=attach,
            reply_id=_reply(call, chat, fields.get("replyId")),
            uuid=str(fields.get("templateId") or ""),
        )["id"]
    return {"id": message_id, "uuidMap": uuid_map}


def _reply(call: Call, chat: Document, value: object) -> int | None:
    """The message answered to, if it stands in this chat (documents silent: a foreign one is dropped)."""
    message = messages(call.portal).get(to_int(value, 0) or 0)
    return message["id"] if message is not None and message["chat_id"] == chat["id"] else None


def _forward(call: Call, bot: Document, chat: Document, uuid: str, source_id: object) -> int:
    source = messages(call.portal).get(to_int(source_id, 0) or 0)
    if source is None or bot["id"] not in chat_of(call.portal, source)["members"]:
        raise RestError("SENDING_FAILED", "Sending failed")
    origin = {
        "id": source["id"],
        "userId": source["author_id"],
        "chatId": source["chat_id"],
        "date": source["at"],
    }
    kept = {key: value for key, value in source["params"].items() if key in {"FILE_ID", "files"}}
    sent = post(call.portal, chat, bot["id"], source["text"], uuid=uuid, forward=origin, params=kept)
    return int(sent["id"])


def _message(call: Call, code: str = "ACCESS_DENIED", http: int = 403) -> Document:
    message = messages(call.portal).get(to_int(call.params.get("messageId"), 0) or 0)
    if message is None or message["deleted"]:
        raise RestError(code, "Access denied" if code == "ACCESS_DENIED" else "Message not found", http)
    return message


@method("imbot.v2.Chat.Message.update", scope="imbot")
def message_update(call: Call) -> dict[str, bool]:
    """Own, not system. A keyboard without BOT_ID of its own keeps no owner (message-keyboards.md)."""
    bot, message = own_bot(call), _message(call)
    if message["author_id"] != bot["id"]:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    fields = as_map(call.params.get("fields"))
    text = fields.get("message")
    keyboard = parse_keyboard(fields.get("keyboard"), 0)
    edit(
        call.portal,
        message,
        text=None if text is None else truncated(str(text)),
        keyboard=keyboard,
        attach=parse_attach(fields.get("attach")),
    )
    return {"result": True}


@method("imbot.v2.Chat.Message.delete", scope="imbot")
def message_delete(call: Call) -> dict[str, bool]:
    bot, message = own_bot(call), _message(call)
    chat = chat_of(call.portal, message)
    manages = chat["kind"] != "private" and role_of(chat, bot["id"]) in {"owner", "manager"}
    if message["author_id"] != bot["id"] and not manages:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    delete(call.portal, message, complete=to_bool(call.params.get("complete")))
    return {"result": True}


@method("imbot.v2.Chat.Message.read", scope="imbot")
def message_read(call: Call) -> dict[str, Any]:
    """→ {chatId, lastId, counter, viewedMessages}: what this call newly read."""
    portal, bot = call.portal, own_bot(call)
    chat = open_dialog(portal, bot["id"], str(call.params.get("dialogId", "")))
    up_to = to_int(call.params.get("messageId"))
    if up_to is not None:
        message = messages(portal).get(up_to)
        if message is None or message["chat_id"] != chat["id"]:
            raise RestError("MESSAGE_NOT_FOUND", "Message not found")
    before = chat["read"].get(str(bot["id"]), 0)
    last = mark_read(portal, chat, bot["id"], up_to)
    viewed = [m["id"] for m in messages(portal).find("chat", chat["id"]) if before < m["id"] <= last]
    counter = unread_of(portal, chat, bot["id"])
    return {"chatId": chat["id"], "lastId": last, "counter": counter, "viewedMessages": viewed}


def _reader(call: Call) -> Document:
    bot = own_bot(call)
    if bot["type"] not in {"supervisor", "personal"}:
        raise RestError("BOT_TYPE_NOT_ALLOWED", "Bot type not allowed", 403)
    return bot


@method("imbot.v2.Chat.Message.get", scope="imbot")
def message_get(call: Call) -> dict[str, Any]:
    bot = _reader(call)
    message = _message(call, "MESSAGE_NOT_FOUND", 400)
    if bot["id"] not in chat_of(call.portal, message)["members"]:
        raise RestError("MESSAGE_ACCESS_DENIED", "Message access denied", 403)
    author = users(call.portal).get(message["author_id"])
    return {
        "message": message_shape(call.portal, message),
        "user": None if author is None else user_shape(author),
    }


@method("imbot.v2.Chat.Message.getContext", scope="imbot")
def message_context(call: Call) -> dict[str, Any]:
    """Up to `range` (1–50) messages on each side, oldest first."""
    bot = _reader(call)
    message = _message(call, "MESSAGE_NOT_FOUND", 400)
    chat = chat_of(call.portal, message)
    if bot["id"] not in chat["members"]:
        raise RestError("MESSAGE_ACCESS_DENIED", "Message access denied", 403)
    reach = min(max(to_int(call.params.get("range"), 50) or 50, 1), 50)
    found = messages(call.portal).find("chat", chat["id"])
    place = next(i for i, other in enumerate(found) if other["id"] == message["id"])
    first, last = max(0, place - reach), place + reach + 1
    window = found[first:last]
    return {
        "messages": [message_shape(call.portal, other) for other in window],
        "users": users_shape(call.portal, [other["author_id"] for other in window]),
        "hasPrevPage": first > 0,
        "hasNextPage": last < len(found),
    }


def _reaction(call: Call) -> tuple[Document, Document, str]:
    bot, message = own_bot(call), _message(call)
    if bot["id"] not in chat_of(call.portal, message)["members"]:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    reaction = str(call.params.get("reaction", ""))
    if reaction not in REACTIONS:
        raise RestError("REACTION_NOT_FOUND", "Reaction not found")
    return bot, message, reaction


@method("imbot.v2.Chat.Message.Reaction.add", scope="imbot")
def reaction_add(call: Call) -> dict[str, bool]:
    bot, message, reaction = _reaction(call)
    if not react(call.portal, message, bot["id"], reaction, add=True):
        raise RestError("REACTION_ALREADY_SET", "Reaction already set")
    return {"result": True}


@method("imbot.v2.Chat.Message.Reaction.delete", scope="imbot")
def reaction_delete(call: Call) -> dict[str, bool]:
    bot, message, reaction = _reaction(call)
    react(call.portal, message, bot["id"], reaction, add=False)
    return {"result": True}


@method("imbot.v2.Chat.InputAction.notify", scope="imbot")
def input_action(call: Call) -> dict[str, bool]:
    """Shown to whoever looks (the page's stream), kept nowhere."""
    bot = own_bot(call)
    chat = open_dialog(call.portal, bot["id"], str(call.params.get("dialogId", "")))
    code = call.params.get("statusMessageCode")
    payload = {
        "chatId": chat["id"],
        "userId": bot["id"],
        "code": code if code in STATUS_CODES else None,
        "duration": to_int(call.params.get("duration"), 30),
    }
    call.portal.changed("typing", payload)
    return {"result": True}


@method("imbot.v2.Chat.TextField.enabled", scope="imbot")
def text_field(call: Call) -> dict[str, bool]:
    bot = own_bot(call)
    chat = open_dialog(call.portal, bot["id"], str(call.params.get("dialogId", "")))
    chat["text_field"] = to_bool(call.params.get("enabled"), default=True)
    chats(call.portal).save(chat)
    call.portal.changed("chat", {"chatId": chat["id"]})
    return {"result": True}
