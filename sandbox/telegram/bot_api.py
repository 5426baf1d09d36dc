"""The HTTP door: ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``, decoding, dispatch, faults, the log."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.telegram import files
from sandbox.telegram.calls import METHODS, Call, Upload
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.faults import Fault
from sandbox.telegram.state import RequestRecord, TelegramHub

HUB = web.AppKey("telegram_hub", TelegramHub)
KEPT_REQUESTS = 500
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def setup(app: web.Application) -> None:
    app.router.add_route("GET", "/file/bot{token}/{path:.+}", _download)
    app.router.add_route("GET", "/bot{token}/{method}", _call)
    app.router.add_route("POST", "/bot{token}/{method}", _call)


async def _download(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    if request.match_info["token"] != hub.config.token:
        return _refusal(ApiError(404, "Not Found"))
    fault = hub.faults.strike("file", "")
    if fault is not None and fault.kind == "drop":
        return _cut(request)
    if fault is not None:
        return _refusal(ApiError(fault.code, fault.description))
    return files.download(hub, request.match_info["path"])


async def _call(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    name = request.match_info["method"]
    if request.match_info["token"] != hub.config.token:
        return _refusal(ApiError(401, "Unauthorized"))
    started = time.perf_counter()
    call = Call(hub, name, {})
    try:
        call.params, call.uploads = await _decode(request)
    except ApiError as error:
        answer: web.StreamResponse = _refusal(error)
        note = error.description
    else:
        answer, note = await _answer(request, call)
    ms = (time.perf_counter() - started) * 1000
    hub.requests.append(RequestRecord(name, round(ms, 1), answer.status, note, call.text("chat_id")))
    del hub.requests[:-KEPT_REQUESTS]
    return answer


async def _answer(request: web.Request, call: Call) -> tuple[web.StreamResponse, str]:
    fault = call.hub.faults.strike(call.method.lower(), call.text("chat_id"))
    if fault is not None and fault.kind == "delay":
        await asyncio.sleep(fault.delay_s)
    if fault is not None and fault.kind in ("error", "drop", "html"):
        return _failed(request, fault), fault.kind
    try:
        result = await execute(call)
    except ApiError as error:
        return _refusal(error), error.description
    if fault is not None and fault.kind in ("error_after", "drop_after"):
        return _failed(request, fault), fault.kind
    return web.json_response({"ok": True, "result": result}), ""


async def execute(call: Call) -> Any:
    """Run a method by its name, in any letter case."""
    handler = METHODS.get(call.method.lower())
    if handler is None:
        raise ApiError(404, "Not Found: method not found")
    return await handler(call)


def _refusal(error: ApiError) -> web.Response:
    return web.json_response(error.body(), status=error.code)


def _failed(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.kind in ("drop", "drop_after"):
        return _cut(request)
    if fault.kind == "html":
        return web.Response(text=BAD_GATEWAY, status=502, content_type="text/html")
    return _refusal(ApiError(fault.code, fault.description, fault.parameters))


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)  # goes nowhere: the connection is closed


async def _decode(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    params: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.method == "GET" or not request.can_read_body:
        return params, uploads
    if request.content_type == "application/json":
        params |= await _json_body(request)
    elif request.content_type == "application/x-www-form-urlencoded":
        params |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    elif request.content_type == "multipart/form-data":
        await _multipart(request, params, uploads)
    return params, uploads


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise bad_request("can't parse request JSON object") from None
    if not isinstance(body, dict):
        raise bad_request("can't parse request JSON object")
    return body


async def _multipart(request: web.Request, params: dict[str, Any], uploads: dict[str, Upload]) -> None:
    fields, files_read = await read_multipart(request, request.app[HUB].config.max_upload_bytes)
    params |= fields
    uploads |= dict(files_read)


async def read_multipart(request: web.Request, limit: int) -> tuple[dict[str, str], list[tuple[str, Upload]]]:
    """Fields and files of a form. Files are read in pieces, so that the size an outer app allows does not count;
    one beyond ``limit`` bytes is refused as the public server does.
    """
    fields: dict[str, str] = {}
    found: list[tuple[str, Upload]] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        if part.filename is None:
            fields[part.name] = (await part.read(decode=True)).decode()
            continue
        data = bytearray()
        while chunk := await part.read_chunk(1 << 18):
            data += chunk
            if len(data) > limit:
                await _drain(part)
                raise ApiError(413, "Request Entity Too Large")
        mime = part.headers.get("Content-Type", "application/octet-stream")
        found.append((part.name, Upload(part.filename, bytes(data), mime)))
    return fields, found


async def _drain(part: BodyPartReader) -> None:
    while await part.read_chunk(1 << 18):
        pass
