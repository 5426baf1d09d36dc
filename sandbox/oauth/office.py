"""The cloud as portals see it: who a token is, what an event's `auth` holds, and the queue server that posts once."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.oauth.state import Cloud
from sandbox.portal.applications import Application
from sandbox.portal.botting import POST_TIMEOUT_S
from sandbox.portal.calls import RestError
from sandbox.portal.forms import encode
from sandbox.portal.people import users
from sandbox.portal.state import Portal
from sandbox.portal.stores import Document

DELIVERIES_KEPT = 100
_SECRET = re.compile(r"(?<=[?&])[^=&#]+=[^&#]*")


@dataclass
class Delivery:
    """One post: `status` 0 is «nobody answered in time»."""

    at: str
    event: str
    url: str
    status: int


@dataclass
class Posted:
    """What a server or a page answered to a post."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class CloudOffice:
    """See applications.Office; one for all portals."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._session: aiohttp.ClientSession | None = None
        self._deliveries: dict[str, deque[Delivery]] = {}
        cloud.on_build.append(self._serve)

    def _serve(self, portal: Portal) -> None:
        portal.office = self

    def application(self, portal: Portal, client_id: str) -> Application | None:
        installation = self._cloud.installation(client_id, portal.config.member_id)
        return None if installation is None else self._as_application(installation)

    def _as_application(self, installation: Document) -> Application:
        app = self._cloud.app(installation["client_id"])
        return Application(
            client_id=app["id"],
            code=app["code"],
            title=app["title"],
            version=installation["version"],
            status=app["status"],
            scopes=("basic", *installation["scopes"]),
            local_id=installation["serial"],
            installed=installation["installed"],
            application_token=installation["application_token"],
            user_id=installation["user_id"],
            payment_expired=installation["payment_required"],
        )

    def admit(self, portal: Portal, token: str) -> tuple[Application, int]:
        """RestError 401 NO_AUTH_FOUND, expired_token, ERROR_OAUTH (deleted application), 402, 403."""
        grant = self._cloud.tokens.by_access(token)
        if grant is None or grant["member_id"] != portal.config.member_id:
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        installation = self._cloud.installation(grant["client_id"], grant["member_id"])
        if installation is None or installation["serial"] != grant["serial"]:
            # documents silent: what a deleted application's token is answered; the code is an on-premise example's
            raise RestError("ERROR_OAUTH", "Application not installed", 401)
        if grant["until"] <= self._cloud.timestamp():
            raise RestError("expired_token", "The access token provided has expired", 401)
        if installation["payment_required"]:
            raise RestError("PAYMENT_REQUIRED", "Payment required", 402)  # documents silent: the status
        user = users(portal).get(grant["user_id"])
        if user is None or not user["active"]:
            raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", 403)
        return self._as_application(installation), grant["user_id"]

    def auth(
        self,
        portal: Portal,
        application: Application,
        user_id: int | None,
        *,
        scope: str | None = None,
        refresh: bool = False,
    ) -> dict[str, Any]:
        """Tokens (for a living user), then where they count and the application's own token."""
        member_id = portal.config.member_id
        installation = self._cloud.installation(application.client_id, member_id)
        entry = self._cloud.portals.get(member_id)
        assert entry is not None
        auth: dict[str, Any] = {}
        user = users(portal).get(user_id) if user_id else None
        if installation is not None and user is not None and user["active"]:
            tokens = self._cloud.tokens
            grant = (
                tokens.issue(installation, user["id"])
                if refresh
                else tokens.passing(installation, user["id"])
            )
            auth |= {
                "access_token": grant["id"],
                "expires": int(grant["until"]),
                "expires_in": int(grant["until"] - self._cloud.timestamp()),
                "user_id": user["id"],
            }
            if refresh:
                auth["refresh_token"] = grant["refresh"]
        scopes = ",".join(name for name in application.scopes if name != "basic")
        return {
            **auth,
            "scope": scopes if scope is None else scope,
            "domain": self._cloud.domain(entry),
            "server_endpoint": self._cloud.server_endpoint(),
            "status": application.status,
            "client_endpoint": self._cloud.client_endpoint(entry),
            "member_id": member_id,
            "application_token": application.application_token,
        }

    async def post(self, portal: Portal, url: str, body: dict[str, Any]) -> int:
        """An event's post, noted in the portal's log of deliveries."""
        posted = await self.post_form(url, encode(body))
        kept = self._deliveries.setdefault(portal.config.member_id, deque(maxlen=DELIVERIES_KEPT))
        kept.append(
            Delivery(portal.now_iso(), str(body.get("event", "")), _SECRET.sub("…", url), posted.status)
        )
        return posted.status

    def deliveries(self, member_id: str) -> list[Delivery]:
        return list(self._deliveries.get(member_id, ()))

    async def post_form(self, url: str, form: list[tuple[str, str]]) -> Posted:
        """One form post without following redirects, as servers and browsers send it."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=POST_TIMEOUT_S)
            connector = aiohttp.TCPConnector(limit=200)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            )
        try:
            async with self._session.post(url, data=form, allow_redirects=False) as answer:
                raw = await answer.read()
                text = raw.decode(answer.charset or "utf-8", errors="replace")
                return Posted(answer.status, dict(answer.headers), text)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return Posted(0)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
