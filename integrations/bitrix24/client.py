"""The one way to call the portal: through the limiter, with errors already in our three fates.

Calls for people are put together into one batch when tokens run short, so a reply waits at most one leak interval
whatever the load; also while bulk work waits, which would starve beside a steady talk. A call refused at the door is
repeated here (it was not executed); a lost answer is repeated only when the call is SAFE, else it becomes Unclear
and its caller has to look.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from domain.chat import FileContent
from domain.errors import ConciergeError, Temporary, Unclear
from domain.ports import Lane
from integrations.bitrix24.batching import Command, CommandResult, read_batch
from integrations.bitrix24.coalescing import Coalescer
from integrations.bitrix24.decoder import Answer, Fault, decode
from integrations.bitrix24.encoding import command_key, encode_command
from integrations.bitrix24.errors import LIMIT_CODES, OPERATING_CODE, Replay, short_code, to_error
from integrations.bitrix24.limits import Limiter, Sleep
from integrations.bitrix24.transport import CALL_TIMEOUT_S, Endpoint, Transport

log = logging.getLogger(__name__)

BATCH_MAX = 50
REFUSED_TRIES = 6
LOST_TRIES = 3
FINAL = frozenset({"bitrix-operating-limit", "not-ours"})
"""What a repetition here would not change."""
ALONE = frozenset(
    {"imbot.v2.file.upload", "im.v2.file.upload", "disk.storage.uploadfile", "disk.folder.uploadfile"}
)
"""Methods with a file in them: too big for a batch's query strings."""
JOIN_CHARS = 10_000
"""Longer calls go alone; in a query a Cyrillic letter takes six bytes."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent, and under which names it counts at the limits."""

    method: str
    payload: object
    lane: int
    replay: Replay
    v3: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = CALL_TIMEOUT_S
    methods: tuple[str, ...] = ()

    @property
    def metered(self) -> tuple[str, ...]:
        return self.methods or (self.method,)


