"""Which calendar days are worked: holidays, moved days, days shortened before a holiday.

Deadlines count in these days, so a wrong day here is a broken promise to a customer. Days off come
from the `holidays` library; what it does not know (which day a working Saturday stands for, hence
whether that Saturday is short) is the small table below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any


class DayKind(StrEnum):
    """What a calendar day is; the words for it live in the texts."""

    WORK = "work"
    SHORT = "short"  # the eve of a public holiday, one hour less
    MOVED_WORK = "moved_work"  # a weekend day worked in exchange for another day
    WEEKEND = "weekend"  # no support hours on this day of the week
    HOLIDAY = "holiday"
    MOVED_OFF = "moved_off"  # a weekday off in exchange for a weekend day or by a holiday's shift
    CLOSED = "closed"  # off by the portal's own exception


@dataclass(frozen=True, slots=True)
class DayStatus:
    """A day of the production calendar, before any support hours.

    `stands_for` is the day whose hours hold (itself, or the exchanged day); `short` says that one
    hour is cut; `holiday` names the public holiday (a key for the texts, or the library's name).
    """

    kind: DayKind
    stands_for: date
    short: bool = False
    holiday: str | None = None


# Labour Code of the Russian Federation, article 112: these dates and no others shorten their eve.
RU_PUBLIC_HOLIDAYS: Mapping[tuple[int, int], str] = {
    **{(1, day): "new_year" for day in (1, 2, 3, 4, 5, 6, 8)},
    (1, 7): "christmas",
    (2, 23): "defender_day",
    (3, 8): "womens_day",
    (5, 1): "labour_day",
    (5, 9): "victory_day",
    (6, 12): "russia_day",
    (11, 4): "unity_day",
}

# Working weekend day -> the weekday it was exchanged for. Government decrees 1314 of 10.08.2023 (2024)
# and 1335 of 04.10.2024 (2025); 1466 of 24.09.2025 (2026) has none; 2027 as the library gives it (the
# decree itself was not seen: a portal can override). The exchanged day's length goes with it
# (Ministry of Labour order 588n of 13.08.2009), which is why 2 Nov 2024 and 1 Nov 2025 were short.
RU_WORKED_WEEKENDS: Mapping[date, date] = {
    date(2024, 4, 27): date(2024, 4, 29),
    date(2024, 11, 2): date(2024, 4, 30),
    date(2024, 12, 28): date(2024, 12, 30),
    date(2025, 11, 1): date(2025, 11, 3),
    date(2027, 2, 20): date(2027, 2, 22),
}

NO_CALENDAR = "none"  # every day of the week as the hours say: round-the-clock desks
_SATURDAY = 5
_MOVED_MARKS = ("(observed)", "(substituted", "Day off")


def _library() -> Any:
    """Imported at the first question: most commands ask none, and it is slow to load."""
    import holidays  # noqa: PLC0415

    return holidays


@lru_cache(maxsize=64)
def _days_off(country: str, year: int) -> Mapping[date, str]:
    found = _library().country_holidays(country, years=year, language="en_US")
    return {day: name for day, name in found.items() if day.year == year}


@lru_cache(maxsize=64)
def _worked_weekends(country: str, year: int) -> frozenset[date]:
    found = _library().country_holidays(country, years=year, language="en_US")
    return frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year == year)


def known_country(country: str) -> bool:
    """True if `country` (ISO 3166 alpha-2, or "none") has a calendar."""
    return country in {NO_CALENDAR, "RU"} or country in _library().list_supported_countries()


def is_public_holiday(day: date, country: str = "RU") -> bool:
    """True for a holiday itself, not for a day off moved to it or from it."""
    if country == NO_CALENDAR:
        return False
    if country == "RU":
        return (day.month, day.day) in RU_PUBLIC_HOLIDAYS
    name = _days_off(country, day.year).get(day)
    return name is not None and not any(mark in name for mark in _MOVED_MARKS)


def _is_eve(day: date) -> bool:
    return is_public_holiday(day + timedelta(days=1))


def status_of(day: date, country: str = "RU") -> DayStatus:
    """The production calendar's word on `day`, whatever the support hours are.

    Weekends come back as WORK here: it is the support hours that close a day of the week.
    """
    if country == NO_CALENDAR:
        return DayStatus(DayKind.WORK, day)
    if is_public_holiday(day, country):
        key = RU_PUBLIC_HOLIDAYS[day.month, day.day] if country == "RU" else _days_off(country, day.year)[day]
        return DayStatus(DayKind.HOLIDAY, day, holiday=key)
    if day in _worked_weekends(country, day.year):
        # An exchange the table does not know keeps the hours of the nearest weekday.
        nearest = day - timedelta(days=1 if day.weekday() == _SATURDAY else 2)
        stands_for = RU_WORKED_WEEKENDS.get(day, nearest)
        short = country == "RU" and (_is_eve(stands_for) or _is_eve(day))
        return DayStatus(DayKind.MOVED_WORK, stands_for, short=short)
    if day in _days_off(country, day.year):
        return DayStatus(DayKind.MOVED_OFF, day)
    if country == "RU" and day.weekday() < _SATURDAY and _is_eve(day):
        return DayStatus(DayKind.SHORT, day, short=True)
    return DayStatus(DayKind.WORK, day)
