"""What bots learn: which events a bot is told, its queue (fetch mode) and its posts (webhook mode).

Source documents: imbot.v2/events/events.md, event-get.md, bots/bot-register.md.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import aiohttp

from sandbox.portal.acting import acting
from sandbox.portal.calls import to_int
from sandbox.portal.documents import APPLICATION, bot_events, bots, commands
from sandbox.portal.forms import encode
from sandbox.portal.people import get_user
from sandbox.portal.shapes import bot_shape, chat_event_shape, dialog_id, message_shape, user_shape
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document
from sandbox.portal.texts import LANGUAGE

POST_TIMEOUT_S = 10.0
OAUTH_ENDPOINT = "https://oauth.bitrix.info/rest/"
_COMMAND = re.compile(r"(?m)^[ \t]*/([^\s/]+)(?:[ \t]+(.*?))?[ \t]*$")
_ALL_MESSAGES = {"personal", "supervisor"}


def bots_in(portal: Portal, chat: Document) -> list[Document]:
    found = (bots(portal).get(member) for member in chat["members"])
    return [bot for bot in found if bot is not None]


def tell(portal: Portal, bot: Document, event: str, data: dict[str, Any]) -> None:
    """Deliver one event in the bot's mode; `data` comes without `bot`."""
    portal.changed("bot_event", {"botId": bot["id"], "type": event})
    if bot["event_mode"] == "webhook":
        portal.spawn(_post(portal, bot, event, data, acting().user_id))
        return
    bot_events(portal).insert(
        {
            "bot_id": bot["id"],
            "type": event,
            "date": portal.now_iso(),
            "data": {"bot": bot_shape(portal, bot), **data},
        }
    )


def message_posted(portal: Portal, chat: Document, message: Document) -> None:
    """MESSAGEADD and COMMANDADD for every bot that a new message concerns."""
    called = _commands_called(portal, chat, message)
    for bot, command, params in called:
        if portal.switches.slash_command in {"command", "both"}:
            tell_command(portal, bot, command, params, "textarea", chat, message, message["author_id"])
    commanded = {bot["id"] for bot, _, _ in called}
    for bot in bots_in(portal, chat):
        if bot["id"] in commanded and portal.switches.slash_command == "command":
            continue
        if concerns(bot, chat, message):
            tell(portal, bot, "ONIMBOTV2MESSAGEADD", _about(portal, bot, chat, message))


def concerns(bot: Document, chat: Document, message: Document) -> bool:
    """Whether a bot hears of a message: all for personal/supervisor, else private chats and mentions.

    documents silent: whether system messages and other bots' words are told; here system messages go
    to personal/supervisor only, words of other bots like anybody's.
    """
    if message["author_id"] == bot["id"]:
        return False
    if bot["type"] in _ALL_MESSAGES:
        return True
    if message["system"]:
        return False
    return chat["kind"] == "private" or f"[user={bot['id']}]" in message["text"].lower()


def _commands_called(
    portal: Portal, chat: Document, message: Document
) -> list[tuple[Document, Document, str]]:
    if message["system"] or bots(portal).get(message["author_id"]) is not None:
        return []
    called = []
    for name, params in _COMMAND.findall(message["text"]):
        for command in commands(portal).find("name", name.lower()):
            bot = bots(portal).get(command["bot_id"])
            if bot is not None and (command["common"] or bot["id"] in chat["members"]):
                called.append((bot, command, params))
    return called


def tell_command(
    portal: Portal,
    bot: Document,
    command: Document,
    params: str,
    context: str,
    chat: Document,
    message: Document,
    user_id: int,
) -> None:
    """COMMANDADD; context is textarea, keyboard or menu, `message` carries the text or the keyboard."""
    data = {
        "command": {
            "id": command["id"],
            "command": f"/{command['command']}",
            "params": params,
            "context": context,
        },
        **_about(portal, bot, chat, message, user_id),
    }
    tell(portal, bot, "ONIMBOTV2COMMANDADD", data)


def message_edited(portal: Portal, chat: Document, message: Document) -> None:
    for bot in bots_in(portal, chat):
        if concerns(bot, chat, message):
            tell(portal, bot, "ONIMBOTV2MESSAGEUPDATE", _about(portal, bot, chat, message))


def message_deleted(portal: Portal, chat: Document, message: Document) -> None:
    for bot in bots_in(portal, chat):
        if concerns(bot, chat, message):
            about = _about(portal, bot, chat, message)
            del about["message"]
            tell(portal, bot, "ONIMBOTV2MESSAGEDELETE", {"messageId": message["id"], **about})


def reaction_changed(
    portal: Portal, chat: Document, message: Document, user_id: int, reaction: str, *, added: bool
) -> None:
    """REACTIONCHANGE to the bot whose message it is (personal/supervisor: to any message)."""
    for bot in bots_in(portal, chat):
        own = message["author_id"] == bot["id"] or bot["type"] in _ALL_MESSAGES
        if user_id == bot["id"] or not own or not bot["is_reactions_enabled"]:
            continue
        data = {
            "reaction": reaction,
            "action": "add" if added else "delete",
            **_about(portal, bot, chat, message, user_id),
        }
        tell(portal, bot, "ONIMBOTV2REACTIONCHANGE", data)


