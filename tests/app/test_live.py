"""A live door of the running service: started again whatever ends it, listened to once, and told when it is away."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from app import live
from app.doors import LiveDoor
from app.live import PATIENCE, LiveConsumer
from domain.doors import Door
from domain.errors import Permanent
from domain.ports import SourceStatus


class Link:
    """A live source that does what the test says: an exception is raised, a list is delivered, then it listens."""

    name, capabilities = "fias", frozenset({"live"})

    def __init__(self, *script):
        self.script, self.runs, self.ok = list(script), 0, True

    async def run(self, deliver):
        self.runs += 1
        step = self.script.pop(0) if self.script else []
        if isinstance(step, BaseException):
            raise step
        await deliver(step)
        await asyncio.Event().wait()

    def status(self):
        return SourceStatus(ok=self.ok, code="ok" if self.ok else "pms-unreachable", detail="seit heute")


class Intake:
    def __init__(self, house):
        self.house, self.leases, self.portal = house, [], house.portal

    @asynccontextmanager
    async def alone(self, name):
        self.leases.append(name)
        yield


class House:
    """As much of it as a consumer looks at."""

    def __init__(self, lab):
        self.scopes, self.portal, self.delivered = lab.scopes, lab.portal, []
        self.doors = self

    async def deliver(self, portal_id, hotel, door, news):
        self.delivered.append((hotel.code, door.name, list(news)))


@pytest.fixture
def pauses(monkeypatch):
    found, real = [], asyncio.sleep

    async def sleep(seconds):
        if seconds >= live.FIRST_PAUSE_S:
            found.append(seconds)
        await real(0)

    monkeypatch.setattr(live.asyncio, "sleep", sleep)
    return found


@asynccontextmanager
async def listening(lab, link):
    house = House(lab)
    consumer = LiveConsumer(Intake(house), LiveDoor("GRAND", Door("fias", "fias", live=True), link))
    consumer._watch = _Nothing
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer, house
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Nothing:
    async def run(self):
        await asyncio.Event().wait()


async def until(look):
    async with asyncio.timeout(5):
        while not look():  # noqa: ASYNC110 - what is looked for has no event
            await asyncio.sleep(0)


async def test_a_door_that_breaks_is_started_again_with_growing_pauses(lab, pauses):
    link = Link(ValueError("a bug"), ConnectionResetError(), ["news"])
    async with listening(lab, link) as (consumer, house):
        await until(lambda: house.delivered)
        assert house.delivered == [("GRAND", "fias", ["news"])]
        assert (link.runs, pauses[:2]) == (3, [1.0, 2.0])
        assert consumer.up
        assert consumer.state() == (True, "ok: seit heute")


async def test_what_only_a_person_can_mend_is_tried_again_seldom(lab, pauses):
    async with listening(lab, Link(Permanent("fias-listen", "port taken"))) as (consumer, house):
        await until(lambda: house.delivered)
        assert pauses[0] == live.LONGEST_PAUSE_S
        assert house.delivered == [("GRAND", "fias", [])]
        assert consumer._intake.leases == [consumer.lease]


async def test_a_door_is_called_broken_when_it_is_away_for_minutes(lab, pauses, clock):
    link = Link([])
    async with listening(lab, link) as (consumer, house):
        await until(lambda: house.delivered)
        link.ok = False
        assert not consumer.up
        assert consumer.state() == (True, "pms-unreachable: seit heute")
        clock.push(seconds=(PATIENCE + timedelta(seconds=1)).total_seconds())
        assert consumer.state()[0] is False
        link.ok = True
        assert consumer.state()[0] is True


async def test_where_another_replica_listens_nothing_is_wrong_here(lab):
    consumer = LiveConsumer(Intake(House(lab)), LiveDoor("GRAND", Door("fias", "fias", live=True), Link()))
    assert consumer.up
    assert consumer.state() == (True, "another replica listens")


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    from storage import Database
    from tests.lab import open_lab

    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, hotels=("GRAND",))
    await database.close()
