"""``/_sandbox``: how pages and tests see into this Telegram and act for its people. No documented vendor API."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.telegram import actions
from sandbox.telegram.bot_api import HUB, read_multipart
from sandbox.telegram.errors import ApiError
from sandbox.telegram.faults import Fault
from sandbox.telegram.methods.me import default_commands
from sandbox.telegram.methods.topics import ICON_COLORS, create_topic, delete_topic
from sandbox.telegram.posting import chat_object, render, user_object
from sandbox.telegram.state import Json, TelegramHub

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SWITCHES = (
    "privacy_mode",
    "deleted_topic",
    "conflict_pause_s",
    "callback_ttl_s",
    "max_download_bytes",
    "max_upload_bytes",
    "webhook_first_retry_s",
)
USER_UPLOAD_BYTES = 100 * 1024 * 1024  # people may send more than bots can fetch
_STOP = "_stop"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def setup(app: web.Application) -> None:
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "/users", _users),
        ("GET", "/chats", _chats),
        ("GET", "/chats/{chat_id}/messages", _messages),
        ("GET", "/files/{file_id}", _file),
        ("GET", "/callbacks/{callback_id}", _callback),
        ("GET", "/requests", _requests),
        ("GET", "/counts", _counts),
        ("GET", "/stream", _stream),
        ("POST", "/as/{user_id}/messages", _write),
        ("POST", "/as/{user_id}/press", _press),
        ("POST", "/as/{user_id}/files", _send_files),
        ("POST", "/as/{user_id}/edit", _edit),
        ("POST", "/topics", _create_topic),
        ("POST", "/topics/delete", _delete_topic),
        ("POST", "/block", _block),
        ("POST", "/bot_status", _bot_status),
        ("GET", "/faults", _faults),
        ("POST", "/faults", _add_fault),
        ("DELETE", "/faults", _clear_faults),
        ("GET", "/switches", _switches),
        ("POST", "/switches", _set_switches),
    ]
    for verb, path, handler in routes:
        app.router.add_route(verb, f"/_sandbox{path}", _guarded(handler))
    app.router.add_route("OPTIONS", "/_sandbox/{rest:.*}", _guarded(_preflight))
    app.on_shutdown.append(_stop_streams)


def _guarded(handler: Handler) -> Handler:
    """Pages of this machine may call across ports, pages from elsewhere may not; errors become JSON."""

    async def guard(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin", "")
        if origin and urlsplit(origin).hostname not in LOOPBACK:
            return web.json_response({"error": "foreign origin"}, status=403)
        try:
            answer = await handler(request)
        except ApiError as error:
            answer = web.json_response({"error": error.description}, status=error.code)
        except (KeyError, ValueError, TypeError) as error:
            answer = web.json_response({"error": f"bad request: {error}"}, status=400)
        if origin and not answer.prepared:
            answer.headers.update(_cors(origin))
        return answer

    return guard


def _cors(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type",
        "Vary": "Origin",
    }


async def _preflight(request: web.Request) -> web.Response:
    del request
    return web.Response(status=204)


async def _body(request: web.Request) -> Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 - it is the caller's value that is wrong
    return body


def _optional(value: Any) -> int | None:
    return int(value) if value not in (None, "", 0, "0") else None


# --- looking ---


async def _users(request: web.Request) -> web.Response:
    users = [
        {**user_object(user), "started": user["_started"], "blocked": user["_blocked"]}
        for user in request.app[HUB].users.values()
    ]
    return web.json_response(users)


async def _chats(request: web.Request) -> web.Response:
    """Every chat with its topics, and the commands people are shown."""
    hub = request.app[HUB]
    chats = [_chat(hub, chat) for chat in hub.chats.values()]
    return web.json_response({"chats": chats, "commands": default_commands(hub)})


def _chat(hub: TelegramHub, chat: Json) -> Json:
    topics = [{"message_thread_id": int(key), **topic} for key, topic in chat.get("_topics", {}).items()]
    last = next(reversed(hub.messages.get(chat["id"], {}).values()), None)
    return {
        **chat_object(chat),
        "members": {int(key): member["status"] for key, member in chat.get("_members", {}).items()},
        "topics": topics,
        "pinned": chat.get("_pinned", []),
        "last_message": render(hub, last) if last else None,
    }


async def _messages(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    chat_id = int(request.match_info["chat_id"])
    after = int(request.query.get("after", "0"))
    thread = request.query.get("thread_id")
    if chat_id not in hub.chats:
        raise ApiError(404, "no such chat")
    shown = []
    for message in hub.messages.get(chat_id, {}).values():
        in_thread = thread in (None, "") or message.get("message_thread_id", 0) == int(thread or 0)
        if message["message_id"] > after and in_thread:
            shown.append({**render(hub, message), "reactions": message.get("_reactions", {})})
    return web.json_response(shown)


async def _file(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    record = hub.files.get(request.match_info["file_id"])
    body = hub.get_body(record["_path"]) if record else None
    if record is None or body is None:
        raise ApiError(404, "no such file")
    safe = record["_mime"] if record["_mime"].startswith(("image/", "video/")) else "application/octet-stream"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    return web.Response(body=body, content_type=safe, headers=headers)


async def _callback(request: web.Request) -> web.Response:
    query = request.app[HUB].callbacks.get(request.match_info["callback_id"])
    if query is None:
        raise ApiError(404, "no such callback query")
    return web.json_response(query)


async def _requests(request: web.Request) -> web.Response:
    limit = int(request.query.get("limit", "100"))
    records = request.app[HUB].requests[-limit:]
    return web.json_response([dataclasses.asdict(record) for record in reversed(records)])


async def _counts(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    counts = {
        "users": len(hub.users),
        "chats": len(hub.chats),
        "messages": sum(map(len, hub.messages.values())),
        "files": len(hub.files),
        "pending_updates": len(hub.updates.pending),
    }
    return web.json_response(counts)


async def _stream(request: web.Request) -> web.StreamResponse:
    """Server-sent events ``{"topic": …, …}`` of everything that changes."""
    origin = request.headers.get("Origin", "")
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    response = web.StreamResponse(headers={**headers, **(_cors(origin) if origin else {})})
    with request.app[HUB].listen() as news:
        await response.prepare(request)
        await response.write(b": open\n\n")
        while True:
            topic, payload = await news.get()
            if topic == _STOP:
                break
            event = json.dumps({"topic": topic, **payload}, ensure_ascii=False)
            try:
                await response.write(f"data: {event}\n\n".encode())
            except ConnectionError:
                break
    return response


async def _stop_streams(app: web.Application) -> None:
    app[HUB].changed(_STOP, {})
    app[HUB].updates.end_poll()


# --- acting ---


async def _write(request: web.Request) -> web.Response:
    hub, body = request.app[HUB], await _body(request)
    message = actions.write(
        hub,
        int(request.match_info["user_id"]),
        int(body["chat_id"]),
        str(body["text"]),
        thread_id=_optional(body.get("message_thread_id")),
        reply_to=_optional(body.get("reply_to")),
    )
    return web.json_response({"message_id": message["message_id"], "message": render(hub, message)})


async def _press(request: web.Request) -> web.Response:
    body = await _body(request)
    pressed = actions.press(
        request.app[HUB],
        int(request.match_info["user_id"]),
        int(body["chat_id"]),
        int(body["message_id"]),
        data=body.get("data"),
        text=body.get("text"),
    )
    return web.json_response({"ok": True, **pressed})


async def _send_files(request: web.Request) -> web.Response:
    """Form fields chat_id, caption?, kind?, message_thread_id?, reply_to? and one or more parts ``file``."""
    hub = request.app[HUB]
    form, parts = await read_multipart(request, USER_UPLOAD_BYTES)
    uploads = [(file.name, file.mime, file.data) for name, file in parts if name == "file"]
    if not uploads:
        raise ValueError("no part named file")
    sent = actions.send_files(
        hub,
        int(request.match_info["user_id"]),
        int(form["chat_id"]),
        uploads,
        caption=form.get("caption", ""),
        kind=form.get("kind", "auto"),
        thread_id=_optional(form.get("message_thread_id")),
        reply_to=_optional(form.get("reply_to")),
    )
    ids = [message["message_id"] for message in sent]
    return web.json_response(
        {"message_id": ids[0], "message_ids": ids, "messages": [render(hub, message) for message in sent]}
    )


async def _edit(request: web.Request) -> web.Response:
    hub, body = request.app[HUB], await _body(request)
    user_id = int(request.match_info["user_id"])
    message = actions.edit(hub, user_id, int(body["chat_id"]), int(body["message_id"]), str(body["text"]))
    return web.json_response({"message": render(hub, message)})


async def _create_topic(request: web.Request) -> web.Response:
    """A person opens a topic: {user_id, chat_id, name}."""
    hub, body = request.app[HUB], await _body(request)
    user = actions.person(hub, int(body["user_id"]))
    chat = hub.chats[int(body["chat_id"])]
    thread_id, _ = create_topic(hub, chat, user, str(body["name"]), ICON_COLORS[0])
    return web.json_response({"message_thread_id": thread_id})


async def _delete_topic(request: web.Request) -> web.Response:
    hub, body = request.app[HUB], await _body(request)
    chat = hub.chats[int(body["chat_id"])]
    delete_topic(hub, chat, int(body["message_thread_id"]))
    return web.json_response({"ok": True})


async def _block(request: web.Request) -> web.Response:
    body = await _body(request)
    actions.block(request.app[HUB], int(body["user_id"]), blocked=bool(body.get("blocked", True)))
    return web.json_response({"ok": True})


async def _bot_status(request: web.Request) -> web.Response:
    """{user_id, chat_id, status, can_…?}: somebody changes the bot's place in a group."""
    body = await _body(request)
    by, chat_id = int(body.pop("user_id")), int(body.pop("chat_id"))
    actions.set_bot_status(request.app[HUB], by, chat_id, body)
    return web.json_response({"ok": True})


# --- failures and switches ---


async def _faults(request: web.Request) -> web.Response:
    return web.json_response([dataclasses.asdict(rule) for rule in request.app[HUB].faults.rules])


async def _add_fault(request: web.Request) -> web.Response:
    request.app[HUB].faults.add(Fault(**await _body(request)))
    return web.json_response({"ok": True})


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[HUB].faults.clear()
    return web.json_response({"ok": True})


async def _switches(request: web.Request) -> web.Response:
    hub = request.app[HUB]
    shown = {name: getattr(hub.config, name) for name in SWITCHES}
    return web.json_response({**shown, "limits_scale": hub.limits.scale})


async def _set_switches(request: web.Request) -> web.Response:
    hub, body = request.app[HUB], await _body(request)
    for name, value in body.items():
        if name == "limits_scale":
            hub.limits.scale = float(value)
        elif name in SWITCHES:
            setattr(hub.config, name, type(getattr(hub.config, name))(value))
        else:
            raise ApiError(400, f"unknown switch: {name}")
    return await _switches(request)
