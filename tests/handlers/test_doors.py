"""Doors over a real store: live news and read records become one staged stay, on both engines."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.texts import text
from domain.doors import UNMATCHED, Declared, Door, DoorRecord, Fact, InHouse, RoomStatus
from domain.errors import Temporary
from domain.guests import Profile, ProfileKind
from domain.portal import Hotel, Portal
from domain.stays import Stay, StayState
from handlers.scope import Scopes
from handlers.sync import doors as doors_module
from handlers.sync.doors import Doors
from handlers.sync.live_orders import LiveOrders
from storage import differences, door_records, door_states, portals, stays, work_orders
from storage.erasure import erase_guest

CAME, LEAVES = date(2026, 11, 23), date(2026, 11, 26)
NOON = datetime(2026, 11, 23, 9, tzinfo=UTC)
XML = Door("suite8", "suite8", authority=50)
FIAS_STAY = frozenset({"state", "room", "arrival", "departure", "guest_name", "profile_id", "checked_in_at"})
FIAS = Door("fias", "fias", live=True, authority=10, declared=Declared(FIAS_STAY, frozenset({"kind", "last_name"}), frozenset({Fact.IN_HOUSE})))  # fmt: skip
BOOKED = Stay(
    "4711", StayState.CONFIRMED, CAME, LEAVES, profile_id="900", guest_name="Иванов Иван", rate_code="BAR",
    room="305", notes="Тихий номер", updated_at=NOON - timedelta(days=2),
)  # fmt: skip
GUEST = Profile("900", ProfileKind.INDIVIDUAL, "Иванов", "Иван", phones=("+7 916 000-00-01",))


class House:
    """A hotel with some doors, and what people would see of it."""

    def __init__(self, db, clock, portal_id, hotel):
        self.hotel = hotel
        portal = Portal(portal_id, "main", "https://p", hotels=(hotel,))
        self.db, self.clock = db, clock
        self.scopes = Scopes(db, clock, text, lambda _id: portal)
        self.doors = Doors(self.scopes)
        self.touched = []
        self.doors.touched.append(lambda portal_id, hotel: self.touched.append(hotel.code))

    def with_doors(self, *doors):
        self.hotel = replace(self.hotel, doors=doors)
        return self

    async def tells(self, *news):
        await self.doors.deliver(1, self.hotel, self.hotel.door("fias"), news)

    async def reads(self, *records, run_id=1, at=NOON, door="suite8"):
        profiles = [one for one in records if isinstance(one, Profile)]
        stays = [one for one in records if isinstance(one, Stay)]
        async with self.scopes.writing(1) as scope:
            fresh = await self.doors.stage(
                scope, self.hotel, door, profiles, stays, run_id=run_id, read_at=at
            )
        return fresh, await self.doors.settle(1, self.hotel)

    async def stays(self):
        async with self.db.reading() as tx:
            found, _ = await stays.arrivals(tx, self.hotel.id, CAME, 50)
        return found

    async def stay(self):
        (only,) = await self.stays()
        return only


@pytest.fixture
async def house(db, clock):
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock())
        hotel_id = await portals.ensure_hotel(
            tx, portal_id, "GRAND", name="Гранд", timezone="Europe/Moscow", currency="RUB"
        )
    assert portal_id == 1
    return House(db, clock, portal_id, Hotel(hotel_id, "GRAND", "Гранд", doors=(XML, FIAS)))


def checks_in(key="4711", room="305", name="IVANOV", profile="900", at=NOON, **changes):
    stay = Stay(key, StayState.IN_HOUSE, CAME, LEAVES, profile, name, room=room, checked_in_at=at)
    return DoorRecord("stay", key, replace(stay, **changes), FIAS_STAY, at)


def checks_out(key="4711", at=NOON):
    gone = Stay(key, StayState.CHECKED_OUT, date.min, date.min, checked_out_at=at)
    return DoorRecord("stay", key, gone, frozenset({"state", "checked_out_at"}), at)


def same_ids(house):
    return house.with_doors(XML, replace(FIAS, same_ids=True))


async def test_the_moment_of_one_door_and_the_details_of_the_other(house):
    same_ids(house)
    await house.reads(GUEST, BOOKED)
    await house.tells(checks_in(room="306"))
    stay = await house.stay()
    assert (stay.reservation_id, stay.state, stay.room) == ("4711", StayState.IN_HOUSE, "306")
    assert (stay.guest_name, stay.notes, stay.rate_code) == ("Иванов Иван", "Тихий номер", "BAR")
    await house.tells(checks_out(at=NOON + timedelta(hours=1)))
    assert (await house.stay()).state is StayState.CHECKED_OUT
    await house.tells(checks_in(at=NOON + timedelta(hours=2), room="306"))
    stay = await house.stay()
    assert stay.state is StayState.IN_HOUSE
    assert stay.checked_out_at is None


async def test_the_other_order_comes_to_the_same(house):
    same_ids(house)
    await house.tells(checks_in(room="306"))
    assert (await house.stay()).guest_name == "IVANOV"
    await house.reads(GUEST, BOOKED)
    stay = await house.stay()
    assert (stay.state, stay.room, stay.guest_name) == (StayState.IN_HOUSE, "306", "Иванов Иван")


async def test_an_old_read_does_not_undo_what_has_happened_since(house):
    same_ids(house)
    await house.tells(checks_in())
    await house.reads(GUEST, BOOKED, at=NOON + timedelta(minutes=1))
    assert (await house.stay()).state is StayState.IN_HOUSE
    undone = replace(BOOKED, updated_at=NOON + timedelta(minutes=5))
    await house.reads(undone, run_id=2, at=NOON + timedelta(minutes=6))
    assert (await house.stay()).state is StayState.CONFIRMED


async def test_the_same_news_again_are_no_news(house):
    same_ids(house)
    await house.tells(checks_in())
    await house.tells(checks_in(), checks_in())
    assert house.touched == ["GRAND"]


async def test_what_was_staged_by_one_door_is_kept_when_a_second_comes(house):
    await house.with_doors(XML).reads(GUEST, BOOKED)
    same_ids(house)
    await house.tells(checks_in())
    stay = await house.stay()
    assert (stay.state, stay.notes) == (StayState.IN_HOUSE, "Тихий номер")


async def test_numbers_of_their_own_are_matched_by_room_dates_and_name(house):
    house.with_doors(XML, replace(FIAS, same_ids=False))
    await house.reads(GUEST, BOOKED)
    await house.tells(
        checks_in("77", profile="5"),
        DoorRecord(
            "profile", "5", Profile("5", ProfileKind.INDIVIDUAL, "IVANOV"), frozenset({"last_name"}), NOON
        ),
    )
    stay = await house.stay()
    assert (stay.reservation_id, stay.state, stay.profile_id) == ("4711", StayState.IN_HOUSE, "900")
    async with house.db.reading() as tx:
        assert set(await stays.profiles_by_id(tx, house.hotel.id, ["900", "5"])) == {"900"}
        linked = await door_records.of_door(tx, house.hotel.id, "fias", "profile", ["5"])
    assert (linked["5"].key, linked["5"].how) == ("900", "matched")
    await house.tells(checks_out("77", at=NOON + timedelta(hours=1)))
    assert (await house.stay()).state is StayState.CHECKED_OUT


async def test_a_stranger_stands_in_the_lists_once_until_the_books_know_him(house):
    house.with_doors(XML, replace(FIAS, same_ids=False))
    await house.tells(checks_in("77"))
    alone = await house.stay()
    assert (alone.reservation_id, alone.room, alone.guest_name) == ("fias:77", "305", "IVANOV")
    assert alone.extra == {UNMATCHED: "fias"}
    _, unmatched = await house.reads(Stay("1", StayState.CONFIRMED, CAME, LEAVES, room="101"))
    assert unmatched == 1
    assert len(await house.stays()) == 2
    _, unmatched = await house.reads(GUEST, BOOKED, run_id=2, at=NOON + timedelta(minutes=2))
    assert unmatched == 0
    stays = {stay.reservation_id: stay for stay in await house.stays()}
    assert set(stays) == {"1", "4711"}
    assert stays["4711"].state is StayState.IN_HOUSE
    assert stays["4711"].extra == {}


def full_house(count):
    rooms = [str(300 + number) for number in range(count)]
    names = ["Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов"]
    return [
        (f"50{number}", room, name) for number, (room, name) in enumerate(zip(rooms, names, strict=False))
    ]


async def test_the_probe_proves_the_same_numbers_and_puts_everything_under_them(house):
    booked = [
        Stay(key, StayState.CONFIRMED, CAME, LEAVES, f"9{key}", name, room=room)
        for key, room, name in full_house(5)
    ]
    await house.reads(*booked)
    await house.tells(*(checks_in(key, room, name, f"9{key}") for key, room, name in full_house(5)))
    await house.reads(run_id=2)
    async with house.db.reading() as tx:
        known = await door_states.state(tx, house.hotel.id, "fias")
        kept = await door_records.all_of_door(tx, house.hotel.id, "fias")
    assert known.same_ids is True
    assert known.evidence == {"compared": 5, "agree": 5, "contradict": 0}
    assert {one.how for one in kept} == {"same"}
    await house.tells(checks_in("600", "400", "Новикова", "9600", at=NOON + timedelta(hours=1)))
    stays = {stay.reservation_id: stay for stay in await house.stays()}
    assert stays["600"].profile_id == "9600"  # from now on its numbers are the hotel's
    assert len(stays) == 6


async def test_the_probe_sees_that_numbers_differ(house):
    await house.reads(
        *(
            Stay(key, StayState.CONFIRMED, CAME, LEAVES, None, name, room=room)
            for key, room, name in full_house(4)
        ),
        at=NOON - timedelta(hours=1),
    )
    await house.tells(*(checks_in(f"1{key}", room, name, None) for key, room, name in full_house(4)))
    _, unmatched = await house.reads(run_id=2)
    async with house.db.reading() as tx:
        assert (await door_states.state(tx, house.hotel.id, "fias")).same_ids is False
    assert unmatched == 0
    assert {stay.reservation_id for stay in await house.stays()} == {key for key, _, _ in full_house(4)}
    assert {stay.state for stay in await house.stays()} == {StayState.IN_HOUSE}


async def test_whoever_a_whole_resync_does_not_name_has_left(house):
    same_ids(house)
    await house.tells(checks_in(), checks_in("4712", "306", "PETROV", "901"))
    later = NOON + timedelta(hours=3)
    await house.tells(InHouse(frozenset({"4712"}), later))
    states = {stay.reservation_id: stay.state for stay in await house.stays()}
    assert states == {"4711": StayState.CHECKED_OUT, "4712": StayState.IN_HOUSE}


async def test_a_hotel_with_nothing_but_a_live_door_has_its_numbers(house):
    house.with_doors(FIAS)
    await house.tells(checks_in("77"))
    assert (await house.stay()).reservation_id == "77"


async def test_a_live_telling_does_not_count_as_seen_by_the_run(house):
    """Else a full read would take a guest for gone who has only been told anew."""
    same_ids(house)
    assert await house.reads(GUEST, BOOKED, run_id=7) == (2, 0)
    await house.tells(checks_in())
    async with house.db.reading() as tx:
        assert await differences.unseen_stays(tx, house.hotel.id, 7, CAME, CAME) == []


async def test_a_door_that_reads_less_does_not_blank_what_it_does_not_know(house):
    """Files with names and rooms only, beside the XML interface."""
    columns = Declared(frozenset({"state", "arrival", "departure", "room", "notes"}), frozenset())
    house.with_doors(XML, Door("exports", "exports", authority=30, same_ids=True, declared=columns))
    await house.reads(GUEST, BOOKED)
    await house.reads(
        Stay("4711", StayState.CONFIRMED, CAME, LEAVES, room="305", notes="из файла"),
        door="exports",
        run_id=2,
    )
    stay = await house.stay()
    assert (stay.guest_name, stay.rate_code, stay.notes) == ("Иванов Иван", "BAR", "Тихий номер")


async def test_room_states_keep_the_latest(house):
    await house.tells(
        RoomStatus("305", "dirty", True, NOON),
        RoomStatus("305", "clean", False, NOON + timedelta(minutes=1)),
        RoomStatus("305", "dirty", True, NOON),
        RoomStatus("99", "inspected", None, NOON),
    )
    async with house.db.reading() as tx:
        found = await door_states.rooms(tx, house.hotel.id)
    assert [(one.room, one.condition) for one in found] == [("99", "inspected"), ("305", "clean")]


async def test_a_delivery_waits_until_the_store_is_back(house, monkeypatch):
    pauses, faults = [], [Temporary("database-unavailable"), Temporary("database-unavailable")]
    real = doors_module.take

    async def sometimes(*args, **kwargs):
        if faults:
            raise faults.pop()
        return await real(*args, **kwargs)

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(doors_module, "take", sometimes)
    same_ids(house)
    house.doors._sleep = sleep
    await house.tells(checks_in())
    assert pauses == [0.5, 1.0]
    assert (await house.stay()).state is StayState.IN_HOUSE


async def test_the_time_to_store_and_crm_is_known(house, clock):
    same_ids(house)
    await house.tells(replace(checks_in(), received_at=clock() - timedelta(seconds=1)))
    async with house.db.reading() as tx:
        lag = await door_states.lag(tx, house.hotel.id, "fias")
    assert (lag.records, lag.store_p50_s, lag.in_crm) == (1, 1.0, 0)


# --- the small sync ------------------------------------------------------------------------------------------


async def test_a_burst_of_news_orders_one_sync_and_none_beside_a_running_one(house, clock):
    now, ordered = [0.0], []

    async def order(_portal_id, hotel, mode):
        ordered.append((hotel.code, mode))

    orders = LiveOrders(house.scopes, order, lambda: now[0])
    for second in range(3):
        now[0] = second
        orders.touch(1, house.hotel)
        assert await orders.work() == 0
    now[0] = 4.9
    assert await orders.work() == 0
    assert await orders.idle_for(5.0) == pytest.approx(0.1)
    now[0] = 5.0
    assert await orders.work() == 1
    assert ordered == [("GRAND", "sync")]
    assert await orders.idle_for(5.0) == 5.0

    async with house.db.transaction() as tx:
        order_id = await work_orders.add(tx, 1, "sync", {"hotel_id": house.hotel.id}, now=clock())
        await work_orders.take(tx, order_id, clock())
    orders.touch(1, house.hotel)
    now[0] = 9.0
    assert await orders.work() == 0  # the run under way may have passed the news by
    async with house.db.transaction() as tx:
        await work_orders.finish(tx, order_id, {}, now=clock())
    now[0] = 10.5
    assert await orders.work() == 1


async def test_news_that_never_pause_are_brought_all_the_same(house):
    now, ordered = [0.0], []

    async def order(*args):
        ordered.append(now[0])

    orders = LiveOrders(house.scopes, order, lambda: now[0])
    for tick in range(30):
        now[0] = tick
        orders.touch(1, house.hotel)
        await orders.work()
    assert ordered == [10.0, 21.0]


# --- at the same time, and never again ------------------------------------------------------------------------


async def test_doors_that_store_at_once_lose_nothing_of_each_other(house):
    same_ids(house)
    await house.reads(GUEST, BOOKED)

    async def books(minute):
        newer = replace(BOOKED, notes=f"remark {minute}", updated_at=NOON + timedelta(minutes=minute))
        await house.reads(newer, run_id=minute, at=NOON + timedelta(minutes=minute, seconds=1))

    async def desk(minute):
        await house.tells(checks_in(room=str(300 + minute), at=NOON + timedelta(minutes=minute, seconds=30)))

    for minute in range(1, 9):
        await asyncio.gather(books(minute), desk(minute))
        stay = await house.stay()
        assert (stay.notes, stay.room) == (f"remark {minute}", str(300 + minute))


async def test_a_guest_who_is_forgotten_does_not_come_back_with_the_next_news(house):
    same_ids(house)
    await house.reads(GUEST, BOOKED)
    await house.tells(checks_in())
    async with house.db.transaction() as tx:
        erased = await erase_guest(tx, house.hotel.id, "900")
    assert (erased.profiles, erased.stays) == (1, 1)
    gone = replace(checks_out(at=NOON + timedelta(hours=1)))
    await house.tells(gone)
    stay = await house.stay()
    assert stay.state is StayState.CHECKED_OUT
    assert (stay.guest_name, stay.notes, stay.profile_id) == ("", "", None)
    async with house.db.reading() as tx:
        assert await door_records.of_keys(tx, house.hotel.id, "profile", ["900"]) == {}


async def test_what_never_fitted_is_forgotten_in_time_and_the_rest_stays(house, clock):
    house.with_doors(XML, replace(FIAS, same_ids=False))
    await house.reads(GUEST, BOOKED)
    await house.tells(checks_in("77", profile="5"), checks_in("78", "999", "Никто", "6"))
    assert {one.reservation_id for one in await house.stays()} == {"4711", "fias:78"}
    async with house.db.transaction() as tx:
        assert await door_records.purge(tx, told_before=NOON) == 0
        assert await door_records.purge(tx, told_before=NOON + timedelta(days=30)) == 1
    assert {one.reservation_id for one in await house.stays()} == {"4711"}
    async with house.db.reading() as tx:
        assert [one.door_key for one in await door_records.all_of_door(tx, house.hotel.id, "fias")] == ["77"]
