"""The table of rights: it agrees with the table of moves, with the page, and with what hotels a role is given for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.command_names import ALL
from bot.desk_commands import MOVES as COMMANDS
from domain.chat import Channel
from domain.errors import Refused
from domain.people import Grant, Person, Role
from domain.portal import Hotel, Portal
from domain.requests import MOVES, Action, Due, Priority, Request, RequestType, Status
from domain.rights import RIGHTS, Place, Standing, allows, check, parts_of, printed, standings

AT = datetime(2026, 11, 20, tzinfo=UTC)
PORTAL = Portal(1, "main", "https://h", hotels=(Hotel(1, "GRAND", "Гранд"), Hotel(2, "PARK", "Парк")))


def person(number, *grants):
    return Person(number, 1, f"person {number}", grants=grants)


def request(requester=5, hotel=1):
    return Request(
        1, 1, "FB-2026-000001", RequestType.INCIDENT, Priority.HIGH, Status.REGISTERED, "s", "d",
        Channel.BITRIX24, requester, AT, AT, Due(None, None), hotel_id=hotel,
    )  # fmt: skip


def test_the_page_shows_this_table():
    page = (Path(__file__).parents[2] / "docs/roles.md").read_text(encoding="utf-8")
    assert printed() in page


def test_every_command_has_a_right():
    assert not {name for name in ALL if COMMANDS.get(name, {"request": "card"}.get(name, name)) not in RIGHTS}


def test_moves_belong_to_whom_the_table_of_moves_gives_them():
    for action in Action:
        parts = {part for move in MOVES if move.action is action for part in move.parts}
        assert parts_of(RIGHTS[action.value].who) == parts
        assert {standing.value for standing in RIGHTS[action.value].who} == {part.value for part in parts}


@pytest.mark.parametrize("name", RIGHTS)
@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("place", Place)
def test_a_right_is_checked_by_standing_and_place(name, standing, place):
    right = RIGHTS[name]
    order = [Place.PRIVATE, Place.THREAD, Place.ANYWHERE]
    fits = order.index(place) <= order.index(right.where)
    if standing in right.who and fits:
        check(name, {standing}, place)
        return
    with pytest.raises(Refused) as refusal:
        check(name, {standing}, place)
    wanted = {"not-yours"} if standing not in right.who else {"only-in-private", "only-in-thread"}
    assert refusal.value.code in wanted


@pytest.mark.parametrize(
    ("who", "grants", "found"),
    [
        (5, [], {"requester"}),
        (6, [], {"colleague"}),
        (6, [Grant(Role.FRONT_DESK, ("GRAND",))], {"colleague"}),
        (6, [Grant(Role.FRONT_DESK, ("park",))], set()),
        (2, [Grant(Role.SUPPORT)], {"colleague", "support"}),
        (2, [Grant(Role.SUPPORT, ("PARK",))], set()),
        (4, [Grant(Role.MANAGER, ("grand",))], {"colleague", "manager"}),
        (4, [Grant(Role.MANAGER, ("PARK",))], set()),
        (1, [Grant(Role.ADMIN)], {"colleague", "admin"}),
        (7, [Grant(Role.REPRESENTATIVE, ("GRAND",))], {"colleague", "representative"}),
        (5, [Grant(Role.SUPPORT)], {"requester", "support"}),
    ],
)
def test_how_somebody_stands_towards_a_request_of_one_hotel(who, grants, found):
    assert standings(person(who, *grants), PORTAL, request()) == {"anyone", *found}


def test_who_is_unknown_stands_nowhere():
    assert standings(None, PORTAL, request()) == frozenset()
    assert not any(allows(name, frozenset()) for name in RIGHTS)


def test_a_requester_is_his_own_representative_where_none_is_named():
    requester = person(5)
    assert Standing.REPRESENTATIVE not in standings(requester, PORTAL, request())
    assert Standing.REPRESENTATIVE in standings(requester, PORTAL, request(), represented=False)


def test_a_request_of_no_hotel_is_for_whoever_works_for_all():
    assert Standing.COLLEAGUE in standings(person(6), PORTAL, request(hotel=None))
    bound = person(6, Grant(Role.FRONT_DESK, ("GRAND",)))
    assert Standing.COLLEAGUE not in standings(bound, PORTAL, request(hotel=None))


def test_an_administrator_does_all_but_supports_work():
    admin = {Standing.ANYONE, Standing.ADMIN}
    assert allows("card", admin)
    assert not any(allows(name, admin) for name in ("take", "answer", "thread", "notes", "priority", "merge"))
