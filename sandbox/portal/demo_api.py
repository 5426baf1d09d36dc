"""The page and the hands of the demo people: everything under /_sandbox/, answered only towards loopback."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from sandbox.portal.calls import RestError
from sandbox.portal.demo import (
    chat_routes,
    control_routes,
    crm_routes,
    deed_routes,
    page_files,
    stream,
    task_routes,
)
from sandbox.portal.demo.chats import unread_total
from sandbox.portal.demo.http import PORTAL, Handler, json_answer, portal_of
from sandbox.portal.documents import bots
from sandbox.portal.people import full_name, users
from sandbox.portal.state import Portal

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class PageSettings:
    """What the page is told about its surroundings. Bases are relative to the page, or absolute URLs.

    Replace them before the application starts: `app[demo_api.PAGE] = PageSettings(telegram_base="telegram")`.
    """

    title: str = "Concierge"
    telegram_base: str | None = None
    hotel_base: str | None = None
    language: str = "ru"
    applications: str | None = None
    """Where a cloud tells of a portal's applications; `{portal}` is its name."""


PAGE: web.AppKey[PageSettings] = web.AppKey("page_settings", PageSettings)


def setup(app: web.Application, portal: Portal | None, prefix: str = "") -> None:
    """Add the routes under /_sandbox/ and the page; without a portal each request brings its own."""
    if portal is not None:
        app[PORTAL] = portal
    app[PAGE] = PageSettings()
    app.router.add_get(f"{prefix}/_sandbox/page.json", guarded(page_json))
    for module in (chat_routes, deed_routes, task_routes, crm_routes, control_routes, stream):
        for verb, path, handler in module.ROUTES:
            app.router.add_route(verb, f"{prefix}/_sandbox/{path}", guarded(handler))
    app.on_shutdown.append(stream.close_all)
    stream.prepare(app)
    page_files.setup(app, prefix)


def guarded(handler: Handler) -> Handler:
    """Only for callers on this machine, addressed by a name of this machine; errors become JSON."""

    async def guard(request: web.Request) -> web.StreamResponse:
        if not from_loopback(request):
            return json_answer({"error": "LOOPBACK_ONLY", "error_description": "Only from this machine"}, 403)
        try:
            return await handler(request)
        except RestError as error:
            status = max(error.http, 400)
            return json_answer({"error": error.code, "error_description": error.description}, status)
        except orjson.JSONDecodeError:
            return json_answer({"error": "BAD_JSON", "error_description": "The body is not JSON"}, 400)

    return guard


def from_loopback(request: web.Request) -> bool:
    """The peer, the Host header and (from a browser) the Origin are all this machine.

    Host and Origin are looked at because a page from elsewhere can make a browser call 127.0.0.1.
    """
    if not _is_loopback(request.remote or "") or not _is_loopback(_host_of(f"//{request.host}")):
        return False
    origin = request.headers.get("Origin")
    return origin is None or _is_loopback(_host_of(origin))


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def page_json(request: web.Request) -> web.StreamResponse:
    """{title, language, timeZone, botUserId, telegramBase, hotelBase, applications, people: [{id, name, …, bot, unread}]}."""
    portal, page = portal_of(request), request.app[PAGE]
    return json_answer(
        {
            "title": page.title,
            "language": page.language,
            "timeZone": portal.config.time_zone,
            "botUserId": bot_user_id(portal),
            "telegramBase": page.telegram_base,
            "hotelBase": page.hotel_base,
            "applications": page.applications.format(**request.match_info) if page.applications else None,
            "people": [person(portal, user) for user in users(portal) if user["active"]],
        }
    )


def bot_user_id(portal: Portal) -> int | None:
    """The bot people talk to: the one registered first."""
    return next((int(bot["id"]) for bot in bots(portal) if not bot["is_hidden"]), None)


def person(portal: Portal, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": user["id"],
        "name": full_name(user),
        "firstName": user["first_name"],
        "lastName": user["last_name"],
        "workPosition": user["position"],
        "color": user["color"],
        "bot": user["bot"],
        "admin": user["admin"],
        "unread": 0 if user["bot"] else unread_total(portal, user["id"]),
    }


__all__ = ["PAGE", "PageSettings", "bot_user_id", "from_loopback", "guarded", "setup"]
