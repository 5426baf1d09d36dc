"""Business time is an algebra: it adds up, never runs backwards and never ends in closed time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.business_time import (
    BusinessTimeError,
    Calendar,
    DayKind,
    Pause,
    StepKind,
    StillPausedError,
    SupportHours,
    parse_exceptions,
)

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = Calendar.from_settings()
LUNCH = Calendar.from_settings("Mon-Fri 09:00-13:00, 14:00-18:00; Sat 10:00-14:30")
NEW_YORK = Calendar.from_settings("Mon-Sun 00:00-24:00", "America/New_York", "none")
CALENDARS = st.sampled_from([CALENDAR, LUNCH, NEW_YORK])
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 11, 30), timezones=st.just(UTC))
AMOUNTS = st.integers(0, 60 * 60 * 60).map(lambda seconds: timedelta(seconds=seconds))
quick = settings(max_examples=150, deadline=None)


def msk(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW)


@st.composite
def pause_lists(draw):
    starts = draw(st.lists(INSTANTS, max_size=4))
    return [Pause(start, start + timedelta(minutes=draw(st.integers(1, 9000)))) for start in starts]


@quick
@given(CALENDARS, INSTANTS, AMOUNTS, AMOUNTS, pause_lists())
def test_adding_twice_is_adding_the_sum(calendar, start, first, second, pauses):
    middle = calendar.add_working(start, first, pauses).at_utc
    whole = calendar.add_working(start, first + second, pauses).at_utc
    assert calendar.add_working(middle, second, pauses).at_utc == whole


@quick
@given(CALENDARS, INSTANTS, st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), pause_lists())
def test_a_later_start_or_a_larger_amount_is_never_earlier(calendar, start, amounts, pauses):
    amount, more, later = amounts
    deadline = calendar.add_working(start, amount, pauses).at_utc
    assert deadline >= start
    assert calendar.add_working(start + later, amount, pauses).at_utc >= deadline
    assert calendar.add_working(start, amount + more, pauses).at_utc >= deadline


@quick
@given(CALENDARS, INSTANTS, AMOUNTS, pause_lists())
def test_measuring_gives_back_what_was_added(calendar, start, amount, pauses):
    deadline = calendar.add_working(start, amount, pauses)
    assert calendar.working_between(start, deadline.at_utc, pauses) == amount
    assert sum(step.minutes for step in deadline.steps) == round(amount / timedelta(minutes=1))


@quick
@given(CALENDARS, INSTANTS, AMOUNTS)
def test_a_deadline_never_lies_in_closed_time(calendar, start, amount):
    deadline = calendar.add_working(start, amount).at_utc
    just_before = deadline - timedelta(microseconds=1)
    assert calendar.is_open(deadline) or calendar.is_open(just_before)


@quick
@given(CALENDARS, INSTANTS, INSTANTS, INSTANTS)
def test_measured_time_is_additive_and_signed(calendar, a, b, c):
    whole = calendar.working_between(a, c)
    assert calendar.working_between(a, b) + calendar.working_between(b, c) == whole
    assert calendar.working_between(c, a) == -whole


@quick
@given(CALENDARS, INSTANTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar, at):
    opening = calendar.next_opening(at)
    assert calendar.is_open(opening)
    assert calendar.working_between(at, opening) == timedelta()
    assert (opening == at) == calendar.is_open(at)


@quick
@given(CALENDARS, INSTANTS, AMOUNTS, pause_lists())
def test_a_pause_never_brings_a_deadline_forward(calendar, start, amount, pauses):
    assert calendar.add_working(start, amount, pauses).at_utc >= calendar.add_working(start, amount).at_utc


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        (msk(2026, 11, 23, 9), 1, msk(2026, 11, 23, 10)),
        (msk(2026, 11, 23, 10), 8, msk(2026, 11, 23, 18)),  # on the closing minute, the same day
        (msk(2026, 11, 23, 18), 1, msk(2026, 11, 24, 10)),
        (msk(2026, 11, 20, 17, 40), 1, msk(2026, 11, 23, 9, 40)),  # Friday evening
        (msk(2026, 11, 22, 3), 4, msk(2026, 11, 23, 13)),  # a Sunday night
        (msk(2026, 11, 3, 16), 2, msk(2026, 11, 5, 10)),  # short eve, Unity Day
        (msk(2026, 4, 30, 15, 20), 9, msk(2026, 5, 4, 16, 20)),
        (msk(2024, 4, 26, 17), 10, msk(2024, 4, 27, 18)),  # worked Saturday
        (msk(2024, 4, 27, 17), 2, msk(2024, 5, 2, 10)),  # 28 Apr - 1 May off
        (msk(2025, 12, 30, 17), 2, msk(2026, 1, 12, 10)),  # New Year: 31 Dec - 11 Jan
        (msk(2026, 5, 8, 16), 2, msk(2026, 5, 12, 10)),  # Victory Day on Saturday, Monday off
    ],
)
def test_deadlines_by_hand(start, hours, expected):
    assert CALENDAR.add_working(start, timedelta(hours=hours)).at_utc == expected


def test_the_derivation_names_every_day():
    steps = CALENDAR.add_working(msk(2026, 4, 30, 18, 30), timedelta(hours=2)).steps
    assert [(step.day.day, step.kind, step.minutes, step.holiday) for step in steps] == [
        (30, StepKind.AFTER_HOURS, 0, None),
        (1, StepKind.HOLIDAY, 0, "labour_day"),
        (2, StepKind.WEEKEND, 0, None),
        (3, StepKind.WEEKEND, 0, None),
        (4, StepKind.WORK, 120, None),
    ]
    assert (steps[-1].start, steps[-1].end) == (time(9), time(11))


def test_a_pause_stands_in_the_derivation():
    pauses = [Pause(msk(2026, 11, 23, 10), msk(2026, 11, 23, 12, 20))]
    deadline = CALENDAR.add_working(msk(2026, 11, 23, 9), timedelta(hours=2), pauses)
    assert deadline.at_utc == msk(2026, 11, 23, 13, 20)
    assert [(step.kind, step.start, step.end, step.minutes) for step in deadline.steps] == [
        (StepKind.WORK, time(9), time(10), 60),
        (StepKind.PAUSE, time(10), time(12, 20), 0),
        (StepKind.WORK, time(12, 20), time(13, 20), 60),
    ]


def test_overlapping_pauses_count_once_and_a_pause_over_a_night_only_by_day():
    pauses = [
        Pause(msk(2026, 11, 23, 16), msk(2026, 11, 24, 10)),
        Pause(msk(2026, 11, 23, 17), msk(2026, 11, 23, 19)),
    ]
    start, end = msk(2026, 11, 23, 9), msk(2026, 11, 24, 11)
    assert CALENDAR.working_minutes_between(start, end, pauses) == 8 * 60


def test_an_open_pause_leaves_no_deadline_unless_it_came_before():
    start = msk(2026, 11, 23, 9)
    with pytest.raises(StillPausedError):
        CALENDAR.add_working(start, timedelta(hours=2), [Pause(msk(2026, 11, 23, 10))])
    deadline = CALENDAR.add_working(start, timedelta(hours=1), [Pause(msk(2026, 11, 23, 12))])
    assert deadline.at_utc == msk(2026, 11, 23, 10)


def test_the_clock_change_counts_real_hours():
    start = datetime(2026, 3, 7, 12, tzinfo=ZoneInfo("America/New_York"))
    day_later = start + timedelta(days=1)  # the same wall time after the spring change
    assert NEW_YORK.working_minutes_between(start, day_later) == 23 * 60


def test_hours_of_another_zone():
    vladivostok = Calendar.from_settings(timezone="Asia/Vladivostok")
    assert vladivostok.is_open(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))  # Monday morning there
    assert not CALENDAR.is_open(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))


def test_exceptions_overrule_the_calendar():
    calendar = Calendar.from_settings(
        exceptions={
            "2026-11-24": "off",
            "2026-11-28": "work",
            "2026-11-25": "short",
            "2026-11-29": "10:00-12:00",
        }
    )
    lengths = {n: sum(e - s for s, e in calendar.day(date(2026, 11, n)).ranges) for n in (24, 25, 28, 29)}
    assert lengths == {24: 0, 25: 480, 28: 540, 29: 120}
    assert calendar.day(date(2026, 11, 24)).kind is DayKind.CLOSED


@pytest.mark.parametrize(
    ("text", "monday", "saturday"),
    [
        ("Mon-Fri 09:00-18:00", ((540, 1080),), ()),
        ("пн-пт 9:00–18:00", ((540, 1080),), ()),
        ("Mon, Wed, Fri 09:00-13:00, 14:00-18:00, Sat 10:00-14:00", ((540, 780), (840, 1080)), ((600, 840),)),
        ("Sat-Mon 00:00-24:00", ((0, 1440),), ((0, 1440),)),
        ("Monday-Friday 09:00-18:00; Saturday 10:00-12:00", ((540, 1080),), ((600, 720),)),
    ],
)
def test_reading_hours(text, monday, saturday):
    hours = SupportHours.parse(text)
    assert (hours.week[0], hours.week[5]) == (monday, saturday)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "without times"),
        ("Mon-Fri", "without times"),
        ("09:00-18:00", "before any day"),
        ("Mon-Fri 18:00-09:00", "ends before it starts"),
        ("Mon-Fri 09:00-25:00", "25:00"),
        ("Mon-Fri 09:00-18:75", "18:75"),
        ("Mun-Fri 09:00-18:00", "mun"),
        ("Mon-Fri 9-18", "9-18"),
        ("Mon 09:00-12:00, 11:00-13:00", "overlap"),
        ("Mon-Fri 09:00-18:00, Sat", "without times"),
    ],
)
def test_unreadable_hours_name_the_word(text, word):
    with pytest.raises(BusinessTimeError, match=word):
        SupportHours.parse(text)


@pytest.mark.parametrize(
    "table", [{"24.11.2026": "off"}, {"2026-11-24": "maybe"}, {"2026-11-24": "Mon 09:00-10:00"}]
)
def test_unreadable_exceptions(table):
    with pytest.raises(BusinessTimeError):
        parse_exceptions(table)


@pytest.mark.parametrize("arguments", [{"timezone": "Moscow"}, {"calendar": "XX"}])
def test_unknown_zone_and_country(arguments):
    with pytest.raises(BusinessTimeError):
        Calendar.from_settings(**arguments)


def test_a_desk_that_never_opens_is_an_error_not_a_loop():
    calendar = Calendar.from_settings("Sat 10:00-11:00", exceptions={})
    closed = {date(2026, 11, 28) + timedelta(weeks=n): "off" for n in range(160)}
    calendar = Calendar(
        calendar.hours,
        MOSCOW,
        "none",
        parse_exceptions({day.isoformat(): word for day, word in closed.items()}),
    )
    with pytest.raises(BusinessTimeError, match="never opens"):
        calendar.next_opening(msk(2026, 11, 23))


def test_naive_instants_and_negative_amounts_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.is_open(datetime(2026, 11, 23))
    with pytest.raises(ValueError, match="before its start"):
        CALENDAR.add_working(msk(2026, 11, 23), timedelta(seconds=-1))
