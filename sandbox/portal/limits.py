"""The two limits of the cloud: a leaky bucket of requests and a meter of execution time per method.

Source documents: limits.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sandbox.portal.calls import RestError

if TYPE_CHECKING:
    from sandbox.portal.state import PortalConfig

BASKETS = 10


@dataclass
class Bucket:
    """A request adds one; `leak` goes away once per second; above `capacity` a request is refused."""

    level: float = 0.0
    leaked_at: float = 0.0


@dataclass
class Basket:
    """One minute of one method: it is forgotten a whole window after its first call."""

    started_at: float
    seconds: float = 0.0


@dataclass
class Meter:
    baskets: list[Basket] = field(default_factory=list)

    def drop_older_than(self, oldest: float) -> None:
        self.baskets = [basket for basket in self.baskets if basket.started_at > oldest]

    @property
    def seconds(self) -> float:
        return sum(basket.seconds for basket in self.baskets)


class Limits:
    """Both limits of one portal; the configuration is read at each call, so it may be changed live."""

    def __init__(self, config: PortalConfig) -> None:
        self._config = config
        self._buckets: dict[str, Bucket] = {}
        self._meters: dict[tuple[str, str], Meter] = {}
        self._epoch_shift = config.clock().timestamp() - config.monotonic()

    def take_request(self, source: str) -> None:
        """Count one HTTP request of a source address. RestError 503 QUERY_LIMIT_EXCEEDED when full."""
        config = self._config
        now = config.monotonic()
        bucket = self._buckets.setdefault(source, Bucket(leaked_at=now))
        ticks = math.floor(now - bucket.leaked_at)
        if ticks > 0:
            bucket.level = max(0.0, bucket.level - ticks * config.bucket_leak_per_s)
            bucket.leaked_at = bucket.leaked_at + ticks if bucket.level > 0 else now
        if bucket.level + 1 > config.bucket_capacity:
            raise RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)
        bucket.level += 1

    def check_operating(self, client: str, method: str) -> None:
        """RestError 429 OPERATION_TIME_LIMIT when the method has already used up its time."""
        if self._meter(client, method).seconds > self._config.operating_limit_s:
            raise RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", 429)

    def charge(self, client: str, method: str, seconds: float) -> None:
        """Put execution time into the current one-minute basket (a tenth of the window)."""
        meter = self._meter(client, method)
        now = self._config.monotonic()
        if (
            not meter.baskets
            or now - meter.baskets[-1].started_at >= self._config.operating_window_s / BASKETS
        ):
            meter.baskets.append(Basket(now))
        meter.baskets[-1].seconds += seconds

    def operating(self, client: str, method: str) -> dict[str, float | int]:
        """The two `time` keys: accumulated seconds, and the unix second the oldest basket leaves."""
        meter = self._meter(client, method)
        oldest = meter.baskets[0].started_at if meter.baskets else self._config.monotonic()
        reset_at = oldest + self._config.operating_window_s + self._epoch_shift
        return {"operating_reset_at": math.ceil(reset_at), "operating": meter.seconds}

    def level(self) -> float:
        """How full the fullest bucket is right now (the page's meter)."""
        now, leak = self._config.monotonic(), self._config.bucket_leak_per_s
        levels = (b.level - math.floor(now - b.leaked_at) * leak for b in self._buckets.values())
        return max(0.0, *levels, 0.0)

    def busiest(self, count: int) -> list[dict[str, Any]]:
        """The methods with most execution time in the window: [{method, seconds}], the greatest first."""
        rows: list[tuple[float, str]] = []
        for client, method in tuple(self._meters):
            rows.append((self._meter(client, method).seconds, method))
        rows.sort(reverse=True)
        return [{"method": method, "seconds": seconds} for seconds, method in rows[:count] if seconds > 0]

    def simulated_seconds(self, method: str) -> float:
        """How long the server pretends to work on a method: exact name first, then the longest glob."""
        table = self._config.call_seconds
        exact = table.get(method)
        if exact is not None:
            return exact
        globs = [glob for glob in table if fnmatchcase(method, glob)]
        return table[max(globs, key=len)] if globs else 0.0

    def reset(self) -> None:
        """Forget all use (tests, the control surface)."""
        self._buckets.clear()
        self._meters.clear()

    def _meter(self, client: str, method: str) -> Meter:
        meter = self._meters.setdefault((client, method.lower()), Meter())
        meter.drop_older_than(self._config.monotonic() - self._config.operating_window_s)
        return meter
