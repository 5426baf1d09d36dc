"""Files in chats: imbot.v2.File.*, im.v2.File.*, and the links that give a file out.

Source documents: imbot.v2/files/*.md, im.v2/files/*.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, RestError, as_map, method, pick, to_int
from sandbox.portal.chatting import send_file
from sandbox.portal.documents import drive
from sandbox.portal.drive import decode_content, may_read
from sandbox.portal.links import Link
from sandbox.portal.methods.bot import own_bot
from sandbox.portal.rooms import find_dialog, open_dialog
from sandbox.portal.shapes import dialog_id, file_shape
from sandbox.portal.stores import Document


@method("imbot.v2.File.upload", scope="imbot", batchable=False)
def bot_file_upload(call: Call) -> dict[str, Any]:
    """{fields{name, content (base64), message?}} → {file, messageId, chatId, dialogId}."""
    bot = own_bot(call)
    chat = open_dialog(call.portal, bot["id"], str(call.params.get("dialogId", "")))
    return _upload(call, bot["id"], chat)


@method("im.v2.File.upload", scope="im", batchable=False)
def user_file_upload(call: Call) -> dict[str, Any]:
    """As the bot's, by the token's user."""
    chat = find_dialog(call.portal, call.user_id, str(pick(call.params, "dialogId", "DIALOG_ID") or ""))
    if chat is None:
        raise RestError("CHAT_NOT_FOUND", "CHAT_NOT_FOUND")
    if call.user_id not in chat["members"]:
        raise RestError("ACCESS_DENIED", "Access denied", 403)
    return _upload(call, call.user_id, chat)


def _upload(call: Call, author_id: int, chat: Document) -> dict[str, Any]:
    fields = as_map(call.params.get("fields"))
    name = str(fields.get("name") or "").strip()
    content = decode_content(fields.get("content"), empty="FILE_EMPTY", invalid="FILE_INVALID_CONTENT")
    if not name:
        raise RestError("FILE_EMPTY", "File name and content are required")
    text = str(fields.get("message") or "")
    message, file = send_file(call.portal, author_id, chat, name, content, text)
    return {
        "file": file_shape(call.portal, file),
        "messageId": message["id"],
        "chatId": chat["id"],
        "dialogId": dialog_id(chat, author_id),
    }


@method("imbot.v2.File.download", scope="imbot")
def bot_file_download(call: Call) -> dict[str, str]:
    """{fileId} → {downloadUrl}: good for one fetch."""
    bot = own_bot(call)
    return {"downloadUrl": _download_url(call, bot["id"], "imbot")}


@method("im.v2.File.download", scope="im")
def user_file_download(call: Call) -> dict[str, str]:
    return {"downloadUrl": _download_url(call, call.user_id, "im")}


def _download_url(call: Call, user_id: int, prefix: str) -> str:
    portal = call.portal
    file = drive(portal).get(to_int(call.params.get("fileId"), 0) or 0)
    if file is None or file["kind"] != "file":
        raise RestError("FILE_NOT_FOUND", "File not found")
    if not may_read(portal, file, user_id):
        raise RestError("FILE_ACCESS_ERROR", "File access error", 403)
    expires_at = portal.config.monotonic() + portal.config.download_ttl_s
    token = portal.links.issue(prefix, Link(user_id, expires_at, file_id=file["id"], once=True))
    return f"{call.base_url}/rest/download.json?token={token.replace('|', '%7C')}"
