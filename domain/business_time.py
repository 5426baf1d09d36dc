"""Support hours as arithmetic: when a deadline falls, how much of it is used up, and why.

The regulation promises answers in support hours (Mon-Fri 09:00-18:00 Moscow, Russian production
calendar). All instants in and out are UTC; the hours are read on the zone's wall clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.production_calendar import DayKind, known_country, status_of
from domain.support_hours import (
    BusinessTimeError,
    DayException,
    MinuteRange,
    SupportHours,
    length_of,
    parse_exceptions,
    shortened,
)

__all__ = [
    "BusinessTimeError",
    "Calendar",
    "DayException",
    "DayKind",
    "DayPlan",
    "Deadline",
    "Pause",
    "Step",
    "StepKind",
    "StillPausedError",
    "SupportHours",
    "parse_exceptions",
]

_HORIZON_DAYS = 3 * 366  # no opening within three years means that the settings are wrong


class StillPausedError(ValueError):
    """The clock stands in a pause without an end: there is no deadline yet."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One local day: what it is and when the desk is open on it."""

    day: date
    kind: DayKind
    ranges: tuple[MinuteRange, ...]
    holiday: str | None = None


class StepKind(StrEnum):
    """What a step of a derivation is; the day kinds plus two that lie inside a day."""

    WORK = "work"
    SHORT = "short"
    MOVED_WORK = "moved_work"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MOVED_OFF = "moved_off"
    CLOSED = "closed"
    AFTER_HOURS = "after_hours"  # the desk had already closed for the day
    PAUSE = "pause"  # the clock stood still: we waited for the customer


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation, in local wall time.

    `start` and `end` are None on a day that gives no time; `minutes` sum up to the whole duration.
    """

    day: date
    kind: StepKind
    start: time | None
    end: time | None
    minutes: int
    holiday: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """When working time runs out, and by which days it came to that."""

    at_utc: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """An interval in which the clock stands still; `end` None means that it still does."""

    start: datetime
    end: datetime | None = None


Interval = tuple[datetime, datetime]


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone can't be counted in business time")
    return at.astimezone(UTC)


FOREVER = datetime.max.replace(tzinfo=UTC)


def _merged(pauses: Sequence[Pause]) -> list[Interval]:
    """Pauses in order, overlaps joined, in UTC; an open one ends at the end of time."""
    spans = sorted((_utc(p.start), FOREVER if p.end is None else _utc(p.end)) for p in pauses)
    merged: list[Interval] = []
    for start, end in spans:
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class Calendar:
    """Support hours on a production calendar in one time zone. Immutable; cheap to keep."""

    def __init__(
        self,
        hours: SupportHours,
        zone: ZoneInfo,
        country: str = "RU",
        exceptions: Mapping[date, DayException] | None = None,
    ) -> None:
        if not known_country(country):
            raise BusinessTimeError(f"no production calendar for {country!r}; use a country code or none")
        self.hours = hours
        self.zone = zone
        self.country = country
        self.exceptions = dict(exceptions or {})

    @classmethod
    def from_settings(
        cls,
        hours: str = "Mon-Fri 09:00-18:00",
        timezone: str = "Europe/Moscow",
        calendar: str = "RU",
        exceptions: Mapping[str, str] | None = None,
    ) -> "Calendar":
        """Build from the texts of the `[support]` settings; raises BusinessTimeError."""
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BusinessTimeError(f"{timezone!r} is no time zone (as Europe/Moscow)") from error
        return cls(SupportHours.parse(hours), zone, calendar, parse_exceptions(exceptions or {}))

    def day(self, day: date) -> DayPlan:
        """What `day` is in the calendar's zone and when it is open."""
        exception = self.exceptions.get(day)
        if exception is not None:
            return DayPlan(day, exception.kind, self._exception_ranges(day, exception))
        status = status_of(day, self.country)
        if status.kind in {DayKind.HOLIDAY, DayKind.MOVED_OFF}:
            return DayPlan(day, status.kind, (), status.holiday)
        ranges = self.hours.week[status.stands_for.weekday()]
        if not ranges:
            return DayPlan(day, DayKind.WEEKEND, ())
        return DayPlan(day, status.kind, shortened(ranges) if status.short else ranges)

    def _exception_ranges(self, day: date, exception: DayException) -> tuple[MinuteRange, ...]:
        if exception.ranges is not None:
            return exception.ranges
        if exception.kind is DayKind.CLOSED:
            return ()
        usual = self.hours.week[day.weekday()] or max(self.hours.week, key=length_of)
        return shortened(usual) if exception.kind is DayKind.SHORT else usual

    def _instant(self, day: date, minute: int) -> datetime:
        midnight = datetime.combine(day, time(), self.zone)
        return (midnight + timedelta(minutes=minute)).astimezone(UTC)

    def open_spans(self, plan: DayPlan) -> Iterator[Interval]:
        """The open ranges of a day as instants in UTC."""
        for start, end in plan.ranges:
            opens, closes = self._instant(plan.day, start), self._instant(plan.day, end)
            if opens < closes:  # a range inside a clock change may not exist on that day
                yield opens, closes

    def plans_from(self, at: datetime) -> Iterator[DayPlan]:
        """Local days from the one that holds `at`; raises BusinessTimeError past three years."""
        first = at.astimezone(self.zone).date()
        for step in range(_HORIZON_DAYS):
            yield self.day(first + timedelta(days=step))
        raise BusinessTimeError("the support desk never opens: check hours and calendar exceptions")

    def is_open(self, at: datetime) -> bool:
        """True if the desk works at this instant; the closing minute itself is closed."""
        at = _utc(at)
        plan = self.day(at.astimezone(self.zone).date())
        return any(opens <= at < closes for opens, closes in self.open_spans(plan))

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself (UTC) if the desk is open, else the next instant when it opens."""
        at = _utc(at)
        for plan in self.plans_from(at):
            for opens, closes in self.open_spans(plan):
                if at < closes:
                    return max(at, opens)
        raise AssertionError("unreachable: plans_from raises at its horizon")

    def working_between(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
        """Open time between two instants less the pauses; negative if `end` comes first."""
        start, end = _utc(start), _utc(end)
        if end < start:
            return -self.working_between(end, start, pauses)
        stopped = _merged(pauses)
        total = timedelta()
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            for opens, closes in self.open_spans(self.day(day)):
                low, high = max(opens, start), min(closes, end)
                if low < high:
                    total += high - low - _overlap(stopped, low, high)
            day += timedelta(days=1)
        return total

    def working_minutes_between(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> int:
        """`working_between` in whole minutes, towards zero."""
        return int(self.working_between(start, end, pauses) / timedelta(minutes=1))

    def add_working(self, start: datetime, duration: timedelta, pauses: Sequence[Pause] = ()) -> Deadline:
        """The instant at which `duration` of open time has passed since `start`, with its derivation.

        A deadline may stand on the closing minute (Friday 18:00), never inside closed time.
        Raises StillPausedError if a pause without an end comes before it.
        """
        if duration < timedelta():
            raise ValueError("a deadline can't lie before its start")
        return _Countdown(self, _utc(start), duration, _merged(pauses)).run()


def _overlap(spans: Sequence[Interval], low: datetime, high: datetime) -> timedelta:
    inside = (min(high, end) - max(low, start) for start, end in spans)
    return sum((part for part in inside if part > timedelta()), timedelta())


@dataclass(slots=True)
class _Countdown:
    """One run of `add_working`: walks the days, collects the steps. Lives for one call."""

    calendar: Calendar
    start: datetime
    duration: timedelta
    stopped: list[Interval]
    steps: list[Step] = field(default_factory=list)
    spent: timedelta = timedelta()

    def run(self) -> Deadline:
        for plan in self.calendar.plans_from(self.start):
            spans = [span for span in self.calendar.open_spans(plan) if span[1] >= self.start]
            if not spans:
                self._note_idle_day(plan)
            for opens, closes in spans:
                found = self._spend(plan, max(opens, self.start), closes)
                if found is not None:
                    return Deadline(found, tuple(self.steps))
        raise AssertionError("unreachable: plans_from raises at its horizon")

    def _note_idle_day(self, plan: DayPlan) -> None:
        kind = StepKind.AFTER_HOURS if plan.ranges else StepKind(plan.kind.value)
        self.steps.append(Step(plan.day, kind, None, None, 0, plan.holiday))

    def _spend(self, plan: DayPlan, low: datetime, high: datetime) -> datetime | None:
        """Use up one open span; the instant at which the duration ran out, if it did."""
        for start, end in self.stopped:
            if end <= low or start > high:
                continue
            found = self._work(plan, low, min(start, high)) if start >= low else None
            if found is not None:
                return found
            if end == FOREVER:
                raise StillPausedError("the clock stands: its pause has no end")
            self._add(plan, StepKind.PAUSE, max(start, low), min(end, high), 0)
            if end >= high:
                return None
            low = end
        return self._work(plan, low, high)

    def _work(self, plan: DayPlan, low: datetime, high: datetime) -> datetime | None:
        left = self.duration - self.spent
        end = min(high, low + left)
        before = self.spent
        self.spent += end - low
        if end > low:
            # Rounded on the running sum, so that the printed minutes add up to the duration.
            minutes = _whole_minutes(self.spent) - _whole_minutes(before)
            self._add(plan, StepKind(plan.kind.value), low, end, minutes)
        return end if self.spent == self.duration else None

    def _add(self, plan: DayPlan, kind: StepKind, low: datetime, high: datetime, minutes: int) -> None:
        if low < high:
            zone = self.calendar.zone
            start, end = low.astimezone(zone).time(), high.astimezone(zone).time()
            self.steps.append(Step(plan.day, kind, start, end, minutes))


def _whole_minutes(spent: timedelta) -> int:
    return round(spent / timedelta(minutes=1))
