"""Identity's tables on both engines: who holds what, which values are nobody's, cases, and what is planned again."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.guests import Profile, ProfileKind
from domain.portal import Hotel
from domain.stays import Stay, StayState
from storage import identity, identity_values, snapshots, staging

PHONE, OTHER = "+79161234501", "+79161234502"


def guest(number, last="Иванов", first="Иван", phones=(PHONE,), **more):
    kind = more.pop("kind", ProfileKind.INDIVIDUAL)
    return Profile(str(number), kind, last_name=last, first_name=first, phones=tuple(phones), **more)


@pytest.fixture
def hotel(house):
    return Hotel(house.hotel_id, "GRAND", "Гранд")


@pytest.fixture
async def stage(db, house, hotel, clock):
    """Stages profiles and stays and takes their values down."""

    async def put(*records):
        people = [one for one in records if isinstance(one, Profile)]
        stays = [one for one in records if isinstance(one, Stay)]
        async with db.transaction() as tx:
            await staging.upsert(tx, house.portal_id, hotel, people, stays, run_id=1, now=clock.now)
            while some := await identity_values.not_taken_down(tx, hotel.id, 2):
                await identity_values.take_down(tx, house.portal_id, hotel.id, some)

    return put


async def confirm(db, house, clock, staged, **items):
    made = [
        snapshots.Snapshot(
            key=key,
            crm_entity=entity,
            crm_id=crm_id,
            content_hash="h",
            source_hash="h",
            mapping="1",
            fields={},
        )
        for key, (entity, crm_id) in items.items()
    ]
    async with db.transaction() as tx:
        await snapshots.confirm(tx, house.portal_id, house.hotel_id, staged, made, clock.now)


async def test_values_follow_the_profile(db, house, stage):
    await stage(
        guest(1, emails=("I@Mail.ru, 5@guest.booking.com",)), guest(2, phones=(OTHER,)), guest(3, phones=())
    )
    async with db.reading() as tx:
        assert await identity_values.values_of(tx, house.hotel_id, ["1", "2", "3"]) == {
            "1": {PHONE, "i@mail.ru"},
            "2": {OTHER},
        }
    await stage(guest(1, phones=(OTHER,)))
    async with db.reading() as tx:
        assert await identity_values.values_of(tx, house.hotel_id, ["1"]) == {"1": {OTHER}}
        assert await identity_values.current_values(tx, house.hotel_id, ["1"]) == {"1": frozenset({OTHER})}
        assert not await identity_values.not_taken_down(tx, house.hotel_id, 10)


async def test_what_many_names_or_a_firm_have_is_nobodys(db, house, stage):
    names = ("Анна", "Ольга", "Юрий", "Глеб")
    await stage(
        *(guest(n, "Волков", first) for n, first in enumerate(names)),
        *(guest(10 + n, "Ким", "Яна", (OTHER,)) for n in range(6)),  # one name, six times
        guest(20, phones=("+74951112233",)),
        guest(21, "ООО Тур", "", ("+74951112233",), kind=ProfileKind.AGENT, company_name="ООО Тур"),
    )
    async with db.reading() as tx:
        found = await identity_values.nobodys(tx, house.portal_id, [PHONE, OTHER, "+74951112233", "x"], 3)
    assert found == {PHONE, "+74951112233"}


async def test_holders_come_with_their_items(db, house, clock, stage):
    await stage(guest(1), guest(2), guest(3, phones=(OTHER,)))
    await confirm(db, house, clock, "profile", **{"1": ("contact", 77)})
    async with db.reading() as tx:
        found = await identity_values.holders(tx, house.portal_id, [PHONE])
    assert [(one.profile_id, one.crm_id) for one in found] == [("1", 77), ("2", None)]


async def test_mergers_are_followed_to_the_end(db, house, clock, stage):
    await stage(guest(1, merged_into="2"), guest(2, merged_into="3"), guest(3), guest(4, merged_into="4"))
    await confirm(db, house, clock, "profile", **{"3": ("contact", 33)})
    async with db.transaction() as tx:
        await snapshots.leave_out(
            tx, house.portal_id, house.hotel_id, "profile", {"1": "h", "4": "h"}, "1", clock.now
        )
    async with db.reading() as tx:
        assert await identity.survivor_of(tx, house.hotel_id, "1") == "3"
        assert await identity.survivor_of(tx, house.hotel_id, "4") == "4"
        assert await identity.merged_into(tx, house.hotel_id, ["3", "4"]) == {"3": ["2", "1"]}
        assert await identity.linked(tx, house.hotel_id, ["1", "3", "4", "5"]) == ({"1": 33, "3": 33}, {"4"})


def case(house, clock, profile_id="1", crm_id=5, **more):
    told = {
        "state": "open",
        "how": "points",
        "points": 60,
        "marks": [["phone", "equal", 45]],
        "now": clock.now,
    }
    told |= {"theirs": {"last_name": "Иванов"}, **more}
    return house.portal_id, house.hotel_id, profile_id, crm_id, told


async def put(tx, house, clock, *which, **more):
    *place, told = case(house, clock, *which, **more)
    return await identity.put(tx, *place, **told)


async def test_a_pair_has_one_case_and_a_decision_holds(db, house, clock):
    async with db.transaction() as tx:
        first = await put(tx, house, clock)
        assert await put(tx, house, clock, points=70) == first
        found = await identity.get(tx, house.portal_id, first, hold=True)
        assert (found.points, found.state, found.decided_at) == (70, "open", None)
        await identity.change(tx, first, state="apart", decided_at=clock.now)
        await put(tx, house, clock, state="joined", points=95)
        assert (await identity.get(tx, house.portal_id, first)).state == "apart"
        await put(tx, house, clock, state="joined", how="pms")
        assert (await identity.get(tx, house.portal_id, first)).state == "joined"
        assert await identity.get(tx, house.portal_id + 1, first) is None


async def test_an_open_case_becomes_what_a_new_reckoning_says(db, house, clock):
    async with db.transaction() as tx:
        one = await put(tx, house, clock)
        await put(tx, house, clock, state="joined", points=90)
        found = await identity.get(tx, house.portal_id, one)
        assert (found.state, found.decided_at) == ("joined", clock.now)


async def test_cards_are_due_once_and_again_when_put_off(db, house, clock):
    async with db.transaction() as tx:
        ids = [await put(tx, house, clock, str(n), points=50 + n) for n in range(4)]
        due = await identity.not_asked(tx, house.portal_id, house.hotel_id, clock.now, 2)
        assert [one.id for one in due] == [ids[3], ids[2]]
        for one in due:
            await identity.change(tx, one.id, asked_at=clock.now)
        assert await identity.mark_asked(tx, house.portal_id, house.hotel_id, clock.now) == 2
        assert not await identity.not_asked(tx, house.portal_id, house.hotel_id, clock.now, 9)
        await identity.change(tx, ids[0], remind_at=clock.now + timedelta(days=3))
        assert not await identity.not_asked(tx, house.portal_id, house.hotel_id, clock.now, 9)
        later = clock.push(days=3)
        assert [
            one.id for one in await identity.not_asked(tx, house.portal_id, house.hotel_id, later, 9)
        ] == ids[:1]
        assert await identity.count_open(tx, house.portal_id, house.hotel_id) == 4
        await identity.drop_open(tx, house.hotel_id, ["1", "2"], [ids[2]])
        assert await identity.count_open(tx, house.portal_id) == 3


async def test_how_an_item_stood_is_forgotten_in_time(db, house, clock):
    async with db.transaction() as tx:
        old = await put(tx, house, clock, "1", state="joined")
        still = await put(tx, house, clock, "2")
        await identity.tidy(tx, clock.now + timedelta(seconds=1))
        assert (await identity.get(tx, house.portal_id, old)).theirs is None
        assert (await identity.get(tx, house.portal_id, still)).theirs


async def test_the_deals_of_a_guest_are_planned_again(db, house, clock, stage):
    def booked(number, **more):
        day = date(2026, 11, 20)
        return Stay(str(number), state=StayState.CONFIRMED, arrival=day, departure=day, **more)

    await stage(
        booked(1, profile_id="5_1"),
        booked(2, profile_id="9", companion_ids=("5_1",)),
        booked(3, profile_id="551"),
    )
    await confirm(db, house, clock, "stay", **{str(n): ("deal", n) for n in (1, 2, 3)})
    async with db.transaction() as tx:
        assert await identity.plan_again(tx, house.hotel_id, ["5_1"]) == 2
        found = await snapshots.load(tx, house.hotel_id, "stay", ["1", "2", "3"])
    assert [found[key].source_hash for key in ("1", "2", "3")] == ["", "", "h"]


async def test_members_of_an_item_and_moving_them(db, house, clock):
    await confirm(
        db, house, clock, "profile", **{"1": ("contact", 7), "2": ("contact", 7), "3": ("company", 7)}
    )
    async with db.transaction() as tx:
        assert await identity.keys_of_item(tx, house.portal_id, [7]) == {
            7: [(house.hotel_id, "1"), (house.hotel_id, "2")]
        }
        await identity.move(tx, house.hotel_id, "contact", ["2", "3"], 8)
        assert await identity.keys_of_item(tx, house.portal_id, [7, 8]) == {
            7: [(house.hotel_id, "1")],
            8: [(house.hotel_id, "2")],
        }
        await put(tx, house, clock, "2", 8, state="joined")
        assert [one.profile_id for one in (await identity.joined_into(tx, house.portal_id, [8]))[8]] == ["2"]


async def test_an_erased_profile_leaves_nothing_here(db, house, clock, stage):
    await stage(guest(1))
    await confirm(db, house, clock, "profile", **{"1": ("contact", 7)})
    async with db.transaction() as tx:
        await put(tx, house, clock, "1")
        await identity.forget(tx, house.hotel_id, ["1"])
        await identity.empty(tx, house.hotel_id, "1")
        assert not await identity_values.values_of(tx, house.hotel_id, ["1"])
        assert not await identity.of_profiles(tx, house.hotel_id, ["1"])
    await stage(replace(guest(1), phones=(OTHER,)))
    async with db.reading() as tx:
        assert await identity_values.values_of(tx, house.hotel_id, ["1"]) == {"1": {OTHER}}
