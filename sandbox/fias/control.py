"""The stand-in's control surface, beside the hotel's: /_sandbox/fias… (JSON, no vendor API)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict

from aiohttp import web

from sandbox import provoking
from sandbox.fias.faults import LineFault
from sandbox.fias.ifc8 import Ifc8
from sandbox.provoking import json_answer, json_object

IFC8: web.AppKey[Ifc8] = web.AppKey("ifc8", Ifc8)
PORT: web.AppKey[list[int]] = web.AppKey("fias_port", list)


def attach(app: web.Application, ifc8: Ifc8, *, port: int = 0, host: str = "127.0.0.1") -> None:
    """Serve an IFC8 beside the hotel's application, for as long as that runs. ``app[PORT]`` gets the port."""
    app[IFC8], app[PORT] = ifc8, []
    app.router.add_get("/_sandbox/fias", _state)
    provoking.attach(app, "/_sandbox/fias", ifc8.switches, ifc8.faults, LineFault)
    app.router.add_post("/_sandbox/fias/link", _link)

    async def serving(app: web.Application) -> AsyncIterator[None]:
        app[PORT].append(await ifc8.start(host, port))
        yield
        await ifc8.stop()

    app.cleanup_ctx.append(serving)


async def _state(request: web.Request) -> web.Response:
    ifc8 = request.app[IFC8]
    return json_answer(ifc8.state() | {"port": request.app[PORT][0], "switches": asdict(ifc8.switches)})


async def _link(request: web.Request) -> web.Response:
    """POST {do: "hang_up" | "end" | "greet" | "call", host?, port?}: close, close with LE, LS anew, call a vendor."""
    body, ifc8 = await json_object(request), request.app[IFC8]
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
                return json_answer({"error": f"{type(error).__name__}: {error}"}, 409)
        case _:
            return json_answer({"error": "do is hang_up, end, greet or call"}, 400)
    return json_answer(ifc8.state())
