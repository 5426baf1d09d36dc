"""Posts an event to an endpoint: small timeouts, no redirects, no cookies, a short look at the answer."""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

import aiohttp

from domain.errors import Permanent, Temporary
from domain.ports import Clock
from domain.webhooks import WebhookAnswer
from integrations.webhooks.guard import AddressRules, ForbiddenAddressError, GuardedResolver

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5, sock_read=10)
AGENT = "Concierge-Webhooks/1"
MOST_READ = 4096
LONGEST_WISH_S = 86_400.0


class HttpWebhooks:
    """A session of its own: it trusts no proxy of the environment, and each connection is resolved and checked anew."""

    def __init__(
        self,
        rules: AddressRules,
        clock: Clock,
        *,
        guard: Callable[[], None] = lambda: None,
        resolver: aiohttp.abc.AbstractResolver | None = None,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._guard = guard
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> None:
        """Refused("webhook-url", why=…) when this address may not be posted to."""
        self._rules.check(url)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """See :class:`domain.ports.webhooks.WebhookSender`."""
        self._guard()
        target = self._rules.check(url)
        sent = {**headers, "Content-Type": "application/json", "User-Agent": AGENT}
        began = time.monotonic()
        try:
            async with self._opened().post(
                target, data=body, headers=sent, allow_redirects=False
            ) as response:
                await response.content.read(MOST_READ)
                wish = self._wish(response.headers.get("Retry-After", ""))
                return WebhookAnswer(response.status, time.monotonic() - began, wish)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, ForbiddenAddressError):
                raise Permanent("webhook-address", target.host or "") from None
            raise Temporary("webhook-unreachable", type(error.os_error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Temporary("webhook-unreachable", type(error).__name__) from None

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(
                resolver=GuardedResolver(self._rules, self._resolver), use_dns_cache=False, limit=20
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=TIMEOUT,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

    def _wish(self, text: str) -> float | None:
        """``Retry-After`` in seconds, whichever of its two forms it has; at most a day."""
        if text.isascii() and text.isdigit() and len(text) < 8:
            return min(float(text), LONGEST_WISH_S)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            return None
        return min(max((moment - self._clock()).total_seconds(), 0.0), LONGEST_WISH_S)
