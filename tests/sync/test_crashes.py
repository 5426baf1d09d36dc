"""Kill -9 at every named point and at random moments of a load, answers dropped in between: the CRM ends up equal to
an undisturbed run's, and nothing stands there twice.
"""

import asyncio
import random
import time

import pytest

from storage import migrate
from tests.sync.crashes import LATE_S, Blow, contents, doubles, lives, murderous_portal, sampled

FIRST_LOAD = (
    ("staged", 3, True),
    ("journalled", 2, False),
    ("journalled", 2, True),
    ("apart", 2, True),
    ("settled", 2, False),
    ("settled", 2, True),
)
LATER = (
    ("staged", 1, False),
    ("journalled", 1, True),
    ("settled", 1, False),
    ("settled", 1, True),
    ("once more", 1, False),
    ("looked again", 1, True),
    ("once more", 1, True),
    ("advanced", 1, False),
    ("advanced", 1, True),
    ("ended", 1, False),
    ("ended", 1, True),
)
BLOWS = {
    1: ("crm.item.batchImport", "crm.item.list"),
    2: ("crm.item.update",),
    3: ("crm.item.add", "crm.item.update"),
}
FAULTS = (
    {"kind": "drop_after", "method": "batch", "times": None, "probability": 0.04},
    {"kind": "late", "method": "batch", "times": None, "probability": 0.03, "seconds": LATE_S},
    {"kind": "html_after", "method": "batch", "times": None, "probability": 0.03},
    {"kind": "drop", "method": "batch", "times": None, "probability": 0.02},
)


async def undisturbed(folder, **size):
    """What three versions come to when nothing goes wrong."""
    folder.mkdir()
    await migrate(f"sqlite+aiosqlite:///{folder}/lives.db")
    async with murderous_portal() as world, lives(world, folder, **{**size, "page": 1000}) as calm:
        for version in (1, 2, 3):
            calm.life["version"] = version
            report = await calm.live()
            assert report["failed"] == 0
        return contents(world.portal)


async def by_points(told, points, methods):
    """A life for each named point of ours, and for each call of the portal: before it and after it."""
    for name, nth, after in points:
        await told.live(f"{name} {'after' if after else 'before'}", dies=(name, nth, after))
    for method in methods:
        blows = {
            "not executed": Blow(method, executed=False),
            "executed": Blow(method),
            "executed late": Blow(method, late=True),
        }
        for when, blow in blows.items():
            await told.live(f"{method} {when}", blow=blow)


async def murdered(folder, seed, *, randoms, early, **size):
    """The same with kills and lost answers all the way; returns the CRM and how the lives ended."""
    rng = random.Random(seed)
    folder.mkdir()
    await migrate(f"sqlite+aiosqlite:///{folder}/lives.db")
    async with murderous_portal() as world, lives(world, folder, **size) as told:
        for rule in FAULTS:
            world.portal.faults.add(dict(rule))
        for _ in range(early):
            await told.live("random", after_s=rng.uniform(0.02, 0.7))
        await by_points(told, FIRST_LOAD, BLOWS[1])
        for blow in sampled(rng, randoms):
            await told.live("random", blow=blow)
        await told.to_the_end()
        told.life["version"] = 2  # begun, cut off, and partly taken back by version 3
        await by_points(told, (("journalled", 1, True), ("settled", 2, False)), BLOWS[2])
        for blow in sampled(rng, 3):
            await told.live("random", blow=blow)
        told.life["version"] = 3
        await by_points(told, (), BLOWS[3])
        await by_points(told, LATER, ())
        for blow in sampled(rng, 2):
            await told.live("random", blow=blow)
        world.portal.faults.remove()
        await told.to_the_end()
        quiet = await told.to_the_end()
        return world.portal, told, quiet


def _differing(one, other):
    return {name: (one.get(name), value) for name, value in other.items() if one.get(name) != value} | {
        "originId": other["originId"]
    }


async def crash_suite(folder, seed, **size):
    began = time.monotonic()
    calm = await undisturbed(folder / "calm", **{name: size[name] for name in ("guests", "stays")})
    portal, told, quiet = await murdered(folder / "murdered", seed, **size)
    assert {name: count for name, count in doubles(portal).items() if count} == {}
    found = contents(portal)
    assert {kind: len(rows) for kind, rows in found.items()} == {kind: len(r) for kind, r in calm.items()}
    for kind, rows in calm.items():
        wrong = [(one, other) for one, other in zip(found[kind], rows, strict=True) if one != other]
        assert not wrong, (kind, len(wrong), [_differing(*pair) for pair in wrong[:3]])
    assert (quiet["created"], quiet["updated"], quiet["failed"]) == (0, 0, 0)
    print(f"\n{sum(told.deaths.values())} deaths in {time.monotonic() - began:.0f} s: {dict(told.deaths)}")
    return told.deaths


@pytest.mark.timeout(600)
async def test_killed_at_every_point_and_at_random_moments_of_a_load(tmp_path):
    deaths = await crash_suite(tmp_path, 1, guests=5000, stays=400, page=100, randoms=44, early=6)
    assert deaths["random"] >= 50
    named = {name for name in deaths if name != "random"}
    assert {"journalled after", "settled before", "settled after", "advanced before", "ended before"} <= named
    written = ("batchImport", "update", "add")
    assert {f"crm.item.{one} {when}" for one in written for when in ("executed", "executed late")} <= named


@pytest.mark.drill
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2, 6))
async def test_killed_hundreds_of_times(tmp_path, seed):
    deaths = await crash_suite(tmp_path, seed, guests=5000, stays=1500, page=100, randoms=90, early=40)
    assert deaths["random"] >= 100


@pytest.mark.parametrize(
    "method",
    [
        "crm.item.batchImport",
        *(pytest.param(one, marks=pytest.mark.drill) for one in ("crm.item.add", "crm.item.update")),
    ],
)
async def test_what_a_dead_process_sent_is_executed_while_the_next_one_works(tmp_path, method):
    """Whoever comes after waits before it writes about the same records, and only about those."""
    await migrate(f"sqlite+aiosqlite:///{tmp_path}/lives.db")
    async with murderous_portal() as world, lives(world, tmp_path, guests=60, stays=10, page=20) as told:
        if method != "crm.item.batchImport":
            await told.to_the_end()
            told.life["version"] = 2
        await told.live("late", blow=Blow(method, late=True))
        assert told.deaths["late"] == 1
        began = time.monotonic()
        await told.to_the_end()
        took_s = time.monotonic() - began
        await asyncio.sleep(max(LATE_S - took_s, 0) + 0.1)
        assert {name: count for name, count in doubles(world.portal).items() if count} == {}
        assert took_s >= LATE_S
        assert (await told.live())["updated"] == 0
