"""imbot.v2.Event.get: the queue of a bot that asks for its events.

Source document: imbot.v2/events/event-get.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal import botting
from sandbox.portal.calls import Call, RestError, as_map, method, pick, to_bool, to_int
from sandbox.portal.chatting import open_with_context
from sandbox.portal.methods.bot import own_bot


@method("imbot.v2.Event.get", scope="imbot")
def event_get(call: Call) -> dict[str, Any]:
    """{botId, botToken, offset?, limit 1–1000 (100)} → {events, nextOffset, hasMore}."""
    bot = own_bot(call)
    if to_bool(call.params.get("withUserEvents")):
        raise RestError("USER_NOT_SUBSCRIBED", "User not subscribed")  # user events are not played here
    limit = to_int(call.params.get("limit"), 100) or 100
    return botting.fetch(call.portal, bot, to_int(call.params.get("offset")), min(max(limit, 1), 1000))


@method("im.v2.Chat.Bot.sendContext", scope="im")
def send_context(call: Call) -> dict[str, bool]:
    """What the client sends when a deep link opens a dialog (bot-context.md), as the caller."""
    context = as_map(call.params.get("context"))
    dialog = str(pick(call.params, "dialogId", "DIALOG_ID") or "")
    return {"result": open_with_context(call.portal, call.user_id, dialog, context)}
