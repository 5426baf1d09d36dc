"""How often a token may call: a bucket each, in memory. Every replica has buckets of its own."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Pace:
    """``burst`` calls at once, ``per_s`` over time."""

    def __init__(self, per_s: float, burst: int, clock_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock_s = clock_s
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str) -> float:
        """Count a call; 0 when it may go ahead, else in how many seconds the next may."""
        now = self._clock_s()
        bucket = self._buckets.pop(who, None) or _Bucket(self._burst, now)
        self._buckets[who] = bucket  # the latest last
        if len(self._buckets) > MOST_KEPT:
            self._buckets.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + max(now - bucket.at, 0.0) * self._per_s)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self._per_s
        bucket.left -= 1
        return 0.0
