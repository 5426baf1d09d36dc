"""The run behind several doors: what only a live door tells, what fits no other, and what is away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.texts import text
from domain.doors import UNMATCHED, Declared, Door, DoorRecord, Fact
from domain.errors import Temporary
from domain.guests import Profile, ProfileKind
from domain.stays import Stay, StayState
from handlers.outside import Outside
from handlers.scope import Scopes
from handlers.sync.doors import Doors
from storage import differences, staging, stays
from tests.sync import house as house_module
from tests.sync.house import guest, stay

NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)
CAME, LEAVES = date(2026, 11, 24), date(2026, 11, 26)
STAY_KNOWN = frozenset({"state", "room", "arrival", "departure", "guest_name", "profile_id"})
DECLARED = Declared(STAY_KNOWN, frozenset({"kind", "last_name"}), frozenset({Fact.IN_HOUSE}))
FIAS = Door("fias", "fias", live=True, authority=10, declared=DECLARED)
BOOKS = Door("pms", "suite8", authority=50)


def checks_in(number, profile, room, name, *, at=NOON):
    here = Stay(str(number), StayState.IN_HOUSE, CAME, LEAVES, str(profile), name, room=room)
    known = Profile(str(profile), ProfileKind.INDIVIDUAL, name)
    return (
        DoorRecord("stay", str(number), here, STAY_KNOWN, at),
        DoorRecord("profile", str(profile), known, frozenset({"kind", "last_name"}), at),
    )


def with_doors(house, *doors):
    hotel = replace(house.hotel, doors=doors)
    house.hotel, house.portal = hotel, replace(house.portal, hotels=(hotel,))
    return house


async def tells(house, *news):
    scopes = Scopes(house.db, lambda: house.now, text, lambda _id: house.portal)
    await Doors(scopes).deliver(house.portal.id, house.hotel, house.hotel.door("fias"), news)


async def test_a_hotel_with_nothing_but_a_live_door_has_its_guests_in_the_crm(house, monkeypatch):
    with_doors(house, FIAS)

    def no_sources(*parties):
        return Outside(*parties[:4], {})

    monkeypatch.setattr(house_module, "Outside", no_sources)
    await tells(house, *checks_in(4711, 900, "305", "Иванов"))
    report = await house.run()
    assert (report.counts.created, report.counts.failed) == (2, 0)
    (deal,) = house.items("deal").values()
    assert deal["originId"] == "4711"
    assert set(house.items("contact")) == {"900"}
    assert (await house.run()).counts.created == 0


async def test_a_stay_that_fits_no_other_waits_outside_the_crm(house):
    with_doors(house, BOOKS, replace(FIAS, same_ids=False))
    await tells(house, *checks_in(77, 5, "131", "ГОСТЬ"))
    report = await house.run()
    assert report.counts.created == report.counts.failed == 0
    assert house.items("deal") == house.items("contact") == {}
    async with house.db.reading() as tx:
        (alone,), _ = await stays.arrivals(tx, house.hotel.id, CAME, 10)
    assert alone.extra == {UNMATCHED: "fias"}

    booked = stay(31, 1, room="131", guest_name="Гость Иван", arrival=CAME, departure=LEAVES)
    house.pms.stamps_behind = timedelta(minutes=5)  # booked before he came, read after
    house.pms.put(guest(1), booked)
    report = await house.run("full")
    assert (report.counts.created, report.counts.failed) == (2, 0)
    assert set(house.items("deal")) == {booked.reservation_id}
    assert set(house.items("contact")) == {"1"}
    async with house.db.reading() as tx:
        (matched,), _ = await stays.arrivals(tx, house.hotel.id, CAME, 10)
    assert (matched.reservation_id, matched.state) == (booked.reservation_id, StayState.IN_HOUSE)


async def test_news_reach_the_crm_while_the_books_are_away(house, monkeypatch):
    with_doors(house, BOOKS, replace(FIAS, same_ids=True))
    booked = stay(31, 1, room="131", arrival=CAME, departure=LEAVES)
    house.pms.put(guest(1), booked)
    await house.run()
    before = house.items("deal")[booked.reservation_id]["stageId"]

    async def away():
        raise Temporary("pms-unreachable", "no answer in time")

    monkeypatch.setattr(house.pms, "source_time", away)
    house.now += timedelta(minutes=10)
    await tells(house, *checks_in(booked.reservation_id, 1, "131", "Гость1", at=NOON + timedelta(minutes=5)))
    with pytest.raises(Temporary) as told:
        await house.run()
    assert told.value.code == "pms-unreachable"
    after = house.items("deal")[booked.reservation_id]["stageId"]
    assert after != before
    async with house.db.reading() as tx:
        assert (await staging.cursor(tx, house.hotel.id, "pms")).at == NOON


async def test_who_is_only_told_by_a_live_door_is_not_gone_for_a_whole_read(house):
    with_doors(house, BOOKS, replace(FIAS, same_ids=True))
    await tells(house, *checks_in(4711, 900, "305", "Иванов"))
    await house.run("full")
    async with house.db.reading() as tx:
        assert await differences.unseen_stays(tx, house.hotel.id, 10_000, CAME, CAME) == []
