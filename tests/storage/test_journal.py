"""Runs, orders, look-ups, ties, cursors, portals: small stores, each with its own promise."""

from typing import Any

from domain.ports import CrmResult, CrmWrite
from storage import Database, cursors, links, lookups, portals, run_items, runs, work_orders
from storage.links import Link
from tests.conftest import FakeClock
from tests.storage.conftest import House


def result(key: str, state: str, **more: Any) -> CrmResult:
    return CrmResult(CrmWrite("deal", key, "concierge:GRAND", {}), state, **more)


async def failures(db: Database, house: House) -> list[tuple[str, str, str | None]]:
    async with db.reading() as tx:
        found = await run_items.open_failures(tx, house.hotel_id, 10)
    return [(one.key, one.state, one.code) for one in found]


async def run(db: Database, house: House, clock: FakeClock, *results: CrmResult) -> int:
    clock.push(minutes=15)
    async with db.transaction() as tx:
        run_id = await runs.start(
            tx, house.portal_id, house.hotel_id, "sync", clock.now, asked_by=house.person_id
        )
        sent = [(one.write.key, "create", None) for one in results]
        await run_items.plan_items(tx, house.portal_id, house.hotel_id, run_id, "stay", sent, clock.now)
        await run_items.settle_items(tx, run_id, "stay", results, clock.now)
        counts = {"fetched": len(results)}
        await runs.finish(tx, run_id, state="done", counts=counts, seconds=1.5, now=clock.now)
    return run_id


async def test_a_records_last_fate_counts(db: Database, house: House, clock: FakeClock) -> None:
    await run(db, house, clock, result("1", "failed", code="X", reason="no"), result("2", "done", crm_id=5))
    await run(db, house, clock, result("2", "unclear", code="lost"), result("3", "failed", code="Y"))
    assert await failures(db, house) == [("3", "failed", "Y"), ("2", "unclear", "lost"), ("1", "failed", "X")]
    await run(db, house, clock, result("1", "done", crm_id=6), result("2", "done", crm_id=5))
    assert await failures(db, house) == [("3", "failed", "Y")]


async def test_runs_and_their_items_are_told(db: Database, house: House, clock: FakeClock) -> None:
    first = await run(db, house, clock, result("1", "done", crm_id=5), result("2", "failed", code="X"))
    second = await run(db, house, clock)
    async with db.reading() as tx:
        assert [one.id for one in await runs.last(tx, house.hotel_id, 10)] == [second, first]
        one = await runs.get(tx, house.portal_id, first)
        assert one
        assert (one.state, one.counts, one.seconds) == ("done", {"fetched": 2}, 1.5)
        assert [(i.key, i.crm_id) for i in await run_items.items(tx, first)] == [("1", 5), ("2", None)]
        assert [i.key for i in await run_items.items(tx, first, state="failed")] == ["2"]


