"""Moments of the clock: each once, taken along when a portal moves, made up for when missed a little while ago."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers import base
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Temporary
from domain.portal import Portal
from scheduler.clock import Clock
from scheduler.jobs import Chore, Job, each, idle
from tests.conftest import FakeClock

QUARTER = timedelta(minutes=15)
PORTAL = Portal(1, "main", "https://hotel.example")


class Table:
    """What was seen to, as storage/ticks.py keeps it."""

    def __init__(self) -> None:
        self.seen: dict[tuple[int, str], datetime] = {}

    async def take(self, portal_id, name, due_at):
        known = self.seen.get((portal_id, name))
        if known is not None and known >= due_at:
            return False
        self.seen[portal_id, name] = due_at
        return True

    async def last(self, portal_id):
        return {name: at for (about, name), at in self.seen.items() if about == portal_id}


@pytest.fixture
async def clock_of(clock, monkeypatch):
    """Makes clocks that run by the standing time of ``clock``, and stops them."""

    class Standing(datetime):
        @classmethod
        def now(cls, tz=None):
            return clock.now.astimezone(tz)

    monkeypatch.setattr(base, "datetime", Standing)
    running = []

    def in_turn(_portal_id, work, name):
        return asyncio.create_task(work, name=name)

    def make(table):
        one = Clock(table.take, table.last, in_turn, clock)
        running.append(asyncio.create_task(one.run()))
        return one

    yield make
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.sleep(0)


class Done:
    def __init__(self, clock: FakeClock) -> None:
        self.at: list[datetime] = []
        self._clock = clock

    async def __call__(self, *_portal_id):
        self.at.append(self._clock())
        return True


async def work(clock: Clock) -> None:
    """What is due by now is begun and ends."""
    await asyncio.sleep(0)
    clock.wake()
    for _ in range(12):
        await asyncio.sleep(0)


async def test_an_interval_is_kept_over_moves_and_restarts(clock, clock_of):
    table, done = Table(), Done(clock)
    first, second = clock_of(table), clock_of(table)
    began = clock.now
    jobs = [Job("sync", QUARTER, done)]
    await first.add(1, jobs)
    clock.push(minutes=14)
    await work(first)
    assert not done.at
    await second.add(1, jobs)  # it moves, and both believe for a moment that it is theirs
    clock.push(minutes=2)
    await work(second)
    await work(first)
    assert len(done.at) == 1
    assert table.seen[1, "sync"] == began + QUARTER
    third = clock_of(table)
    clock.push(hours=3)  # everything was down
    await third.add(1, jobs)
    await work(third)
    assert len(done.at) == 2  # missed moments are one
    clock.push(minutes=15)
    await work(third)
    assert len(done.at) == 3


async def test_a_nightly_moment_missed_by_a_moving_portal_is_made_up_for_once(clock, clock_of):
    table, done = Table(), Done(clock)
    jobs = [Job("full", CronTrigger(hour=4, minute=30, timezone=UTC), done)]
    clock.now = datetime(2026, 11, 21, 4, 29, tzinfo=UTC)
    await clock_of(table).add(1, jobs)
    clock.push(minutes=3)
    heirs = [clock_of(table), clock_of(table)]
    for heir in heirs:
        await heir.add(1, jobs)
        await work(heir)
    assert len(done.at) == 1
    late = clock_of(Table())
    clock.push(hours=1)
    await late.add(1, jobs)
    await work(late)
    assert len(done.at) == 1  # an hour late it waits for the next night


async def test_a_portal_taken_off_does_nothing(clock, clock_of):
    table, done = Table(), Done(clock)
    one = clock_of(table)
    one.looks([Chore("look", done, idle(1))])
    await one.add(1, [Job("sync", QUARTER, done)], PORTAL)
    one.remove(1)
    clock.push(hours=1)
    await work(one)
    assert not done.at


async def test_looks_rest_and_a_query_wakes_those_with_something_due(clock, clock_of):
    rare, common, asked = Done(clock), Done(clock), []

    async def among(portal_ids):
        asked.append(sorted(portal_ids))
        return [2]

    one = clock_of(Table())
    one.looks([Chore("rare", rare, each(30)), Chore("common", common, idle(60), among)])
    for portal_id in (1, 2):
        await one.add(portal_id, [], PORTAL)
    clock.push(seconds=5)
    await work(one)
    assert (len(rare.at), len(common.at), asked) == (2, 2, [])
    clock.push(minutes=1)
    await work(one)
    assert (len(rare.at), len(common.at), asked) == (2, 3, [[1, 2]])
    clock.push(minutes=29)
    await work(one)
    assert len(rare.at) == 4


async def test_a_look_that_fails_is_repeated_soon_and_stops_nobody(clock, clock_of):
    good, tries = Done(clock), []

    async def bad(_portal_id):
        tries.append(clock())
        raise Temporary("database-unavailable")

    one = clock_of(Table())
    one.looks([Chore("bad", bad, each(30)), Chore("good", good, each(30))])
    await one.add(1, [], PORTAL)
    for _ in range(3):
        clock.push(minutes=1)
        await work(one)
    assert len(tries) == 3
    assert len(good.at) == 1


@given(
    every=st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes)),
    away=st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_the_next_moment_of_an_interval_stands_on_its_grid(every, away):
    last = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    now = last + away
    due = Job("sync", every, Done).after(last, now)
    assert (due - last) % every == timedelta(0)
    assert due > last
    assert due <= now or due - last == every
    assert now - due < every
