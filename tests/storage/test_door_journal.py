"""A door's journal: kept once, in order, until it is worked through."""

import pytest

from storage import Database, door_journal, portals
from storage.door_journal import DoorJournal
from tests.conftest import FakeClock


@pytest.fixture
async def journal(db: Database, clock: FakeClock) -> DoorJournal:
    return DoorJournal(db, *await place(db, clock), "opera_cloud", clock)


async def place(db: Database, clock: FakeClock) -> tuple[int, int]:
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock.now)
        hotel = {"name": "Гранд", "timezone": "Europe/Moscow", "currency": "RUB"}
        return portal_id, await portals.ensure_hotel(tx, portal_id, "GRAND", **hotel)


async def test_what_is_told_twice_is_kept_once(journal):
    assert await journal.keep([("1", "a"), ("2", "b")]) == 2
    assert await journal.keep([("2", "b again"), ("3", "c")]) == 1
    assert [(one.key, one.body) for one in await journal.waiting()] == [("1", "a"), ("2", "b"), ("3", "c")]


async def test_what_is_through_waits_no_more_and_holds_no_words(journal, db, clock):
    await journal.keep([("1", "Иванов"), ("2", "b")])
    first = (await journal.waiting(limit=1))[0]
    await journal.done([first.id], "unreadable")
    assert [one.key for one in await journal.waiting()] == ["2"]
    assert await journal.keep([("1", "Иванов")]) == 0  # told again much later: known
    clock.push(minutes=1)
    await journal.done_before(clock.now)
    assert await journal.waiting() == []
    async with db.transaction() as tx:
        assert await door_journal.purge(tx, done_before=clock.push(days=31)) == 2


async def test_doors_dont_see_each_other(journal, db, clock):
    other = DoorJournal(db, *await place(db, clock), "oxi", clock)
    await journal.keep([("1", "a")])
    assert await other.waiting() == []
    assert await other.keep([("1", "x")]) == 1