async def test_a_run_left_open_is_closed_by_the_next(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        left = await runs.start(tx, house.portal_id, house.hotel_id, "full", clock.now)
        assert await runs.interrupt_stale(tx, house.hotel_id, clock.now) == 1
        one = await runs.get(tx, house.portal_id, left)
        assert one
        assert one.state == "interrupted"
        assert await runs.interrupt_stale(tx, house.hotel_id, clock.now) == 0


async def test_old_items_go_but_open_failures_stay(db: Database, house: House, clock: FakeClock) -> None:
    await run(db, house, clock, result("1", "failed", code="X"), result("2", "failed", code="X"))
    await run(db, house, clock, result("1", "done", crm_id=1))
    async with db.transaction() as tx:
        assert await run_items.purge(tx, ended_before=clock.push(days=90)) == 2
    assert await failures(db, house) == [("2", "failed", "X")]


async def test_an_orders_life(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        one = await work_orders.add(
            tx, house.portal_id, "sync", {"hotel_id": 1}, asked_by="cli", now=clock.now
        )
        other = await work_orders.add(tx, house.portal_id, "sync", {"hotel_id": 2}, now=clock.now)
        assert [o.id for o in await work_orders.waiting(tx, "sync")] == [one, other]
        assert await work_orders.waiting(tx, "erase") == []
        await work_orders.take(tx, one, clock.now)
        await work_orders.set_progress(tx, one, {"done": 5})
        taken = await work_orders.load(tx, one)
        assert taken
        assert (taken.state, taken.progress, taken.result) == ("taken", {"done": 5}, None)
        await work_orders.finish(tx, one, {"fetched": 3}, now=clock.now)
        assert [o.id for o in await work_orders.pending(tx, house.portal_id, "sync")] == [other]
        done = await work_orders.load(tx, one)
        assert done
        assert (done.state, done.result, done.done_at) == ("done", {"fetched": 3}, clock.now)


async def test_an_order_that_kills_its_worker_is_given_up(
    db: Database, house: House, clock: FakeClock
) -> None:
    async with db.transaction() as tx:
        one = await work_orders.add(tx, house.portal_id, "sync", {}, now=clock.now)
        for _ in range(3):
            assert [o.id for o in await work_orders.waiting(tx, "sync")] == [one]
            await work_orders.take(tx, one, clock.now)
        assert await work_orders.waiting(tx, "sync") == []
        assert await work_orders.pending(tx, house.portal_id, "sync") == []


async def test_look_ups_are_journalled_and_forgotten(db: Database, house: House, clock: FakeClock) -> None:
    async def look(kind: str, person_id: int | None) -> None:
        async with db.transaction() as tx:
            asked: dict[str, Any] = {"kind": kind, "query_hash": "h", "channel": "bitrix24", "chat": "5"}
            await lookups.record(
                tx, portal_id=house.portal_id, person_id=person_id, hits=2, now=clock.now, **asked
            )

    await look("search", house.person_id)
    clock.push(days=1)
    await look("room", None)
    async with db.transaction() as tx:
        assert [one.kind for one in await lookups.listed(tx, house.portal_id)] == ["room", "search"]
        mine = await lookups.listed(tx, house.portal_id, person_id=house.person_id)
        assert [(one.kind, one.hits) for one in mine] == [("search", 2)]
        assert await lookups.purge(tx, house.portal_id, before=clock.now) == 1


async def test_ties_are_found_from_both_sides(db: Database, house: House) -> None:
    portal = house.portal_id
    async with db.transaction() as tx:
        await links.put(tx, portal, "task", "request", "1", "t10", {"url": "u"})
        await links.put(tx, portal, "task", "request", "1", "t11", {"url": "v"})
        await links.put(tx, portal, "thread", "request", "1", "chat5")
        assert await links.get(tx, portal, "task", "request", "1") == Link(
            "task", "request", "1", "t11", {"url": "v"}
        )
        assert await links.local_of(tx, portal, "task", "t11") == "1"
        assert await links.local_of(tx, portal, "task", "t10") is None
        assert [one.kind for one in await links.of_local(tx, portal, "request", "1")] == ["task", "thread"]
        await links.remove(tx, portal, "task", "request", "1")
        assert await links.get(tx, portal, "task", "request", "1") is None


async def test_cursors_keep_any_json(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        assert await cursors.get(tx, house.portal_id, "bot-events") is None
        for value in (5, {"a": [1]}, "text", None, 0):
            await cursors.put(tx, house.portal_id, "bot-events", value, clock.now)
            assert await cursors.get(tx, house.portal_id, "bot-events") == value


async def test_portals_and_hotels_are_made_once(db: Database, house: House, clock: FakeClock) -> None:
    async with db.transaction() as tx:
        assert await portals.ensure(tx, "main", clock.now, name="other") == house.portal_id
        again = await portals.ensure_hotel(
            tx, house.portal_id, "GRAND", name="Новое имя", timezone="Asia/Omsk", currency="RUB"
        )
        assert again == house.hotel_id
        await portals.change_hotel(tx, again, settings={"rooms": 120})
        [hotel] = await portals.hotels_of(tx, house.portal_id)
        assert (hotel.name, hotel.timezone, hotel.settings) == ("Новое имя", "Asia/Omsk", {"rooms": 120})
        await portals.change(tx, house.portal_id, member_id="m1", settings={"language": "en"})
        found = await portals.by_member(tx, "m1")
        assert found
        assert found == await portals.by_key(tx, "main") == await portals.get(tx, house.portal_id)
        assert found.settings == {"language": "en"}
        assert [one.id for one in await portals.listed(tx)] == [house.portal_id]
        assert await portals.by_member(tx, "nobody") is None
