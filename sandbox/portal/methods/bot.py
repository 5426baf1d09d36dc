"""imbot.v2.Bot.* and Revision.get: who a bot is and whose.

Source documents: imbot.v2/bots/*.md, revision-get.md.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit

from sandbox.portal import botting
from sandbox.portal.calls import Call, RestError, as_map, method, to_bool, to_int
from sandbox.portal.documents import application_key, bot_events, bots, chats, commands
from sandbox.portal.people import add_user, get_user, users
from sandbox.portal.rooms import remove_member
from sandbox.portal.shapes import bot_shape, users_shape
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

TYPES = {"bot", "network", "openline", "supervisor", "personal"}
BACKGROUNDS = {"azure", "mint", "steel", "slate", "teal", "cornflower", "sky", "peach", "frost"}
MAX_TOKEN = 40
MAX_BOTS = 100
IMAGE_STARTS = (b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF", b"BM")


@method("imbot.v2.Revision.get", scope="imbot")
def revision_get(_call: Call) -> dict[str, int]:
    return {"rest": 36, "web": 130, "mobile": 23, "desktop": 6}


def owner_of(call: Call, fields: dict[str, Any] | None = None) -> str:
    """What proves the ownership of bots: an application by itself, a webhook by its botToken.

    RestError BOT_TOKEN_NOT_SPECIFIED. ``fields``: where Bot.register has the token.
    """
    if call.application is not None:
        return application_key(call.application.client_id)
    token = str((call.params if fields is None else fields).get("botToken") or "").strip()
    if not token:
        raise RestError("BOT_TOKEN_NOT_SPECIFIED", "Bot token is not specified")
    return token


def own_bot(call: Call) -> Document:
    """The bot a call is for, proved by its token. RestError as every imbot.v2 method has them."""
    token = owner_of(call)
    bot_id = to_int(call.params.get("botId"))
    if bot_id is None:
        raise RestError("BOT_ID_REQUIRED", "Bot ID is required")
    bot = bots(call.portal).get(bot_id)
    if bot is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    if bot["token"] != token:
        raise RestError("BOT_OWNERSHIP_ERROR", "Bot is registered by another application", 403)
    return bot


def _answer(call: Call, bot: Document, *, full: bool = True) -> dict[str, Any]:
    return {
        "bot": bot_shape(call.portal, bot, full=full),
        "users": users_shape(call.portal, [bot["id"]]),
    }


@method("imbot.v2.Bot.register", scope="imbot")
def bot_register(call: Call) -> dict[str, Any]:
    """A new bot, or the existing one of this code and token, unchanged."""
    fields = as_map(call.params.get("fields"))
    token = owner_of(call, fields)
    if call.application is None:
        _check_token_length(token)
    code = str(fields.get("code") or "").strip()
    if not code:
        raise RestError("BOT_CODE_REQUIRED", "Bot code is required")
    for bot in bots(call.portal).find("code", code):
        if bot["token"] != token:
            raise RestError("BOT_CODE_ALREADY_TAKEN", "Bot code is already taken")
        return _answer(call, bot)
    return _answer(call, _create(call, fields, code, token))


def _check_token_length(token: str) -> None:
    if len(token) > MAX_TOKEN:
        raise RestError("BOT_TOKEN_INVALID_LENGTH", "Bot token is too long")


def _create(call: Call, fields: dict[str, Any], code: str, token: str) -> Document:
    portal = call.portal
    properties = as_map(fields.get("properties"))
    if not properties.get("name"):
        raise RestError("BOT_PROPERTIES_REQUIRED", "Bot properties are required")
    bot_type = str(fields.get("type") or "bot")
    if bot_type not in TYPES:
        raise RestError("BOT_INVALID_TYPE", "Invalid bot type")
    event_mode, url = _event_mode(fields, None)
    _check_avatar(properties)
    if len(bots(portal).find("token", token)) >= MAX_BOTS:
        raise RestError("BOT_LIMIT_EXCEEDED", "Bot limit exceeded")
    user = add_user(portal, first_name=str(properties["name"]), is_bot=True)
    _set_properties(call, user, properties)
    return bots(portal).insert(
        {
            "id": user["id"],
            "code": code,
            "type": bot_type,
            "token": token,
            "event_mode": event_mode,
            "webhook_url": url,
            "is_hidden": to_bool(fields.get("isHidden")),
            "is_reactions_enabled": to_bool(fields.get("isReactionsEnabled"), default=True),
            "is_support_openline": to_bool(fields.get("isSupportOpenline")),
            "background_id": _background(fields.get("backgroundId")),
            "ack": 0,
            "count_message": 0,
            "met": [],
        }
    )


def _event_mode(fields: dict[str, Any], bot: Document | None) -> tuple[str, str]:
    mode = str(fields.get("eventMode") or (bot["event_mode"] if bot else "fetch"))
    url = str(fields.get("webhookUrl") or (bot["webhook_url"] if bot else ""))
    if mode not in {"fetch", "webhook"}:
        raise RestError("BOT_INVALID_EVENT_MODE", "Invalid event mode")
    if mode == "webhook" and not url:
        raise RestError("BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required")
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc):
        raise RestError("BOT_INVALID_CALLBACK", "Invalid callback URL")
    return mode, url


def _background(value: object) -> str | None:
    return str(value) if value in BACKGROUNDS else None


def _check_avatar(properties: dict[str, Any]) -> None:
    avatar = properties.get("avatar")
    if not avatar:
        return
    try:
        content = base64.b64decode(str(avatar), validate=True)
    except binascii.Error:
        content = b""
    if not content.startswith(IMAGE_STARTS):
        raise RestError("BOT_AVATAR_INCORRECT_TYPE", "Avatar must be an image")


def _set_properties(call: Call, user: Document, properties: dict[str, Any]) -> None:
    names = {"name": "first_name", "lastName": "last_name", "workPosition": "position", "gender": "gender"}
    for sent, kept in names.items():
        if sent in properties:
            user[kept] = str(properties[sent])
    if str(properties.get("color", "")).startswith("#"):
        user["color"] = properties["color"]
    users(call.portal).save(user)


@method("imbot.v2.Bot.update", scope="imbot")
def bot_update(call: Call) -> dict[str, Any]:
    bot = own_bot(call)
    fields = as_map(call.params.get("fields"))
    properties = as_map(fields.get("properties"))
    _check_avatar(properties)
    mode, url = _event_mode(fields, bot)
    _rotate_token(call, bot, str(fields.get("botToken") or "").strip())
    if mode == "webhook" and bot["event_mode"] == "fetch":
        _drop_queue(call, bot)  # documents silent: what becomes of events that were not fetched
    bot |= {"event_mode": mode, "webhook_url": url}
    for sent, kept in (
        ("isHidden", "is_hidden"),
        ("isReactionsEnabled", "is_reactions_enabled"),
        ("isSupportOpenline", "is_support_openline"),
    ):
        if sent in fields:
            bot[kept] = to_bool(fields[sent])
    if "backgroundId" in fields:
        bot["background_id"] = _background(fields["backgroundId"])
    _set_properties(call, get_user(call.portal, bot["id"]), properties)
    bots(call.portal).save(bot)
    return _answer(call, bot)


def _rotate_token(call: Call, bot: Document, token: str) -> None:
    if not token or token == bot["token"] or call.application is not None:
        return
    _check_token_length(token)
    if bots(call.portal).find("token", token):
        raise RestError("BOT_TOKEN_ROTATION_FAILED", "Bot token rotation failed")
    bot["token"] = token


def _drop_queue(call: Call, bot: Document) -> None:
    for event in bot_events(call.portal).find("bot", bot["id"]):
        bot_events(call.portal).remove(event["id"])


@method("imbot.v2.Bot.get", scope="imbot")
def bot_get(call: Call) -> dict[str, Any]:
    """The full shape for the owner's token, the brief one for another."""
    token = owner_of(call)
    bot_id, code = to_int(call.params.get("botId")), call.params.get("code")
    if bot_id is None and not code:
        raise RestError("PARAMS_REQUIRED", "Required parameters are missing")
    store = bots(call.portal)
    found = [store.get(bot_id)] if bot_id is not None else list(store.find("code", str(code)))
    if not found or found[0] is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    return _answer(call, found[0], full=found[0]["token"] == token)


