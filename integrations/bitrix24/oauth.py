"""How an installed app proves itself: pairs of tokens from the vendor's authorisation servers.

A refresh token is good once. So one task of one replica refreshes at a time, only after the portal said
``expired_token`` (refreshing by timer gets apps blocked), and the new pair is stored before anybody uses it. A portal
that doesn't let us in any more rests: nothing is sent to it, but now and then a try.
Documents: ``settings/oauth/{index,auto-renewal,error-codes}.md``, ``settings/how-to-call-rest-api/change-domen.md``.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from domain.errors import ConciergeError, Permanent, Temporary
from domain.installations import AuthServer, Granted, Tokens, TokenStore
from integrations.bitrix24.decoder import Fault, as_bool, as_float, as_map, as_text, read_error
from integrations.bitrix24.errors import our_code, scrub, short_code
from integrations.bitrix24.limits import Sleep
from integrations.bitrix24.transport import CONNECT_TIMEOUT_S, USER_AGENT, allowed

log = logging.getLogger(__name__)

REFRESH_TIMEOUT_S = 10.0
TRIES = 2
WAIT_S, WAITS = 0.1, 300
"""For another replica that is refreshing."""
CLOSED_S = 600.0
"""How long a portal that doesn't let us in is left alone."""
LOOK_S = 15.0
"""How often, meanwhile, we look whether another replica has got a new pair: it was installed again, or opened."""
EXPIRED = "EXPIRED_TOKEN"
DEAD_GRANT = "bitrix-grant-dead"
_DEAD = frozenset({"INVALID_GRANT", "NO_AUTH_FOUND", "INVALID_TOKEN"})
_CLIENT = frozenset({"INVALID_CLIENT", "INVALID_REQUEST", "INVALID_SCOPE", "APPLICATION_NOT_FOUND"})
_CLOSED = frozenset(
    {"PAYMENT_REQUIRED", "PORTAL_DELETED", "NO_AUTH_FOUND", "INVALID_TOKEN", "INVALID_GRANT", "ERROR_OAUTH",
     "APPLICATION_NOT_FOUND", "AUTHORIZATION_ERROR", "INVALID_CREDENTIALS", "USER_ACCESS_ERROR"}
)  # fmt: skip
"""Answers to any call that mean: not this app, not now, whatever it asks."""


