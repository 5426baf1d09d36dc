"""Messages come to be here, whoever writes them; and are shown in the Bot API's shape."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.access import writable_topic
from sandbox.telegram.calls import Call
from sandbox.telegram.entities import Entity, format_text
from sandbox.telegram.errors import bad_request, too_many
from sandbox.telegram.keyboards import reply_markup
from sandbox.telegram.state import Json, TelegramHub

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024


def user_object(user: Json) -> Json:
    return {key: value for key, value in user.items() if not key.startswith("_")}


def chat_object(chat: Json) -> Json:
    return {key: value for key, value in chat.items() if not key.startswith("_")}


def render(hub: TelegramHub, message: Json, *, with_reply: bool = True) -> Json:
    """A message as the API shows it; the message replied to is nested once, if it still stands."""
    shown = {key: value for key, value in message.items() if not key.startswith("_")}
    shown["chat"] = chat_object(hub.chats[message["chat"]["id"]])
    target = hub.message(message["chat"]["id"], message.get("_reply_to") or 0)
    if with_reply and target is not None:
        shown["reply_to_message"] = render(hub, target, with_reply=False)
    markup = shown.get("reply_markup")
    if markup is not None and "inline_keyboard" not in markup:
        del shown["reply_markup"]  # only inline keyboards are part of a message
    return shown


def post(
    hub: TelegramHub,
    chat: Json,
    sender: Json,
    content: Json,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
) -> Json:
    """Store one message and tell the streams; ``content`` are its API fields beyond the envelope."""
    message: Json = {
        "message_id": hub.next_message_id(chat["id"]),
        "from": user_object(sender),
        "chat": {"id": chat["id"]},
        "date": int(hub.now()),
        **content,
    }
    if thread_id is not None:
        message["message_thread_id"] = thread_id
        message["is_topic_message"] = True
        # A topic's messages answer its opening message unless they answer another one.
        reply_to = reply_to or thread_id
    if reply_to:
        message["_reply_to"] = reply_to
    hub.keep_message(message)
    hub.changed("message", {"chat_id": chat["id"], "message": render(hub, message)})
    return message


def post_by_bot(call: Call, chat: Json, contents: list[Json]) -> list[Json]:
    """What every send method does last: place, answer, keyboard, flood control, then the message(s)."""
    hub = call.hub
    thread_id = writable_topic(call, chat)
    reply_to = reply_target(call, chat)
    if thread_id is None and reply_to is not None:
        target = hub.message(chat["id"], reply_to)
        thread_id = target.get("message_thread_id") if target else None
    markup = reply_markup(call)
    charge(call, chat, len(contents))
    sent = []
    for content in contents:
        extra = {"reply_markup": markup} if markup else {}
        sent.append(
            post(hub, chat, hub.bot_user(), {**content, **extra}, thread_id=thread_id, reply_to=reply_to)
        )
    return sent


def reply_target(call: Call, chat: Json) -> int | None:
    """The message to answer, from ``reply_parameters`` or the older ``reply_to_message_id``."""
    parameters = call.json("reply_parameters", "reply parameters") or {}
    if not isinstance(parameters, dict):
        raise bad_request("object expected as reply parameters")
    raw = parameters.get("message_id") or call.number("reply_to_message_id")
    if not raw:
        return None
    if not str(raw).isdigit():
        raise bad_request("can't parse reply parameters: message identifier must be a Number")
    lenient = bool(parameters.get("allow_sending_without_reply")) or call.flag("allow_sending_without_reply")
    if call.hub.message(chat["id"], int(raw)) is not None:
        return int(raw)
    if lenient:
        return None
    raise bad_request("message to be replied not found")


def charge(call: Call, chat: Json, messages: int = 1) -> None:
    if wait_s := call.hub.limits.take(chat["id"], messages):
        raise too_many(wait_s)


def text_of(call: Call, text: str | None = None) -> Json:
    """``text`` and ``entities`` of a text message."""
    source = call.text("text") if text is None else text
    if not source:
        raise bad_request("message text is empty")
    plain, entities = format_text(source, call.text("parse_mode"), call.objects("entities", "MessageEntity"))
    if not plain:
        raise bad_request("text must be non-empty")
    if len(plain) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return _with_entities({"text": plain}, "entities", entities)


def caption_of(call: Call, item: Json | None = None) -> Json:
    """``caption`` and ``caption_entities``, of the call or of one item of an album; empty without a caption."""
    source = call.text("caption") if item is None else str(item.get("caption") or "")
    mode = call.text("parse_mode") if item is None else str(item.get("parse_mode") or "")
    if not source:
        return {}
    plain, entities = format_text(source, mode, None)
    if len(plain) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return _with_entities({"caption": plain}, "caption_entities", entities) if plain else {}


def _with_entities(content: Json, name: str, entities: list[Entity]) -> Json:
    if entities:
        content[name] = entities
    return content


def same_content(message: Json, content: Json, names: tuple[str, ...]) -> bool:
    def of(document: Json) -> list[Any]:
        return [document.get(name) for name in names]

    return of(message) == of(content)
