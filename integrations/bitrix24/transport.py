"""One HTTP request to the portal: the webhook's address, redirects by hand, time limits, downloads.

The webhook's address is a secret: it stands in no log line, no exception text and no repr.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
import orjson
from yarl import URL

from domain.chat import FileContent
from domain.errors import Permanent, Refused, Temporary
from integrations.bitrix24.decoder import Fault
from integrations.bitrix24.errors import Replay, lost

log = logging.getLogger(__name__)

USER_AGENT = "Concierge/0.1 (+https://bitrix24.com/rest)"
CONNECT_TIMEOUT_S = 5.0
CALL_TIMEOUT_S = 70.0
"""The portal ends a request after 60 s; hanging up before would make every slow write unclear."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_HOPS = 3


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a portal answers and as whom. ``base`` is the address before ``/rest/``."""

    base: str
    user_id: str
    code: str

    @classmethod
    def parse(cls, webhook_url: str) -> "Endpoint":
        """Read ``https://host/rest/1/code/``. Permanent("bitrix-webhook-url") when it isn't one."""
        parts = urlsplit(webhook_url.strip())
        base_path, found, rest = parts.path.rpartition("/rest/")
        user_id, _, code = rest.strip("/").partition("/")
        if not (found and user_id.isdigit() and code and "/" not in code and parts.hostname):
            raise Permanent("bitrix-webhook-url", "not of the form https://HOST/rest/USER/CODE/")
        if not allowed(webhook_url):
            raise Permanent("bitrix-webhook-url", "http is only for loopback addresses")
        return cls(f"{parts.scheme}://{parts.netloc}{base_path}", user_id, code)

    def url(self, method: str, *, v3: bool = False) -> str:
        """The address of a method; v3 methods live under ``/rest/api/``."""
        return f"{self.base}{self.path(method, v3=v3)}"

    def path(self, method: str, *, v3: bool = False) -> str:
        api = "/api" if v3 else ""
        return f"/rest{api}/{self.user_id}/{self.code}/{method}"

    def __repr__(self) -> str:
        return f"Endpoint({self.base!r}, user_id={self.user_id!r}, code=***)"


