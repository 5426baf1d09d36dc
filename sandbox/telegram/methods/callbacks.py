"""Answers to pressed buttons; a press not answered in time can't be answered any more."""

from __future__ import annotations

from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import bad_request

TEXT_LENGTH = 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@method("answerCallbackQuery")
async def answer_callback_query(call: Call) -> bool:
    hub = call.hub
    query = hub.callbacks.get(call.text("callback_query_id"))
    if query is None or hub.now() - query["at"] > hub.config.callback_ttl_s:
        raise bad_request(TOO_OLD)
    text = call.text("text")
    if len(text) > TEXT_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    query |= {"answered": True, "text": text, "show_alert": call.flag("show_alert")}
    hub.touch("callbacks", query["id"])
    hub.changed("callback_answer", dict(query))
    return True
