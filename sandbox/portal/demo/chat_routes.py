"""People write, press, send files and read: /_sandbox/as/{user_id}/…, and the files they see."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from sandbox.portal import chatting
from sandbox.portal.calls import RestError, to_int
from sandbox.portal.demo.chats import dialog_view, history
from sandbox.portal.demo.http import Route, acting_person, json_answer, json_body, number, portal_of
from sandbox.portal.documents import commands, drive
from sandbox.portal.drive import MAX_FILE_BYTES, content_of
from sandbox.portal.rooms import mark_read, open_dialog
from sandbox.portal.shapes import IMAGE_EXTENSIONS

SAFE_INLINE = {f"image/{name}" for name in IMAGE_EXTENSIONS}


async def write(request: web.Request) -> web.StreamResponse:
    """{dialogId, text, replyId?} → {messageId}."""
    portal, user_id = acting_person(request)
    body = await json_body(request)
    reply_id = to_int(body.get("replyId"))
    message = chatting.write(
        portal, user_id, str(body.get("dialogId", "")), str(body.get("text", "")), reply_id
    )
    return json_answer({"messageId": message["id"]})


async def press(request: web.Request) -> web.StreamResponse:
    """{messageId, buttonIndex | text} → {ok, kind, value}; the index does not count line breaks."""
    portal, user_id = acting_person(request)
    body = await json_body(request)
    index, text = to_int(body.get("buttonIndex")), body.get("text")
    if index is None and text is None:
        raise RestError("BUTTON_NOT_FOUND", "Name the button by buttonIndex or by text")
    answer = chatting.press(
        portal,
        user_id,
        to_int(body.get("messageId"), 0) or 0,
        index=index,
        text=None if text is None else str(text),
    )
    return json_answer(answer)


async def upload(request: web.Request) -> web.StreamResponse:
    """multipart(dialogId, file, text?) → {messageId, fileId}."""
    portal, user_id = acting_person(request)
    fields, name, content = await read_upload(request)
    chat = open_dialog(portal, user_id, fields.get("dialogId", ""))
    message, file = chatting.send_file(portal, user_id, chat, name, content, fields.get("text", ""))
    return json_answer({"messageId": message["id"], "fileId": file["id"]})


async def read_upload(request: web.Request) -> tuple[dict[str, str], str, bytes]:
    """The fields of a multipart body, the file's name and its bytes. RestError without a usable file."""
    if not request.content_type.startswith("multipart/"):
        raise RestError("FILE_NOT_FOUND", "A multipart body with a file is wanted")
    fields: dict[str, str] = {}
    name, content = "", None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.filename is not None:
            name, content = part.filename or "file", bytes(await part.read(decode=True))
        elif part.name:
            fields[part.name] = await part.text()
    if content is None:
        raise RestError("FILE_NOT_FOUND", "The body has no file")
    if len(content) > MAX_FILE_BYTES:
        raise RestError("FILE_TOO_LARGE", "File is too large")
    return fields, name, content


async def dialogs(request: web.Request) -> web.StreamResponse:
    """→ {dialogs: […]}, the one with the newest message first."""
    portal, user_id = acting_person(request)
    mine = chatting.dialogs_of(portal, user_id)
    return json_answer({"dialogs": [dialog_view(portal, chat, user_id) for chat in mine]})


async def messages(request: web.Request) -> web.StreamResponse:
    """?after=ID&before=ID&limit=N → {messages, hasEarlier, dialog}; oldest first. 404 for foreign dialogs."""
    portal, user_id = acting_person(request)
    chat = open_dialog(portal, user_id, request.match_info["dialog_id"])
    rows, has_earlier = history(
        portal,
        chat,
        after=number(request, "after", 0, high=2**53),
        before=number(request, "before", 0, high=2**53),
        limit=number(request, "limit", 200, low=1, high=1000),
    )
    return json_answer(
        {"messages": rows, "hasEarlier": has_earlier, "dialog": dialog_view(portal, chat, user_id)}
    )


async def read(request: web.Request) -> web.StreamResponse:
    """Everything in the dialog counts as read by this person; other pages of theirs hear of it."""
    portal, user_id = acting_person(request)
    chat = open_dialog(portal, user_id, request.match_info["dialog_id"])
    was = chat["read"].get(str(user_id), 0)
    last = mark_read(portal, chat, user_id)
    if last != was:
        portal.changed("read", {"chatId": chat["id"], "userId": user_id, "lastId": last})
    return json_answer({"lastId": last})


async def registered_commands(request: web.Request) -> web.StreamResponse:
    """→ {commands: [{botId, command: "/help", title: {lang: text}, params: {lang: text}}]}, hidden ones left out."""
    portal = portal_of(request)
    return json_answer(
        {
            "commands": [
                {
                    "botId": row["bot_id"],
                    "command": f"/{row['command']}",
                    "title": row["title"],
                    "params": row["params"],
                }
                for row in commands(portal)
                if not row["hidden"]
            ]
        }
    )


async def file(request: web.Request) -> web.StreamResponse:
    """A file's bytes. Only pictures are shown in place: whatever people upload must never run here."""
    portal = portal_of(request)
    found = drive(portal).get(to_int(request.match_info["file_id"], 0) or 0)
    if found is None or found["kind"] != "file":
        raise RestError("ERROR_NOT_FOUND", "There is no such file", 404)
    kind = mimetypes.guess_type(found["name"])[0] or "application/octet-stream"
    inline = kind in SAFE_INLINE
    disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(found['name'], safe='')}"
    return web.Response(
        body=content_of(portal, found),
        content_type=kind if inline else "application/octet-stream",
        headers={
            "Content-Disposition": disposition,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


ROUTES: tuple[Route, ...] = (
    ("POST", "as/{user_id}/messages", write),
    ("POST", "as/{user_id}/press", press),
    ("POST", "as/{user_id}/files", upload),
    ("GET", "as/{user_id}/dialogs", dialogs),
    ("GET", "as/{user_id}/dialogs/{dialog_id}/messages", messages),
    ("POST", "as/{user_id}/dialogs/{dialog_id}/read", read),
    ("GET", "commands", registered_commands),
    ("GET", "files/{file_id}", file),
    ("GET", "files/{file_id}/{name}", file),
)
