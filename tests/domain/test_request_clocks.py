"""The clocks of a request follow its history: pauses push the solution, rounds start it anew, nothing runs backwards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.business_time import Calendar
from domain.chat import Channel
from domain.impact import Impact, impact_of
from domain.request_clocks import (
    Clock,
    is_running,
    next_due,
    reckon,
    round_start,
    told,
    waits,
    with_told,
)
from domain.requests import Due, Fact, Priority, Request, RequestType, Status, Waiting
from domain.service_levels import default_priority, parse_levels

MOSCOW = ZoneInfo("Europe/Moscow")
CALENDAR = Calendar.from_settings()
LEVELS = parse_levels({})
OLGA, PYOTR = 5, 2
quick = settings(max_examples=120, deadline=None)


def msk(text):
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW).astimezone(UTC)


FILED = msk("2026-11-23T10:00")  # a Monday


def request(**changes):
    plain = Request(
        id=1,
        portal_id=1,
        number="FB-2026-000001",
        type=RequestType.INCIDENT,
        priority=Priority.HIGH,
        status=Status.IN_PROGRESS,
        subject="Пустой отчёт",
        description="Пустой отчёт",
        channel=Channel.BITRIX24,
        requester_id=OLGA,
        created_at=FILED,
        updated_at=FILED,
        due=Due(None, None),
    )
    return replace(plain, **changes)


def facts(*told):
    """(what, "2026-11-23T11:00"[, who]) …"""
    return [Fact(one[0], msk(one[1]), one[2] if len(one) > 2 else PYOTR) for one in told]


def reckoned(one, history=(), now="2026-11-23T10:00", calendar=CALENDAR, levels=LEVELS):
    return reckon(calendar, levels, one, history, msk(now))


# an incident of high priority: 1 h until the first reply, 9 h until the solution
PAUSES = [
    ([], "2026-11-24T10:00"),
    ([("asked", "2026-11-23T11:00"), ("replied", "2026-11-23T13:00", OLGA)], "2026-11-24T12:00"),
    ([("asked", "2026-11-23T17:00"), ("requester_wrote", "2026-11-24T10:00", OLGA)], "2026-11-24T12:00"),
    ([("asked", "2026-11-23T17:00"), ("requester_wrote", "2026-11-24T10:00", 6)], None),
    ([("offered", "2026-11-23T11:00"), ("chosen", "2026-11-23T11:30", OLGA)], "2026-11-24T10:30"),
    ([("offered", "2026-11-23T20:00"), ("chosen", "2026-11-24T08:00", OLGA)], "2026-11-24T10:00"),
    (
        [
            ("asked", "2026-11-23T11:00"),
            ("replied", "2026-11-23T12:00", OLGA),
            ("offered", "2026-11-23T14:00"),
            ("chosen", "2026-11-23T15:30", OLGA),
        ],
        "2026-11-24T12:30",
    ),
    ([("asked", "2026-11-23T11:00")], None),
    ([("asked", "2026-11-24T11:00")], "2026-11-24T10:00"),  # asked after the deadline had passed
    (
        [("answered", "2026-11-23T12:00"), ("objected", "2026-11-23T15:00", OLGA)],
        "2026-11-24T15:00",
    ),
    (
        [
            ("asked", "2026-11-23T11:00"),
            ("replied", "2026-11-23T12:00", OLGA),
            ("answered", "2026-11-23T13:00"),
            ("objected", "2026-11-27T17:00", OLGA),
        ],
        "2026-11-30T17:00",  # the pause of the round before doesn't count
    ),
]


@pytest.mark.parametrize(("history", "due"), PAUSES)
def test_the_solution_follows_history(history, due):
    waiting = due is None or history[-1:] == [("asked", "2026-11-24T11:00")]
    one = request(
        status=Status.WAITING if waiting else Status.IN_PROGRESS,
        first_replied_at=FILED,
    )
    found = reckoned(one, facts(*history), now="2026-12-01T10:00").solution
    assert found == (msk(due) if due else None)


def test_a_standing_clock_tells_what_will_be_left():
    one = request(status=Status.WAITING, first_replied_at=FILED)
    due = reckoned(one, facts(("asked", "2026-11-23T12:00")), now="2026-12-01T10:00")
    assert due.derivation["solution"]["left"] == 7 * 60
    assert [pause["to"] for pause in due.derivation["pauses"]] == [None]


def test_a_stopped_clock_keeps_its_deadline():
    one = request(first_replied_at=msk("2026-11-23T10:30"))
    one = replace(one, due=reckoned(request()))
    raised = reckoned(replace(one, priority=Priority.CRITICAL))
    assert raised.first_reply == one.due.first_reply
    assert raised.solution == msk("2026-11-23T14:00")
    answered = replace(one, status=Status.ANSWERED, answered_at=msk("2026-11-23T11:00"))
    assert reckoned(replace(answered, priority=Priority.LOW)).solution == one.due.solution


def test_a_reopened_request_nobody_had_answered_gets_a_first_reply_too():
    history = facts(("withdrawn", "2026-11-23T11:00", OLGA), ("reopened", "2026-11-25T10:00", OLGA))
    due = reckoned(request(round=2), history, now="2026-11-25T10:00")
    assert due.first_reply == msk("2026-11-25T11:00")
    assert due.solution == msk("2026-11-26T10:00")


def test_waits_name_what_was_waited_for_and_end_when_the_request_went_on():
    history = facts(("asked", "2026-11-23T11:00"), ("replied", "2026-11-23T12:00", OLGA))
    history += facts(("offered", "2026-11-23T13:00"))
    found = waits(request(status=Status.WAITING), history)
    assert [(wait.waiting_for, wait.end) for wait in found] == [
        (Waiting.INFORMATION, msk("2026-11-23T12:00")),
        (Waiting.CHOICE, None),
    ]
    gone_on = waits(request(updated_at=msk("2026-11-23T16:00")), history)
    assert gone_on[-1].end == msk("2026-11-23T16:00")


def test_what_was_told_stays_through_a_new_reckoning():
    one = with_told(request(), ["due_soon:solution", "due_soon:solution", "overdue:solution"])
    one = replace(one, due=reckoned(one))
    assert told(one) == {"due_soon:solution", "overdue:solution"}


@pytest.mark.parametrize(
    ("status", "first", "running"),
    [
        (Status.REGISTERED, None, [Clock.FIRST_REPLY, Clock.SOLUTION]),
        (Status.IN_PROGRESS, FILED, [Clock.SOLUTION]),
        (Status.WAITING, FILED, []),
        (Status.ANSWERED, FILED, []),
        (Status.COMPLETED, FILED, []),
        (Status.CLOSED, None, []),
    ],
)
def test_which_clock_runs_when(status, first, running):
    one = request(status=status, first_replied_at=first)
    assert [clock for clock in Clock if is_running(one, clock)] == running
    one = replace(one, due=Due(FILED, FILED + timedelta(days=1)))
    expected = {0: None, 1: FILED + timedelta(days=1), 2: FILED}[len(running)]
    assert next_due(one) == expected


# --- as an algebra --------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 30), timezones=st.just(UTC))
GAPS = st.lists(st.integers(1, 4000), min_size=0, max_size=8)
KINDS, PRIORITIES = st.sampled_from(list(RequestType)), st.sampled_from(list(Priority))


def lived(created, gaps):
    """A request that was asked and replied in turn, a gap of minutes before each; it may still be waiting."""
    at, history = created, []
    for n, gap in enumerate(gaps):
        at += timedelta(minutes=gap)
        history.append(Fact("asked" if n % 2 == 0 else "replied", at, PYOTR if n % 2 == 0 else OLGA))
    status = Status.WAITING if len(gaps) % 2 else Status.IN_PROGRESS
    replied = history[0].at if history else None
    return request(created_at=created, updated_at=at, status=status, first_replied_at=replied), history


@quick
@given(MOMENTS, GAPS, KINDS, PRIORITIES)
def test_exactly_what_was_promised_lies_between_start_and_deadline(created, gaps, kind, priority):
    one, history = lived(created, gaps)
    one = replace(one, type=kind, priority=priority)
    due = reckon(CALENDAR, LEVELS, one, history, one.updated_at)
    if due.solution is None:
        assert one.status is Status.WAITING
        return
    pauses = [wait.pause for wait in waits(one, history)]
    assert CALENDAR.working_between(created, due.solution, pauses) == LEVELS.level(kind, priority).solution


@quick
@given(MOMENTS, GAPS, st.integers(1, 4000), st.integers(1, 4000))
def test_a_further_pause_never_brings_the_deadline_forward(created, gaps, before, long):
    one, history = lived(created, gaps[: len(gaps) // 2 * 2])
    due = reckon(CALENDAR, LEVELS, one, history, one.updated_at)
    more, longer = lived(created, [*gaps[: len(gaps) // 2 * 2], before, long])
    assert reckon(CALENDAR, LEVELS, more, longer, more.updated_at).solution >= due.solution


@quick
@given(MOMENTS, st.integers(0, 20000), KINDS, PRIORITIES)
def test_filed_later_is_never_due_earlier(created, minutes, kind, priority):
    early = request(created_at=created, type=kind, priority=priority, status=Status.REGISTERED)
    late = replace(early, created_at=created + timedelta(minutes=minutes))
    first = reckon(CALENDAR, LEVELS, early, (), created)
    second = reckon(CALENDAR, LEVELS, late, (), late.created_at)
    assert second.solution >= first.solution
    assert second.first_reply >= first.first_reply


@quick
@given(MOMENTS, GAPS, KINDS)
def test_more_urgent_is_never_due_later(created, gaps, kind):
    one, history = lived(created, gaps[: len(gaps) // 2 * 2])
    found = [
        reckon(CALENDAR, LEVELS, replace(one, type=kind, priority=priority), history, one.updated_at).solution
        for priority in Priority
    ]
    assert found == sorted(found, reverse=True)


@quick
@given(MOMENTS, GAPS, st.integers(0, 100000))
def test_looking_again_later_changes_nothing(created, gaps, minutes):
    one, history = lived(created, gaps)
    once = replace(one, due=reckon(CALENDAR, LEVELS, one, history, one.updated_at))
    again = reckon(CALENDAR, LEVELS, once, history, one.updated_at + timedelta(minutes=minutes))
    assert again == once.due


def test_the_round_begins_with_the_last_objection():
    history = facts(("objected", "2026-11-24T10:00", OLGA), ("reopened", "2026-11-26T10:00", OLGA))
    assert round_start(request(), history) == msk("2026-11-26T10:00")
    assert round_start(request(), []) == FILED


# --- impact ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "people", "impact"),
    [
        ("Не печатает принтер на стойке", 1, Impact.ONE),
        ("Ни у кого не открывается Битрикс24", 1, Impact.MANY),
        ("У всех пустая карточка гостя", 1, Impact.MANY),
        ("Карточка пустая не у всех, только у меня", 1, Impact.ONE),
        ("Никто не может войти", 1, Impact.MANY),
        ("Весь отель без связи", 1, Impact.MANY),
        ("Все администраторы без доступа", 1, Impact.MANY),
        ("Nobody can log in", 1, Impact.MANY),
        ("The whole front desk is offline", 1, Impact.MANY),
        ("My report is empty", 1, Impact.ONE),
        ("My report is empty", 2, Impact.ONE),
        ("My report is empty", 3, Impact.MANY),
    ],
)
def test_impact_is_read_from_words_and_votes(words, people, impact):
    assert impact_of(words, people) is impact


@pytest.mark.parametrize(
    ("kind", "one", "many"),
    [
        (RequestType.PROBLEM, Priority.CRITICAL, Priority.CRITICAL),
        (RequestType.INCIDENT, Priority.HIGH, Priority.CRITICAL),
        (RequestType.SERVICE, Priority.NORMAL, Priority.HIGH),
        (RequestType.DEVELOPMENT, Priority.LOW, Priority.NORMAL),
    ],
)
def test_priority_comes_from_type_and_impact(kind, one, many):
    assert default_priority(kind) is one
    assert default_priority(kind, Impact.MANY) is many


# --- a deadline set by hand -----------------------------------------------------------------------------------

SATURDAY = "2026-11-28T15:00"


def promise(at="2026-11-23T12:00", to=SATURDAY):
    return Fact("deadline_changed", msk(at), PYOTR, "Пётр Ким", "", {"to": msk(to).isoformat()})


@pytest.mark.parametrize(
    ("later", "due"),
    [
        ([], SATURDAY),  # as it was set, be it in closed time
        ([("asked", "2026-11-23T13:00"), ("replied", "2026-11-23T15:00", OLGA)], "2026-11-30T11:00"),
        ([("asked", "2026-11-29T13:00"), ("replied", "2026-11-30T15:00", OLGA)], SATURDAY),
        ([("priority", "2026-11-23T13:00")], "2026-11-24T10:00"),
        ([("answered", "2026-11-23T13:00"), ("objected", "2026-11-23T14:00", OLGA)], "2026-11-24T14:00"),
    ],
)
def test_a_day_promised_in_the_task_holds_until_the_next_promise(later, due):
    one = request(first_replied_at=FILED)
    found = reckoned(one, [promise(), *facts(*later)], now="2026-12-01T10:00")
    assert found.solution == msk(due)
    assert ("by_hand" in found.derivation) == (due in {SATURDAY, "2026-11-30T11:00"})


def test_a_clock_that_stands_has_no_promised_day_either():
    one = request(status=Status.WAITING, first_replied_at=FILED)
    history = [promise(), *facts(("asked", "2026-11-23T13:00"))]
    assert reckoned(one, history, now="2026-12-01T10:00").solution is None
