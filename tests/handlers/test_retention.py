"""What is over leaves the store after the period the hotel has set, and nothing else does."""

from dataclasses import replace
from datetime import date

import pytest

from domain.privacy import PrivacyRules
from domain.stays import StayState
from storage import lookups, snapshots
from storage.guest_lists import load
from storage.stays import postings_of, profiles_by_id
from tests.handlers.guest_world import STAYS, filled, stage
from tests.handlers.identity_world import a_world, guest, stay
from tests.lab import open_lab

from storage import Database  # isort: skip


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    try:
        yield await filled(await open_lab(database, clock, tmp_path))
    finally:
        await database.close()


async def tidy(lab, days):
    lab.portal = replace(lab.portal, privacy=PrivacyRules(retention_days=days))
    lab.rewire()
    await lab.house.retention.tidy(lab.portal.id)


async def stored(lab):
    hotel = lab.portal.hotels[0].id
    async with lab.db.reading() as tx:
        return (
            set(await load(tx, hotel, ["R0", "R1", "R2"])),
            set(await profiles_by_id(tx, hotel, ["P1", "P2", "P3"])),
        )


async def test_nothing_is_forgotten_unless_it_is_said(lab):
    await tidy(lab, 0)
    assert await stored(lab) == ({"R0", "R1", "R2"}, {"P1", "P2", "P3"})


async def test_old_stays_go_and_guests_without_another_one(lab):
    await tidy(lab, 365)
    assert await stored(lab) == ({"R1", "R2"}, {"P1", "P2", "P3"})  # P1 is in the house again
    lab.clock.push(days=400)
    await tidy(lab, 365)
    assert await stored(lab) == (set(), {"P3"})  # a firm is no person
    async with lab.db.reading() as tx:
        assert not await postings_of(tx, lab.portal.hotels[0].id, "R1")
    olga = lab.staff("5")
    await olga.writes("/guest Ivanov")
    assert "никого не нашёл" in olga.last().text


async def test_what_the_next_read_brings_back_is_kept(lab):
    gone = replace(
        STAYS[0], state=StayState.CHECKED_OUT, departure=date(2026, 11, 2), arrival=date(2026, 11, 1)
    )
    await stage(lab, [], [gone])
    await tidy(lab, 3)  # the window reaches back 30 days
    assert "R1" in (await stored(lab))[0]


async def test_old_look_ups_go(lab):
    olga = lab.staff("5")
    await olga.writes("/guest Ivanov")
    lab.clock.push(days=40)
    await olga.writes("/guest Petrova")
    await tidy(lab, 30)
    async with lab.db.reading() as tx:
        found = await lookups.listed(tx, lab.portal.id)
        assert [one.kind for one in found] == ["card", "search"]
        assert not await lookups.of_guest(tx, lab.portal.id, ["GRAND:P1"])


async def test_a_reconciliation_does_not_miss_what_has_expired(sqlite_url, clock, tmp_path):
    async with a_world(sqlite_url, clock, tmp_path) as world:
        world.grand.put(guest(1, "Иванов", "Иван"), stay(901, 1))
        await world.runs()
        world.grand.records.clear()
        clock.push(days=500)
        lab = world.lab
        lab.portal = replace(lab.portal, privacy=PrivacyRules(retention_days=365))
        await replace_portal(world)
        await lab.house.retention.tidy(lab.portal.id)
        hotel = lab.portal.hotels[0].id
        async with lab.db.reading() as tx:
            assert not await load(tx, hotel, ["901"])
            assert (await snapshots.load(tx, hotel, "stay", ["901"]))["901"].fields == {}
        report = await world.runs("reconcile")
        assert not report.both["kinds"], report.both
        assert len(world.contacts()) == 1


async def replace_portal(world):
    """The same parties under the changed portal."""
    outside = world.lab.outside
    world.lab.rewire()
    world.lab.outside = outside
    world.lab.parties.outside = outside
