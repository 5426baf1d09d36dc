"""Puts calls together that would wait for a token anyway: fifty of them then cost one.

Calls join until the moment a token is free. So the wait for an answer is bounded by one leak interval (1/Y) up to
50 x Y calls a second, where calls in single file would queue for minutes.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from domain.errors import ConciergeError
from integrations.bitrix24.batching import Command
from integrations.bitrix24.decoder import Answer

SendTogether = Callable[[Sequence[Command], int], Awaitable[Sequence[Answer | ConciergeError]]]


@dataclass(order=True, slots=True)
class _Waiting:
    lane: int
    ticket: int
    command: Command = field(compare=False)
    future: "asyncio.Future[Answer]" = field(compare=False)


class Coalescer:
    """``ready(lane)`` returns when a token of that lane is free; ``send`` answers in the order of its commands."""

    def __init__(self, ready: Callable[[int], Awaitable[None]], send: SendTogether, *, limit: int) -> None:
        self._ready = ready
        self._send = send
        self._limit = limit
        self._queue: list[_Waiting] = []
        self._tickets = count()
        self._collector: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """Calls that wait to be sent together."""
        return len(self._queue)

    async def submit(self, command: Command, lane: int) -> Answer:
        """Join the next collection and wait for this command's own answer or error."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, _Waiting(lane, next(self._tickets), command, future))
        if self._collector is None or self._collector.done():
            self._collector = asyncio.create_task(self._collect())
        return await future

    async def close(self) -> None:
        """Stop; calls that wait are cancelled."""
        tasks = [*self._sending, *([self._collector] if self._collector else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for item in self._queue:
            item.future.cancel()
        self._queue.clear()

    async def _collect(self) -> None:
        """One collection per token; the next one is collected while the last is on its way."""
        while self._queue:
            await self._ready(self._queue[0].lane)
            items = self._take()
            if not items:
                continue
            task = asyncio.create_task(self._deliver(items))
            self._sending.add(task)
            task.add_done_callback(lambda done, items=items: self._sent(done, items))  # type: ignore[misc]
            await asyncio.sleep(0)  # let it take its token before the next look at the bucket

    def _take(self) -> list[_Waiting]:
        """The most urgent calls that still have somebody waiting for them."""
        items: list[_Waiting] = []
        while self._queue and len(items) < self._limit:
            item = heapq.heappop(self._queue)
            if not item.future.done():
                items.append(item)
        return items

    async def _deliver(self, items: Sequence[_Waiting]) -> None:
        lane = min(item.lane for item in items)
        outcomes = await self._send([item.command for item in items], lane)
        for item, outcome in zip(items, outcomes, strict=True):
            if item.future.done():
                continue
            if isinstance(outcome, ConciergeError):
                item.future.set_exception(outcome)
            else:
                item.future.set_result(outcome)

    def _sent(self, task: "asyncio.Task[None]", items: Sequence[_Waiting]) -> None:
        """Nobody may wait for ever: a broken or cancelled delivery ends its calls too."""
        self._sending.discard(task)
        error = None if task.cancelled() else task.exception()
        for item in items:
            if not item.future.done():
                if error is None:
                    item.future.cancel()
                else:
                    item.future.set_exception(error)
