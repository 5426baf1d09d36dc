"""The stand-in's control surface, beside the hotel's: /_sandbox/fias… (JSON, no vendor API)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, fields
from typing import Any

import orjson
from aiohttp import web

from sandbox.fias.faults import LineFault
from sandbox.fias.ifc8 import Ifc8

IFC8: web.AppKey[Ifc8] = web.AppKey("ifc8", Ifc8)
PORT: web.AppKey[list[int]] = web.AppKey("fias_port", list)


def attach(app: web.Application, ifc8: Ifc8, *, port: int = 0, host: str = "127.0.0.1") -> None:
    """Serve an IFC8 beside the hotel's application, for as long as that runs. ``app[PORT]`` gets the port."""
    app[IFC8], app[PORT] = ifc8, []
    app.router.add_get("/_sandbox/fias", _state)
    app.router.add_post("/_sandbox/fias/switches", _switches)
    app.router.add_post("/_sandbox/fias/faults", _faults)
    app.router.add_delete("/_sandbox/fias/faults", _clear_faults)
    app.router.add_post("/_sandbox/fias/link", _link)

    async def serving(app: web.Application) -> AsyncIterator[None]:
        app[PORT].append(await ifc8.start(host, port))
        yield
        await ifc8.stop()

    app.cleanup_ctx.append(serving)


def _json(data: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json")


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        data = orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(text="a JSON object is wanted")
    return data


async def _state(request: web.Request) -> web.Response:
    ifc8 = request.app[IFC8]
    return _json(ifc8.state() | {"port": request.app[PORT][0], "switches": asdict(ifc8.switches)})


async def _switches(request: web.Request) -> web.Response:
    ifc8 = request.app[IFC8]
    try:
        for name, value in (await _body(request)).items():
            ifc8.switches.set(name, value)
    except ValueError as error:
        return _json({"error": str(error)}, 400)
    return _json(asdict(ifc8.switches))


async def _faults(request: web.Request) -> web.Response:
    """POST {kind, times = 1, after?}."""
    body, ifc8 = await _body(request), request.app[IFC8]
    known = {field.name for field in fields(LineFault)}
    if not set(body) <= known:
        return _json({"error": f"known are {sorted(known)}"}, 400)
    try:
        ifc8.faults.add(LineFault(**body))
    except (TypeError, ValueError) as error:
        return _json({"error": str(error)}, 400)
    return _json({"faults": ifc8.faults.told()})


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[IFC8].faults.clear()
    return _json({"faults": []})


async def _link(request: web.Request) -> web.Response:
    """POST {do: "hang_up" | "end" | "greet" | "call", host?, port?}: close, close with LE, LS anew, call a vendor."""
    body, ifc8 = await _body(request), request.app[IFC8]
    match body.get("do"):
        case "hang_up":
            ifc8.hang_up()
        case "end":
            ifc8.hang_up(orderly=True)
        case "greet":
            ifc8.greet()
        case "call":
            try:
                await ifc8.call(str(body.get("host", "127.0.0.1")), int(body["port"]))
            except (OSError, KeyError, ValueError) as error:
                return _json({"error": f"{type(error).__name__}: {error}"}, 409)
        case _:
            return _json({"error": "do is hang_up, end, greet or call"}, 400)
    return _json(ifc8.state())