def allowed(url: str) -> bool:
    """True for https anywhere and for http towards this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    if host == "localhost":
        return parts.scheme == "http"
    try:
        return parts.scheme == "http" and ip_address(host).is_loopback
    except ValueError:
        return False


class Place(Protocol):
    """Where a portal answers and as whom we call it."""

    @property
    def base(self) -> str: ...

    @property
    def user_id(self) -> str: ...


class Transport:
    """Sends requests by webhook. ``on_moved`` hears the portal's new base address (no secret in it) after a redirect.

    What an app with tokens does besides stands in :mod:`integrations.bitrix24.app_transport`.
    """

    def __init__(
        self,
        endpoint: Place,
        session: aiohttp.ClientSession,
        *,
        on_moved: Callable[[str], None] | None = None,
    ) -> None:
        self.endpoint: Place = endpoint
        self._session = session
        self._on_moved = on_moved

    async def ready(self) -> int:
        """Which credentials the next request goes with: a webhook has one for good."""
        return 0

    async def renewed(self, pair: int, fault: Fault) -> bool:  # noqa: ARG002
        """Whether new credentials were got, so that a refused request is worth sending again."""
        return False

    async def heard(self, pair: int, fault: Fault | None) -> None:
        """What an answer means for the credentials: for a webhook nothing."""

    async def close(self) -> None:
        """Nothing runs beside the requests."""

    async def post(
        self,
        method: str,
        payload: object,
        *,
        replay: Replay,
        v3: bool = False,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> tuple[int, bytes]:
        """Status and body. Temporary when it was surely not sent, else what ``replay`` makes of a lost answer."""
        started = monotonic()
        status: int | None = None
        try:
            status, body = await self._post_following(method, payload, v3, headers, timeout_s)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Temporary(
                "bitrix-unreachable", f"{method}: {type(error).__name__}", retry_after_s=2.0
            ) from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            # `from None`: the cause's text would carry the address, and with it the webhook's code
            raise lost(method, replay, f"{method}: {type(error).__name__}") from None
        finally:
            took_ms = round((monotonic() - started) * 1000)
            log.debug("bitrix24 call", extra={"method": method, "ms": took_ms, "status": status})
        return status, body

    async def _post_following(
        self, method: str, payload: object, v3: bool, headers: Mapping[str, str] | None, timeout_s: float
    ) -> tuple[int, bytes]:
        body = orjson.dumps(payload)
        for _ in range(MAX_HOPS):
            endpoint = self.endpoint
            assert isinstance(endpoint, Endpoint)
            url = endpoint.url(method, v3=v3)
            status, answer, location = await self._once(url, body, headers, timeout_s)
            if location is None:
                return status, answer
            self._move(endpoint, url, location, endpoint.path(method, v3=v3))
        raise Permanent("bitrix-moved", f"{method}: more than {MAX_HOPS} redirects")

    async def _once(
        self, url: str, body: bytes, headers: Mapping[str, str] | None, timeout_s: float
    ) -> tuple[int, bytes, str | None]:
        """Status, body, and where a redirect points to; redirects are followed by hand, for they are POSTs."""
        all_headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        all_headers.update(headers or {})
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_TIMEOUT_S)
        async with self._session.post(
            url, data=body, headers=all_headers, timeout=timeout, allow_redirects=False
        ) as response:
            if response.status in REDIRECTS:
                return response.status, b"", response.headers.get("Location", "")
            return response.status, await response.read(), None

    def _move(self, endpoint: Endpoint, url: str, location: str, path: str) -> None:
        """The portal was renamed: remember the new host. Only the same path is followed, so the code stays in it."""
        target = urljoin(url, location)
        parts = urlsplit(target)
        if not allowed(target) or not parts.path.endswith(path):
            raise Permanent(
                "bitrix-moved", f"a redirect to {parts.hostname or 'nowhere'} that isn't this method"
            )
        base = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(path)}"
        self.endpoint = Endpoint(base, endpoint.user_id, endpoint.code)
        log.warning("bitrix24 portal moved", extra={"host": parts.hostname})
        if self._on_moved is not None:
            self._on_moved(base)

    async def download(self, url: str, *, max_bytes: int) -> FileContent:
        """Fetch a single-use link. Refused("file-too-large"), Permanent("file-gone"); the link is never logged."""
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Language": "ru,en"}
        try:
            for _ in range(MAX_HOPS + 1):
                if not allowed(url):
                    raise Permanent("file-gone", "a link that is neither https nor loopback")
                # encoded=True: the token in the link must not be encoded again
                async with self._session.get(
                    URL(url, encoded=True),
                    headers=headers,
                    timeout=_download_timeout(),
                    allow_redirects=False,
                ) as response:
                    if response.status in REDIRECTS:
                        url = urljoin(url, response.headers.get("Location", ""))
                        continue
                    return await _read_file(response, max_bytes)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise Temporary("bitrix-unavailable", f"download: {type(error).__name__}") from None
        raise Permanent("file-gone", "too many redirects")


def _download_timeout() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=300, sock_connect=CONNECT_TIMEOUT_S, sock_read=30)


async def _read_file(response: aiohttp.ClientResponse, max_bytes: int) -> FileContent:
    if response.status >= 500:
        raise Temporary("bitrix-unavailable", f"download: {response.status}")
    if response.status >= 400:
        raise Permanent("file-gone", f"download: {response.status}")
    data = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > max_bytes:
            raise Refused("file-too-large", limit_mb=max_bytes // (1 << 20))
    disposition = response.content_disposition
    name = disposition.filename if disposition and disposition.filename else ""
    return FileContent(name, bytes(data), response.content_type or "application/octet-stream")
