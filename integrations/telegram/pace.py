"""Keeps below Telegram's flood control, so that answers to people aren't held up by posts to the desk.

The FAQ's numbers: about one message a second per chat with short bursts, 20 a minute per group, 30 a second in all.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import Temporary
from domain.ports import Lane

CHAT_BURST, CHAT_PER_S = 4.0, 1.0
GROUP_BURST, GROUP_PER_S = 19.0, 19 / 60
OVERALL_BURST, OVERALL_PER_S = 28.0, 28.0
KEPT_FOR_REPLIES = {"all": 6.0, "group": 4.0, "chat": 1.0}
LONGEST_WAIT_S = 2.0
"""What a caller waits for here; beyond it the outbox does better."""
MANY_CHATS = 5000


@dataclass(slots=True)
class _Bucket:
    burst: float
    per_s: float
    level: float
    at: float

    def wait_s(self, now: float, kept: float) -> float:
        """Seconds until one token is there above ``kept``."""
        self.level = min(self.burst, self.level + (now - self.at) * self.per_s)
        self.at = now
        return max(0.0, (1.0 + kept - self.level) / self.per_s)


class Pace:
    """One bot's allowance. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._frozen: dict[str, float] = {}

    async def take(self, chat: str, lane: int) -> None:
        """Wait for this chat's turn; Temporary("telegram-flood") when it is too far away."""
        wait_s = self.reserve(chat, lane)
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def reserve(self, chat: str, lane: int) -> float:
        """Charge one message; how long to wait before it is sent."""
        now = self._clock()
        wait_s = self._frozen.get(chat, 0.0) - now
        if wait_s <= 0:
            self._frozen.pop(chat, None)
            wait_s = 0.0
        buckets = self._for(chat, now)
        for kind, bucket in buckets.items():
            kept = 0.0 if lane == Lane.REPLY else KEPT_FOR_REPLIES[kind]
            wait_s = max(wait_s, bucket.wait_s(now, kept))
        if wait_s > LONGEST_WAIT_S:
            raise Temporary("telegram-flood", "held back before Telegram would", retry_after_s=wait_s)
        for bucket in buckets.values():
            bucket.level -= 1.0
        return wait_s

    def freeze(self, chat: str, seconds: float) -> None:
        """Telegram refused: nothing goes there before the time it named."""
        self._frozen[chat] = self._clock() + seconds

    def _for(self, chat: str, now: float) -> dict[str, _Bucket]:
        found = {
            "all": self._bucket("", OVERALL_BURST, OVERALL_PER_S, now),
            "chat": self._bucket(chat, CHAT_BURST, CHAT_PER_S, now),
        }
        if chat.startswith("-"):
            found["group"] = self._bucket(f"group:{chat}", GROUP_BURST, GROUP_PER_S, now)
        return found

    def _bucket(self, key: str, burst: float, per_s: float, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(burst, per_s, burst, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > MANY_CHATS:
            self._buckets.popitem(last=False)
        return bucket
