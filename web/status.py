"""`/status`: how the service stands, for support, on a phone as well as on a desk. No guest and no word of anybody's.

Given to this machine, or to whoever has the metrics' token: as a bearer, or as the password a browser asks for.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.ports import Texts
from web.health import PartState, may_read
from web.visitors import LANGUAGES, language_of

PAGES = Path(__file__).parent / "pages"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number under its name (a text's key). ``alarming``: somebody should look."""

    name: str
    value: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class PortalLine:
    """A portal that doesn't let us work, or a hotel whose sync is behind: whose, which, and why, as a text's key."""

    portal: str
    what: str
    key: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Process:
    """One process alive on this database."""

    name: str
    version: str
    portals: int
    started_at: datetime
    is_this: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows."""

    at: datetime
    version: str
    database: str
    schema: str
    parts: Mapping[str, PartState]
    figures: Sequence[Figure]
    troubles: Sequence[PortalLine]
    processes: Sequence[Process] = field(default_factory=tuple)

    @property
    def well(self) -> bool:
        return all(part.ok for part in self.parts.values())


Look = Callable[[], Awaitable[Overview]]


def setup(app: web.Application, look: Look, texts: Texts, token: str) -> None:
    """Add ``/status``, and ``/status.json`` for programs."""
    templates = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (PAGES / "status.css").read_bytes()

    async def page(request: web.Request) -> web.Response:
        _admit(request, token)
        language = language_of(request)
        shown = templates.get_template("status.html").render(
            view=await look(),
            language=language,
            other=next(one for one in LANGUAGES if one != language),
            text=lambda key, **params: texts(key, language, **params),
        )
        return web.Response(text=shown, content_type="text/html", headers=HEADERS)

    async def css(_request: web.Request) -> web.Response:
        return web.Response(body=style, content_type="text/css", headers={"Cache-Control": "max-age=3600"})

    async def data(request: web.Request) -> web.Response:
        _admit(request, token)
        return web.json_response(_plain(await look()), headers={"Cache-Control": "no-store"})

    app.router.add_get("/status", page)
    app.router.add_get("/status.json", data)
    app.router.add_get("/status.css", css)


def _admit(request: web.Request, token: str) -> None:
    if may_read(request, token) or (token and compare_digest(_password_of(request), token.encode())):
        return
    if token:
        raise web.HTTPUnauthorized(
            text="the password is [service] metrics_token\n",
            headers={"WWW-Authenticate": 'Basic realm="Concierge", charset="UTF-8"'},
        )
    raise web.HTTPForbidden(text="the status is given to this machine, or with [service] metrics_token\n")


def _password_of(request: web.Request) -> bytes:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _plain(view: Overview) -> dict[str, object]:
    return {
        "at": view.at.isoformat(),
        "well": view.well,
        "version": view.version,
        "database": view.database,
        "schema": view.schema,
        "parts": {name: {"ok": part.ok, "detail": part.detail} for name, part in view.parts.items()},
        "figures": {one.name: one.value for one in view.figures},
        "troubles": [
            {"portal": one.portal, "what": one.what, "why": one.key, **one.params} for one in view.troubles
        ],
        "processes": [
            {
                "name": one.name,
                "version": one.version,
                "portals": one.portals,
                "started_at": one.started_at.isoformat(),
            }
            for one in view.processes
        ],
    }
