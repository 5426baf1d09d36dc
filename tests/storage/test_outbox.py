"""The outbox: one destination strictly in order, others beside it, nothing lost, nothing delivered by two."""

import asyncio
from datetime import timedelta
from typing import Any

from domain.ports import Lane
from storage import Database, outbox
from storage.outbox import Delivery
from tests.conftest import FakeClock
from tests.storage.conftest import House

LEASE_S = 60.0


async def put(
    db: Database, house: House, clock: FakeClock, name: str, to: str = "x", **more: Any
) -> int | None:
    row: dict[str, Any] = {"kind": "message.post", "payload": {"name": name}, "lane": Lane.DESK, **more}
    async with db.transaction() as tx:
        return await outbox.add(tx, portal_id=house.portal_id, destination=to, now=clock.now, **row)


async def claim(db: Database, clock: FakeClock, limit: int = 100) -> list[Delivery]:
    async with db.transaction() as tx:
        return await outbox.claim(tx, now=clock.now, limit=limit, lease_s=LEASE_S)


async def claimed(db: Database, clock: FakeClock) -> list[str]:
    return [one.payload["name"] for one in await claim(db, clock)]


async def finish(db: Database, clock: FakeClock, *deliveries: Delivery) -> list[bool]:
    async with db.transaction() as tx:
        return [await outbox.done(tx, one, clock.now, {"message_id": 5}) for one in deliveries]


async def test_only_the_oldest_of_a_destination_is_due(db: Database, house: House, clock: FakeClock) -> None:
    for name, to in (("x1", "x"), ("x2", "x"), ("y1", "y"), ("x3", "x")):
        await put(db, house, clock, name, to)
    first = await claim(db, clock)
    assert [one.payload["name"] for one in first] == ["x1", "y1"]
    assert await claim(db, clock) == []
    assert await finish(db, clock, *first) == [True, True]
    assert await claimed(db, clock) == ["x2"]


async def test_urgent_lanes_go_first(db: Database, house: House, clock: FakeClock) -> None:
    await put(db, house, clock, "bulk", "x", lane=Lane.BULK)
    await put(db, house, clock, "desk", "y", lane=Lane.DESK)
    await put(db, house, clock, "reply", "z", lane=Lane.REPLY)
    assert [one.payload["name"] for one in await claim(db, clock, limit=2)] == ["reply", "desk"]
    assert await claimed(db, clock) == ["bulk"]


async def test_a_postponed_row_holds_its_destination(db: Database, house: House, clock: FakeClock) -> None:
    await put(db, house, clock, "x1")
    await put(db, house, clock, "x2")
    [one] = await claim(db, clock)
    async with db.transaction() as tx:
        assert await outbox.postpone(tx, one, now=clock.now, delay_s=30, code="busy", reason="503")
        assert await outbox.next_due(tx) == clock.now + timedelta(seconds=30)  # x2 stands behind x1
    clock.push(seconds=29)
    assert await claim(db, clock) == []
    clock.push(seconds=1)
    [again] = await claim(db, clock)
    assert (again.payload["name"], again.attempts) == ("x1", 2)
    assert (again.last_code, again.last_reason) == ("busy", "503")


async def test_a_dead_row_lets_the_next_go_and_comes_back_to_the_head(
    db: Database, house: House, clock: FakeClock
) -> None:
    for name in ("x1", "x2", "x3"):
        await put(db, house, clock, name)
    [one] = await claim(db, clock)
    async with db.transaction() as tx:
        assert await outbox.bury(tx, one, now=clock.now, code="blocked", reason="403")
        assert await outbox.counts(tx) == {"waiting": 2, "dead": 1}
        assert [d.id for d in await outbox.listed(tx, house.portal_id, state="dead")] == [one.id]
    await finish(db, clock, *await claim(db, clock))
    async with db.transaction() as tx:
        assert not await outbox.retry(tx, house.portal_id + 1, one.id, clock.now)
        assert await outbox.retry(tx, house.portal_id, one.id, clock.now)
    assert await claimed(db, clock) == ["x1"]


