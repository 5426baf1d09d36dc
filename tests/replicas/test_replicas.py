"""Three processes on a real PostgreSQL: an even share, one killed, one frozen and thawed, a rolling restart."""

import asyncio
import time

import pytest

from tests.replicas.fleet import Fleet, fleet

pytestmark = pytest.mark.postgres
STOOD_STILL = "declared dead: this process stood still for too long"


async def ask_everywhere(ours: Fleet) -> None:
    for name in ours.names:
        await ours.ask(name)


async def test_killed_frozen_and_restarted_nothing_is_lost_or_doubled(postgres_url, tmp_path):
    async with fleet(tmp_path, postgres_url, portals=6) as ours:
        await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share")
        await ask_everywhere(ours)
        await ours.all_answered()

        # one killed and one frozen with questions under way: the third has everything within ten seconds
        await ask_everywhere(ours)
        ours.replicas[2].freeze()
        await ours.replicas[1].process.kill()
        await ask_everywhere(ours)
        assert await ours.until(lambda: ours.shared_by(3), "everything moved to the third", 14) <= 10.0
        await ours.all_answered()

        # thawed, nothing of what it still held leaves or is stored, and it begins anew
        ours.replicas[2].thaw()
        await ours.until(lambda: ours.shared_by(2, 3), "the thawed one has its share again")
        assert ours.replicas[2].told(STOOD_STILL)
        await ask_everywhere(ours)
        await ours.all_answered()

        # restarted on purpose: moved at once
        await ask_everywhere(ours)
        began = time.monotonic()
        stopped = asyncio.create_task(ours.replicas[3].process.stop())
        await ours.until(lambda: ours.shared_by(2), "the leaving one's portals moved")
        assert time.monotonic() - began < 5
        assert await stopped == 0
        await ours.all_answered()


class Traffic:
    """Questions in every portal in turn, as long as the block runs."""

    def __init__(self, ours: Fleet, per_s: float) -> None:
        self._ours = ours
        self._per_s = per_s
        self._task: asyncio.Task[None] | None = None
        self._enough = False

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def __aexit__(self, *_error: object) -> None:
        assert self._task is not None
        self._enough = True  # a question cut off would be told and not counted
        await self._task

    async def _run(self) -> None:
        while not self._enough:
            for name in self._ours.names:
                await self._ours.ask(name)
                await asyncio.sleep(1 / self._per_s)


@pytest.mark.drill
@pytest.mark.timeout(400)
async def test_a_rolling_restart_under_traffic(postgres_url, tmp_path):
    async with fleet(tmp_path, postgres_url, portals=12) as ours:
        await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share", 40)
        async with Traffic(ours, 4):
            for number in (1, 2, 3):
                assert await ours.replicas[number].process.stop() == 0
                await ours.start(number)
                await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share again", 40)
        await ours.all_answered(40)


@pytest.mark.drill
@pytest.mark.timeout(400)
async def test_killed_again_and_again_under_traffic(postgres_url, tmp_path):
    async with fleet(tmp_path, postgres_url, portals=12) as ours:
        await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share", 40)
        async with Traffic(ours, 4):
            for number in (1, 2, 3):
                others = [one for one in (1, 2, 3) if one != number]
                await ours.replicas[number].process.kill()
                assert await ours.until(lambda some=others: ours.shared_by(*some), "moved", 20) <= 10.0
                await ours.start(number)
                await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share again", 40)
        await ours.all_answered(40)


@pytest.mark.drill
@pytest.mark.timeout(400)
async def test_frozen_again_and_again_under_traffic(postgres_url, tmp_path):
    async with fleet(tmp_path, postgres_url, portals=12) as ours:
        await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share", 40)
        async with Traffic(ours, 4):
            for number in (1, 2, 3):
                others = [one for one in (1, 2, 3) if one != number]
                ours.replicas[number].freeze()
                await ours.until(lambda some=others: ours.shared_by(*some), "moved", 20)
                ours.replicas[number].thaw()
                await ours.until(lambda: ours.shared_by(1, 2, 3), "an even share again", 40)
                assert ours.replicas[number].told(STOOD_STILL)
        await ours.all_answered(40)
