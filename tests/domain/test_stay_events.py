"""What happened to a stay between two looks, forwards and backwards."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mapping.records import facts
from domain.stay_events import events
from domain.stays import Stay, StayState

DAY = date(2026, 11, 20)
STAY = Stay("1", StayState.IN_HOUSE, DAY, DAY + timedelta(days=2), room="305", room_type="DBL")


def kinds(**changes):
    return [one.kind for one in events(facts(STAY), facts(replace(STAY, **changes)))]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"market": "X"}, []),
        ({"room": "410"}, ["room"]),
        ({"room": ""}, ["room-taken"]),
        ({"room": "410", "room_type": "SUI"}, ["room", "room-type"]),
        ({"departure": DAY + timedelta(days=3)}, ["dates"]),
        ({"state": StayState.CHECKED_OUT}, ["state"]),
        ({"state": StayState.CONFIRMED}, ["checkin-undone"]),
    ],
)
def test_what_changes_is_told(changes, told):
    assert kinds(**changes) == told


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (StayState.CANCELLED, StayState.CONFIRMED, "reinstated"),
        (StayState.NO_SHOW, StayState.IN_HOUSE, "reinstated"),
        (StayState.CHECKED_OUT, StayState.IN_HOUSE, "checkout-undone"),
        (StayState.CONFIRMED, StayState.NO_SHOW, "state"),
    ],
)
def test_states_go_both_ways(before, after, kind):
    (found,) = events(facts(replace(STAY, state=before)), facts(replace(STAY, state=after)))
    assert (found.kind, found.before, found.after) == (kind, before.value, after.value)


@given(st.sampled_from(list(StayState)), st.sampled_from(list(StayState)), st.sampled_from(["", "1", "2"]))
def test_nothing_is_told_twice_and_something_whenever_a_fact_differs(before, after, room):
    old, new = facts(replace(STAY, state=before)), facts(replace(STAY, state=after, room=room))
    found = events(old, new)
    assert bool(found) == (old != new)
    assert len({one.kind for one in found}) == len(found)
