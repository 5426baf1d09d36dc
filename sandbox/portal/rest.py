"""The HTTP edge of the REST API: addresses, bodies, authorisation, faults and the shapes of answers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from sandbox.portal.calls import Call, RestError, as_map
from sandbox.portal.dispatch import V3, Outcome, execute, time_block
from sandbox.portal.faults import Fault
from sandbox.portal.forms import decode
from sandbox.portal.idempotency import execute_once
from sandbox.portal.state import Portal

PORTAL = web.AppKey("portal", Portal)
HERE = web.RequestKey("portal", Portal)
ERROR = web.ResponseKey("error", str)
_HTML = "<html><head><title>{status}</title></head><body><h1>{status} Bad Gateway</h1></body></html>"


def setup(app: web.Application, prefix: str = "") -> None:
    """Routes of both API versions, for webhooks (user and code in the address) and for applications."""
    for tail in ("", "/"):
        app.router.add_route("*", prefix + "/rest/api/{user}/{code}/{method}" + tail, handle_v3)
        app.router.add_route("*", prefix + "/rest/api/{method}" + tail, handle_v3)
        app.router.add_route("*", prefix + "/rest/{user}/{code}/{method}" + tail, handle_v2)
        app.router.add_route("*", prefix + "/rest/{method}" + tail, handle_v2)


def portal_of(request: web.Request) -> Portal:
    """The portal this request is for: the application's only one, or the one a cloud found by the address."""
    found = request.get(HERE)
    return request.app[PORTAL] if found is None else found


async def handle_v2(request: web.Request) -> web.StreamResponse:
    return await _handle(request, is_v3=False)


async def handle_v3(request: web.Request) -> web.StreamResponse:
    return await _handle(request, is_v3=True)


async def _handle(request: web.Request, *, is_v3: bool) -> web.StreamResponse:
    portal = portal_of(request)
    call = Call(
        portal=portal,
        user_id=0,
        method=request.match_info["method"].removesuffix(".json"),
        params={},
        is_v3=is_v3,
        idempotency_key=request.headers.get("Idempotency-Key") if is_v3 else None,
        client_key=request.match_info.get("code", ""),
        base_url=base_url(request),
        scopes=portal.config.scopes,
    )
    begun, started = time.perf_counter(), portal.now()
    try:
        call = await _admitted(request, call)
        fault = portal.faults.take(call.method)
        response = await _struck(request, call, started, fault) if fault else await _answer(call, started)
    except RestError as error:
        response = _error(call, error)
    _record(call, started, begun, response)
    return response


def base_url(request: web.Request) -> str:
    """Where this portal answers, without a trailing slash, also when mounted below a prefix."""
    prefix = request.path.partition("/rest/")[0]
    return f"{request.scheme}://{request.host}{prefix}"


async def _admitted(request: web.Request, call: Call) -> Call:
    """The call with its caller and parameters. RestError for a wrong credential or a full bucket."""
    portal = call.portal
    if portal.switches.deleted:
        raise RestError("PORTAL_DELETED", "Portal was deleted", 500)
    if call.client_key:
        call = replace(call, user_id=_authorise(portal, request))
        portal.limits.take_request(request.remote or "")
        return replace(call, params=await read_params(request, is_v3=call.is_v3))
    params = await read_params(request, is_v3=call.is_v3)
    token = params.pop("auth", None)
    if portal.office is None or not isinstance(token, str):
        raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
    application, user_id = portal.office.admit(portal, token)
    portal.limits.take_request(request.remote or "")
    return replace(
        call,
        user_id=user_id,
        params=params,
        client_key=application.client_id,
        scopes=application.scopes,
        application=application,
    )


def _authorise(portal: Portal, request: web.Request) -> int:
    code, user = request.match_info["code"], request.match_info["user"]
    owner = {portal.config.webhook_code: portal.config.webhook_user, **portal.config.webhooks}.get(code)
    if owner is None or str(owner) != user:
        raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
    return owner