class BitrixClient:
    """One portal, by its inbound webhook or as an app installed there (then ``transport`` is given).

    All calls raise Refused, Temporary (Unclear) or Permanent. ``guard`` runs before each request (the wiring checks
    there that no transaction is open); ``on_moved`` hears the portal's new base address after a rename.
    """

    def __init__(
        self,
        webhook_url: str,
        *,
        session: aiohttp.ClientSession,
        limiter: Limiter,
        guard: Callable[[], None] | None = None,
        on_moved: Callable[[str], None] | None = None,
        sleep: Sleep = asyncio.sleep,
        transport: Transport | None = None,
    ) -> None:
        self.transport = transport or Transport(Endpoint.parse(webhook_url), session, on_moved=on_moved)
        self.limiter = limiter
        self.requests = 0
        """HTTP requests made so far."""
        self._sleep = sleep
        self._guard = guard
        self.may_send: Callable[[], None] | None = None
        """Called when a request leaves, after whatever wait; raises when the portal is another process's by then."""
        self._coalescer = Coalescer(self._gathered, self._send_together, limit=BATCH_MAX)

    @property
    def portal_url(self) -> str:
        """The portal's address for links, without a trailing slash and without secrets."""
        return self.transport.endpoint.base

    @property
    def user_id(self) -> str:
        """The user the webhook belongs to, or who has installed the app."""
        return self.transport.endpoint.user_id

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        lane: int = Lane.DESK,
        replay: Replay = Replay.UNSAFE,
        v3: bool = False,
        idempotency_key: str | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Any:
        """Call one method; returns its ``result``. ``idempotency_key``: 1-255 printable ASCII, v3 writes only."""
        answer = await self.ask(
            method,
            params,
            lane=lane,
            replay=replay,
            v3=v3,
            idempotency_key=idempotency_key,
            timeout_s=timeout_s,
        )
        return answer.result

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        lane: int = Lane.DESK,
        replay: Replay = Replay.UNSAFE,
        v3: bool = False,
        idempotency_key: str | None = None,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Answer:
        """As :meth:`call`, with the list's ``next`` and ``total`` and the timing."""
        self._check()
        payload = dict(params or {})
        may_join = lane != Lane.BULK and not v3 and self._joinable(method, payload)
        if may_join and (self._coalescer.waiting or self.limiter.tight):
            return await self._coalescer.submit(Command(method, payload, replay), lane)
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return await self._send(_Request(method, payload, lane, replay, v3, headers, timeout_s))

    async def batch(
        self, commands: Sequence[Command], *, lane: int = Lane.BULK, halt: bool = False
    ) -> list[CommandResult]:
        """Up to 50 commands in one request; the results stand in the order of the commands.

        A single command's failure is in its result. The whole raises only when the request itself failed;
        Unclear then means that any of the commands may have been executed, up to 60 s later.
        """
        if not commands:
            return []
        self._check()
        if len(commands) > BATCH_MAX:
            raise ValueError(f"{len(commands)} commands in a batch, at most {BATCH_MAX} are possible")
        return await self._send_batch(commands, lane, halt=halt)

    async def _send_batch(self, commands: Sequence[Command], lane: int, *, halt: bool) -> list[CommandResult]:
        unsafe = any(command.replay is Replay.UNSAFE for command in commands)
        payload = {
            "halt": int(halt),
            "cmd": {
                command_key(index): encode_command(command.method, command.params)
                for index, command in enumerate(commands)
            },
        }
        replay = Replay.UNSAFE if unsafe else Replay.SAFE
        methods = (*(command.method for command in commands), "batch")
        answer = await self._send(_Request("batch", payload, lane, replay, methods=methods))
        results = read_batch(commands, answer.result, halt=halt)
        for result in results:
            self._learn(result.command.method, result.answer, result.fault)
        return results

    async def download(self, url: str, *, max_bytes: int) -> FileContent:
        """Fetch a single-use link the portal gave. Refused("file-too-large"), Permanent("file-gone")."""
        self._check()
        return await self.transport.download(url, max_bytes=max_bytes)

    async def close(self) -> None:
        """Stop what runs beside the calls. The session belongs to whoever made it."""
        await self._coalescer.close()
        await self.transport.close()

    def _joinable(self, method: str, payload: Mapping[str, Any]) -> bool:
        """Small, and of a method that isn't resting: one resting method would hold up all that join it."""
        if method.lower() in ALONE or self.limiter.operating.delay([method]) > 0:
            return False
        return len(str(payload)) <= JOIN_CHARS

    def _check(self) -> None:
        """In the caller's own context: a joined call is sent from another task."""
        if self._guard is not None:
            self._guard()

    async def _send(self, request: _Request) -> Answer:
        """Send, and repeat what may be repeated."""
        refused = lost = 0
        renewed = False
        while True:
            credentials = await self.transport.ready()
            try:
                outcome = await self._once(request)
            except Temporary as error:
                lost += 1
                if isinstance(error, Unclear) or lost >= LOST_TRIES or error.code in FINAL:
                    raise
                await self._pause(lost)
                continue
            await self.transport.heard(credentials, outcome if isinstance(outcome, Fault) else None)
            if isinstance(outcome, Answer):
                return outcome
            if not renewed and await self.transport.renewed(credentials, outcome):
                renewed = True
                continue
            error_ = to_error(outcome, request.method, request.replay)
            if short_code(outcome.code) in LIMIT_CODES or outcome.status == 429:
                refused += 1
                if short_code(outcome.code) == OPERATING_CODE or refused >= REFUSED_TRIES:
                    raise error_
                self.limiter.refused()
                if refused > 1 or request.lane == Lane.BULK:  # the drained bucket alone is the first back-off
                    await self._pause(refused)
                continue
            lost += 1
            if not _worth_repeating(error_) or lost >= LOST_TRIES:
                raise error_
            await self._pause(lost)

    async def _once(self, request: _Request) -> Answer | Fault:
        async with self.limiter.slot(request.lane, request.metered) as sent:
            if self.may_send is not None:
                self.may_send()
            self.requests += 1
            status, body = await self.transport.post(
                request.method,
                request.payload,
                replay=request.replay,
                v3=request.v3,
                headers=request.headers,
                timeout_s=request.timeout_s,
            )
            outcome = decode(status, body)
            self._learn(request.method, outcome, outcome)
            if outcome.timing.started_at is not None:
                self.limiter.bucket.answered(sent, outcome.timing.started_at)
        if isinstance(outcome, Fault):
            log.info(
                "bitrix24 error",
                extra={"method": request.method, "status": status, "error": outcome.code[:80]},
            )
        return outcome

    def _learn(self, method: str, answer: Answer | Fault | None, fault: Answer | Fault | None) -> None:
        """Feed the meter of method time from one answer or one command's result."""
        if isinstance(fault, Fault) and short_code(fault.code) == OPERATING_CODE:
            self.limiter.operating.blocked(method, fault.timing)
        elif answer is not None:
            self.limiter.operating.note(method, answer.timing)

    async def _pause(self, attempt: int) -> None:
        """Back off: 1, 2, 4 … seconds, at most 10, ± a tenth so that replicas don't march in step."""
        seconds = min(10.0, 0.5 * 2**attempt)
        await self._sleep(seconds * random.uniform(0.9, 1.1))  # noqa: S311 - jitter

    async def _gathered(self, lane: int) -> None:
        """When a collection of calls may leave."""
        await self.limiter.even(lambda: self._coalescer.waiting)
        await self.limiter.ready(lane)

    async def _send_together(
        self, commands: Sequence[Command], lane: int
    ) -> Sequence[Answer | ConciergeError]:
        """The coalescer's way out: one command goes as itself, more go as a batch."""
        try:
            if len(commands) == 1:
                only = commands[0]
                return [await self._send(_Request(only.method, dict(only.params), lane, only.replay))]
            results = await self._send_batch(commands, lane, halt=False)
        except ConciergeError as error:
            return [_for_command(error, command) for command in commands]
        return [result.error or result.answer or Answer(None) for result in results]


def _worth_repeating(error: ConciergeError) -> bool:
    """A Temporary of a SAFE call without a long delay of its own."""
    return (
        isinstance(error, Temporary)
        and not isinstance(error, Unclear)
        and (error.retry_after_s is None or error.retry_after_s <= 10)
    )


def _for_command(error: ConciergeError, command: Command) -> ConciergeError:
    """A batch was lost: unclear for its writes, merely unlucky for its reads."""
    if isinstance(error, Unclear) and command.replay is Replay.SAFE:
        return Temporary("bitrix-unavailable", error.detail, retry_after_s=2.0)
    return error
