"""One test over all rights: every button, for everybody, in every place; what the table forbids changes nothing."""

import pytest

from domain.people import Grant, Role
from domain.requests import Action
from domain.rights import RIGHTS, Place, allows
from storage import Database
from tests.conftest import FakeClock
from tests.lab import HOTEL_GROUP, file_request, open_lab

NUMBER = "FB-2026-000001"
GRANTS = {
    "1": [Grant(Role.ADMIN)],
    "2": [Grant(Role.SUPPORT)],
    "3": [Grant(Role.REPRESENTATIVE, ("GRAND",))],
    "4": [Grant(Role.MANAGER, ("GRAND",))],
    "5": [Grant(Role.FRONT_DESK, ("GRAND",))],
    "6": [Grant(Role.FRONT_DESK, ("GRAND",))],
}
PEOPLE = {
    "requester": "5",
    "colleague": "6",
    "representative": "3",
    "support": "2",
    "manager": "4",
    "admin": "1",
}
BUTTONS = {
    "summary": "r:card:1",
    "write": "r:reply:1",
    "join": "r:join:1",
    "hand_over": "r:hand_over:1",
    "priority": "r:priority:1",
    "type": "r:type:1",
    "template": "t:list",
    "outage": "u:end:1",
    "choose": "o:1:2:1",
    **{action.value: f"r:{action}:1" for action in Action if action not in {Action.REPLY, Action.CHOOSE}},
}
"""A button per right that has one."""
COMMANDS = ("take", "ask", "options", "answer", "priority", "type", "handover", "merge", "notneeded", "template add a: b",
            "outage x", "release 1.4.0", "solved", "unsolved", "close", "withdraw", "reopen")  # fmt: skip


@pytest.fixture
async def lab(sqlite_url: str, clock: FakeClock, tmp_path):
    database = Database.open(sqlite_url)
    lab = await open_lab(database, clock, tmp_path, grants=GRANTS, hotels=("GRAND", "PARK"))
    for user_id in GRANTS:
        await lab.known(user_id)
    await file_request(lab.staff("5"))
    yield lab
    await database.close()


@pytest.mark.parametrize("who", PEOPLE)
async def test_no_button_does_what_the_table_forbids(lab, who):
    person = lab.staff(PEOPLE[who])
    request = await lab.request()
    places = {Place.PRIVATE: None, Place.THREAD: lab.bitrix.thread(NUMBER), Place.ANYWHERE: HOTEL_GROUP}
    order = list(places)
    async with lab.scopes.reading(lab.portal.id) as scope:
        standings = await lab.requests.rights.of(scope, await lab.person(person.user_id), request)
    assert who in standings
    for right, payload in BUTTONS.items():
        for place, address in places.items():
            here = order.index(place) <= order.index(RIGHTS[right].where)
            if allows(right, standings) and here:
                continue
            count = len(person.messages(address))
            await person.forges(payload, at=address)
            assert len(person.messages(address)) > count, f"no answer to {payload} in {place}"
            answer = person.last(address)
            assert not answer.buttons, f"{payload} in {place}: {answer.text}"
    assert await lab.request() == request
    assert await lab.history() == ["filed"]


@pytest.mark.parametrize("who", ["requester", "colleague", "representative", "manager", "admin"])
async def test_no_command_of_support_is_anybody_elses(lab, who):
    person, request = lab.staff(PEOPLE[who]), await lab.request()
    for command in COMMANDS[:11]:
        for address in (None, lab.bitrix.thread(NUMBER), HOTEL_GROUP):
            name, _, words = command.partition(" ")
            number = f" {NUMBER}" if name not in {"template", "outage", "merge"} else ""
            await person.writes(f"/{name}{number} {words}".strip(), to=address)
    assert await lab.request() == request
    assert await lab.history() == ["filed"]
    async with lab.db.reading() as tx:
        from storage import outages, templates

        assert not await outages.lasting(tx, lab.portal.id)
        assert bool(await templates.listed(tx, lab.portal.id)) is (who == "admin")


async def test_what_the_table_allows_is_done(lab):
    thread = lab.bitrix.thread(NUMBER)
    support, olga, rep = lab.staff("2"), lab.staff("5"), lab.staff("3")
    await support.forges("r:take:1", at=thread)
    await support.writes("/options 1. Ночью 2. Сейчас", to=thread)
    await olga.presses("1. Ночью")
    await support.writes("/answer Готово", to=thread)
    await olga.presses("Решено")
    assert "Закрыть" not in olga.last().labels  # a representative is named
    await rep.presses("Закрыть")
    assert (await lab.request()).closed_as == "confirmed"
    assert await lab.history() == ["filed", "taken", "offered", "chosen", "answered", "confirmed", "closed"]


async def test_a_representative_may_object_with_a_reason(lab):
    thread = lab.bitrix.thread(NUMBER)
    support, olga, rep = lab.staff("2"), lab.staff("5"), lab.staff("3")
    await support.writes("/answer Готово", to=thread)
    await olga.presses("Решено")
    await rep.presses("Не решено")
    await rep.writes("В отчёте не те суммы")
    request = await lab.request()
    assert (request.status, request.round) == ("in_progress", 2)
    olga.never_saw("История")