def joined(portal: Portal, chat: Document, bot_id: int, actor_id: int) -> None:
    """JOINCHAT, if that member is a bot and did not come by itself."""
    bot = bots(portal).get(bot_id)
    if bot is not None and actor_id != bot_id:
        tell(
            portal,
            bot,
            "ONIMBOTV2JOINCHAT",
            {"dialogId": dialog_id(chat, bot_id), **_place(portal, bot, chat, actor_id)},
        )


def context_sent(portal: Portal, chat: Document, user_id: int, context: dict[str, Any]) -> bool:
    """CONTEXTGET to the bots of a dialog opened by a deep link; False when there is none."""
    found = bots_in(portal, chat)
    for bot in found:
        data = {
            "dialogId": dialog_id(chat, bot["id"]),
            "context": context,
            **_place(portal, bot, chat, user_id),
        }
        tell(portal, bot, "ONIMBOTV2CONTEXTGET", data)
    return bool(found)


def deleted(portal: Portal, bot: Document) -> None:
    tell(portal, bot, "ONIMBOTV2DELETE", {})


def _about(
    portal: Portal, bot: Document, chat: Document, message: Document, user_id: int | None = None
) -> dict[str, Any]:
    author = message["author_id"] if user_id is None else user_id
    return {"message": message_shape(portal, message), **_place(portal, bot, chat, author)}


def _place(portal: Portal, bot: Document, chat: Document, user_id: int) -> dict[str, Any]:
    if user_id and user_id not in bot["met"]:
        bot["met"].append(user_id)
        bots(portal).save(bot)
    return {
        "chat": chat_event_shape(portal, chat, bot["id"]),
        "user": user_shape(get_user(portal, user_id)) if user_id else {"id": 0, "bot": False},
        "language": LANGUAGE,
    }


def fetch(portal: Portal, bot: Document, offset: int | None, limit: int) -> dict[str, Any]:
    """Acknowledge everything below `offset`, then the oldest events that are left.

    Without an offset the events since the last acknowledgement come again.
    """
    store = bot_events(portal)
    queue = store.find("bot", bot["id"])
    if offset is not None and offset > bot["ack"]:
        for event in queue:
            if event["id"] < offset:
                store.remove(event["id"])
        bot["ack"] = offset
        bots(portal).save(bot)
        queue = store.find("bot", bot["id"])
    batch = queue[:limit]
    return {
        "events": [
            {"eventId": event["id"], "type": event["type"], "date": event["date"], "data": event["data"]}
            for event in batch
        ],
        "nextOffset": batch[-1]["id"] + 1 if batch else bot["ack"],
        "hasMore": len(queue) > limit,
    }


def application_token(bot: Document) -> str:
    """The made-up token that a webhook's bot proves its events with: one per botToken."""
    return hashlib.md5(f"imbot:{bot['token']}".encode(), usedforsecurity=False).hexdigest()


def _webhook_auth(portal: Portal, bot: Document) -> dict[str, Any]:
    config = portal.config
    return {
        "domain": config.domain,
        "server_endpoint": OAUTH_ENDPOINT,
        "client_endpoint": f"https://{config.domain}/rest/",
        "member_id": config.member_id,
        "status": "L",
        "application_token": application_token(bot),
    }


async def _post(portal: Portal, bot: Document, event: str, data: dict[str, Any], actor: int | None) -> None:
    """One form post, once: nobody retries (events/index.md)."""
    auth, bots_auth = _auths(portal, bot, actor)
    if not auth:
        return
    body = {
        "event": event,
        "data": {"bot": {"id": bot["id"], "code": bot["code"], "auth": bots_auth}, **data},
        "ts": int(portal.now().timestamp()),
        "auth": auth,
    }
    url = bot["webhook_url"]
    status = await (portal.office.post(portal, url, body) if portal.office else post_once(url, body))
    portal.changed("webhook", {"botId": bot["id"], "type": event, "status": status})


def _auths(portal: Portal, bot: Document, actor: int | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The envelope's `auth` and the bot's own; empty while the bot's application is not fully installed.

    documents silent: whose tokens `data.bot.auth` has (here the bot's own user's) and whether the envelope
    has tokens (here those of the person who wrote).
    """
    if not bot["token"].startswith(APPLICATION):
        auth = _webhook_auth(portal, bot)
        token = {"access_token": "", "expires": 0, "expires_in": 3600, "scope": "imbot", "user_id": bot["id"]}
        return auth, {**token, **auth}
    client_id = bot["token"].removeprefix(APPLICATION).strip()
    application = portal.office.application(portal, client_id) if portal.office else None
    if portal.office is None or application is None or not application.installed:
        return {}, {}
    own = portal.office.auth(portal, application, bot["id"], scope="imbot")
    return portal.office.auth(portal, application, actor, scope="imbot"), own


async def post_once(url: str, body: dict[str, Any]) -> int:
    """A form post as a portal makes it → status; 0 when nobody answers in time."""
    timeout = aiohttp.ClientTimeout(total=POST_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=encode(body), allow_redirects=False) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


def find_command(portal: Portal, bot_id: int, name: str) -> Document | None:
    """A bot's command by its name, with or without the slash."""
    wanted = name.strip().removeprefix("/").lower()
    return next((c for c in commands(portal).find("name", wanted) if c["bot_id"] == bot_id), None)


def bot_of_button(button: dict[str, Any]) -> int:
    return to_int(button.get("BOT_ID"), 0) or 0
