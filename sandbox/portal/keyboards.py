"""Buttons under a message: reading what callers send, and what a press does.

Source document: imbot.v2/messages/message-keyboards.md.
"""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.portal.calls import RestError, as_list, as_map, to_int

ACTIONS = {"PUT", "SEND", "COPY", "CALL", "DIALOG"}
MAX_ATTACH_CHARS = 60_000


def parse_keyboard(value: object, bot_id: int) -> list[dict[str, Any]] | None:
    """Buttons ready to keep, [] to take a keyboard away ("N" or empty), None when none was given.

    `bot_id` is who answers commands of buttons without BOT_ID of their own; 0 = nobody.
    RestError KEYBOARD_ERROR for anything that is no keyboard.
    """
    if value is None:
        return None
    if isinstance(value, str):
        if value in {"", "N", "n"}:
            return []
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise RestError("KEYBOARD_ERROR", "Incorrect keyboard params") from error
    owner = bot_id
    if isinstance(value, dict) and "BUTTONS" in value:
        owner = to_int(value.get("BOT_ID"), bot_id) or 0
        value = value["BUTTONS"]
    buttons = [as_map(button) for button in as_list(value)]
    return [_checked(button, owner) for button in buttons]


def _checked(button: dict[str, Any], owner: int) -> dict[str, Any]:
    if button.get("TYPE") == "NEWLINE":
        return {"TYPE": "NEWLINE"}
    kinds = [key for key in ("LINK", "COMMAND", "ACTION", "APP_ID") if button.get(key)]
    if not button.get("TEXT") or len(kinds) != 1:
        raise RestError("KEYBOARD_ERROR", "Incorrect keyboard params")
    if kinds == ["ACTION"] and (button["ACTION"] not in ACTIONS or not button.get("ACTION_VALUE")):
        raise RestError("KEYBOARD_ERROR", "Incorrect keyboard params")
    kept = {key: value for key, value in button.items() if value is not None}
    if kinds == ["COMMAND"]:
        kept["COMMAND"] = str(button["COMMAND"]).removeprefix("/")
        kept["BOT_ID"] = to_int(button.get("BOT_ID"), owner) or 0
    return kept


def parse_attach(value: object) -> list[Any] | dict[str, Any] | None:
    """An attachment ready to keep, [] to take it away, None when none was given.

    RestError ATTACH_OVERSIZE above 60,000 characters, ATTACH_ERROR for anything that is no attachment.
    """
    if value is None:
        return None
    if value in ("", "N", "n"):
        return []
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise RestError("ATTACH_ERROR", "Incorrect attach params") from error
    if not isinstance(value, dict | list):
        raise RestError("ATTACH_ERROR", "Incorrect attach params")
    if len(orjson.dumps(value).decode()) > MAX_ATTACH_CHARS:
        raise RestError("ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach")
    return value
