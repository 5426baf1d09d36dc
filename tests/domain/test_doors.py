"""The merge of doors as an algebra: no order of arrival matters, and nobody blanks what he doesn't know."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.door_match import Evidence, Sighting, compare, match, names_of
from domain.doors import OF_THE_MOMENT, Cell, Declared, Door, Fact, first_door, merge, told
from domain.portal import Hotel

NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)
AUTHORITY = {"suite8": 50, "opera_db": 50, "fias": 10}
NAMES = ("state", "arrival", "departure", "room", "guest_name", "rate_code", "notes", "extra.vip_note")
STATES = ("tentative", "confirmed", "in_house", "checked_out", "cancelled", "no_show")

moments = st.integers(0, 6).map(lambda minutes: NOON + timedelta(minutes=minutes))
values = st.sampled_from((*STATES, "", "a", "б", None, 0, 1, 2))
cells = st.builds(Cell, values, moments, st.integers(0, 2))
tellings = st.dictionaries(st.sampled_from(NAMES), cells, max_size=5)
stories = st.lists(st.tuples(st.sampled_from(sorted(AUTHORITY)), tellings), max_size=8)


def heard(story):
    """What each door has told, taken in in this order."""
    doors = {}
    for door, news in story:
        doors[door] = told(doors.get(door, {}), news)
    return doors


def complete(doors):
    """The same, with what every stay needs told by somebody long ago."""
    long_ago = NOON - timedelta(days=1)
    needed = {"state": "confirmed", "arrival": "2026-11-23", "departure": "2026-11-25"}
    base = {name: Cell(value, long_ago, -1) for name, value in needed.items()}
    return {**doors, "opera_db": told(doors.get("opera_db", {}), base)}


@given(story=stories, order=st.randoms())
def test_the_order_of_arrival_does_not_matter(story, order):
    shuffled = list(story)
    order.shuffle(shuffled)
    assert merge("stay", heard(story), AUTHORITY) == merge("stay", heard(shuffled), AUTHORITY)


@given(story=stories)
def test_the_same_again_changes_nothing(story):
    assert heard([*story, *story]) == heard(story)


@given(story=stories, door=st.sampled_from(sorted(AUTHORITY)), news=tellings)
def test_a_door_changes_only_the_fields_it_knows(story, door, news):
    before = merge("stay", complete(heard(story)), AUTHORITY)
    after = merge("stay", complete(heard([*story, (door, news)])), AUTHORITY)
    derived = {"checked_in_at", "checked_out_at"} if "state" in news else set()
    for name in set(before) - set(news) - derived:
        assert after[name] == before[name]
    assert set(before) - derived <= set(after)


@given(story=stories)
def test_states_follow_the_newest_moment_of_all_doors(story):
    doors = complete(heard(story))
    newest = max(cell.at for cells in doors.values() for name, cell in cells.items() if name == "state")
    told_then = {c["state"].value for c in doors.values() if "state" in c and c["state"].at == newest}
    assert merge("stay", doors, AUTHORITY)["state"] in told_then


@given(story=stories)
def test_details_come_from_the_most_trusted_door_that_knows_them(story):
    doors = complete(heard(story))
    merged = merge("stay", doors, AUTHORITY)
    for name in set(merged) - OF_THE_MOMENT:
        trust = max(AUTHORITY[door] for door, cells in doors.items() if name in cells)
        assert merged[name] in [
            c[name].value for door, c in doors.items() if name in c and AUTHORITY[door] == trust
        ]


def test_a_check_in_undone_goes_back_and_takes_its_moment_along():
    booked = {
        "state": Cell("confirmed", NOON),
        "arrival": Cell("2026-11-23", NOON),
        "departure": Cell("2026-11-25", NOON),
        "guest_name": Cell("Иванов Иван", NOON),
    }
    came = {
        "state": Cell("in_house", NOON + timedelta(minutes=5)),
        "room": Cell("305", NOON + timedelta(minutes=5)),
        "checked_in_at": Cell("2026-11-23T09:05:00Z", NOON + timedelta(minutes=5)),
        "guest_name": Cell("IVANOV", NOON + timedelta(minutes=5)),
    }
    stay = merge("stay", {"suite8": booked, "fias": came}, AUTHORITY)
    assert stay["state"] == "in_house"
    assert stay["room"] == "305"
    assert stay["guest_name"] == "Иванов Иван"  # the books spell him better
    assert stay["checked_in_at"] == "2026-11-23T09:05:00Z"

    undone = told(booked, {"state": Cell("confirmed", NOON + timedelta(minutes=9), 1)})
    stay = merge("stay", {"suite8": undone, "fias": came}, AUTHORITY)
    assert stay["state"] == "confirmed"
    assert "checked_in_at" not in stay


def test_a_check_out_alone_is_no_stay():
    assert merge("stay", {"fias": {"state": Cell("checked_out", NOON)}}, AUTHORITY) is None


def test_a_later_read_of_one_door_counts_whatever_stamp_it_has():
    """A phone changed without the PMS moving its stamp: the later read is right."""
    first = {"phones": Cell(["+79160000001"], NOON, 1)}
    assert told(first, {"phones": Cell([], NOON, 2)})["phones"].value == []
    assert told({"phones": Cell([], NOON, 2)}, first)["phones"].value == []


# --- what a hotel's doors give -------------------------------------------------------------------------------


def hotel(*doors):
    return Hotel(1, "GRAND", "Гранд", doors=doors)


def test_what_no_door_gives_is_not_known():
    fias = Door("fias", "fias", live=True, authority=10, declared=Declared(
        frozenset({"state", "room"}), frozenset({"last_name"}), frozenset({Fact.IN_HOUSE})))  # fmt: skip
    alone = hotel(fias)
    assert alone.knows("stay", "room")
    assert not alone.knows("profile", "birthday")
    assert not alone.gives(Fact.BOOKINGS)
    both = hotel(fias, Door("suite8", "suite8", authority=50))
    assert both.knows("profile", "birthday")
    assert both.gives(Fact.BOOKINGS)
    assert hotel().knows("profile", "birthday")


def test_the_numbers_are_those_of_the_most_trusted_door_that_is_read():
    fias, xml, files = (
        Door("fias", "fias", live=True, authority=99),
        Door("suite8", "suite8", authority=50),
        Door("exports", "exports", authority=30),
    )
    assert first_door((fias, files, xml)) is xml
    assert first_door((fias,)) is fias
    assert first_door(()) is None


# --- whose stay it is ----------------------------------------------------------------------------------------

CAME, LEAVES = date(2026, 11, 23), date(2026, 11, 26)


def seen(key, room="305", name="Иванов Иван", arrival=CAME, departure=LEAVES, state="confirmed"):
    return Sighting(key, room, arrival, departure, names_of(name), state)


def test_a_stay_is_matched_by_room_dates_and_name_in_any_alphabet():
    others = [seen("1"), seen("2", room="306", name="Петрова Анна"), seen("3", room="307", name="Сидоров")]
    assert match(seen("77", name="IVANOV"), others) == "1"
    assert match(seen("77", room="", name="PETROVA ANNA"), others) == "2"
    assert match(seen("77", name="Кузнецов"), others) is None
    assert match(seen("77", room="999", name="Сидоров", arrival=CAME + timedelta(5)), others) is None


def test_sharers_are_told_apart_by_name_or_not_at_all():
    couple = [seen("1", name="Иванов Иван"), seen("2", name="Иванова Мария")]
    assert match(seen("77", name="IVANOVA MARIIA"), couple) == "2"
    assert match(seen("77", name="IVANOV"), couple) == "1"
    assert match(seen("77", name=""), couple) is None
    brothers = [seen("1", name="Иванов Иван"), seen("2", name="Иванов Пётр")]
    assert match(seen("77", name="IVANOV"), brothers) is None
    assert match(seen("77", name="IVANOV PETR"), brothers) == "2"


def test_letters_that_a_code_page_does_not_have_hide_nobody():
    others = [seen("1", name="Mönch Jürgen"), seen("2", room="306", name="Müller Jörg")]
    assert match(seen("77", name="M?nch J?rgen"), others) == "1"
    assert match(seen("77", room="", name="M\N{REPLACEMENT CHARACTER}ller"), others) == "2"
    assert (
        match(seen("77", name="????"), [others[0]]) == "1"
    )  # room and dates alone, for the name says nothing
    assert (
        match(seen("77", name="P?trov"), [seen("1", name="Сидоров", departure=LEAVES + timedelta(1))]) is None
    )


def test_a_stay_that_was_called_off_is_nobody():
    assert match(seen("77"), [seen("1", state="cancelled"), seen("2", state="no_show")]) is None


@pytest.mark.parametrize(
    ("agree", "contradict", "verdict"),
    [(3, 0, True), (2, 0, None), (40, 2, True), (20, 2, None), (0, 3, False), (3, 3, None), (0, 0, None)],
)
def test_numbers_are_the_same_only_when_proven(agree, contradict, verdict):
    assert Evidence(agree + contradict, agree, contradict).verdict is verdict


def test_the_probe_looks_at_stays_that_both_doors_see():
    rooms = [("305", "Иванов"), ("306", "Петров"), ("307", "Сидоров"), ("308", "Кузнецов")]
    ours = [seen(str(n), room, name) for n, (room, name) in enumerate(rooms)]
    alike = [seen(str(n), room, name) for n, (room, name) in enumerate(rooms)]
    assert compare(alike, ours) == Evidence(4, 4, 0)
    shifted = [seen(str(n + 1), room, name) for n, (room, name) in enumerate(rooms)]
    assert compare(shifted, ours) == Evidence(4, 0, 4)
    strangers = [seen("9001", "900", "Никто"), seen("9002", "901", "Некто")]
    assert compare(strangers, ours) == Evidence(2, 0, 0)