class BitrixAuthServer:
    """The authorisation servers we believe. Only here does ``client_secret`` leave the house."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        client_id: str,
        client_secret: str,
        servers: Sequence[str],
        guard: Callable[[], None] | None = None,
    ) -> None:
        self.client_id = client_id
        self.servers = tuple(server.rstrip("/") for server in servers)
        self._session = session
        self._secret = client_secret
        self._guard = guard

    def trusted(self, server_endpoint: str) -> str:
        """The server of an endpoint such as ``https://oauth.bitrix.info/rest/``; Permanent unless it is allowed."""
        parts = urlsplit(server_endpoint)
        server = f"{parts.scheme}://{parts.netloc}"
        if server not in self.servers or not allowed(server_endpoint):
            raise Permanent("bitrix-auth-server", parts.hostname or "no address")
        return server

    async def refresh(self, refresh_token: str, server_endpoint: str) -> Granted:
        """A new pair for an old one. Permanent("bitrix-grant-dead" | "bitrix-client-refused" |
        "bitrix-payment-required"), Temporary("bitrix-auth-unavailable").
        """
        server = self.trusted(server_endpoint)
        form = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self._secret,
            "refresh_token": refresh_token,
        }
        if self._guard is not None:
            self._guard()
        for attempt in range(TRIES):
            try:
                return self._granted(await self._post(f"{server}/oauth/token/", form), server)
            except Temporary:
                if attempt + 1 == TRIES:
                    raise
        raise AssertionError

    async def is_admin(self, granted: Granted) -> bool:
        """By ``profile`` at the portal that the server has named."""
        answer = await self._post(f"{granted.client_endpoint}profile", {"auth": granted.access_token})
        return as_bool(as_map(answer.get("result")).get("ADMIN"))

    async def _post(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        """A form, not a query: queries stand in access logs."""
        timeout = aiohttp.ClientTimeout(total=REFRESH_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S)
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        try:
            async with self._session.post(
                url, data=form, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise _unavailable(type(error).__name__) from None
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise _unavailable(f"{status}, no JSON") from None
        document = as_map(answer)
        if "error" in document or status >= 400:
            raise _fate(status, *read_error(document.get("error", ""), document.get("error_description")))
        return document

    def _granted(self, answer: Mapping[str, Any], server: str) -> Granted:
        client_endpoint, member_id = as_text(answer.get("client_endpoint")), as_text(answer.get("member_id"))
        access, refresh = as_text(answer.get("access_token")), as_text(answer.get("refresh_token"))
        if not (access and refresh and member_id and client_endpoint.rstrip("/").endswith("/rest")):
            raise _unavailable("an answer without tokens")
        if not allowed(client_endpoint):
            raise Permanent("bitrix-auth-server", "a portal without https")
        given = as_text(answer.get("server_endpoint")) or f"{server}/rest/"
        return Granted(
            access_token=access,
            refresh_token=refresh,
            expires_in_s=as_float(answer.get("expires_in")) or 3600.0,
            member_id=member_id,
            client_endpoint=client_endpoint.rstrip("/") + "/",
            # A server that sends us on to a stranger isn't followed: we stay with the one that answered.
            server_endpoint=given if self._is_trusted(given) else f"{server}/rest/",
            user_id=as_text(answer.get("user_id")),
            scopes=tuple(as_text(answer.get("scope")).replace(",", " ").split()),
            status=as_text(answer.get("status")),
        )

    def _is_trusted(self, endpoint: str) -> bool:
        try:
            return bool(self.trusted(endpoint))
        except Permanent:
            return False


def _unavailable(detail: str) -> Temporary:
    return Temporary("bitrix-auth-unavailable", detail, retry_after_s=10.0)


def _fate(status: int, code: str, text: str) -> ConciergeError:
    """``settings/oauth/error-codes.md``; what isn't in it and isn't a 4xx may pass."""
    short, detail = short_code(code), f"{status} {scrub(code)} {scrub(text)}".rstrip()
    if short in _DEAD:
        return Permanent(DEAD_GRANT, detail)
    if short in _CLIENT:
        return Permanent("bitrix-client-refused", detail)
    if short == "PAYMENT_REQUIRED":
        return Permanent("bitrix-payment-required", detail)
    if short == "PORTAL_DELETED":
        return Permanent("bitrix-portal-deleted", detail)
    if status >= 500 or status == 429 or not short:
        return _unavailable(detail)
    return Permanent(our_code(code), detail)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A portal that is left alone until ``until`` on the monotonic clock, and why."""

    code: str
    until: float


@dataclass(slots=True)
class Authority:
    """One portal's pair in this process: who calls the portal asks here for the token, and for a newer one.

    ``on_moved`` hears of a new address, which only the authorisation server can tell.
    """

    store: TokenStore
    server: AuthServer
    others: Sequence[str] = ()
    """Authorisation servers to ask when the stored one knows nothing of a grant: portals have moved between them."""
    on_moved: Callable[[str], None] | None = None
    sleep: Sleep = asyncio.sleep
    now: Callable[[], float] = monotonic
    known: Tokens | None = None
    _rest: _Rest | None = None
    _looked_at: float = field(default=0.0)
    _renewing: asyncio.Task[Tokens] | None = None

    async def ready(self) -> Tokens:
        """The pair to call with. Temporary while the portal rests."""
        if self._rest is not None:
            await self._look()
        if self._rest is not None:
            raise self._resting(self._rest)
        if self.known is None:
            self.known = await self.store.load()
        return self.known

    async def renew(self, stale: int) -> Tokens:
        """A newer pair than ``stale``; whoever asks while one is being fetched gets the same."""
        if self.known is not None and self.known.pair > stale:
            return self.known
        if self._rest is not None:
            raise self._resting(self._rest)
        if self._renewing is None:
            # A task of its own: whoever waits may be cancelled, the pair the server has just given must be stored.
            self._renewing = asyncio.create_task(self._renew(stale))
            self._renewing.add_done_callback(self._renewed)
        return await asyncio.shield(self._renewing)

    async def heard(self, pair: int, fault: Fault | None) -> None:
        """What the portal answered to a call with this pair: it proves the pair, or that we are let in no more."""
        known = self.known
        if known is None or known.pair != pair:
            return
        if fault is None:
            if known.former is not None or known.broken:
                await self.store.proved(pair)
                self.known = replace(known, former=None, broken=False)
        elif short_code(fault.code) in _CLOSED:
            code = our_code(fault.code)
            await self.close_for(pair, DEAD_GRANT if code == "bitrix-no-auth" else code)

    async def close_for(self, pair: int, code: str) -> None:
        """Leave the portal alone for a while, and tell the others why."""
        self._rest, self._looked_at = _Rest(code, self.now() + CLOSED_S), self.now()
        log.warning("bitrix24 portal closed to us", extra={"error": code})
        await self.store.broken(pair, code)
        if self.known is not None:
            self.known = replace(self.known, broken=True)

    async def finish(self) -> None:
        """Let a refresh that is under way end: its pair would be lost."""
        if self._renewing is not None:
            await asyncio.wait([self._renewing])

    # --- refreshing ---------------------------------------------------------------------------------------

    def _renewed(self, task: asyncio.Task[Tokens]) -> None:
        self._renewing = None
        if not task.cancelled():
            task.exception()  # those who waited have it, too; there may be none left

    async def _renew(self, stale: int) -> Tokens:
        for _ in range(WAITS):
            tokens = await self.store.load()
            if tokens.pair > stale:
                return self._take(tokens)
            fence = await self.store.begin()
            if fence is not None:
                return await self._in_turn(fence, stale)
            await self.sleep(WAIT_S)
        raise Temporary("bitrix-auth-unavailable", "another replica is refreshing", retry_after_s=5.0)

    async def _in_turn(self, fence: int, stale: int) -> Tokens:
        tokens = await self.store.load()  # whoever had the turn before us may just have stored a new one
        try:
            if tokens.pair > stale:
                await self.store.end(fence)
                return self._take(tokens)
            granted = await self._ask(tokens)
        except ConciergeError as error:
            await self.store.end(fence)
            if isinstance(error, Permanent):
                await self.close_for(tokens.pair, error.code)
                assert self._rest is not None
                raise self._resting(self._rest) from error
            raise
        return self._take(await self.store.store(fence, granted))

    async def _ask(self, tokens: Tokens) -> Granted:
        """The stored pair at its server, then at the others, then the pair before: a crash may have lost the last."""
        refusal: Permanent | None = None
        for refresh_token, server in self._ways(tokens):
            try:
                granted = await self.server.refresh(refresh_token, server)
            except Permanent as error:
                if error.code != DEAD_GRANT:
                    raise
                refusal = refusal or error
                continue
            if granted.member_id != tokens.member_id:
                raise Permanent("bitrix-not-installed", "the authorisation server speaks of another portal")
            return granted
        assert refusal is not None
        raise refusal

    def _ways(self, tokens: Tokens) -> Iterator[tuple[str, str]]:
        yield tokens.refresh_token, tokens.server_endpoint
        mine = urlsplit(tokens.server_endpoint).netloc
        for other in self.others:
            if urlsplit(other).netloc != mine:
                yield tokens.refresh_token, f"{other.rstrip('/')}/rest/"
        if tokens.former is not None:
            yield tokens.former, tokens.server_endpoint

    def _take(self, tokens: Tokens) -> Tokens:
        before, self.known = self.known, tokens
        if before is not None and before.client_endpoint != tokens.client_endpoint:
            host = urlsplit(tokens.client_endpoint).hostname
            log.warning("bitrix24 portal moved", extra={"host": host})
            if self.on_moved is not None:
                self.on_moved(tokens.client_endpoint)
        return tokens

    # --- resting ------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        """Whether the rest is over: by time, or because there is a new pair."""
        assert self._rest is not None
        now = self.now()
        if now < self._rest.until and now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        tokens = await self.store.load()
        is_newer = self.known is None or tokens.pair != self.known.pair
        if is_newer or not tokens.broken or now >= self._rest.until:
            self._rest = None
            self._take(tokens)

    def _resting(self, rest: _Rest) -> Temporary:
        wait_s = max(1.0, rest.until - self.now())
        return Temporary(rest.code, "the portal doesn't let us in", retry_after_s=min(wait_s, LOOK_S * 4))
