"""Flood control as the Bot API FAQ tells it: ~1 message a second per chat, 20 a minute per group, 30 a second in all.

The FAQ allows "short bursts" without saying how short; ``CHAT_BURST`` is our choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

CHAT_BURST = 5
CHAT_PER_S = 1.0
GROUP_PER_MIN = 20
OVERALL_PER_S = 30


@dataclass(slots=True)
class _Bucket:
    capacity: float
    per_s: float
    level: float
    at: float

    def wait_s(self, cost: float, now: float) -> float:
        """Seconds until ``cost`` fits; an oversized cost needs a full bucket."""
        self.level = min(self.capacity, self.level + (now - self.at) * self.per_s)
        self.at = now
        missing = min(cost, self.capacity) - self.level
        return max(0.0, missing / self.per_s)


class Limits:
    """``scale`` multiplies every allowance; 0 switches flood control off."""

    def __init__(self, clock: Callable[[], float], scale: float = 1.0) -> None:
        self._clock = clock
        self._scale = scale
        self._buckets: dict[str, _Bucket] = {}

    @property
    def scale(self) -> float:
        return self._scale

    @scale.setter
    def scale(self, value: float) -> None:
        self._scale = value
        self._buckets.clear()

    def take(self, chat_id: int, messages: int = 1) -> int:
        """Charge one call that sends ``messages``; 0 = it may pass, else the seconds to wait (nothing charged)."""
        if self._scale <= 0:
            return 0
        now = self._clock()
        charges = [
            (self._bucket("all", OVERALL_PER_S, OVERALL_PER_S, now), 1.0),
            (self._bucket(f"chat:{chat_id}", CHAT_BURST, CHAT_PER_S, now), 1.0),
        ]
        if chat_id < 0:
            group = self._bucket(f"group:{chat_id}", GROUP_PER_MIN, GROUP_PER_MIN / 60, now)
            charges.append((group, float(messages)))
        wait_s = max(bucket.wait_s(cost, now) for bucket, cost in charges)
        if wait_s > 0:
            return max(1, math.ceil(wait_s))
        for bucket, cost in charges:
            bucket.level -= cost
        return 0

    def _bucket(self, key: str, capacity: float, per_s: float, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            size = max(1.0, capacity * self._scale)
            bucket = self._buckets[key] = _Bucket(size, per_s * self._scale, size, now)
        return bucket
