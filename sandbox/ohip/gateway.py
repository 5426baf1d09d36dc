"""The gateway's doorkeeping: tokens, obligatory headers, limits, faults; then the operations."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.hotel.hotel import Hotel
from sandbox.ohip.events import Queue

APP_KEY = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89aAbB][a-f0-9]{3}-[a-f0-9]{12}")
Operation = Callable[["Gateway", web.Request], web.Response]
TOKEN_S = 3600.0


@dataclass
class Settings:
    """What a customer's application is given."""

    client_id: str = "concierge"
    client_secret: str = "sandbox"  # noqa: S105 - a stand-in's
    app_key: str = "0f8fad5b-d9cb-469f-a165-70867728950e"
    hotel_id: str = "GRAND"
    external_system: str = "CONCIERGE"
    username: str = "INTEGRATION"
    password: str = "sandbox"  # noqa: S105 - a stand-in's


@dataclass
class Gateway:
    """One gateway with one hotel. ``faults`` are statuses given to the next calls; ``calls`` everything asked."""

    hotel: Hotel
    settings: Settings = field(default_factory=Settings)
    token_s: float = TOKEN_S
    latency_s: float = 0.0
    faults: list[int | str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict)
    queue: Queue = field(default_factory=Queue)

    def __post_init__(self) -> None:
        self.hotel.listen(self.queue.put)

    # --- tokens -----------------------------------------------------------------------------------------

    async def token(self, request: web.Request) -> web.Response:
        """POST /oauth/v1/tokens."""
        await self._before(request)
        self._app_key(request)
        form, known = await request.post(), self.settings
        if _basic(request.headers.get("Authorization", "")) != (known.client_id, known.client_secret):
            return problem(401, "Unauthorized", "client is not known")
        grant = form.get("grant_type")
        if grant == "password" and (form.get("username"), form.get("password")) != (
            known.username,
            known.password,
        ):
            return problem(401, "Unauthorized", "user is not known")
        if grant not in {"password", "client_credentials"}:
            return problem(400, "Bad Request", "grant_type")
        token = secrets.token_urlsafe(24)
        self.tokens[token] = asyncio.get_running_loop().time() + self.token_s
        return web.json_response(
            {"access_token": token, "expires_in": int(self.token_s), "token_type": "Bearer"}
        )

    def revoke(self) -> None:
        """All tokens are taken back before their time."""
        self.tokens.clear()

    # --- operations -------------------------------------------------------------------------------------

    def operation(self, work: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        """An operation behind the doorkeeper."""

        async def handle(request: web.Request) -> web.Response:
            await self._before(request)
            self._app_key(request)
            bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if self.tokens.get(bearer, 0.0) < asyncio.get_running_loop().time():
                return problem(401, "Unauthorized", "token")
            if not request.headers.get("x-hotelid"):
                return problem(400, "Bad Request", "x-hotelid is obligatory")
            hotel_id = request.match_info.get("hotel", self.settings.hotel_id)
            if self.settings.hotel_id not in {hotel_id} & {request.headers["x-hotelid"]}:
                return problem(403, "Forbidden", "no right for this hotel")
            return work(self, request)

        return handle

    async def _before(self, request: web.Request) -> None:
        self.calls.append((request.method, request.path_qs))
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if not self.faults:
            return
        fault = self.faults.pop(0)
        if fault == "drop" and request.transport is not None:
            request.transport.abort()
        elif fault == "html":
            raise web.HTTPException(text="<html>login</html>", content_type="text/html")
        elif isinstance(fault, int):
            raise _Fault(fault)

    def _app_key(self, request: web.Request) -> None:
        key = request.headers.get("x-app-key", "")
        if not APP_KEY.fullmatch(key):
            raise _Fault(400)
        if key != self.settings.app_key:
            raise _Fault(401)


class _Fault(web.HTTPException):
    def __init__(self, status: int) -> None:
        self.status_code = status
        super().__init__(
            text="{}",
            content_type="application/json",
            headers={"Retry-After": "1"} if status == 429 else None,
        )


def problem(status: int, title: str, detail: str) -> web.Response:
    """An error as the specifications shape it (exceptionDetailType)."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")


def _basic(header: str) -> tuple[str, str] | None:
    try:
        user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
