"""The bot about itself: identity and the commands people are shown."""

from __future__ import annotations

import re
from typing import Any

from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request
from sandbox.telegram.state import Json, TelegramHub

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
COMMANDS = 100
DESCRIPTION_LENGTH = 256


@method("getMe")
async def get_me(call: Call) -> Json:
    return {
        **call.hub.bot_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": not call.hub.config.privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def _key(call: Call) -> str:
    """Commands are kept per scope and language."""
    scope: Any = call.json("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or "type" not in scope:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    where = "/".join(str(scope[part]) for part in ("type", "chat_id", "user_id") if part in scope)
    return f"commands:{where}:{call.text('language_code')}"


def default_commands(hub: TelegramHub) -> list[Json]:
    """What a person without a language of its own commands sees."""
    return list(hub.meta.get("commands:default:", []))


@method("setMyCommands")
async def set_my_commands(call: Call) -> bool:
    commands = call.objects("commands", "BotCommand") or []
    if len(commands) > COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for item in commands:
        name = str(item.get("command", "")).removeprefix("/").lower()
        description = str(item.get("description", "")).strip()
        if not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(description) <= DESCRIPTION_LENGTH:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": description})
    call.hub.set_meta(_key(call), kept)
    return True


@method("getMyCommands")
async def get_my_commands(call: Call) -> list[Json]:
    return list(call.hub.meta.get(_key(call), []))


@method("deleteMyCommands")
async def delete_my_commands(call: Call) -> bool:
    call.hub.set_meta(_key(call), [])
    return True
