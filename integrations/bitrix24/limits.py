"""One limiter per portal (and egress address): every call of ours passes here before it is sent.

Three lanes share the portal's bucket (bucket.py): bulk work leaves a reserve, desk work leaves the last few, so a
reply to a person waits at most one leak interval. Method time ("operating") is metered per method and a method rests
before the portal blocks it. Documents: ``limits.md``, ``settings/performance/limits.md``.
"""

import asyncio
import heapq
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from itertools import count
from time import monotonic

from domain.errors import Temporary
from domain.ports import Lane
from integrations.bitrix24.bucket import Bucket, Flow, Sent
from integrations.bitrix24.operating import OperatingMeter

Sleep = Callable[[float], Awaitable[None]]
PATIENCE_S = 5.0
"""How long a call for a person waits for a resting method before it says "later"."""
QUIET_RESERVE = 3.0
"""What bulk work leaves where nobody talks; each recent call for a person adds one, up to the whole reserve."""
RECENT_S = 5.0
LOOK_S = 0.1
"""An answer may tell that there is room earlier than was thought."""
FEW = 4.0
GATHER_S = 0.05
"""Calls of so short a moment share one token when it is tight."""
EVENLY = 1.08
QUICK_TURNS = 1.0
LIGHT = 2
FLYING_MIN = 10
"""Bulk requests that may fly at once: what one tick of the bucket frees and a little, at least so many."""


class Share:
    """A part of the portal's budget that one purpose (polling) never exceeds over time."""

    def __init__(self, bucket: Flow, sleep: Sleep) -> None:
        self._bucket = bucket
        self._sleep = sleep

    async def take(self) -> None:
        """Wait until this purpose may make one more call."""
        while not self._bucket.take():
            await self._sleep(self._bucket.delay())

    @property
    def used(self) -> float:
        """0 = idle, 1 = the share is used up at this moment."""
        return 1.0 - self._bucket.tokens / self._bucket.capacity


@dataclass(frozen=True, slots=True)
class Budget:
    """How the portal's limits stand now; for metrics and for the budget meter on the page."""

    tokens: float
    capacity: float
    leak_per_s: float
    sent: int
    refused: int
    in_flight: int
    waiting: dict[int, int]  # lane -> calls
    window: int
    shares: dict[str, float]  # purpose -> used part, 0…1
    operating: dict[str, float]  # method -> used part of its time, 0…1
    paused: dict[str, float]  # method -> seconds until it may go on


