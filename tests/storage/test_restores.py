"""What a restore sets aside, and the operator's word on it."""

from sqlalchemy import insert, select

from storage import inbox, leases, outbox, requests, restores, work_orders
from storage.inbox import NewEvent
from storage.restores import Parked
from storage.tables import counters
from tests.storage.test_outbox import put


async def filled(db, house, clock):
    """Two deliveries, an event, an order, a lease and a number as a copy may hold them."""
    for name in ("one", "two"):
        await put(db, house, clock, name)
    async with db.transaction() as tx:
        now = clock()
        await inbox.accept(tx, house.portal_id, [NewEvent("bitrix24", "1", "lane", "message", {})], now)
        await work_orders.add(tx, house.portal_id, "sync", {"hotel_id": house.hotel_id}, now=now)
        await leases.acquire(tx, house.portal_id, "bot-consumer", "old", now=now, lease_s=60)
        for _ in range(7):
            await requests.next_number(tx, house.portal_id, "FB", 2026)


async def settled(db, clock):
    async with db.transaction() as tx:
        return await restores.settle(tx, clock())


async def claimed(db, clock):
    async with db.transaction() as tx:
        found = await outbox.claim(tx, now=clock(), limit=10, lease_s=60)
        lanes = await inbox.claim_lanes(tx, "new", now=clock(), limit=10, lease_s=60)
    return len(found), len(lanes)


async def test_nothing_that_waited_is_done_unasked(db, house, clock):
    await filled(db, house, clock)
    assert await settled(db, clock) == Parked(deliveries=2, events=1, orders=1, lines=0)
    assert await claimed(db, clock) == (0, 0)
    async with db.reading() as tx:
        assert await work_orders.waiting(tx, "sync") == []
        assert await restores.parked(tx) == Parked(2, 1, 0, 0)
        assert await restores.restored_at(tx, house.portal_id) == clock()
        assert await restores.served(tx, clock()) is None


async def test_the_operator_lets_it_go_or_drops_it(db, house, clock):
    await filled(db, house, clock)
    await settled(db, clock)
    async with db.transaction() as tx:
        assert await restores.release(tx, clock()) == Parked(2, 1, 0, 0)
    assert await claimed(db, clock) == (1, 1)  # both rows go to one place, one after the other
    async with db.transaction() as tx:
        assert await restores.drop(tx, clock()) == Parked(0, 0, 0, 0)

    await settled(db, clock)
    async with db.transaction() as tx:
        assert await restores.drop(tx, clock()) == Parked(2, 1, 0, 0)
    assert await claimed(db, clock) == (0, 0)
    async with db.reading() as tx:
        assert await outbox.counts(tx) == {"waiting": 0, "dead": 0}


async def test_request_numbers_jump_over_those_given_since(db, house, clock):
    await filled(db, house, clock)
    async with db.transaction() as tx:
        await tx.execute(
            insert(counters).values(portal_id=house.portal_id, name="window", year=29_000_000, value=3)
        )
    await settled(db, clock)
    async with db.transaction() as tx:
        assert await requests.next_number(tx, house.portal_id, "FB", 2026) == 201
        found = select(counters.c.value).where(counters.c.name == "window")
        assert (await tx.execute(found)).scalar_one() == 3


async def test_a_year_that_began_since_the_copy_has_had_numbers_too(db, house, clock):
    await filled(db, house, clock)
    clock.push(days=60)
    await settled(db, clock)
    async with db.transaction() as tx:
        assert await requests.next_number(tx, house.portal_id, "FB", 2027) == 101


async def test_a_database_that_is_served_from_is_told(db, house, clock):
    await filled(db, house, clock)
    async with db.reading() as tx:
        assert await restores.served(tx, clock()) == "old"
        assert await restores.served(tx, clock.push(minutes=2)) is None
