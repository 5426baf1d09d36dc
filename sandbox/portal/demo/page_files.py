"""The page itself: a handful of files known at start, served without a build step."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from aiohttp import web

ROOT = Path(__file__).resolve().parent.parent / "page"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
_TASK = r"/company/personal/user/{user:\d+}/tasks/task/view/{id:\d+}"
_ITEM = r"/crm/{kind:contact|company|deal}/details/{id:\d+}"
_KINDS = {"contact": "contacts", "company": "companies", "deal": "deals"}
# No foreign hosts; the stand-in Telegram may answer on another port of this machine.
_LOOPBACK = "http://127.0.0.1:* http://localhost:*"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    f"img-src 'self' data: blob: {_LOOPBACK}; connect-src 'self' {_LOOPBACK}; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def setup(app: web.Application, prefix: str = "") -> None:
    """`/` is the page, `/page/…` what it loads, and cards by their addresses; a prefix may stand before them all."""
    files = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*") if path.suffix in _TYPES}

    async def page(_request: web.Request) -> web.StreamResponse:
        return _file(files["index.html"])

    async def part(request: web.Request) -> web.StreamResponse:
        path = files.get(request.match_info["path"])
        if path is None:
            raise web.HTTPNotFound
        return _file(path)

    async def card(request: web.Request) -> NoReturn:
        """An address as the portal gives it out: the page opens it in its panel."""
        kind, number = request.match_info.get("kind"), request.match_info["id"]
        place = f"crm/{_KINDS[kind]}" if kind else "tasks/task"
        segments = (_ITEM if kind else _TASK).count("/")
        root = request.path.rstrip("/").rsplit("/", segments)[0]
        raise web.HTTPFound(f"{root}/#///{place}/{number}")

    app.router.add_get(f"{prefix}/", page)
    app.router.add_get(prefix + "/page/{path:.+}", part)
    for address in (_TASK, f"{_TASK}/", _ITEM, f"{_ITEM}/"):
        app.router.add_get(prefix + address, card)


def _file(path: Path) -> web.Response:
    return web.Response(
        body=path.read_bytes(),
        content_type=_TYPES[path.suffix],
        charset="utf-8",
        headers={
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )
