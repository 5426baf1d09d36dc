"""One request to the XML Interface: packing, time limits, and every failure told in one of our three fates.

Name and password travel in the document, so no document stands in a log line or an exception.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

import aiohttp

from domain.errors import ConciergeError, Permanent, Refused, Temporary
from integrations.fidelio.patience import Patience
from integrations.fidelio.suite8 import packing, queries
from integrations.fidelio.suite8.answers import Answer, NotXml, Row, read
from integrations.fidelio.suite8.queries import Condition, Credentials

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 120.0
RETRY_AFTER_S = (1.0, 5.0)
"""Queries change nothing, so a passing fault is tried again after these pauses before anyone hears of it."""
SMALL_BYTES = 32 * 1024
"""Bigger answers are unpacked and parsed in a thread, so that the bot's replies don't wait."""

UNREACHABLE, REFUSED, ANSWER = "pms-unreachable", "pms-refused", "pms-answer"


class Suite8Client:
    """Asks one hotel's DataHandler. Requests go one after another: the interface serves a front desk, too."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        session: aiohttp.ClientSession,
        packed: bool = True,
        guard: Callable[[], None] | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
        retry_after_s: Sequence[float] = RETRY_AFTER_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``guard`` is called before each network call (wiring forbids open transactions there)."""
        self._url, self._credentials, self._session = url, credentials, session
        self._packed, self._guard = packed, guard
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=CONNECT_TIMEOUT_S)
        self._patience = Patience(retry_after_s, sleep)
        self.requests = 0
        self.server_time: datetime | None = None
        """The web server's clock in UTC as of the last answer (its Date header)."""
        self.encoding = "utf-8"
        """What the last answer's bytes were in."""

    async def query(
        self, req_type: str, fields: Sequence[str] = (), where: Condition | None = None
    ) -> list[Row]:
        """The rows of one query; not found (NG) is no rows.

        Raises Temporary (pms-unreachable, pms-answer), Permanent (pms-refused, pms-answer) or Refused (pms-answer).
        """
        body = queries.document(self._credentials, req_type, fields, where, self.requests + 1)
        return await self._patience.read(f"suite8 {req_type}", partial(self._once, req_type, body))

    async def _once(self, req_type: str, body: bytes) -> list[Row]:
        raw, content_type = await self._post(body)
        work = partial(_understand, raw, packed=packing.CONTENT_TYPE.lower() in content_type.lower())
        answer = work() if len(raw) < SMALL_BYTES else await asyncio.to_thread(work)
        self.encoding = answer.encoding
        if answer.status == "OK":
            return answer.rows
        if answer.status == "NG":
            return []
        raise _failure(answer, req_type)

    async def _post(self, body: bytes) -> tuple[bytes, str]:
        if self._guard is not None:
            self._guard()
        self.requests += 1
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        if self._packed:
            headers = {"Content-Type": packing.CONTENT_TYPE, **packing.ACCEPT}
            body = packing.pack(body)
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                raw = await _limited(response)
                self._note_time(response.headers.get("Date", ""))
                _check_http(response.status)
                return raw, response.headers.get("Content-Type", "")
        except TimeoutError as fault:
            raise Temporary(UNREACHABLE, "no answer in time") from fault
        except aiohttp.InvalidURL as fault:
            raise Permanent(UNREACHABLE, "the address is no URL") from fault
        except aiohttp.ClientError as fault:
            raise Temporary(UNREACHABLE, type(fault).__name__) from fault

    def _note_time(self, header: str) -> None:
        try:
            self.server_time = parsedate_to_datetime(header).astimezone(UTC)
        except ValueError:
            self.server_time = None


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    """The body, unless it grows beyond what the interface could sensibly send."""
    parts, size = [], 0
    async for part in response.content.iter_chunked(256 * 1024):
        size += len(part)
        if size > packing.MAX_BYTES:
            raise Permanent(ANSWER, "the answer is too big")
        parts.append(part)
    return b"".join(parts)


def _check_http(status: int) -> None:
    if status in (401, 403):
        raise Permanent(REFUSED, f"HTTP {status}")
    if status == 404:
        raise Permanent(ANSWER, "HTTP 404: no DataHandler at this address")
    if status == 429 or status >= 500:
        raise Temporary(ANSWER, f"HTTP {status}")
    if status != 200:
        raise Permanent(ANSWER, f"HTTP {status}")


def _understand(raw: bytes, *, packed: bool) -> Answer:
    """Bytes to rows. Temporary(pms-answer): what came is no answer, a repeat may bring one."""
    try:
        return read(packing.unpack(raw) if packed else raw)
    except packing.BrokenPack as fault:
        raise Temporary(ANSWER, f"broken ZIP ({fault})") from fault
    except NotXml as fault:
        raise Temporary(ANSWER, str(fault)) from fault


def _failure(answer: Answer, req_type: str) -> ConciergeError:
    """The interface's status as one of our fates. Its message may quote what we asked: it stays out of ours."""
    status = answer.status
    match status:
        case "IC":
            return Permanent(REFUSED, "wrong user name or password (IC)")
        case "AD":
            return Permanent(REFUSED, f"no right or licence for {req_type} (AD)", area=req_type)
        case "GF" | "RY" | "NA":  # general failure; retry; night audit
            return Temporary(ANSWER, f"{req_type}: {status}")
        case "GA" | "NP" | "CO":  # ambiguous guest; not allowed; credit limit
            return Refused(ANSWER, f"{req_type}: {status}")
        case _:  # UR no retry, IR invalid request, IA, and what no document names
            return Permanent(ANSWER, f"{req_type}: {status[:10]}")
