"""One gateway of OHIP: the token, the headers every call carries, the pace, and each failure as one of our fates."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp
import orjson

from domain.errors import Permanent, Temporary
from integrations.fidelio.patience import Patience

UNREACHABLE, REFUSED, ANSWER = "pms-unreachable", "pms-refused", "pms-answer"
TIMEOUT = aiohttp.ClientTimeout(total=60.0, connect=5.0)
RETRY_AFTER_S = (1.0, 5.0, 15.0)
MAX_BYTES = 64 << 20
CALLS_PER_S = 25.0
"""Half of the gateway's sustained 50 a second: other vendors' calls count against the same limit."""
TOKEN_SPARE_S = 60.0
"""A token is renewed this long before it runs out."""

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Access:
    """How an application may call: client credentials, or an integration user's name and password besides."""

    client_id: str
    client_secret: str
    app_key: str
    hotel_id: str
    scope: str = ""
    enterprise_id: str = ""
    username: str = ""
    password: str = ""

    @property
    def form(self) -> dict[str, str]:
        """The body of the token request."""
        if self.username:
            return {"grant_type": "password", "username": self.username, "password": self.password}
        return {"grant_type": "client_credentials", **({"scope": self.scope} if self.scope else {})}


class OhipClient:
    """Asks one hotel's gateway. Calls go one after another at half the gateway's pace."""

    def __init__(
        self,
        url: str,
        access: Access,
        *,
        session: aiohttp.ClientSession,
        guard: Callable[[], None] | None = None,
        retry_after_s: Sequence[float] = RETRY_AFTER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``guard`` is called before each network call (wiring forbids open transactions there)."""
        self._url, self._access, self._session = url.rstrip("/"), access, session
        self._guard, self._sleep = guard, sleep
        self._patience = Patience(retry_after_s, sleep)
        self._token, self._token_until, self._next_at = "", 0.0, 0.0
        self.requests = 0
        self.server_time: datetime | None = None
        """The gateway's clock in UTC as of the last answer (its Date header)."""

    async def get(self, path: str, params: Params = ()) -> Mapping[str, Any]:
        """A JSON answer; 204 is an empty one.

        Raises Temporary (pms-unreachable, pms-answer) or Permanent (pms-refused, pms-answer).
        """
        return await self._patience.read("ohip", partial(self._get, path, params))

    async def _get(self, path: str, params: Params) -> Mapping[str, Any]:
        status, headers, body = await self._authorised(path, params)
        if status == 401:  # the token was taken back before its time: once more with a new one
            self._token = ""
            status, headers, body = await self._authorised(path, params)
        if status == 204:
            return {}
        _check(status, headers)
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as fault:
            raise Temporary(ANSWER, "no JSON") from fault
        if not isinstance(answer, dict):
            raise Temporary(ANSWER, "no JSON object")
        return answer

    async def _authorised(self, path: str, params: Params) -> tuple[int, Mapping[str, str], bytes]:
        headers = {
            "Authorization": f"Bearer {await self._fresh_token()}",
            "x-app-key": self._access.app_key,
            "x-hotelid": self._access.hotel_id,
            "Accept": "application/json",
        }
        return await self._call("GET", path, headers=headers, params=list(params))

    async def _fresh_token(self) -> str:
        """The token at hand, or a new one when it is about to run out."""
        now = asyncio.get_running_loop().time()
        if self._token and now < self._token_until:
            return self._token
        access = self._access
        known = aiohttp.encode_basic_auth(access.client_id, access.client_secret)
        headers = {"Authorization": known, "x-app-key": access.app_key}
        if access.enterprise_id:
            headers["enterpriseId"] = access.enterprise_id
        status, answered, body = await self._call(
            "POST", "/oauth/v1/tokens", headers=headers, data=access.form
        )
        if status in (400, 401, 403):
            raise Permanent(REFUSED, f"token: HTTP {status}")
        _check(status, answered)
        try:
            told = orjson.loads(body)
            self._token = str(told["access_token"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as fault:
            raise Temporary(ANSWER, "token: no access_token") from fault
        self._token_until = now + float(told.get("expires_in", 3600)) - TOKEN_SPARE_S
        return self._token

    async def _call(self, method: str, path: str, **more: Any) -> tuple[int, Mapping[str, str], bytes]:
        if self._guard is not None:
            self._guard()
        await self._pace()
        self.requests += 1
        try:
            async with self._session.request(
                method, f"{self._url}{path}", timeout=TIMEOUT, allow_redirects=False, **more
            ) as response:
                body = await response.content.read(MAX_BYTES + 1)
                while not response.content.at_eof() and len(body) <= MAX_BYTES:
                    body += await response.content.read(MAX_BYTES)
                self._note_time(response.headers.get("Date", ""))
                return response.status, response.headers, body
        except TimeoutError as fault:
            raise Temporary(UNREACHABLE, "no answer in time") from fault
        except aiohttp.InvalidURL as fault:
            raise Permanent(UNREACHABLE, "the address is no URL") from fault
        except aiohttp.ClientError as fault:
            raise Temporary(UNREACHABLE, type(fault).__name__) from fault

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_at:
            await self._sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / CALLS_PER_S

    def _note_time(self, header: str) -> None:
        try:
            self.server_time = parsedate_to_datetime(header).astimezone(UTC)
        except (TypeError, ValueError):
            self.server_time = None


def _check(status: int, headers: Mapping[str, str]) -> None:
    if status in (401, 403):
        raise Permanent(REFUSED, f"HTTP {status}")
    if status == 429 or status >= 500:
        wait = headers.get("Retry-After", "")
        raise Temporary(ANSWER, f"HTTP {status}", retry_after_s=float(wait) if wait.isdecimal() else None)
    if status != 200:
        raise Permanent(ANSWER, f"HTTP {status}")