async def read_params(request: web.Request, *, is_v3: bool) -> dict[str, Any]:
    """Query and body merged, the body winning; v3 takes a JSON body only and ignores the query."""
    body = await request.read() if request.body_exists else b""
    if is_v3:
        return _json_object(body, is_v3=True)
    params = decode(request.query.items())
    if request.content_type == "application/json":
        return {**params, **_json_object(body, is_v3=False)}
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"} and body:
        form = await request.post()
        return {**params, **decode((key, value) for key, value in form.items() if isinstance(value, str))}
    return params


def _json_object(body: bytes, *, is_v3: bool) -> dict[str, Any]:
    if not body:
        return {}
    try:
        return as_map(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        if is_v3:
            raise RestError(f"{V3}INVALIDJSONEXCEPTION", "Invalid JSON", 400) from error
        return {}  # v2 reads a broken body as no parameters at all


async def _answer(call: Call, started: datetime) -> web.Response:
    """Execute within the cap of a request; longer and the front server answers in HTML."""
    portal = call.portal
    try:
        async with asyncio.timeout(portal.config.request_cap_s):
            outcome = await (execute_once(call) if call.is_v3 else execute(call))
    except TimeoutError:
        return web.Response(status=504, text=_HTML.format(status=504), content_type="text/html")
    return _json(200, _body(call, outcome, started), outcome.headers)


def _body(call: Call, outcome: Outcome, started: datetime) -> dict[str, Any]:
    body: dict[str, Any] = {"result": outcome.result}
    if outcome.next is not None:
        body["next"] = outcome.next
    if outcome.total is not None:
        body["total"] = outcome.total
    body["time"] = time_block(call, started)
    return body


def _error(call: Call, error: RestError) -> web.Response:
    if call.is_v3:
        body: dict[str, Any] = {"error": {"code": error.code, "message": error.description, **error.extra}}
    else:
        body = {"error": error.code, "error_description": error.description, **error.extra}
    response = _json(error.http, body)
    response[ERROR] = error.code
    return response


def _json(status: int, body: object, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS),
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )


async def _struck(request: web.Request, call: Call, started: datetime, fault: Fault) -> web.StreamResponse:
    """The answer (or none) to a call that a fault rule strikes."""
    if fault.kind == "error":
        raise fault.error()
    if fault.kind == "html":
        return _html(fault)
    if fault.kind == "moved":
        location = fault.location.rstrip("/") + request.rel_url.raw_path
        return web.Response(status=302, headers={"Location": location})
    if fault.kind in {"drop", "late"}:
        if fault.kind == "late":
            call.portal.spawn(_execute_late(call, fault.seconds))
        return _dropped(request)
    response = await _answer_or_error(call, started)
    if fault.kind == "error_after":
        raise fault.error()
    if fault.kind == "html_after":
        return _html(fault)
    if fault.kind == "drop_after":
        return _dropped(request)
    await call.portal.config.sleep(fault.seconds)
    return response


async def _answer_or_error(call: Call, started: datetime) -> web.Response:
    try:
        return await _answer(call, started)
    except RestError as error:
        return _error(call, error)


async def _execute_late(call: Call, seconds: float) -> None:
    await call.portal.config.sleep(seconds)
    started, begun = call.portal.now(), time.perf_counter()
    response = await _answer_or_error(call, started)
    _record(call, started, begun, response, late=True)


def _html(fault: Fault) -> web.Response:
    status = fault.http or 502
    return web.Response(status=status, text=_HTML.format(status=status), content_type="text/html")


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    response = web.Response(status=500)  # never arrives: the connection is gone
    response[ERROR] = "(dropped)"
    return response


def _record(
    call: Call, started: datetime, begun: float, response: web.StreamResponse, *, late: bool = False
) -> None:
    entry: dict[str, Any] = {
        "at": started.isoformat(timespec="milliseconds"),
        "method": call.method,
        "user": call.user_id,
        "ms": round((time.perf_counter() - begun) * 1000, 1),
        "status": response.status,
        "error": response.get(ERROR),
    }
    if call.method == "batch":
        commands = as_map(call.params.get("cmd")).values()
        entry["commands"] = [str(command).partition("?")[0] for command in commands]
    if late:
        entry["late"] = True
    call.portal.requests.append(entry)
    call.portal.changed("request", entry)