@method("imbot.v2.Bot.list", scope="imbot")
def bot_list(call: Call) -> dict[str, Any]:
    own = bots(call.portal).find("token", owner_of(call))
    wanted = as_map(call.params.get("filter")).get("type")
    own = [bot for bot in own if wanted is None or bot["type"] == wanted]
    offset, limit = to_int(call.params.get("offset"), 0) or 0, to_int(call.params.get("limit"), 50) or 50
    page = own[offset : offset + limit]
    return {
        "bots": [bot_shape(call.portal, bot) for bot in page],
        "users": users_shape(call.portal, [bot["id"] for bot in page]),
        "hasNextPage": offset + limit < len(own),
    }


@method("imbot.v2.Bot.unregister", scope="imbot")
def bot_unregister(call: Call) -> dict[str, bool]:
    """The bot, its commands and its queue go; a webhook bot is told ONIMBOTV2DELETE first."""
    bot = own_bot(call)
    botting.deleted(call.portal, bot)
    remove_bot(call.portal, bot)
    return {"result": True}


def remove_bot(portal: Portal, bot: Document) -> None:
    """Everything of a bot goes, its words stay."""
    for event in bot_events(portal).find("bot", bot["id"]):
        bot_events(portal).remove(event["id"])
    for command in commands(portal).find("bot", bot["id"]):
        commands(portal).remove(command["id"])
    for chat in chats(portal).find("member", bot["id"]):
        if chat["kind"] != "private":
            remove_member(portal, chat, bot["id"])
    bots(portal).remove(bot["id"])
    user = get_user(portal, bot["id"])
    user["active"] = False
    users(portal).save(user)
