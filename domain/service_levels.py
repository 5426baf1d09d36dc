"""Service levels: how many support hours each type and priority has until first reply and solution.

The regulation names "agreed service levels" without figures; these defaults hold until a portal
writes its own under `[support.levels.<type>]`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.business_time import Calendar, Deadline, Pause, StillPausedError
from domain.impact import Impact
from domain.requests import Priority, RequestType

DEFAULT_PRIORITY: Mapping[RequestType, Priority] = {
    RequestType.PROBLEM: Priority.CRITICAL,
    RequestType.INCIDENT: Priority.HIGH,
    RequestType.SERVICE: Priority.NORMAL,
    RequestType.DEVELOPMENT: Priority.LOW,
}

_DURATION_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(d|h|m|д|ч|мин|м)\s*", re.IGNORECASE)
_UNITS = {"д": "d", "ч": "h", "м": "m", "мин": "m"}


class LevelsError(ValueError):
    """The levels of the settings can't be read; the message names the key."""


@dataclass(frozen=True, slots=True)
class Level:
    """Support time (not wall time) until the first words of support and until the answer."""

    first_reply: timedelta
    solution: timedelta


def _level(first_reply_h: float, solution_h: float) -> Level:
    return Level(timedelta(hours=first_reply_h), timedelta(hours=solution_h))


_Row = Mapping[Priority, Level]


def _row(low: Level, normal: Level, high: Level, critical: Level) -> _Row:
    return {Priority.LOW: low, Priority.NORMAL: normal, Priority.HIGH: high, Priority.CRITICAL: critical}


# Hours; 9 are one full support day. A development request's "solution" is a decision on it with a date.
DEFAULT_LEVELS: Mapping[RequestType, _Row] = {
    RequestType.PROBLEM: _row(_level(4, 27), _level(2, 18), _level(1, 9), _level(0.5, 4)),
    RequestType.INCIDENT: _row(_level(4, 27), _level(2, 18), _level(1, 9), _level(0.5, 4)),
    RequestType.SERVICE: _row(_level(9, 45), _level(4, 27), _level(2, 18), _level(1, 9)),
    RequestType.DEVELOPMENT: _row(_level(18, 180), _level(9, 90), _level(4, 45), _level(4, 27)),
}


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """The whole table: one level per type and priority."""

    table: Mapping[RequestType, _Row]

    def level(self, kind: RequestType, priority: Priority) -> Level:
        """What is promised for this type and priority."""
        return self.table[kind][priority]


def default_priority(kind: RequestType, impact: Impact = Impact.ONE) -> Priority:
    """A request's priority from type and impact (decision 15); support may change it with a reason.

    What touches many people is one step more urgent than what touches one.
    """
    order = list(Priority)
    step = order.index(DEFAULT_PRIORITY[kind]) + (1 if impact is Impact.MANY else 0)
    return order[min(step, len(order) - 1)]


def parse_duration(text: str, full_day: timedelta = timedelta(hours=9)) -> timedelta:
    """Read "30m", "4h", "1d 2h" («30м», «4ч»); a day is one full support day. Raises LevelsError."""
    total, position = timedelta(), 0
    while position < len(text):
        match = _DURATION_PART.match(text, position)
        if match is None:
            break
        named = match[2].lower()
        unit = {"d": full_day, "h": timedelta(hours=1), "m": timedelta(minutes=1)}
        total += unit[_UNITS.get(named, named)] * float(match[1])
        position = match.end()
    if position < len(text) or total <= timedelta():
        raise LevelsError(f"{text!r} is no duration; write 30m, 4h or 1d 2h of support time")
    return total


def parse_levels(
    table: Mapping[str, Mapping[str, Mapping[str, Any]]], full_day: timedelta = timedelta(hours=9)
) -> ServiceLevels:
    """Lay `[support.levels]` over the defaults.

    Shape: {"incident": {"high": {"first_reply": "1h", "solution": "1d"}}}; any part may be missing.
    Raises LevelsError naming the key.
    """
    levels = {kind: dict(row) for kind, row in DEFAULT_LEVELS.items()}
    for kind_text, row in table.items():
        kind = _member(RequestType, kind_text, "support.levels")
        for priority_text, fields in row.items():
            key = f"support.levels.{kind}.{priority_text}"
            priority = _member(Priority, priority_text, f"support.levels.{kind}")
            levels[kind][priority] = _overlaid(levels[kind][priority], fields, key, full_day)
    return ServiceLevels(levels)


def _member(enum: Any, text: str, key: str) -> Any:
    try:
        return enum(text)
    except ValueError as error:
        known = ", ".join(enum)
        raise LevelsError(f"{key}: {text!r} is unknown; one of {known}") from error


def _overlaid(level: Level, fields: Mapping[str, Any], key: str, full_day: timedelta) -> Level:
    for name, text in fields.items():
        if name not in {"first_reply", "solution"}:
            raise LevelsError(f"{key}: {name!r} is unknown; first_reply or solution")
        try:
            level = replace(level, **{name: parse_duration(str(text), full_day)})
        except LevelsError as error:
            raise LevelsError(f"{key}.{name}: {error}") from error
    if level.first_reply > level.solution:
        raise LevelsError(f"{key}: the first reply would be due after the solution")
    return level


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock of a request at one moment.

    `deadline` is None while an open pause holds the clock; `remaining` is negative after a breach.
    """

    deadline: Deadline | None
    spent: timedelta
    remaining: timedelta
    paused: bool

    @property
    def breached(self) -> bool:
        return self.remaining < timedelta()

    @property
    def spent_share(self) -> float:
        """0.0 at the start, 1.0 at the deadline, more after it: what warnings and escalation ask for."""
        whole = self.spent + self.remaining
        return self.spent / whole if whole else 1.0


def read_clock(
    calendar: Calendar, started: datetime, allowed: timedelta, now: datetime, pauses: Sequence[Pause] = ()
) -> ClockReading:
    """Where a clock of `allowed` support time, started at `started`, stands at `now`.

    To read a clock that has stopped (the reply was given), pass the moment of stopping as `now`.
    """
    spent = calendar.working_between(started, max(now, started), pauses)
    try:
        deadline = calendar.add_working(started, allowed, pauses)
    except StillPausedError:
        deadline = None
    paused = any(pause.start <= now and (pause.end is None or now < pause.end) for pause in pauses)
    return ClockReading(deadline, spent, allowed - spent, paused)
