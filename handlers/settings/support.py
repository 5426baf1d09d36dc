"""Support hours on a page: the week as a table, days that differ, and what a request filed now would be promised."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise

from domain.business_time import BusinessTimeError, SupportHours, parse_exceptions
from domain.chat import Channel, Markup
from domain.escalation import EscalationError
from domain.portal import Desk
from domain.production_calendar import DayKind
from domain.request_clocks import Clock, reckon
from domain.requests import Due, Request, RequestType, Status
from domain.service_levels import LevelsError, default_priority
from domain.support_hours import MinuteRange
from handlers.desk.clock_words import holiday, why, zone_label
from handlers.desk.deadlines import calendar_of, levels_of
from handlers.scope import Scope

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RANGES = 2
"""How many ranges of a day the table can show; more are typed as text."""
AHEAD_DAYS = 120
SPECIAL_SHOWN = 12
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
EXCEPTIONS = ("off", "work", "short", "hours")
Week = Mapping[str, Sequence[tuple[str, str]]]
"""By day ``mon`` … ``sun``: its ranges as typed, ``("09:00", "18:00")``; no range: closed."""


# --- the week -----------------------------------------------------------------------------------------------------


def week_of(hours: str) -> Week | None:
    """The hours as a table; None when they can't be read or have more ranges than the table shows."""
    try:
        parsed = SupportHours.parse(hours)
    except BusinessTimeError:
        return None
    if any(len(ranges) > RANGES for ranges in parsed.week):
        return None
    return {
        day: [(_clock(start), _clock(end)) for start, end in ranges]
        for day, ranges in zip(DAYS, parsed.week, strict=True)
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def hours_of(week: Week) -> tuple[str, dict[str, str]]:
    """The setting's text of a table, and what is wrong by day (a key of our texts each)."""
    faults = {day: fault for day in DAYS if (fault := _fault(week.get(day, ())))}
    if not faults and not any(_filled(week.get(day, ())) for day in DAYS):
        faults["mon"] = "hours-never"
    if faults:
        return "", faults
    named = [(at, _written(_filled(week.get(day, ())))) for at, day in enumerate(DAYS)]
    parts = []
    for text, group in groupby(named, key=lambda pair: pair[1]):
        days = [at for at, _ in group]
        if text:
            span = _WRITTEN[days[0]] if len(days) == 1 else f"{_WRITTEN[days[0]]}-{_WRITTEN[days[-1]]}"
            parts.append(f"{span} {text}")
    return "; ".join(parts), {}


def _filled(ranges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(start.strip(), end.strip()) for start, end in ranges if start.strip() or end.strip()]


def _written(ranges: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in sorted(ranges, key=lambda pair: _minute(pair[0])))


def _fault(ranges: Sequence[tuple[str, str]]) -> str:
    filled = _filled(ranges)
    if any(not start or not end for start, end in filled):
        return "hours-half"
    if any(not _TIME.fullmatch(one) for pair in filled for one in pair):
        return "hours-no-time"
    spans = sorted((_minute(start), _minute(end)) for start, end in filled)
    if any(start >= end for start, end in spans):
        return "hours-backwards"
    if any(end > start for (_, end), (start, _) in pairwise(spans)):
        return "hours-overlap"
    return ""


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


# --- days that differ ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One row of the table of days that differ. ``hours`` only where ``kind`` is ``hours``."""

    day: str = ""
    kind: str = "off"
    hours: str = ""
    fault: str = ""


def exceptions_of(stored: Mapping[str, str]) -> list[Exceptional]:
    """The setting as rows, by date."""
    return [
        Exceptional(day, word.strip().lower(), "")
        if word.strip().lower() in EXCEPTIONS
        else Exceptional(day, "hours", word)
        for day, word in sorted(stored.items())
    ]


def exceptions_from(rows: Sequence[Exceptional]) -> tuple[dict[str, str], list[Exceptional]]:
    """The setting of typed rows, and the rows again with what is wrong in each; empty rows are left out."""
    stored: dict[str, str] = {}
    judged = []
    for row in rows:
        if not row.day.strip() and not row.hours.strip():
            continue
        fault = _row_fault(row, stored)
        judged.append(replace(row, fault=fault))
        if not fault:
            stored[row.day.strip()] = row.hours.strip() if row.kind == "hours" else row.kind
    return stored, judged


def _row_fault(row: Exceptional, before: Mapping[str, str]) -> str:
    try:
        date.fromisoformat(row.day.strip())
    except ValueError:
        return "day-no-date"
    if row.day.strip() in before:
        return "day-twice"
    if row.kind not in EXCEPTIONS:
        return "day-kind"
    if row.kind == "hours":
        try:
            parse_exceptions({row.day.strip(): row.hours})
        except BusinessTimeError:
            return "day-hours"
    return ""


# --- what it comes to ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promise:
    """What a request of one type filed now would be promised, in words."""

    type: Markup
    priority: Markup
    first_reply: Markup
    solution: Markup
    why: Markup


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day of the next months that isn't an ordinary one."""

    day: date
    what: Markup
    hours: str


@dataclass(frozen=True, slots=True)
class Sample:
    """``closed``: when the desk is back, empty while it is open. ``fault``: why nothing can be shown."""

    at: datetime
    zone: str = ""
    open: bool = False
    promises: Sequence[Promise] = ()
    special: Sequence[SpecialDay] = ()
    fault: str = ""


def sample(scope: Scope, desk: Desk) -> Sample:
    """What these hours, days and levels come to for a request filed now."""
    try:
        return _sample(replace(scope, portal=replace(scope.portal, desk=desk)), desk)
    except (BusinessTimeError, LevelsError, EscalationError):
        return Sample(scope.now, fault="sample-unreadable")


def _sample(scope: Scope, desk: Desk) -> Sample:
    calendar = calendar_of(desk)
    local = scope.now.astimezone(calendar.zone)
    return Sample(
        at=local,
        zone=zone_label(scope, local),
        open=calendar.is_open(scope.now),
        promises=[_promise(scope, desk, kind) for kind in RequestType],
        special=list(_special(scope, desk))[:SPECIAL_SHOWN],
    )


def _promise(scope: Scope, desk: Desk, kind: RequestType) -> Promise:
    priority, now = default_priority(kind), scope.now
    request = Request(
        0, scope.portal.id, "", kind, priority, Status.REGISTERED, "", "", Channel.BITRIX24, None, now, now, Due(None, None)
    )  # fmt: skip
    due = reckon(calendar_of(desk), levels_of(desk), request, [], now)
    reckoned = replace(request, due=due)

    def told(at: datetime | None) -> Markup:
        assert at is not None  # no clock of a fresh request stands
        local = at.astimezone(desk.zone)
        return Markup(scope.text("sample-until", at=local, zone=zone_label(scope, local)))

    return Promise(
        type=Markup(scope.text(f"type-{kind}")),
        priority=Markup(scope.text(f"priority-{priority}")),
        first_reply=told(due.first_reply),
        solution=told(due.solution),
        why=Markup(why(scope, reckoned, None, Clock.FIRST_REPLY)),
    )


def _special(scope: Scope, desk: Desk) -> Iterator[SpecialDay]:
    """Days from today on that differ from the week's usual."""
    calendar = calendar_of(desk)
    today = scope.now.astimezone(calendar.zone).date()
    for step in range(AHEAD_DAYS):
        plan = calendar.day(today + timedelta(days=step))
        usual = tuple(calendar.hours.week[plan.day.weekday()])
        if plan.kind in {DayKind.WORK, DayKind.WEEKEND} and tuple(plan.ranges) == usual:
            continue
        if plan.kind in {DayKind.HOLIDAY, DayKind.MOVED_OFF} and not usual:
            continue  # closed on this day of the week anyway
        name = (
            holiday(scope, plan.holiday) if plan.holiday else scope.text(f"day-{plan.kind}".replace("_", "-"))
        )
        yield SpecialDay(plan.day, Markup(name), _ranges(plan.ranges))


def _ranges(ranges: Sequence[MinuteRange]) -> str:
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in ranges)