class Limiter:
    """The portal's budget. Enterprise portals: capacity 250, leak 5 (a setting: webhooks can't ask for the plan)."""

    def __init__(
        self,
        *,
        capacity: float = 50,
        leak_per_s: float = 2.0,
        bulk_reserve: float = 10,
        desk_reserve: float = 3,
        max_in_flight: int | None = None,
        now: Callable[[], float] = monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.bucket = Bucket(capacity, leak_per_s, now)
        self.operating = OperatingMeter(now)
        reserves = {Lane.REPLY: 0.0, Lane.DESK: desk_reserve, Lane.BULK: bulk_reserve}
        self._reserve = {lane: min(reserve, capacity / 4) for lane, reserve in reserves.items()}
        self._people: deque[float] = deque(maxlen=16)  # when the last calls for people were sent
        self._now = now
        self._sleep = sleep
        self._queue: list[tuple[int, int]] = []  # (lane, ticket); the smallest goes first
        self._few = min(FEW, capacity / 8)
        self._even = Flow(QUICK_TURNS, leak_per_s / EVENLY, now)
        self._turns: dict[tuple[int, int], asyncio.Event] = {}
        self._tickets = count()
        self.window = max_in_flight or max(FLYING_MIN, math.ceil(1.25 * leak_per_s))
        """How many bulk requests may be on their way at once."""
        self._flying = asyncio.Semaphore(self.window)
        self._shares: dict[str, Share] = {}
        self._in_flight = 0
        self._sent = 0
        self._refused = 0

    def share(self, name: str, part: float) -> Share:
        """The meter of one purpose, e.g. ``share("poll", 0.25)``: a quarter of the calls over time."""
        if name not in self._shares:
            bucket = Flow(max(2.0, self.bucket.capacity * part / 2), self.bucket.leak_per_s * part, self._now)
            self._shares[name] = Share(bucket, self._sleep)
        return self._shares[name]

    def short(self, lane: int) -> bool:
        """True when a call of this lane would have to wait: the moment to put calls together."""
        return bool(self._ahead((lane, -1))) or not self.bucket.fits(self._left(lane))

    @property
    def crowded(self) -> bool:
        """True while bulk work waits: people's calls would use up what leaks, and it would never go on."""
        return any(lane == Lane.BULK for lane, _ in self._queue)

    @property
    def tight(self) -> bool:
        """True when people's calls had better go together: few tokens are left, or bulk work waits for one."""
        return self.crowded or not self.bucket.fits(self._few)

    async def even(self, waiting: Callable[[], int]) -> None:
        """Wait for the next turn of calls that go together; ``waiting`` tells how many would.

        A few go at once while there are tokens. Many leave evenly, over time a little less than the bucket leaks: the
        portal frees its tokens once a second, and spent at once, the next reply would wait a whole second. What is
        left over lets bulk work go on beside a talk that never ends.
        """
        if self.tight:
            await self._sleep(GATHER_S)
            while (waiting() > LIGHT or not self.bucket.fits(self._few / 2)) and not self._even.take():
                await self._sleep(self._even.delay())

    async def ready(self, lane: int) -> None:
        """Wait until a call of this lane would go at once; takes nothing."""
        while self.short(lane):
            await self._sleep(max(self.bucket.delay(self._left(lane), self._ahead((lane, -1))), 0.001))

    @asynccontextmanager
    async def slot(self, lane: int, methods: Sequence[str]) -> AsyncIterator[Sent]:
        """Wait for a turn, hold it while the request is on its way."""
        distinct = tuple(dict.fromkeys(methods))
        async with self._flying if lane == Lane.BULK else nullcontext():
            await self._wait_for_methods(distinct, lane)
            call = await self._wait_for_token(lane)
            if lane != Lane.BULK:
                self._people.append(call.at)
            self._in_flight += 1
            self._sent += 1
            try:
                yield call
            finally:
                self._in_flight -= 1
                self.operating.release(distinct)

    def refused(self) -> None:
        """The portal answered "too many calls" against our reckoning."""
        self._refused += 1
        self.bucket.refused()

    def budget(self) -> Budget:
        """The state of all limits, for people and metrics."""
        waiting: dict[int, int] = {}
        for lane, _ in self._queue:
            waiting[lane] = waiting.get(lane, 0) + 1
        bucket = self.bucket
        shares = {name: share.used for name, share in self._shares.items()}
        return Budget(
            max(0.0, bucket.tokens), bucket.capacity, bucket.leak_per_s, self._sent, self._refused,
            self._in_flight, waiting, self.window, shares, self.operating.used(), self.operating.paused(),
        )  # fmt: skip

    async def _wait_for_methods(self, methods: Sequence[str], lane: int) -> None:
        """Bulk work waits out a method's rest; for people it is a Temporary with the time to come back."""
        urgent = lane == Lane.REPLY
        while (delay := self.operating.delay(methods, urgent=urgent)) > 0:
            if lane != Lane.BULK and delay > PATIENCE_S:
                raise Temporary("bitrix-operating-limit", ", ".join(methods), retry_after_s=delay)
            await self._sleep(delay)
        self.operating.enter(methods)

    async def _wait_for_token(self, lane: int) -> Sent:
        """Strictly by lane, then by arrival: only the first in the queue looks at the bucket, the others at him."""
        ticket = (lane, next(self._tickets))
        heapq.heappush(self._queue, ticket)
        turn = self._turns[ticket] = asyncio.Event()
        try:
            while True:
                turn.clear()
                if self._queue[0] != ticket:
                    await turn.wait()
                elif (call := self.bucket.take(self._left(lane))) is not None:
                    return call
                else:
                    await self._sleep(min(max(self.bucket.delay(self._left(lane)), 0.001), LOOK_S))
        finally:
            self._queue.remove(ticket)
            heapq.heapify(self._queue)
            del self._turns[ticket]
            if self._queue:
                self._turns[self._queue[0]].set()

    def _left(self, lane: int) -> float:
        """What a call of this lane leaves in the bucket. Bulk work leaves the more, the more people are talking."""
        if lane != Lane.BULK:
            return self._reserve[lane]
        while self._people and self._people[0] < self._now() - RECENT_S:
            self._people.popleft()
        return min(self._reserve[lane], QUIET_RESERVE + len(self._people))

    def _ahead(self, ticket: tuple[int, int]) -> int:
        return sum(other < ticket for other in self._queue)
