"""The addresses behind file links: /rest/download.json and /rest/upload.json.

Source documents: files/how-to-download-files.md, disk/folder/disk-folder-upload-file.md.
"""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import quote

import orjson
from aiohttp import web

from sandbox.portal.calls import Call, RestError
from sandbox.portal.documents import drive
from sandbox.portal.drive import content_of, put_file
from sandbox.portal.links import Link
from sandbox.portal.methods.disk import file_answer
from sandbox.portal.rest import base_url, portal_of


def setup(app: web.Application, prefix: str = "") -> None:
    app.router.add_get(f"{prefix}/rest/download.json", download)
    app.router.add_post(f"{prefix}/rest/upload.json", upload)


def _refuse(error: RestError) -> NoReturn:
    # documents silent: the answer to a used or expired link; an error in JSON with 403 here
    text = orjson.dumps({"error": error.code, "error_description": error.description}).decode()
    raise web.HTTPForbidden(text=text, content_type="application/json")


def _link(request: web.Request) -> Link:
    portal = portal_of(request)
    if not request.headers.get("User-Agent"):
        _refuse(RestError("ACCESS_DENIED", "A request without User-Agent is refused"))
    link = portal.links.take(request.query.get("token", ""), portal.config.monotonic())
    if link is None:
        _refuse(RestError("ACCESS_DENIED", "Invalid token"))
    return link


async def download(request: web.Request) -> web.Response:
    """The bytes of a file; a bot's link works once."""
    portal, link = portal_of(request), _link(request)
    file = drive(portal).get(link.file_id) if link.file_id is not None else None
    if file is None:
        _refuse(RestError("ERROR_NOT_FOUND", "File not found"))
    disposition = f"attachment; filename*=UTF-8''{quote(file['name'])}"
    return web.Response(
        body=content_of(portal, file),
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition},
    )


async def upload(request: web.Request) -> web.Response:
    """Multipart with the field `file`, into the folder the link was made for."""
    portal, link = portal_of(request), _link(request)
    part = (await request.post()).get("file")
    folder = drive(portal).get(link.folder_id) if link.folder_id is not None else None
    if folder is None or not isinstance(part, web.FileField):
        _refuse(RestError("ERROR_COULD_NOT_SAVE_FILE", "Could not save file"))
    content = part.file.read()
    try:
        file = put_file(portal, folder, part.filename, content, link.user_id, unique=link.unique_name)
    except RestError as error:
        _refuse(error)
    call = Call(portal, link.user_id, "disk.folder.uploadfile", {}, base_url=base_url(request))
    body = {"result": file_answer(call, file)}
    return web.Response(body=orjson.dumps(body), content_type="application/json")
