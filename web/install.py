"""Where the app is installed: the page that Bitrix24 opens in a slider, and the callback of an app without pages.

Saved and put in order by the server first; the page then calls ``BX24.installFinish()`` once, as the very last thing.
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.errors import ConciergeError, Permanent, Refused, Temporary
from domain.ports import Texts
from handlers.installations import Claim, Installations
from web.app.headers import ANY_PORTAL
from web.hooks import body_of

log = structlog.get_logger()

PATH = "/bitrix24/install"
LIBRARY = "https://api.bitrix24.com/api/v1/"
MAX_BODY = 64 << 10
Decode = Callable[[bytes, str], Mapping[str, Any]]
"""A posted form or JSON as nested dicts; Refused when it can't be read."""


class Told(Protocol):
    """A failure's code in words."""

    def __call__(self, code: str, language: str) -> str: ...


class InstallPages:
    """``library``: where BX24.js comes from."""

    def __init__(
        self, installs: Installations, texts: Texts, told: Told, decode: Decode, *, library: str = LIBRARY
    ) -> None:
        self._installs = installs
        self._texts = texts
        self._told = told
        self._decode = decode
        self._library = library
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "pages"),
            autoescape=True,
            undefined=StrictUndefined,
        )

    def setup(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post(PATH, self.post)
        app.router.add_post(f"{PATH}/state", self.state)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """An installation: a page for a browser, an answer for a server."""
        if (request.content_length or 0) > MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY, request.content_length or 0)
        language = "ru" if request.query.get("LANG", "ru").lower() in {"ru", "by", "kz", "ua"} else "en"
        by_browser = True
        try:
            form = self._decode(await body_of(request), request.content_type)
            by_browser = "auth" not in form
            portal_id = await self._installed(form)
        except ConciergeError as fault:
            log.warning("installation refused", code=fault.code, detail=fault.detail, remote=request.remote)
            status = _status(fault)
            if by_browser:
                return self._page(language, status, fault=self._told(fault.code, language))
            return web.json_response({"status": "error", "error": fault.code}, status=status)
        if not by_browser:
            return web.json_response({"status": "success"})
        ticket = self._installs.ticket(portal_id)
        return self._page(language, 200, fault="", ticket=ticket)

    async def _installed(self, form: Mapping[str, Any]) -> int:
        if str(form.get("event", "")).upper() not in {"", "ONAPPINSTALL"}:
            raise Refused("install-unreadable", "an event at the installation's address")
        return await self._installs.install(Claim.of_page(form))

    async def state(self, request: web.Request) -> web.StreamResponse:
        """Whether everything stands in the portal; for the page, by the ticket it was given."""
        form = await request.post()
        ticket = form.get("ticket", "")
        try:
            stands, reason = await self._installs.progress(ticket if isinstance(ticket, str) else "")
        except Permanent:
            raise web.HTTPForbidden(text="no such ticket\n") from None
        words = self._told(reason, "ru") if reason and not stands else ""
        return web.json_response({"stands": stands, "reason": words}, headers={"Cache-Control": "no-store"})

    def _page(self, language: str, status: int, **values: Any) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        body = self._templates.get_template("install.html").render(
            lang=language,
            nonce=nonce,
            library=self._library,
            t=lambda key, **params: Markup(self._texts(key, language, **params)),  # noqa: S704 - escaped there
            **values,
        )
        policy = "; ".join(
            [
                "default-src 'none'",
                f"style-src 'nonce-{nonce}'",
                f"script-src 'nonce-{nonce}'",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                f"frame-ancestors 'self' {ANY_PORTAL} {_origin(self._library)}",
            ]
        )
        headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return web.Response(
            text=body, status=status, content_type="text/html", charset="utf-8", headers=headers
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _status(fault: ConciergeError) -> int:
    if isinstance(fault, Temporary):
        return 503
    return 403 if isinstance(fault, Refused) else 500
