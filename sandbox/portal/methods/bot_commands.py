"""imbot.v2.Command.*: what people can ask of a bot by a slash or a button.

Source documents: imbot.v2/commands/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal import botting
from sandbox.portal.calls import Call, RestError, as_map, method, to_bool, to_int
from sandbox.portal.chatting import post
from sandbox.portal.documents import commands, messages
from sandbox.portal.keyboards import parse_attach, parse_keyboard
from sandbox.portal.methods.bot import own_bot
from sandbox.portal.people import full_name, get_user
from sandbox.portal.rooms import find_dialog
from sandbox.portal.stores import Document
from sandbox.portal.texts import BOT_SAYS, LANGUAGE


def command_shape(command: Document) -> dict[str, Any]:
    return {
        "id": command["id"],
        "botId": command["bot_id"],
        "command": f"/{command['command']}",
        "common": command["common"],
        "hidden": command["hidden"],
        "extranetSupport": command["extranet_support"],
    }


@method("imbot.v2.Command.register", scope="imbot")
def command_register(call: Call) -> dict[str, Any]:
    """A new command, or the existing one of this name, unchanged."""
    bot = own_bot(call)
    fields = as_map(call.params.get("fields"))
    name = fields.get("command")
    if name is not None and not isinstance(name, str):
        raise RestError("COMMAND_NAME_INVALID", "Command name is invalid")
    name = (name or "").strip().removeprefix("/")
    if not name:
        raise RestError("COMMAND_REQUIRED", "Command is required")
    existing = botting.find_command(call.portal, bot["id"], name)
    if existing is not None:
        return {"command": command_shape(existing)}
    hidden = to_bool(fields.get("hidden"))
    if not hidden and not as_map(fields.get("title")):
        raise RestError("COMMAND_TITLE_REQUIRED", "Command title is required")
    command = commands(call.portal).insert(
        {
            "bot_id": bot["id"],
            "command": name,
            "title": as_map(fields.get("title")),
            "params": as_map(fields.get("params")),
            "common": to_bool(fields.get("common")),
            "hidden": hidden,
            "extranet_support": to_bool(fields.get("extranetSupport")),
        }
    )
    return {"command": command_shape(command)}


def _own_command(call: Call, bot: Document) -> Document:
    command = commands(call.portal).get(to_int(call.params.get("commandId"), 0) or 0)
    if command is None or command["bot_id"] != bot["id"]:
        raise RestError("COMMAND_NOT_FOUND", "Command not found")
    return command


@method("imbot.v2.Command.update", scope="imbot")
def command_update(call: Call) -> dict[str, Any]:
    bot = own_bot(call)
    command = _own_command(call, bot)
    fields = as_map(call.params.get("fields"))
    if "command" in fields:
        _rename(call, bot, command, fields["command"])
    for text in ("title", "params"):
        for language, value in as_map(fields.get(text)).items():
            if value is None:
                command[text].pop(language, None)
            else:
                command[text][language] = value
    for sent, kept in (("common", "common"), ("hidden", "hidden"), ("extranetSupport", "extranet_support")):
        if sent in fields:
            command[kept] = to_bool(fields[sent])
    commands(call.portal).save(command)
    return {"command": command_shape(command)}


def _rename(call: Call, bot: Document, command: Document, name: object) -> None:
    if not isinstance(name, str):
        raise RestError("COMMAND_NAME_INVALID", "Command name is invalid")
    wanted = name.strip().removeprefix("/")
    if not wanted:
        raise RestError("COMMAND_NAME_EMPTY", "Command name is empty")
    taken = botting.find_command(call.portal, bot["id"], wanted)
    if taken is not None and taken["id"] != command["id"]:
        raise RestError("COMMAND_ALREADY_EXISTS", "Command already exists")
    command["command"] = wanted


@method("imbot.v2.Command.list", scope="imbot")
def command_list(call: Call) -> dict[str, Any]:
    bot = own_bot(call)
    name = full_name(get_user(call.portal, bot["id"]))
    return {
        "commands": [
            {
                **command_shape(command),
                "title": _in_language(command["title"]),
                "params": _in_language(command["params"]),
                "category": name,
                "context": "",
            }
            for command in commands(call.portal).find("bot", bot["id"])
        ]
    }


def _in_language(texts: dict[str, str]) -> str:
    return texts.get(LANGUAGE) or texts.get("en") or next(iter(texts.values()), "")


@method("imbot.v2.Command.unregister", scope="imbot")
def command_unregister(call: Call) -> dict[str, bool]:
    command = _own_command(call, own_bot(call))
    commands(call.portal).remove(command["id"])
    return {"result": True}


@method("imbot.v2.Command.answer", scope="imbot")
def command_answer(call: Call) -> dict[str, bool]:
    """Answer a command also where the bot is no member: there as a system message with its name."""
    portal, bot = call.portal, own_bot(call)
    fields = as_map(call.params.get("fields"))
    message = messages(portal).get(to_int(call.params.get("messageId"), 0) or 0)
    chat = find_dialog(portal, bot["id"], str(call.params.get("dialogId", "")))
    command = commands(portal).get(to_int(call.params.get("commandId"), 0) or 0)
    attach = parse_attach(fields.get("attach"))
    text = str(fields.get("message") or "")
    known = command is not None and command["bot_id"] == bot["id"]
    if (
        not known
        or message is None
        or chat is None
        or message["chat_id"] != chat["id"]
        or not (text or attach)
    ):
        raise RestError("COMMAND_ANSWER_FAILED", "Command answer failed")
    guest = bot["id"] not in chat["members"]
    if guest:
        text = BOT_SAYS.format(bot=full_name(get_user(portal, bot["id"])), text=text)
    post(
        portal,
        chat,
        bot["id"],
        text,
        system=guest or to_bool(fields.get("system")),
        keyboard=parse_keyboard(fields.get("keyboard"), bot["id"]),
        attach=attach,
    )
    return {"result": True}
