"""Leases: one holder at a time, and a late one is known by his token."""

import asyncio

import pytest

from storage import Database, leases
from storage.leases import Lease, StaleLease
from tests.conftest import FakeClock


async def take(db: Database, clock: FakeClock, owner: str, name: str = "sync:1") -> Lease | None:
    async with db.transaction() as tx:
        return await leases.acquire(tx, 1, name, owner, now=clock.now, lease_s=30)


async def check(db: Database, lease: Lease) -> None:
    async with db.transaction() as tx:
        await leases.check_fence(tx, lease.portal_id, lease.name, lease.fence)


async def test_one_holder_at_a_time(db: Database, clock: FakeClock) -> None:
    taken = await asyncio.gather(*(take(db, clock, f"w{n}") for n in range(8)))
    assert len([one for one in taken if one]) == 1
    assert await take(db, clock, "other", "sync:2")


async def test_a_late_holder_is_stale(db: Database, clock: FakeClock) -> None:
    late = await take(db, clock, "a")
    assert late
    clock.push(seconds=31)
    await check(db, late)  # expired, but nobody took it: still his
    now = await take(db, clock, "b")
    assert now
    assert now.fence > late.fence
    await check(db, now)
    for attempt in (check(db, late), renew(db, clock, late)):
        with pytest.raises(StaleLease):
            await attempt
    async with db.transaction() as tx:
        await leases.release(tx, late, now=clock.now)  # changes nothing
    assert await take(db, clock, "c") is None


async def renew(db: Database, clock: FakeClock, lease: Lease) -> Lease:
    async with db.transaction() as tx:
        return await leases.renew(tx, lease, now=clock.now, lease_s=30)


async def test_renewing_holds_it(db: Database, clock: FakeClock) -> None:
    lease = await take(db, clock, "a")
    assert lease
    for _ in range(3):
        clock.push(seconds=25)
        lease = await renew(db, clock, lease)
        assert await take(db, clock, "b") is None
    await check(db, lease)


async def test_a_released_one_is_free_at_once_with_a_higher_token(db: Database, clock: FakeClock) -> None:
    first = await take(db, clock, "a")
    assert first
    async with db.transaction() as tx:
        await leases.release(tx, first, now=clock.now)
    second = await take(db, clock, "b")
    assert second
    assert second.fence > first.fence
    async with db.reading() as tx:
        assert [one.owner for one in await leases.held(tx, 1, now=clock.now)] == ["b"]
        assert await leases.held(tx, 1, now=clock.now, prefix="lane:") == []


async def test_tokens_grow_over_a_purge(db: Database, clock: FakeClock) -> None:
    first = await take(db, clock, "a")
    assert first
    clock.push(days=2)
    async with db.transaction() as tx:
        assert await leases.purge(tx, expired_before=clock.now) == 1
    second = await take(db, clock, "b")
    assert second
    assert second.fence > first.fence
    with pytest.raises(StaleLease):
        await check(db, first)


@pytest.mark.postgres
async def test_nobody_takes_over_between_the_check_and_the_commit(
    postgres_url: str, clock: FakeClock
) -> None:
    db = Database.open(postgres_url)
    lease = await take(db, clock, "a")
    assert lease
    clock.push(seconds=31)
    async with db.transaction() as tx:
        await leases.check_fence(tx, 1, lease.name, lease.fence)
        taker = asyncio.create_task(take_elsewhere(postgres_url, clock))
        done, _ = await asyncio.wait([taker], timeout=0.15)
        assert not done
    assert await taker
    await db.close()


async def take_elsewhere(url: str, clock: FakeClock) -> Lease | None:
    replica = Database.open(url)
    replica_tx = replica._pooled_transaction()
    async with replica_tx as tx:
        lease = await leases.acquire(tx, 1, "sync:1", "b", now=clock.now, lease_s=30)
    await replica.close()
    return lease