async def test_a_claim_runs_out_and_the_late_worker_can_not_settle(
    db: Database, house: House, clock: FakeClock
) -> None:
    await put(db, house, clock, "x1")
    [late] = await claim(db, clock)
    clock.push(seconds=LEASE_S)
    [now] = await claim(db, clock)
    assert await finish(db, clock, late, now) == [False, True]
    async with db.reading() as tx:
        row = await outbox.get(tx, house.portal_id, now.id)
    assert row is not None
    assert (row.state, row.result, row.done_at, row.claimed_until) == (
        "done",
        {"message_id": 5},
        clock.now,
        None,
    )


async def test_workers_who_race_never_share_a_row(db: Database, house: House, clock: FakeClock) -> None:
    for n in range(30):
        await put(db, house, clock, f"{n}", f"to{n % 15}")
    found = await asyncio.gather(*(claim(db, clock, limit=5) for _ in range(6)))
    ids = [one.id for some in found for one in some]
    assert len(ids) == len(set(ids))
    assert len(ids) + len(await claim(db, clock)) == 15


async def test_racing_deliveries_keep_each_destinations_order(
    db: Database, house: House, clock: FakeClock
) -> None:
    for n in range(40):
        await put(db, house, clock, f"{n:02}", f"to{n % 4}")
    sent: dict[str, list[str]] = {}

    async def worker() -> None:
        while some := await claim(db, clock, limit=2):
            for one in some:
                sent.setdefault(one.destination, []).append(one.payload["name"])
                await asyncio.sleep(0)
                await finish(db, clock, one)

    while sum(map(len, sent.values())) < 40:
        await asyncio.gather(*(worker() for _ in range(5)))
    assert all(names == sorted(names) for names in sent.values())


async def test_a_key_holds_a_second_row_off_until_the_first_is_claimed(
    db: Database, house: House, clock: FakeClock
) -> None:
    assert await put(db, house, clock, "card", dedupe_key="card:1")
    assert await put(db, house, clock, "same", dedupe_key="card:1") is None
    assert await put(db, house, clock, "other", dedupe_key="card:2")
    assert await claimed(db, clock) == ["card"]
    assert await put(db, house, clock, "newer", dedupe_key="card:1")


async def test_a_kept_key_holds_for_good(db: Database, house: House, clock: FakeClock) -> None:
    await put(db, house, clock, "once", dedupe_key="late:1", keep_key=True)
    await finish(db, clock, *await claim(db, clock))
    assert await put(db, house, clock, "again", dedupe_key="late:1") is None


async def test_a_row_for_later_waits(db: Database, house: House, clock: FakeClock) -> None:
    await put(db, house, clock, "tomorrow", not_before=clock.now + timedelta(days=1))
    assert await claim(db, clock) == []
    clock.push(days=1)
    assert await claimed(db, clock) == ["tomorrow"]


async def test_a_rolled_back_use_case_sends_nothing(db: Database, house: House, clock: FakeClock) -> None:
    async def fail() -> None:
        async with db.transaction() as tx:
            values: dict[str, Any] = {"kind": "k", "payload": {}, "lane": 0, "now": clock.now}
            await outbox.add(tx, portal_id=house.portal_id, destination="x", **values)
            raise LookupError

    await asyncio.gather(fail(), return_exceptions=True)
    assert await claim(db, clock) == []


async def test_old_delivered_rows_are_forgotten_and_dead_ones_kept(
    db: Database, house: House, clock: FakeClock
) -> None:
    await put(db, house, clock, "done", "x")
    await put(db, house, clock, "dead", "y")
    good, bad = await claim(db, clock)
    await finish(db, clock, good)
    async with db.transaction() as tx:
        await outbox.bury(tx, bad, now=clock.now, code="c", reason="r")
        assert await outbox.purge(tx, done_before=clock.push(days=40)) == 1
        assert [one.id for one in await outbox.listed(tx, house.portal_id)] == [bad.id]
        assert await outbox.oldest_waiting(tx) is None


async def test_one_may_sleep_until_a_row_is_free(db: Database, house: House, clock: FakeClock) -> None:
    async def due() -> Any:
        async with db.reading() as tx:
            return await outbox.next_due(tx)

    assert await due() is None
    await put(db, house, clock, "x1")
    assert await due() == clock.now
    [one] = await claim(db, clock)
    assert await due() == clock.now + timedelta(seconds=LEASE_S)
    await finish(db, clock, one)
    assert await due() is None
