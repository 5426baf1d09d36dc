"""Settings as a tree: what is put can be read, what differs is told, what is secret is never told."""

from hypothesis import given
from hypothesis import strategies as st

from domain import settings_tree as tree

NAMES = st.sampled_from(["support", "hours", "sync", "name", "password", "key", "a"])
VALUES = st.one_of(st.integers(), st.text(max_size=5), st.booleans(), st.lists(st.integers(), max_size=3))
TREES = st.dictionaries(NAMES, st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=4)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
CODES = st.sampled_from(["GRAND", "PARK"])


@given(TREES, PATHS, VALUES)
def test_what_is_put_is_there_and_can_be_taken_back(before, path, value):
    after = tree.put(before, {path: value})
    assert tree.at(after, path) == value
    assert tree.at(tree.put(after, {path: None}), path) is None


@given(TREES, CODES, CODES, PATHS, VALUES)
def test_a_hotel_goes_by_its_code(before, one, other, path, value):
    after = tree.put(before, {f"hotels.{one}.{path}": value, f"hotels.{other}.name": "x"})
    assert tree.at(after, f"hotels.{other}.name") == "x"
    assert len(after["hotels"]) == len({one, other})
    gone = tree.put(after, {f"hotels.{one}": None})
    assert tree.at(gone, f"hotels.{one}") is None


@given(TREES, TREES)
def test_nothing_differs_from_itself_and_every_difference_is_one(before, after):
    assert tree.differences(before, before) == []
    for path, was, now in tree.differences(before, after):
        assert was != now
        assert (dict(tree.leaves(before)).get(path), dict(tree.leaves(after)).get(path)) == (was, now)


@given(TREES)
def test_no_secret_is_told(some):
    held = {"hotels": [{"code": "GRAND", "sources": [{"kind": "suite8", "password": "s3cret"}], **some}]}
    sealed = tree.each_secret(held, lambda value: {"sealed": "…"} if value == "s3cret" else value)
    told = [tree.told(path, value) for path, value in tree.leaves(sealed)]
    assert "s3cret" not in str(told)
    assert tree.BLANK in told


def test_what_the_file_fixes_holds_for_what_lies_above_and_below():
    fixed = frozenset({"support.hours", "hotels.GRAND.source.url"})
    assert tree.is_fixed("support.hours", fixed)
    assert tree.is_fixed("support.hours.friday", fixed)
    assert tree.is_fixed("support", fixed)
    assert tree.is_fixed("hotels.GRAND.source", fixed)
    assert not tree.is_fixed("support.hourly", fixed)
    assert not tree.is_fixed("hotels.PARK.source", fixed)
