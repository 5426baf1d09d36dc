"""A word from process to process, over a real PostgreSQL."""

import asyncio

import pytest

from storage import Database
from storage.wakes import CHANNEL, Wakes, tell_in
from tests.conftest import FakeClock


class Ear:
    """One process's ear, running."""

    def __init__(self, url: str) -> None:
        self.wakes = Wakes(url)
        self.heard: asyncio.Queue[int] = asyncio.Queue()
        self.wakes.on("news", self.heard.put_nowait)
        self.task = asyncio.create_task(self.wakes.run())

    async def next(self) -> int:
        async with asyncio.timeout(10):
            return await self.heard.get()

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def ears(postgres_url):
    opened = [Ear(postgres_url), Ear(postgres_url)]
    for ear in opened:
        assert await ear.next() == 0  # listening: whatever was told before is to be looked for
    yield opened
    for ear in opened:
        await ear.close()


@pytest.mark.postgres
async def test_told_here_at_once_and_there_soon(ears):
    one, other = ears
    one.wakes.tell("news", 7)
    assert one.heard.get_nowait() == 7
    assert await other.next() == 7
    one.wakes.tell("news", 8, others=False)
    other.wakes.tell("news", 9)
    assert [await one.next(), await one.next()] == [8, 9]
    assert await other.next() == 9
    await asyncio.sleep(0.05)
    assert one.heard.empty()
    assert other.heard.empty()


@pytest.mark.postgres
async def test_told_with_a_commit(ears, postgres_url):
    db = Database.open(postgres_url)
    async with db.transaction() as tx:
        await tell_in(tx, "news", 3)
        await asyncio.sleep(0.05)
        assert ears[0].heard.empty()
    assert [await ear.next() for ear in ears] == [3, 3]
    await db.close()


@pytest.mark.postgres
async def test_the_ear_grows_again(ears, postgres_server):
    await postgres_server.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE '%{CHANNEL}%' "
        "AND pid <> pg_backend_pid()"
    )
    assert [await ear.next() for ear in ears] == [0, 0]
    ears[1].wakes.tell("news", 4)
    assert await ears[0].next() == 4


async def test_on_sqlite_words_stay_inside(sqlite_url: str, clock: FakeClock) -> None:
    wakes = Wakes(sqlite_url)
    heard: list[int] = []
    wakes.on("news", heard.append)
    wakes.tell("news", 1)
    await wakes.run()
    assert heard == [1]
    assert not wakes.listening
