"""Reading support hours and a portal's exceptions to the calendar from the words of the settings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from domain.production_calendar import DayKind

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_RU = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_DAY_NUMBERS = {name: number for names in (_DAYS, _DAYS_RU) for number, name in enumerate(names)}
_TOKEN = re.compile(
    r"\s*(?:(?P<days>[A-Za-zА-Яа-яЁё]+(?:\s*[-–—]\s*[A-Za-zА-Яа-яЁё]+)?)"
    r"|(?P<open>\d{1,2}:\d{2})\s*[-–—]\s*(?P<close>\d{1,2}:\d{2}))\s*[,;]?"
)
_MINUTES_PER_DAY = 24 * 60
_SHORT_BY_MINUTES = 60

MinuteRange = tuple[int, int]  # [opens, closes) in minutes from local midnight, closes <= 1440


class BusinessTimeError(ValueError):
    """The hours, the calendar or an exception to it can't be read; the message names the word."""


@dataclass(frozen=True, slots=True)
class SupportHours:
    """Open ranges of each day of the week, Monday first."""

    week: tuple[tuple[MinuteRange, ...], ...]

    @classmethod
    def parse(cls, text: str) -> "SupportHours":
        """Read "Mon-Fri 09:00-13:00, 14:00-18:00; Sat 10:00-14:00" (or пн-пт …).

        Raises BusinessTimeError with a sentence that names the unreadable part.
        """
        week: list[list[MinuteRange]] = [[] for _ in _DAYS]
        days: list[int] = []
        times_seen = True
        for token in _tokens(text):
            if token["days"] is not None:
                days = _parse_days(token["days"]) + ([] if times_seen else days)
                times_seen = False
                continue
            if not days:
                raise BusinessTimeError(f"support hours {text!r}: the first time stands before any day")
            times_seen = True
            for day in days:
                week[day].append(_parse_range(token["open"], token["close"]))
        if not times_seen or not days:
            raise BusinessTimeError(
                f"support hours {text!r}: days without times; write «Mon-Fri 09:00-18:00»"
            )
        return cls(tuple(_without_overlaps(ranges, text) for ranges in week))

    @property
    def full_day(self) -> timedelta:
        """The longest day of the week; what "one support day" means in settings."""
        return timedelta(minutes=max(length_of(ranges) for ranges in self.week))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise BusinessTimeError(f"support hours {text!r}: can't read {text[position:].strip()!r}")
        yield match
        position = match.end()


def _parse_days(text: str) -> list[int]:
    names = [name.strip().lower() for name in re.split(r"[-–—]", text)]
    numbers = [_day_number(name) for name in names]
    if len(numbers) == 1:
        return numbers
    first, last = numbers
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day_number(name: str) -> int:
    number = _DAY_NUMBERS.get(name, _DAY_NUMBERS.get(name[:3] if len(name) > 3 else ""))
    if number is None:
        raise BusinessTimeError(f"support hours: {name!r} is no day of the week (Mon … Sun, пн … вс)")
    return number


def _parse_minute(text: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if minutes > 59 or hours * 60 + minutes > _MINUTES_PER_DAY:
        raise BusinessTimeError(f"support hours: {text!r} is no time of day (00:00 … 24:00)")
    return hours * 60 + minutes


def _parse_range(opens: str, closes: str) -> MinuteRange:
    start, end = _parse_minute(opens), _parse_minute(closes)
    if start >= end:
        raise BusinessTimeError(
            f"support hours: {opens}-{closes} ends before it starts; split a night at 24:00 and 00:00"
        )
    return start, end


def _without_overlaps(ranges: Sequence[MinuteRange], text: str) -> tuple[MinuteRange, ...]:
    ordered = sorted(ranges)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise BusinessTimeError(f"support hours {text!r}: two ranges of one day overlap")
    return tuple(ordered)


def length_of(ranges: Sequence[MinuteRange]) -> int:
    """Minutes in all ranges."""
    return sum(end - start for start, end in ranges)


def shortened(ranges: Sequence[MinuteRange]) -> tuple[MinuteRange, ...]:
    """The same ranges, one hour less at the end of the day."""
    cut, kept = _SHORT_BY_MINUTES, []
    for start, end in reversed(ranges):
        taken = min(cut, end - start)
        cut -= taken
        if end - taken > start:
            kept.append((start, end - taken))
    return tuple(reversed(kept))


@dataclass(frozen=True, slots=True)
class DayException:
    """A portal's own word on one date: off, worked, short, or worked in the given ranges."""

    kind: DayKind
    ranges: tuple[MinuteRange, ...] | None = None


_EXCEPTION_WORDS = {"off": DayKind.CLOSED, "work": DayKind.MOVED_WORK, "short": DayKind.SHORT}


def parse_exceptions(table: Mapping[str, str]) -> dict[date, DayException]:
    """Read {"2027-02-20": "off" | "work" | "short" | "10:00-15:00"}; dates are ISO 8601."""
    exceptions = {}
    for day_text, word in table.items():
        try:
            day = date.fromisoformat(day_text)
        except ValueError as error:
            raise BusinessTimeError(f"calendar exception {day_text!r} is no date (YYYY-MM-DD)") from error
        kind = _EXCEPTION_WORDS.get(word.strip().lower())
        if kind is not None:
            exceptions[day] = DayException(kind)
            continue
        tokens = list(_tokens(word))
        if not tokens or any(token["days"] is not None for token in tokens):
            raise BusinessTimeError(
                f"calendar exception {day_text}: {word!r} is not off, work, short or hours"
            )
        ranges = [_parse_range(token["open"], token["close"]) for token in tokens]
        exceptions[day] = DayException(DayKind.WORK, _without_overlaps(ranges, word))
    return exceptions
