"""Levels are sane by default, overridable by part, and refuse nonsense by the key's name."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from domain.business_time import Calendar, Pause
from domain.requests import Priority, RequestType
from domain.service_levels import (
    LevelsError,
    default_priority,
    parse_duration,
    parse_levels,
    read_clock,
)

CALENDAR = Calendar.from_settings()
HOUR = timedelta(hours=1)


def msk(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Moscow"))


def test_priorities_follow_the_type():
    assert [default_priority(kind).value for kind in RequestType] == ["high", "critical", "normal", "low"]


@pytest.mark.parametrize("kind", RequestType)
def test_defaults_are_complete_and_a_higher_priority_is_never_slower(kind):
    levels = [parse_levels({}).level(kind, priority) for priority in Priority]
    assert all(level.first_reply <= level.solution for level in levels)
    for lower, higher in pairwise(levels):
        assert higher.first_reply <= lower.first_reply
        assert higher.solution <= lower.solution


def test_a_portal_overrides_one_figure():
    levels = parse_levels({"incident": {"high": {"solution": "1d 1h"}}})
    assert levels.level(RequestType.INCIDENT, Priority.HIGH).solution == 10 * HOUR
    assert levels.level(RequestType.INCIDENT, Priority.HIGH).first_reply == HOUR
    assert levels.level(RequestType.PROBLEM, Priority.HIGH).solution == 9 * HOUR


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"bug": {}}, "support.levels.*bug"),
        ({"incident": {"urgent": {}}}, "support.levels.incident.*urgent"),
        ({"incident": {"high": {"answer": "1h"}}}, "support.levels.incident.high.*answer"),
        ({"incident": {"high": {"solution": "soon"}}}, "incident.high.solution.*soon"),
        ({"incident": {"high": {"first_reply": "20h"}}}, "first reply would be due after"),
    ],
)
def test_nonsense_is_refused_by_its_key(table, words):
    with pytest.raises(LevelsError, match=words):
        parse_levels(table)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30m", HOUR / 2), ("4h", 4 * HOUR), ("1d", 9 * HOUR), ("1d 2h 30m", 11.5 * HOUR), ("1.5H", 1.5 * HOUR)],
)
def test_durations(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "0h", "4", "h", "4h later", "-1h"])
def test_no_durations(text):
    with pytest.raises(LevelsError):
        parse_duration(text)


def test_a_clock_runs_pauses_and_breaches():
    running = read_clock(CALENDAR, msk(23, 9), 2 * HOUR, msk(23, 10))
    assert (running.spent, running.remaining, running.paused) == (HOUR, HOUR, False)
    assert running.spent_share == pytest.approx(0.5)
    assert running.deadline is not None
    assert running.deadline.at_utc == msk(23, 11)

    held = read_clock(CALENDAR, msk(23, 9), 2 * HOUR, msk(24, 15), [Pause(msk(23, 10))])
    assert (held.deadline, held.remaining, held.paused, held.breached) == (None, HOUR, True, False)

    late = read_clock(CALENDAR, msk(23, 9), 2 * HOUR, msk(23, 12))
    assert (late.breached, late.remaining) == (True, -HOUR)
