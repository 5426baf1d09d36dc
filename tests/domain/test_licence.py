"""The licence by dates: an algebra of days, whatever the terms."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.licence import SOON_DAYS, LicenceState, Terms, judge

DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))
ORDER = [LicenceState.ACTIVE, LicenceState.GRACE, LicenceState.ENDED]


@pytest.mark.parametrize(
    ("day", "state", "stage"),
    [
        ("2026-11-16", "active", ""),
        ("2026-11-17", "active", "soon"),
        ("2026-12-01", "active", "soon"),
        ("2026-12-02", "grace", "grace"),
        ("2026-12-08", "grace", "grace"),
        ("2026-12-09", "ended", "ended"),
    ],
)
def test_by_example(day, state, stage):
    found = judge(Terms(date(2026, 12, 1), 7), date.fromisoformat(day))
    assert (found.state, found.stage) == (state, stage)


def test_no_record_is_unlimited():
    found = judge(Terms(), date(2099, 1, 1))
    assert (found.state, found.stage, found.ended) == (LicenceState.NONE, "", False)


@given(DAYS, st.integers(0, 365), DAYS)
def test_states_only_go_on_and_days_add_up(paid, grace, today):
    terms = Terms(paid, grace)
    found, tomorrow = judge(terms, today), judge(terms, today + timedelta(days=1))
    assert ORDER.index(found.state) <= ORDER.index(tomorrow.state)
    assert found.ended == (today > paid + timedelta(days=grace))
    assert (found.state is LicenceState.ACTIVE) == (today <= paid)
    assert found.soon == (0 <= (paid - today).days <= SOON_DAYS)
    end = {LicenceState.ACTIVE: paid, LicenceState.GRACE: found.grace_until, LicenceState.ENDED: today}
    assert today + timedelta(days=found.days_left) == end[found.state]


@given(DAYS, st.integers(0, 365), st.integers(0, 365), DAYS)
def test_more_grace_never_ends_earlier(paid, less, more, today):
    less, more = sorted((less, more))
    assert judge(Terms(paid, less), today).ended or not judge(Terms(paid, more), today).ended
