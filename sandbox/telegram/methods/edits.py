"""Changing what the bot wrote: text, caption, keyboard."""

from __future__ import annotations

from sandbox.telegram.access import find_message, writable_chat
from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.keyboards import inline_only, reply_markup
from sandbox.telegram.posting import caption_of, charge, render, same_content, text_of
from sandbox.telegram.state import Json

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def _editable(call: Call) -> tuple[Json, Json]:
    chat = writable_chat(call)
    message = find_message(call, chat, "message to edit")
    if message["from"]["id"] != call.hub.bot_id:
        raise bad_request("message can't be edited")
    return chat, message


def _apply(call: Call, chat: Json, message: Json, content: Json, names: tuple[str, ...]) -> Json:
    """Replace the named fields; an absent keyboard goes away, as in Telegram."""
    markup = inline_only(reply_markup(call))
    wanted = {**content, **({"reply_markup": markup} if markup else {})}
    compared = (*names, "reply_markup")
    if same_content(message, wanted, compared):
        raise bad_request(NOT_MODIFIED)
    charge(call, chat)
    for name in compared:
        message.pop(name, None)
    message |= wanted
    message["edit_date"] = int(call.hub.now())
    call.hub.keep_message(message)
    shown = render(call.hub, message)
    call.hub.changed("edited", {"chat_id": chat["id"], "message": shown})
    return shown


@method("editMessageText")
async def edit_message_text(call: Call) -> Json:
    chat, message = _editable(call)
    content = text_of(call)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _apply(call, chat, message, content, ("text", "entities"))


@method("editMessageCaption")
async def edit_message_caption(call: Call) -> Json:
    chat, message = _editable(call)
    content = caption_of(call)
    if "text" in message:
        raise bad_request("there is no caption in the message to edit")
    return _apply(call, chat, message, content, ("caption", "caption_entities"))


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> Json:
    chat, message = _editable(call)
    return _apply(call, chat, message, {}, ())
