"""Lines in a deal's timeline: one per thing that happened, whatever became of the answer or of us."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.stays import StayState
from sandbox.portal.crm_store import crm_of
from tests.sync.house import guest, stay


class Killed(BaseException):
    """Our process died here."""


def told(house):
    """Per deal, what stands in its timeline."""
    store = crm_of(house.stand.portal).portal.store("crm_comments", first_id=999)
    found = {}
    for row in sorted(store, key=lambda one: one["id"]):
        found.setdefault(row["ENTITY_ID"], []).append(row["COMMENT"])
    return found


async def checked_in(house, count=3):
    """So many confirmed stays in the CRM, now checked in at the hotel."""
    for number in range(count):
        house.pms.put(guest(number + 1), stay(number + 1, number + 1))
    await house.run()
    assert told(house) == {}
    later(house)
    for one in list(house.pms.stays.values()):
        house.pms.put(replace(one, state=StayState.IN_HOUSE))


def later(house, seconds=300):
    house.now += timedelta(seconds=seconds)
    house.pms.now = house.now


async def test_each_change_is_told_once_in_one_request(house):
    house.pms.capabilities |= {"business_date"}
    await checked_in(house, 60)
    house.stand.forget()
    await house.run()
    assert len(told(house)) == 60
    assert all(len(lines) == 1 for lines in told(house).values())
    (line,) = next(iter(told(house).values()))
    assert line.splitlines() == [
        "подтверждено → проживает",
        "Бизнес-дата 23.11.2026, по часам отеля 23.11.2026 12:05",
    ]
    commands = [
        one for one in house.stand.portal.requests if "crm.timeline.comment.add" in one.get("commands", ())
    ]
    assert len(commands) == 2  # fifty in the first
    before = told(house)
    later(house)
    await house.run()
    await house.run("full")
    assert told(house) == before


async def test_a_day_of_moves_back_and_forth_is_told_move_by_move(house):
    await checked_in(house, 1)
    await house.run()
    (one,) = house.pms.stays.values()
    for room in ("501", "502", "501"):
        later(house)
        house.pms.put(replace(house.pms.stays[one.reservation_id], room=room))
        await house.run()
    (lines,) = told(house).values()
    assert [line.splitlines()[0] for line in lines[1:]] == [
        f"Переезд: № {one.room} → № 501",
        "Переезд: № 501 → № 502",
        "Переезд: № 502 → № 501",
    ]


@pytest.mark.parametrize("executed", [True, False])
async def test_an_answer_that_was_lost_is_looked_for_when_it_has_settled(house, executed):
    await checked_in(house)
    crm, real = house.stand.crm, house.stand.crm.notes

    async def lost(entity, lines):
        if executed:
            await real(entity, lines)
        return [None] * len(lines)

    crm.notes = lost
    await house.run()
    crm.notes = real
    await house.run()  # nobody knows yet: nothing is written again
    assert len(told(house)) == (3 if executed else 0)
    later(house)
    await house.run()
    assert sorted(map(len, told(house).values())) == [1, 1, 1]


@pytest.mark.parametrize("executed", [True, False])
async def test_a_crash_in_the_midst_of_it_neither_doubles_nor_loses_a_line(house, executed):
    await checked_in(house)
    crm, real = house.stand.crm, house.stand.crm.notes

    async def dies(entity, lines):
        if executed:
            await real(entity, lines[:2])
        raise Killed

    crm.notes = dies
    with pytest.raises(Killed):
        await house.run()
    crm.notes = real
    later(house)
    await house.run()
    assert sorted(map(len, told(house).values())) == [1, 1, 1]


async def test_a_deal_that_people_deleted_holds_nobody_up(house):
    await checked_in(house)
    crm, real = house.stand.crm, house.stand.crm.notes

    async def refused(_entity, lines):
        return [False] * len(lines)

    crm.notes = refused
    await house.run()
    crm.notes = real
    later(house)
    await house.run()
    assert told(house) == {}


async def test_a_hotel_may_do_without(house):
    from domain.mapping import read

    quiet = read("[rules]\ntimeline = false", "m.toml")
    house.hotel = replace(house.hotel, mapping=quiet)
    house.portal = replace(house.portal, hotels=(house.hotel,))
    await checked_in(house)
    await house.run()
    assert told(house) == {}
