"""A copy is put back while the CRM has gone on: nobody and nothing is in it twice afterwards."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from domain.stays import StayState
from storage import Database, restores
from storage.tables import timeline_lines
from tests.sync.house import a_house, guest, stay
from tests.sync.test_timeline import later, told


@pytest.fixture
async def houses(sqlite_url):
    """A house, and how its tables are put back as they were."""
    file = sqlite_url.partition("///")[2]
    db = Database.open(sqlite_url)
    async with a_house(db) as house:

        async def copy():
            await house.db.close()
            shutil.copyfile(file, file + ".copy")
            house.db = Database.open(sqlite_url)

        async def put_back():
            await house.db.close()
            swap(file)
            house.db = Database.open(sqlite_url)
            async with house.db.transaction() as tx:
                return await restores.settle(tx, house.now)

        yield house, copy, put_back
        await house.db.close()


def swap(file):
    for left in ("-wal", "-shm"):
        Path(file + left).unlink(missing_ok=True)
    shutil.copyfile(file + ".copy", file)


def people(house):
    return sorted(one["originId"] for one in house.stand.items("contact"))


async def test_what_the_crm_got_after_the_copy_is_found_and_not_made_again(houses):
    house, copy, put_back = houses
    for number in (1, 2):
        house.pms.put(guest(number), stay(number, number))
    await house.run()
    await copy()

    later(house)
    for number in range(3, 8):
        house.pms.put(guest(number), stay(number, number))
    for one in [house.pms.stays["70001"], house.pms.stays["70002"]]:
        house.pms.put(replace(one, state=StayState.IN_HOUSE, room="501"))
    later(house)
    await house.run()
    contacts, deals, lines = people(house), len(house.stand.items("deal")), told(house)
    assert len(contacts) == deals == 7
    assert sum(map(len, lines.values())) == 2

    later(house, 7200)
    await put_back()
    later(house, 7200)
    for kind in ("sync", "full", "sync"):
        await house.run(kind)
        later(house, 3600)
    assert people(house) == contacts
    assert len(house.stand.items("deal")) == deals
    assert told(house) == lines


async def test_a_line_that_was_ready_at_the_copy_is_looked_for_first(houses):
    """It was journalled, copied, and sent only then."""
    house, copy, put_back = houses
    house.pms.put(guest(1), stay(1, 1))
    await house.run()
    later(house)
    house.pms.put(replace(house.pms.stays["70001"], room="501"))
    await house.run()
    before = told(house)
    assert sum(map(len, before.values())) == 1
    async with house.db.transaction() as tx:  # as the copy has it: journalled and not yet sent
        await tx.execute(update(timeline_lines).values(sent_at=None, done_at=None))
    await copy()
    parked = await put_back()
    assert parked.lines == 1
    later(house, 600)
    await house.run()
    assert told(house) == before


async def test_after_some_days_nothing_is_looked_for_any_more(houses):
    house, copy, put_back = houses
    house.pms.put(guest(1), stay(1, 1))
    await house.run()
    await copy()
    await put_back()
    async with house.db.reading() as tx:
        assert await restores.doubtful_since(tx, house.portal.id, house.now) == house.now
    house.now += restores.DOUBT
    async with house.db.reading() as tx:
        assert await restores.doubtful_since(tx, house.portal.id, house.now) is None
