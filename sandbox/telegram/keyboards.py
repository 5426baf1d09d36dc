"""Reply markups: read, checked and refused as the public server does (callback data holds 64 bytes)."""

from __future__ import annotations

import json
from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.entities import checked_url
from sandbox.telegram.errors import bad_request

CALLBACK_DATA_BYTES = 64
BUTTONS = 100
PER_ROW = 8
TOTAL_BYTES = 10_000
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)

Json = dict[str, Any]


def reply_markup(call: Call) -> Json | None:
    """The markup a message shall carry; None without one or with an empty inline keyboard."""
    markup = call.json("reply_markup", "reply keyboard markup")
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _inline_rows(markup["inline_keyboard"])
        return {"inline_keyboard": rows} if rows else None
    if any(key in markup for key in ("keyboard", "remove_keyboard", "force_reply")):
        return markup
    return None


def inline_only(markup: Json | None) -> Json | None:
    """Edits know inline keyboards only."""
    if markup is not None and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return markup


def _inline_rows(rows: Any) -> list[list[Json]]:
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    kept: list[list[Json]] = []
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(
                'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
            )
        if row:
            kept.append([_inline_button(button) for button in row])
    if sum(map(len, kept)) > BUTTONS or any(len(row) > PER_ROW for row in kept):
        raise bad_request("reply markup is too long")
    if len(json.dumps(kept, ensure_ascii=False).encode()) > TOTAL_BYTES:
        raise bad_request("reply markup is too long")
    return kept


def _inline_button(given: Any) -> Json:
    if not isinstance(given, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    button: Json = {key: value for key, value in given.items() if value is not None}
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if not any(key in button for key in _ACTIONS):
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if "callback_data" in button:
        size = len(str(button["callback_data"]).encode())
        if not 1 <= size <= CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        url = str(button["url"])
        checked = checked_url(url)
        if checked is None:
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        button["url"] = checked
    return button
