"""Every day of 2024-2027 against a table written by hand from the decrees."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.business_time import Calendar, DayKind
from domain.production_calendar import RU_WORKED_WEEKENDS, _worked_weekends, known_country, status_of

TABLE = Path(__file__).parent / "data" / "production_calendar.txt"
CALENDAR = Calendar.from_settings()

# Official norms of the 40-hour week: working days, hours (2027 by the same rules).
NORMS = {2024: (248, 1979), 2025: (247, 1972), 2026: (247, 1972), 2027: (247, 1972)}


def read_table() -> dict[tuple[int, int], dict[int, bool]]:
    """{(year, month): {day: is_short}} of days that are off (False) or short (True)."""
    table = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            month, days = line.split(":")
            year, number = month.split("-")
            table[int(year), int(number)] = {int(day.rstrip("*")): day.endswith("*") for day in days.split()}
    return table


TABLE_DAYS = read_table()


def expected_minutes(day: date) -> int:
    marks = TABLE_DAYS[day.year, day.month]
    if day.day not in marks:
        return 540
    return 480 if marks[day.day] else 0


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", NORMS)
def test_each_day_is_as_the_decrees_say(year):
    wrong = {
        day: (minutes, expected_minutes(day))
        for day in days_of(year)
        if (minutes := sum(end - start for start, end in CALENDAR.day(day).ranges)) != expected_minutes(day)
    }
    assert wrong == {}


@pytest.mark.parametrize(("year", "norm"), NORMS.items())
def test_the_year_adds_up_to_the_official_norm(year, norm):
    plans = [CALENDAR.day(day) for day in days_of(year)]
    lengths = [sum(end - start for start, end in plan.ranges) for plan in plans if plan.ranges]
    assert (len(lengths), sum(minutes - 60 for minutes in lengths) // 60) == norm  # less the lunch hour


@pytest.mark.parametrize(
    ("day", "kind", "holiday"),
    [
        (date(2024, 4, 27), DayKind.MOVED_WORK, None),
        (date(2024, 11, 2), DayKind.MOVED_WORK, None),
        (date(2024, 12, 28), DayKind.MOVED_WORK, None),
        (date(2024, 12, 30), DayKind.MOVED_OFF, None),
        (date(2025, 5, 2), DayKind.MOVED_OFF, None),
        (date(2025, 6, 13), DayKind.MOVED_OFF, None),
        (date(2025, 2, 23), DayKind.HOLIDAY, "defender_day"),
        (date(2026, 1, 7), DayKind.HOLIDAY, "christmas"),
        (date(2026, 3, 9), DayKind.MOVED_OFF, None),
        (date(2026, 4, 30), DayKind.SHORT, None),
        (date(2026, 5, 8), DayKind.SHORT, None),
        (date(2026, 11, 3), DayKind.SHORT, None),
        (date(2026, 11, 22), DayKind.WEEKEND, None),
        (date(2026, 11, 23), DayKind.WORK, None),
    ],
)
def test_kinds(day, kind, holiday):
    plan = CALENDAR.day(day)
    assert (plan.kind, plan.holiday) == (kind, holiday)


def test_the_exchange_table_agrees_with_the_library():
    for year in NORMS:
        ours = {day for day in RU_WORKED_WEEKENDS if day.year == year}
        assert ours == set(_worked_weekends("RU", year))


def test_an_exchange_outside_the_table_is_still_worked():
    assert status_of(date(2021, 2, 20)).kind is DayKind.MOVED_WORK
    assert sum(end - start for start, end in CALENDAR.day(date(2021, 2, 20)).ranges) == 540


def test_a_friday_saturday_exchange_keeps_the_exchanged_days_hours():
    calendar = Calendar.from_settings("Mon-Thu 09:00-18:00, Fri 09:00-16:45")
    assert calendar.day(date(2024, 4, 27)).ranges == ((540, 1080),)  # stands for a Monday
    assert calendar.day(date(2026, 5, 8)).ranges == ((540, 945),)  # a short Friday


def test_other_countries_have_holidays_but_no_short_days():
    calendar = Calendar.from_settings(calendar="DE")
    assert calendar.day(date(2026, 10, 3)).kind is DayKind.HOLIDAY
    assert calendar.day(date(2026, 4, 30)).ranges == ((540, 1080),)
    assert not known_country("XX")


def test_no_calendar_knows_no_holidays():
    calendar = Calendar.from_settings("Mon-Sun 00:00-24:00", calendar="none")
    assert calendar.day(date(2026, 1, 1)).ranges == ((0, 1440),)
