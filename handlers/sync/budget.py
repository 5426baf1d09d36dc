"""When a run will end and how much of the portal's limits it uses: figures for the live card and for metrics."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.ports import Budget

WINDOW_S = 30.0
LEAST_S = 3.0
"""A pace is told once it was watched so long."""
ENOUGH, TENTH = 1000, 0.1
"""And once so many records, or a tenth of all, are done: the first ones wait for the pipeline and its fields."""
METHODS_SHOWN = 3


@dataclass(slots=True)
class Meter:
    """How fast a run writes. ``now`` is monotonic, in seconds; ``handled`` and ``left`` count records."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)
    _began: int | None = None

    def note(self, now: float, handled: int) -> None:
        """So many are done by now; what lies further back than half a minute doesn't count any more."""
        self._began = handled if self._began is None else self._began
        self._seen.append((now, handled))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()

    def left_s(self, left: int) -> float | None:
        """Seconds until the rest is done at the present pace; None while that isn't known."""
        if len(self._seen) < 2:
            return None
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        enough = min(ENOUGH, TENTH * (left + last))
        if now - began < LEAST_S or last <= first or last - (self._began or 0) < enough:
            return None
        return left * (now - began) / (last - first)


def told(meter: Meter, budget: Budget, left: int, now: datetime) -> dict[str, Any]:
    """What a run's progress says of end and limits; JSON."""
    left_s = meter.left_s(left)
    ends_at = now + timedelta(seconds=math.ceil(left_s)) if left_s is not None else None
    return {"ends_at": ends_at.isoformat() if ends_at else None, "budget": as_json(budget)}


def as_json(budget: Budget) -> dict[str, Any]:
    """Shares as whole per cent: of the bucket of requests, and of the time of the methods that use most."""
    used = sorted(budget.methods.items(), key=lambda one: -one[1])[:METHODS_SHOWN]
    return {
        "requests": percent(budget.requests),
        "calls_per_s": budget.calls_per_s,
        "methods": {name: percent(share) for name, share in used if percent(share)},
        "resting": {name: math.ceil(seconds) for name, seconds in budget.resting.items()},
    }


def percent(share: float) -> int:
    return round(100 * share)


def busiest(budget: Mapping[str, Any]) -> tuple[str, int]:
    """The method whose time is used most, with its share in per cent; ("", 0) where none was told."""
    methods: Mapping[str, int] = budget.get("methods") or {}
    return max(methods.items(), key=lambda one: one[1], default=("", 0))


BudgetOf = Callable[[int], Budget]
"""Gives how much of the portal's limits is in use now."""
