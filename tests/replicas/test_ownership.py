"""Portals shared among processes of one PostgreSQL, each a database connection and a clock of its own here."""

import asyncio

import pytest

from handlers.ownership import LEASE_S, Ownership
from handlers.turns import NotOursError, Turns
from storage import Database, leases, portals, replicas
from storage.leases import StaleLease
from storage.tables import portals as portals_table
from storage.wakes import Wakes
from tests.conftest import FakeClock

pytestmark = pytest.mark.postgres


class Process:
    """One process: its ownership, and what it heard."""

    def __init__(self, db: Database, url: str, clock: FakeClock, name: str) -> None:
        self.db = db
        self.clock = clock
        self.stopped_s = 0.0

        async def moment(_tx):
            return clock()

        self.turns = Turns(lambda: clock().timestamp())
        self.ownership = Ownership(db, self.turns, Wakes(url), name, moment=moment)
        self.events: list[tuple[str, int]] = []
        self.ownership.gained.append(self._heard("gained"))
        self.ownership.lost.append(self._heard("lost"))

    def _heard(self, word):
        async def hear(portal_id):
            self.events.append((word, portal_id))

        return hear

    async def beat(self) -> frozenset[int]:
        await self.ownership.beat()
        await self.ownership.begun()
        if self.ownership._handing is not None:
            await self.ownership._handing
        return self.ownership.owned


@pytest.fixture
async def db(postgres_url):
    database = Database.open(postgres_url)
    yield database
    await database.close()


@pytest.fixture
def process(db, postgres_url, clock):
    return lambda name: Process(db, postgres_url, clock, name)


async def make_portals(db: Database, clock: FakeClock, count: int) -> list[int]:
    async with db.transaction() as tx:
        return [await portals.ensure(tx, f"p{number}", clock()) for number in range(count)]


async def test_shares_are_even_and_follow_who_comes_and_goes(db, clock, process):
    ids = await make_portals(db, clock, 7)
    a, b, c = process("a"), process("b"), process("c")
    assert await a.beat() == set(ids)
    assert not await b.beat()  # nothing is free yet
    await a.beat()  # gives the surplus back
    await b.beat()
    assert sorted(map(len, (a.ownership.owned, b.ownership.owned))) == [3, 4]
    for _ in range(3):
        for one in (c, a, b):
            await one.beat()
    shares = [one.ownership.owned for one in (a, b, c)]
    assert set().union(*shares) == set(ids)
    assert sum(map(len, shares)) == 7
    assert max(map(len, shares)) == 3
    await b.ownership.stop()
    for _ in range(2):
        for one in (a, c):
            await one.beat()
    assert a.ownership.owned | c.ownership.owned == set(ids)
    assert not b.turns.held
    for one in (a, b, c):  # whatever began has ended, in this order
        for portal_id in {portal_id for _, portal_id in one.events}:
            words = [word for word, about in one.events if about == portal_id]
            assert words == ["gained", "lost"] * (len(words) // 2) + ["gained"] * (len(words) % 2)


async def test_a_dead_ones_portals_are_taken_when_its_heartbeat_ends_and_not_before(db, clock, process):
    ids = await make_portals(db, clock, 3)
    a, b = process("a"), process("b")
    await a.beat()
    async with db.transaction() as tx:
        lane = await leases.acquire(tx, ids[0], "lane:x", a.turns.owner, now=clock(), lease_s=600)
    clock.push(seconds=LEASE_S - 0.1)
    assert not await b.beat()
    clock.push(seconds=0.2)
    assert await b.beat() == set(ids)
    async with db.transaction() as tx:  # what it held of them is free at once, and its token is old
        assert await leases.acquire(tx, ids[0], "lane:x", "b", now=clock(), lease_s=60)
    with pytest.raises(StaleLease):
        async with db.transaction() as tx:
            await leases.check_fence(tx, ids[0], "lane:x", lane.fence)


async def test_thawed_nothing_leaves_and_nothing_is_stored(db, clock, process):
    (portal_id,) = await make_portals(db, clock, 1)
    frozen, other = process("frozen"), process("other")
    await frozen.beat()
    outcome = {}

    async def long_work():
        try:
            await asyncio.Event().wait()
        finally:
            with pytest.raises(NotOursError):
                frozen.turns.may_send(portal_id)
            try:
                async with db.transaction() as tx:
                    await portals.change(tx, portal_id, name="written by the former owner")
            except StaleLease as fault:
                outcome["refused"] = fault

    frozen.turns.begin(portal_id, long_work(), "long")
    await asyncio.sleep(0)
    frozen.turns.may_send(portal_id)
    clock.push(seconds=60)
    with pytest.raises(NotOursError):  # by its own clock, before it has asked anybody
        frozen.turns.may_send(portal_id)
    assert await other.beat() == {portal_id}
    await frozen.beat()
    assert outcome["refused"]
    assert frozen.turns.owner == "frozen.2"  # the old name is a dead one's
    assert frozen.events == [("gained", portal_id), ("lost", portal_id)]
    async with db.reading() as tx:
        assert (await portals.get(tx, portal_id)).name == ""


async def test_alone_after_a_pause_everything_is_still_ours(db, clock, process):
    ids = await make_portals(db, clock, 2)
    a = process("a")
    await a.beat()
    clock.push(seconds=300)
    assert not a.turns.serves(ids[0])
    assert await a.beat() == set(ids)
    assert a.turns.serves(ids[0])
    assert a.turns.owner == "a.1"


async def test_a_portal_whose_row_a_stopped_process_has_locked_comes_later(db, clock, process):
    ids = await make_portals(db, clock, 2)
    a, b = process("a"), process("b")
    await a.beat()
    inside, killed = asyncio.Event(), asyncio.Event()

    async def stopped_in_the_middle():
        async with db.transaction():
            inside.set()
            await killed.wait()

    task = a.turns.begin(ids[0], stopped_in_the_middle(), "stopped")
    await inside.wait()
    clock.push(seconds=LEASE_S + 1)
    assert await b.beat() == {ids[1]}
    killed.set()
    await task
    assert await b.beat() == set(ids)


async def test_the_share_of_claims(db, clock, process):
    """What is claimed belongs to a portal the process owns and isn't giving up."""
    ids = await make_portals(db, clock, 2)
    a, b = process("a"), process("b")
    await a.beat()
    a.turns.leave(ids[1])
    async with db.reading() as tx:
        query = portals_table.select().where(*a.turns.within(portals_table.c.id))
        assert [row.id for row in (await tx.execute(query)).all()] == [ids[0]]
        nothing = portals_table.select().where(*replicas.owned_by("b.1")(portals_table.c.id))
        assert not (await tx.execute(nothing)).all()
    assert not b.turns.serves(ids[0]) or b.turns.owner is None


async def test_a_new_portal_finds_somebody(db, clock, process):
    await make_portals(db, clock, 2)
    a, b = process("a"), process("b")
    for _ in range(3):
        await a.beat()
        await b.beat()
    async with db.transaction() as tx:
        new = await portals.ensure(tx, "new", clock())
    await a.beat()
    await b.beat()
    assert new in a.ownership.owned | b.ownership.owned
