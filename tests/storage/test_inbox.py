"""The inbox: an event once, a lane in order, lanes side by side, one worker per lane."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.errors import Temporary
from storage import Database, inbox, leases
from storage.inbox import ClaimedLane, Intake, NewEvent
from tests.conftest import FakeClock
from tests.storage.conftest import House

LEASE_S = 30.0


def event(key: str, lane: str = "p:1", source: str = "bitrix24") -> NewEvent:
    return NewEvent(source, key, lane, "text", {"text": f"текст {key}", "n": [1, None, 2.5]})


async def fill(db: Database, house: House, clock: FakeClock, *events: NewEvent) -> int:
    async with db.transaction() as tx:
        return await inbox.accept(tx, house.portal_id, events, clock.now)


async def claim(db: Database, clock: FakeClock, owner: str = "a", limit: int = 100) -> list[ClaimedLane]:
    async with db.transaction() as tx:
        return await inbox.claim_lanes(tx, owner, now=clock.now, limit=limit, lease_s=LEASE_S)


async def keys(db: Database, house: House, clock: FakeClock, lane: str) -> list[str]:
    async with db.reading() as tx:
        events = await inbox.lane_events(tx, house.portal_id, lane, now=clock.now)
    return [one.event_key for one in events]


async def ids(db: Database, house: House, clock: FakeClock, lane: str) -> list[int]:
    async with db.reading() as tx:
        return [one.id for one in await inbox.lane_events(tx, house.portal_id, lane, now=clock.now)]


async def test_an_event_told_twice_is_stored_once(db: Database, house: House, clock: FakeClock) -> None:
    assert await fill(db, house, clock, event("a"), event("b"), event("a")) == 2
    assert await fill(db, house, clock, event("b"), event("c")) == 1
    assert await fill(db, house, clock, event("a", source="telegram")) == 1
    assert await fill(db, house, clock) == 0
    assert await keys(db, house, clock, "p:1") == ["a", "b", "c", "a"]


async def test_what_was_handled_is_not_taken_in_again(db: Database, house: House, clock: FakeClock) -> None:
    await fill(db, house, clock, event("a"))
    async with db.transaction() as tx:
        await inbox.finish(
            tx, (await inbox.lane_events(tx, house.portal_id, "p:1", now=clock.now))[0].id, clock.now
        )
    assert await fill(db, house, clock, event("a")) == 0
    assert await claim(db, clock) == []


async def test_the_body_comes_back_as_it_was(db: Database, house: House, clock: FakeClock) -> None:
    await fill(db, house, clock, event("a"))
    async with db.reading() as tx:
        [one] = await inbox.lane_events(tx, house.portal_id, "p:1", now=clock.now)
    assert one.body == event("a").body
    assert (one.received_at, one.attempts, one.state) == (clock.now, 0, "new")


async def test_lanes_are_claimed_side_by_side_and_by_one_worker_each(
    db: Database, house: House, clock: FakeClock
) -> None:
    await fill(db, house, clock, *(event(f"{lane}{n}", lane) for n in range(3) for lane in ("x", "y", "z")))
    first = await claim(db, clock, "a", limit=2)
    assert {one.lane for one in first} == {"x", "y"}
    assert [one.lane for one in await claim(db, clock, "b")] == ["z"]
    assert await claim(db, clock, "c") == []


async def test_workers_who_race_never_share_a_lane(db: Database, house: House, clock: FakeClock) -> None:
    await fill(db, house, clock, *(event(str(n), f"lane{n}") for n in range(20)))
    claims = await asyncio.gather(*(claim(db, clock, f"w{n}", limit=6) for n in range(6)))
    lanes = [one.lane for found in claims for one in found]
    assert len(lanes) == len(set(lanes))
    assert len(lanes) + len(await claim(db, clock, "last")) == 20


async def test_a_lane_is_free_again_when_its_worker_vanished(
    db: Database, house: House, clock: FakeClock
) -> None:
    await fill(db, house, clock, event("a"))
    [held] = await claim(db, clock)
    clock.push(seconds=LEASE_S + 1)
    [again] = await claim(db, clock, "b")
    assert again.lease.fence > held.lease.fence


async def test_an_event_that_waits_holds_its_lane_and_no_other(
    db: Database, house: House, clock: FakeClock
) -> None:
    await fill(db, house, clock, event("a", "x"), event("b", "x"), event("c", "x"), event("d", "y"))
    second = (await ids(db, house, clock, "x"))[1]
    async with db.transaction() as tx:
        await inbox.postpone(tx, second, clock.now + timedelta(seconds=60), "portal away")
    assert await keys(db, house, clock, "x") == ["a"]
    async with db.transaction() as tx:
        await inbox.finish(
            tx, (await inbox.lane_events(tx, house.portal_id, "x", now=clock.now))[0].id, clock.now
        )
    assert [one.lane for one in await claim(db, clock)] == ["y"]
    clock.push(seconds=60)
    assert [one.lane for one in await claim(db, clock)] == ["x", "y"]
    assert await keys(db, house, clock, "x") == ["b", "c"]
    async with db.reading() as tx:
        assert (await inbox.lane_events(tx, house.portal_id, "x", now=clock.now))[0].attempts == 1


async def test_one_may_sleep_until_a_lane_is_free(db: Database, house: House, clock: FakeClock) -> None:
    async def due() -> datetime | None:
        async with db.reading() as tx:
            return await inbox.next_due(tx)

    assert await due() is None
    await fill(db, house, clock, event("a"), event("b"))
    assert await due() == clock.now
    [lane] = await claim(db, clock)
    assert await due() == clock.now + timedelta(seconds=LEASE_S)
    async with db.transaction() as tx:
        [first, _] = await inbox.lane_events(tx, house.portal_id, "p:1", now=clock.now)
        await inbox.postpone(tx, first.id, clock.now + timedelta(seconds=50), "away")
        await leases.release(tx, lane.lease, now=clock.now)
    assert await due() == clock.now + timedelta(seconds=50)


async def test_a_buried_event_lets_its_lane_go_on_and_can_be_retried(
    db: Database, house: House, clock: FakeClock
) -> None:
    await fill(db, house, clock, event("a"), event("b"))
    first = (await ids(db, house, clock, "p:1"))[0]
    async with db.transaction() as tx:
        await inbox.bury(tx, first, "unreadable", clock.now)
        assert await inbox.counts(tx) == {"new": 1, "dead": 1}
        assert [(one.id, one.reason) for one in await inbox.dead(tx, house.portal_id)] == [
            (first, "unreadable")
        ]
    assert await keys(db, house, clock, "p:1") == ["b"]
    async with db.transaction() as tx:
        assert not await inbox.retry(tx, house.portal_id + 1, first, clock.now)
        assert await inbox.retry(tx, house.portal_id, first, clock.now)
        assert not await inbox.retry(tx, house.portal_id, first, clock.now)
    assert await keys(db, house, clock, "p:1") == ["a", "b"]


async def test_old_handled_events_are_forgotten(db: Database, house: House, clock: FakeClock) -> None:
    await fill(db, house, clock, event("a"), event("b"))
    async with db.transaction() as tx:
        await inbox.finish(
            tx, (await inbox.lane_events(tx, house.portal_id, "p:1", now=clock.now))[0].id, clock.now
        )
        assert await inbox.purge(tx, done_before=clock.now) == 0
        assert await inbox.purge(tx, done_before=clock.now + timedelta(seconds=1)) == 1
    assert await keys(db, house, clock, "p:1") == ["b"]


class TestIntake:
    async def test_a_burst_is_few_commits_and_loses_nothing(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        intake, before = Intake(db), db.commits or 0
        await asyncio.gather(
            *(intake.accept(house.portal_id, [event(str(n % 90))], clock.now) for n in range(100))
        )
        assert len(await keys(db, house, clock, "p:1")) == 90
        assert (db.commits or 0) - before <= 3

    async def test_an_impossible_event_is_refused_alone(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        intake = Intake(db)
        outcomes = await asyncio.gather(
            intake.accept(house.portal_id, [event("a")], clock.now),
            intake.accept(house.portal_id + 99, [event("b")], clock.now),
            intake.accept(house.portal_id, [event("c")], clock.now),
            return_exceptions=True,
        )
        assert [type(one) for one in outcomes] == [type(None), IntegrityError, type(None)]
        assert await keys(db, house, clock, "p:1") == ["a", "c"]

    async def test_a_caller_who_left_does_not_hold_the_others(
        self, db: Database, house: House, clock: FakeClock
    ) -> None:
        intake = Intake(db)
        tasks = [
            asyncio.create_task(intake.accept(house.portal_id, [event(str(n))], clock.now)) for n in range(3)
        ]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.wait(tasks)
        assert tasks[1].cancelled()
        assert await keys(db, house, clock, "p:1") == ["0", "1", "2"]

    async def test_a_database_away_is_told(
        self, db: Database, house: House, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away() -> None:
            raise Temporary("database-unavailable")

        intake = Intake(db)
        with monkeypatch.context() as patch:
            patch.setattr(db, "transaction", away)
            calls = (intake.accept(house.portal_id, [event(str(n))], clock.now) for n in range(3))
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one) for one in outcomes] == [Temporary] * 3
        await intake.accept(house.portal_id, [event("later")], clock.now)
        assert await keys(db, house, clock, "p:1") == ["later"]
