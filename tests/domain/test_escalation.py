"""Escalation rules: read, written, and what calls for whom at a given moment."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.escalation import (
    DEFAULT_RULES,
    EscalationError,
    Occasion,
    Recipient,
    Rule,
    alarms,
    as_table,
    parse_rules,
)
from domain.request_clocks import with_told
from domain.requests import Priority, Status
from tests.domain.test_request_clocks import CALENDAR, msk, reckoned, request


def test_an_empty_table_is_the_default_and_an_empty_list_is_silence():
    assert parse_rules({}) == DEFAULT_RULES
    assert [rule.occasion for rule in parse_rules({"overdue": []})] == [Occasion.NOT_TAKEN, Occasion.DUE_SOON]


def test_a_table_is_read():
    rules = parse_rules(
        {
            "not_taken": [{"after": "30m", "to": ["support"]}, {"after": "1d", "to": ["manager", 17]}],
            "due_soon": {"before": "1h", "to": "responsible"},
            "overdue": [{"to": ["thread"]}],
        }
    )
    assert rules == (
        Rule(Occasion.NOT_TAKEN, ("support",), timedelta(minutes=30)),
        Rule(Occasion.NOT_TAKEN, ("manager", "17"), timedelta(hours=9)),
        Rule(Occasion.DUE_SOON, ("responsible",), before=timedelta(hours=1)),
        Rule(Occasion.OVERDUE, ("thread",)),
    )


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"late": []}, "'late'"),
        ({"overdue": [{"to": ["boss"]}]}, "'boss'"),
        ({"overdue": [{"to": []}]}, "overdue.to"),
        ({"overdue": [{}]}, "overdue.to"),
        ({"overdue": ["manager"]}, "support.escalation.overdue"),
        ({"overdue": [{"before": "1h", "to": ["manager"]}]}, "'before'"),
        ({"not_taken": [{"after": "soon", "to": ["manager"]}]}, "not_taken.after"),
        ({"due_soon": [{"share": 100, "to": ["manager"]}]}, "due_soon.share"),
        ({"due_soon": [{"share": True, "to": ["manager"]}]}, "due_soon.share"),
    ],
)
def test_a_wrong_table_names_the_key(table, named):
    with pytest.raises(EscalationError, match=named):
        parse_rules(table)


RECIPIENTS = st.lists(
    st.sampled_from([*map(str, Recipient), "17", "4"]), min_size=1, max_size=4, unique=True
).map(tuple)
SPANS = st.integers(0, 3000).map(lambda minutes: timedelta(minutes=minutes))
RULES = st.one_of(
    st.builds(Rule, st.just(Occasion.NOT_TAKEN), RECIPIENTS, SPANS),
    st.builds(Rule, st.just(Occasion.OVERDUE), RECIPIENTS, SPANS),
    st.builds(Rule, st.just(Occasion.DUE_SOON), RECIPIENTS, share=st.integers(1, 99)),
    st.builds(
        Rule,
        st.just(Occasion.DUE_SOON),
        RECIPIENTS,
        before=st.integers(1, 900).map(lambda m: timedelta(minutes=m)),
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(RULES, max_size=6))
def test_what_is_written_is_read_again(rules):
    ordered = tuple(rule for occasion in Occasion for rule in rules if rule.occasion is occasion)
    assert parse_rules(as_table(rules)) == ordered


# --- alarms: high priority, 1 h and 9 h; filed on Monday at 10:00 ------------------------------------------------


def filed(**changes):
    one = request(status=Status.REGISTERED, **changes)
    return replace(one, due=reckoned(one))


def heard(one, at, rules=()):
    found, _ = alarms(CALENDAR, one, rules, msk(at))
    return [(alarm.occasion, alarm.clock and alarm.clock.value, alarm.to) for alarm in found]


SOON, OVER = ("thread",), ("thread",)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T10:44", []),
        ("2026-11-23T10:45", [("due_soon", "first_reply", SOON)]),
        ("2026-11-23T10:59", [("due_soon", "first_reply", SOON)]),
        ("2026-11-23T11:00", [("overdue", "first_reply", OVER)]),  # late: "soon" is overtaken
        ("2026-11-23T16:44", [("overdue", "first_reply", OVER)]),
        ("2026-11-23T16:45", [("due_soon", "solution", SOON), ("overdue", "first_reply", OVER)]),
        ("2026-11-24T10:00", [("overdue", "first_reply", OVER), ("overdue", "solution", OVER)]),
    ],
)
def test_the_thread_is_warned_at_three_quarters_and_at_the_deadline(at, expected):
    assert heard(filed(), at) == expected


def test_each_is_told_once_and_survives_a_pause_of_the_service():
    one, seen = filed(), []
    for at in (
        "2026-11-23T10:50",
        "2026-11-23T10:51",
        "2026-11-23T11:05",
        "2026-11-30T12:00",
        "2026-11-30T13:00",
    ):
        found, settled = alarms(CALENDAR, one, DEFAULT_RULES, msk(at))
        seen += [alarm.key for alarm in found]
        one = with_told(one, settled)
    assert len(seen) == len(set(seen))
    assert [key.split(":")[:2] for key in seen] == [
        ["due_soon", "first_reply"],
        ["not_taken", "-"],
        ["overdue", "first_reply"],
        ["overdue", "solution"],
    ]


def test_rules_with_the_same_threshold_are_one_alarm_to_all_they_name():
    rules = parse_rules({"not_taken": [], "due_soon": [], "overdue": [{"to": ["manager", "responsible"]}]})
    expected = [("overdue", "first_reply", ("thread", "manager", "responsible"))]
    assert heard(filed(), "2026-11-23T11:00", rules) == expected


def test_overdue_by_an_amount_counts_support_time_only():
    rules = parse_rules({"not_taken": [], "due_soon": [], "overdue": [{"after": "4h", "to": ["manager"]}]})
    one = with_told(
        filed(),
        [key for alarm in alarms(CALENDAR, filed(), (), msk("2026-11-23T11:00"))[0] for key in [alarm.key]],
    )
    assert heard(one, "2026-11-23T14:59", rules) == []
    assert heard(one, "2026-11-23T15:00", rules) == [("overdue", "first_reply", ("manager",))]


def test_before_the_deadline_by_an_amount():
    rules = parse_rules({"not_taken": [], "due_soon": [{"before": "2h", "to": ["manager"]}], "overdue": []})
    one = replace(filed(), status=Status.IN_PROGRESS, first_replied_at=msk("2026-11-23T10:10"))
    thread = ("due_soon", "solution", ("thread",))
    assert heard(one, "2026-11-23T16:59", rules) == [thread]
    assert heard(one, "2026-11-23T17:00", rules) == [thread, ("due_soon", "solution", ("manager",))]


def test_not_taken_counts_from_the_filing_in_support_time():
    rules = parse_rules({"due_soon": [], "overdue": []})
    friday = filed(created_at=msk("2026-11-20T17:50"))
    assert heard(friday, "2026-11-22T12:00", rules) == []
    assert ("not_taken", None, ("support",)) in heard(friday, "2026-11-23T09:20", rules)
    assert ("not_taken", None, ("support",)) not in heard(friday, "2026-11-23T09:19", rules)
    taken = replace(friday, status=Status.IN_PROGRESS)
    assert all(occasion != "not_taken" for occasion, _, _ in heard(taken, "2026-11-23T12:00", rules))


def test_waiting_and_answered_requests_alarm_nobody():
    for status in (Status.WAITING, Status.ANSWERED, Status.COMPLETED, Status.CLOSED):
        one = replace(filed(), status=status, first_replied_at=msk("2026-11-23T10:10"))
        assert heard(one, "2026-12-23T10:00", DEFAULT_RULES) == []


def test_another_priority_is_another_promise():
    one = filed()
    _, settled = alarms(CALENDAR, one, (), msk("2026-11-24T10:00"))
    one = with_told(one, settled)
    raised = replace(one, priority=Priority.CRITICAL)
    assert [alarm.occasion for alarm in alarms(CALENDAR, raised, (), msk("2026-11-24T10:00"))[0]] == [
        "overdue",
        "overdue",
    ]
