"""Files: identifiers, photo sizes, and the download address that works for an hour after ``getFile``."""

from __future__ import annotations

import secrets
import struct
from typing import Any

from aiohttp import web

from sandbox.telegram.calls import Call, Upload, method
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.state import Json, TelegramHub

_PREFIX = {"photo": "AgACAgIAAxkB", "video": "BAACAgIAAxkB", "voice": "AwACAgIAAxkB"}
_FOLDERS = {"photo": "photos", "video": "videos", "voice": "voice", "audio": "music", "sticker": "stickers"}
_PHOTO_EDGES = (90, 320, 800, 1280)
_MAX_PHOTO_EDGES_SUM = 10_000
_MAX_PHOTO_RATIO = 20


def add_file(hub: TelegramHub, kind: str, name: str, mime: str, data: bytes) -> Json:
    """Keep a file; the answer is its record (``file_id``, ``file_unique_id``, ``file_size``, name, type)."""
    number = hub.next_number("file")
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    folder = _FOLDERS.get(kind, "documents")
    path = f"{folder}/file_{number}" + (f".{extension}" if extension.isalnum() else "")
    record = {
        "file_id": _PREFIX.get(kind, "BQACAgIAAxkB") + secrets.token_urlsafe(42),
        "file_unique_id": "Ag" + secrets.token_urlsafe(9),
        "file_size": len(data),
        "_name": name,
        "_mime": mime,
        "_path": path,
        "_kind": kind,
    }
    hub.put_body(path, data)
    return keep_record(hub, record)


def keep_record(hub: TelegramHub, record: Json) -> Json:
    hub.files[record["file_id"]] = record
    hub.touch("files", record["file_id"])
    return record


def known_file(hub: TelegramHub, file_id: str) -> Json:
    record = hub.files.get(file_id)
    if record is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return record


def file_fields(record: Json) -> Json:
    return {key: record[key] for key in ("file_id", "file_unique_id", "file_size")}


def incoming_file(call: Call, field_name: str, value: Any, kind: str) -> Json:
    """The file a send method names: uploaded under its own field or as ``attach://``, or a known ``file_id``."""
    upload: Upload | None = call.uploads.get(field_name)
    reference = value if isinstance(value, str) else ""
    if upload is None and reference.startswith("attach://"):
        upload = call.uploads.get(reference.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"there is no {kind} in the request")
    if upload is None:
        if not reference:
            raise bad_request(f"there is no {kind} in the request")
        if reference.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")  # the stand-in fetches nothing
        return known_file(call.hub, reference)
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > call.hub.config.max_upload_bytes:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo" and len(upload.data) > call.hub.config.max_photo_bytes:
        raise bad_request(f"file of size {len(upload.data)} bytes is too big for a photo; "
                          f"the maximum size is {call.hub.config.max_photo_bytes} bytes")  # fmt: skip
    return add_file(call.hub, kind, upload.name, upload.mime, upload.data)


def content_for(hub: TelegramHub, kind: str, record: Json) -> Json:
    """The message field a file becomes: ``photo`` sizes, ``document``, ``video``, ``voice`` …"""
    if kind == "photo":
        return {"photo": photo_sizes(hub, record)}
    fields = {**file_fields(record), "mime_type": record["_mime"]}
    if kind in ("document", "video", "audio"):
        fields["file_name"] = record["_name"]
    if kind == "video":
        fields |= {"width": 640, "height": 360, "duration": 1}
    elif kind in ("voice", "audio"):
        fields |= {"duration": 1}
    elif kind == "sticker":
        fields |= {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    return {kind: fields}


def photo_sizes(hub: TelegramHub, record: Json) -> list[Json]:
    """Smallest first. Every size has its own id; the bytes are the original's: nothing is scaled here."""
    size = image_size(hub.get_body(record["_path"]) or b"")
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    long, short = max(size), min(size)
    if short == 0 or long > short * _MAX_PHOTO_RATIO or width + height > _MAX_PHOTO_EDGES_SUM:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    edges = [edge for edge in _PHOTO_EDGES if edge < long] + [min(long, _PHOTO_EDGES[-1])]
    sizes = []
    for edge in dict.fromkeys(edges):
        scaled = dict(record) if edge == edges[-1] else _copy_record(hub, record)
        shape = {"width": max(1, width * edge // long), "height": max(1, height * edge // long)}
        sizes.append({**file_fields(scaled), **shape})
    return sizes


def _copy_record(hub: TelegramHub, record: Json) -> Json:
    fresh = {
        "file_id": "AgACAgIAAxkB" + secrets.token_urlsafe(42),
        "file_unique_id": secrets.token_urlsafe(11),
    }
    return keep_record(hub, {**record, **fresh})


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the head of a PNG, GIF, JPEG; None = no picture Telegram would take."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


@method("getFile")
async def get_file(call: Call) -> Json:
    file_id = call.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    record = call.hub.files.get(file_id)
    if record is None:
        raise bad_request("invalid file_id")
    if record["file_size"] > call.hub.config.max_download_bytes:
        raise bad_request("file is too big")
    record["_link_until"] = call.hub.now() + call.hub.config.link_ttl_s
    keep_record(call.hub, record)
    return {**file_fields(record), "file_path": record["_path"]}


def download(hub: TelegramHub, path: str) -> web.Response:
    """The bytes behind ``/file/bot<token>/<file_path>``; 404 when the link was never made or is too old."""
    for record in hub.files.values():
        if record["_path"] == path and record.get("_link_until", 0) > hub.now():
            body = hub.get_body(path)
            if body is not None:
                return web.Response(body=body, content_type="application/octet-stream")
    return web.json_response(ApiError(404, "Not Found").body(), status=404)
