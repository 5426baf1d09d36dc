"""What the sync must not forget: writes whose outcome nobody heard, changes under way, items that people deleted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.guests import Profile
from domain.stays import Stay
from storage import Database, differences, run_items, runs, snapshots
from tests.conftest import FakeClock
from tests.storage.conftest import House
from tests.storage.test_journal import result
from tests.storage.test_staging import OLGA, STAY, confirm, differing, stage


def guest(number: str, **more: Any) -> Profile:
    return replace(OLGA, profile_id=number, **more)


def reservation(number: str, profile_id: str) -> Stay:
    return replace(STAY, reservation_id=number, profile_id=profile_id)


async def begun(db: Database, house: House, clock: FakeClock, *keys: str) -> int:
    """A run that has sent these and heard nothing."""
    async with db.transaction() as tx:
        run_id = await runs.start(tx, house.portal_id, house.hotel_id, "sync", clock.now)
        sent = [(key, "create", None) for key in keys]
        await run_items.plan_items(tx, house.portal_id, house.hotel_id, run_id, "stay", sent, clock.now)
    return run_id


async def test_who_was_cut_off_leaves_his_writes_to_the_next(
    db: Database, house: House, clock: FakeClock
) -> None:
    first = await begun(db, house, clock, "1", "2")
    async with db.transaction() as tx:
        await run_items.settle_items(tx, first, "stay", [result("1", "done", crm_id=5)], clock.now)
    clock.push(minutes=5)
    async with db.transaction() as tx:
        await runs.interrupt_stale(tx, house.hotel_id, clock.now)
    second = await begun(db, house, clock, "3")
    async with db.transaction() as tx:
        open_ones = await run_items.open_writes(tx, house.hotel_id, second)
        assert open_ones == [("stay", "2", clock.now)]  # his own are his, and what was heard is settled
        assert not await runs.completed(tx, house.hotel_id)
        await run_items.supersede(tx, house.hotel_id, second)
        await runs.finish(tx, second, state="done", counts={}, seconds=1.0, now=clock.now)
    async with db.reading() as tx:
        assert [i.state for i in await run_items.items(tx, first)] == ["done", "superseded"]
        assert [i.state for i in await run_items.items(tx, second)] == ["sent"]
        assert await runs.completed(tx, house.hotel_id)
        assert (await runs.last_done(tx, house.hotel_id, "sync")).id == second
        assert await runs.last_done(tx, house.hotel_id, "full") is None
        assert await run_items.open_failures(tx, house.hotel_id) == []


async def test_a_look_is_no_first_load(db: Database, house: House, clock: FakeClock) -> None:
    for kind in ("dry", "reconcile"):
        async with db.transaction() as tx:
            run_id = await runs.start(tx, house.portal_id, house.hotel_id, kind, clock.now)
            await runs.finish(tx, run_id, state="done", counts={}, seconds=1.0, now=clock.now)
    async with db.reading() as tx:
        assert not await runs.completed(tx, house.hotel_id)


async def test_what_is_being_changed_isnt_known_until_it_is_confirmed(
    db: Database, house: House, clock: FakeClock
) -> None:
    await stage(db, house, clock, guest("1"), guest("2"))
    await confirm(db, house, clock, "profile")
    assert await differing(db, house, "profile") == []
    async with db.transaction() as tx:
        await snapshots.doubt(tx, house.hotel_id, "profile", {"1": {"NAME"}, "nobody": {"NAME"}})
        known = await snapshots.load(tx, house.hotel_id, "profile", ["1", "2"])
    assert (known["1"].fields, known["2"].fields) == ({}, {"NAME": "Щербакова"})
    assert await differing(db, house, "profile") == ["1"]  # though the PMS says the same as before
    await confirm(db, house, clock, "profile")
    assert await differing(db, house, "profile") == []


async def test_stays_are_led_to_whatever_takes_a_deleted_items_place(
    db: Database, house: House, clock: FakeClock
) -> None:
    mine, other = reservation("9001", profile_id="1"), reservation("9002", profile_id="2")
    await stage(db, house, clock, guest("1"), guest("2"), mine, other)
    await confirm(db, house, clock, "profile")
    await confirm(db, house, clock, "stay")
    async with db.transaction() as tx:
        assert await differences.forget_items(tx, house.hotel_id, "profile", ["1"]) == ["9001"]
        assert await differences.forget_items(tx, house.hotel_id, "stay", ["9002"]) == []
    assert await differing(db, house, "profile") == ["1"]
    assert await differing(db, house, "stay") == ["9001", "9002"]


async def test_a_whole_look_tells_what_differs(db: Database, house: House, clock: FakeClock) -> None:
    await stage(db, house, clock, guest("1"), guest("2"))
    await confirm(db, house, clock, "profile")
    clock.now += timedelta(hours=1)
    await stage(db, house, clock, guest("2", vip="VIP1"), guest("3"))
    async with db.reading() as tx:
        found = await differences.changed(tx, house.hotel_id, "profile", "1", whole=True)
        assert [(one.key, one.differs) for one in found] == [("1", False), ("2", True), ("3", True)]
        assert await differences.count_changed(tx, house.hotel_id, "profile", "1", whole=True) == 3
        some = await differences.changed(tx, house.hotel_id, "profile", "1", among=["1", "3"])
        assert [one.key for one in some] == ["3"]
