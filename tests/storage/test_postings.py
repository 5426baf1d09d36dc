"""The ledger's store: order of arrival and repetition change nothing, what a line said before is kept."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from domain.ledger import totals
from domain.portal import Hotel
from domain.stays import Money, Posting, PostingKind, Stay, StayState
from storage import differences, postings, staging, timeline

DAY = date(2026, 11, 20)
KINDS = (PostingKind.CHARGE, PostingKind.TAX, PostingKind.PAYMENT, PostingKind.PAID_OUT)


def line(number, reservation="1", amount=100, **more):
    kind = KINDS[number % 4]
    money = Money(Decimal(amount), "RUB")
    return Posting(str(number), reservation, kind, f"{number % 3}000", money, DAY, **more)


async def add(db, house, clock, lines, run_id=1):
    async with db.transaction() as tx:
        await postings.add(tx, house.portal_id, house.hotel_id, lines, run_id=run_id, now=clock.now)


async def sums(db, house, party="causer"):
    async with db.reading() as tx:
        found = await postings.lines_of(tx, house.hotel_id, ["1", "2", "3"], party)
    return {key: totals(some, "RUB") for key, some in found.items()}


async def hashes(db, house):
    async with db.reading() as tx:
        rows = await differences.changed(tx, house.hotel_id, "stay", "1")
    return {row.key: row.content_hash for row in rows}


async def stage(db, house, clock, *numbers):
    stays = [Stay(number, StayState.IN_HOUSE, DAY, DAY) for number in numbers]
    async with db.transaction() as tx:
        hotel = Hotel(house.hotel_id, "GRAND", "Гранд")
        await staging.upsert(tx, house.portal_id, hotel, [], stays, run_id=1, now=clock.now)


async def test_any_order_and_any_repetition_come_to_the_same(db, house, clock):
    rng = random.Random(7)
    lines = [
        line(n, rng.choice("123"), rng.randrange(-500, 500), caused_by=rng.choice([None, None, "1", "2"]))
        for n in range(60)
    ]
    await add(db, house, clock, lines)
    await stage(db, house, clock, "1", "2", "3")
    expected = {party: await sums(db, house, party) for party in ("causer", "payer")}
    versions = await hashes(db, house)
    for _ in range(5):
        again = rng.sample(lines, rng.randrange(1, 60))
        rng.shuffle(again)
        for start in range(0, len(again), 7):
            await add(db, house, clock, again[start : start + 7])
        assert {party: await sums(db, house, party) for party in expected} == expected
        assert await hashes(db, house) == versions


async def test_a_stay_that_comes_after_its_folio_knows_it(db, house, clock):
    await stage(db, house, clock, "1")
    bare = (await hashes(db, house))["1"]
    await add(db, house, clock, [line(1, "1"), line(2, "2")])
    with_folio = (await hashes(db, house))["1"]
    assert with_folio != bare
    await stage(db, house, clock, "1", "2")
    found = await hashes(db, house)
    assert found["1"] == with_folio
    assert found["2"] != bare


async def test_a_line_moved_to_another_folio_leaves_the_first_and_is_remembered(db, house, clock):
    await stage(db, house, clock, "1", "2")
    first = line(4, "1")
    await add(db, house, clock, [first])
    before = await hashes(db, house)
    await add(db, house, clock, [replace(first, reservation_id="2")], run_id=2)
    after = await hashes(db, house)
    assert before["1"] != after["1"]
    assert before["2"] != after["2"]
    assert set(await sums(db, house)) == {"2"}
    await add(db, house, clock, [first], run_id=3)
    assert await hashes(db, house) == before
    async with db.reading() as tx:
        told = await postings.history(tx, house.hotel_id, "4")
    assert [one.reservation_id for one in told] == ["1", "2"]


async def test_a_routed_line_touches_both_reservations(db, house, clock):
    await stage(db, house, clock, "1", "2")
    before = await hashes(db, house)
    await add(db, house, clock, [line(4, "2", caused_by="1")])
    after = await hashes(db, house)
    assert all(before[key] != after[key] for key in "12")
    assert set(await sums(db, house, "causer")) == {"1"}
    assert set(await sums(db, house, "payer")) == {"2"}


async def test_old_lines_of_timelines_are_forgotten_and_waiting_ones_are_not(db, house, clock):
    lines = [timeline.NewLine("deal", str(n), n, "Переезд") for n in range(3)]
    async with db.transaction() as tx:
        await timeline.add(tx, house.portal_id, house.hotel_id, lines, clock.now)
        first, second, third = await timeline.waiting(tx, house.hotel_id, 10)
        await timeline.done(tx, [first.id], clock.now - timedelta(days=90))
        await timeline.done(tx, [second.id], clock.now)
        assert await timeline.purge(tx, done_before=clock.now - timedelta(days=30)) == 1
        assert [one.id for one in await timeline.waiting(tx, house.hotel_id, 10)] == [third.id]
