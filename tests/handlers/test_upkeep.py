"""Installed portals are put right at the start, daily and after updates; what stands in the way is waited out."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.texts import text
from domain.errors import ConciergeError, Permanent, Temporary
from domain.installations import AppFacts, Ensured, Granted, InstallState
from domain.portal import Portal
from handlers.installations import Claim, Installations
from handlers.scope import Scopes
from handlers.turns import NotOursError
from handlers.upkeep import DAILY, KEEP_ALIVE, LATER, SOON, Upkeep
from integrations.files.local import LocalFiles
from storage import Database, installations
from storage.installations import Vault
from storage.sealing import Sealer, SecretKey
from tests.conftest import FakeClock

HOME = "https://oauth.bitrix.info/rest/"


class Server:
    async def refresh(self, refresh_token: str, server_endpoint: str) -> Granted:
        return Granted(
            "a", refresh_token, 3600, "m1", "https://hotel.bitrix24.ru/rest/", server_endpoint, "1"
        )

    async def is_admin(self, granted: Granted) -> bool:
        return True


@dataclass
class Setup:
    """A portal's hands, which fail as told."""

    facts: AppFacts = field(default_factory=lambda: AppFacts(installed=True, licence_family="pro"))
    failure: ConciergeError | None = None
    ensured: int = 0
    kept_alive: int = 0

    async def ensure(self) -> Ensured:
        self.ensured += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return Ensured(self.facts, 7)

    async def keep_alive(self) -> None:
        self.kept_alive += 1


@dataclass
class House:
    installs: Installations
    upkeep: Upkeep
    setup: Setup
    portal_id: int
    changed: list[int] = field(default_factory=list)

    async def row(self) -> tuple[InstallState, str, bool]:
        async with self.installs.db.reading() as tx:
            found = await installations.get(tx, self.portal_id)
        assert found is not None
        return found.state, found.reason, found.ensured_at is not None


@pytest.fixture
async def house(db: Database, clock: FakeClock, tmp_path: Path) -> House:
    setup, changed = Setup(), list[int]()

    async def tell(portal_id: int) -> None:
        changed.append(portal_id)

    scopes = Scopes(
        db, clock, text, lambda portal_id: Portal(portal_id, "hotel", "https://hotel.bitrix24.ru")
    )
    installs = Installations(db, clock, Vault(Sealer([SecretKey.make("k")])), Server(), HOME, tell)
    upkeep = Upkeep(
        scopes, installs, lambda _portal_id: setup, LocalFiles(tmp_path), "one", grace=timedelta()
    )
    portal_id = await installs.install(Claim("m1", "r1", HOME, "proof"))
    changed.clear()
    return House(installs, upkeep, setup, portal_id, changed)


async def test_once_at_the_start_then_daily(house: House, clock: FakeClock) -> None:
    assert await house.upkeep.work() == 1
    assert await house.row() == (InstallState.ACTIVE, "", True)
    assert house.changed == [house.portal_id]  # another plan than was known: another budget
    assert await house.upkeep.work() == 0
    clock.now += DAILY + SOON
    assert await house.upkeep.work() == 1
    assert (house.setup.ensured, len(house.changed)) == (2, 1)


async def test_a_new_process_looks_again(house: House) -> None:
    await house.upkeep.work()
    house.upkeep.anew(house.portal_id)
    assert house.upkeep.wake.is_set()
    assert await house.upkeep.work() == 1


@pytest.mark.parametrize(
    ("failure", "wait"),
    [(Temporary("bitrix-busy"), SOON), (Permanent("bitrix-insufficient-scope"), LATER)],
)
async def test_what_stands_in_the_way_is_told_and_tried_later(
    house: House, clock: FakeClock, failure: ConciergeError, wait: timedelta
) -> None:
    house.setup.failure = failure
    assert await house.upkeep.work() == 1
    assert await house.row() == (InstallState.INSTALLING, failure.code, False)
    assert await house.upkeep.work() == 0
    clock.now += wait - timedelta(seconds=1)
    assert await house.upkeep.work() == 0
    house.setup.failure = None
    clock.now += timedelta(seconds=2)
    assert await house.upkeep.work() == 1
    assert await house.row() == (InstallState.ACTIVE, "", True)


async def test_a_portal_of_another_process_is_left_to_it(house: House) -> None:
    house.setup.failure = NotOursError(house.portal_id)
    await house.upkeep.work()
    assert await house.row() == (InstallState.INSTALLING, "", False)
    assert await house.upkeep.work() == 0
    house.setup.failure = None
    house.upkeep.anew(house.portal_id)
    assert await house.upkeep.work() == 1


async def test_a_quiet_portal_is_refreshed_before_its_token_lapses(house: House, clock: FakeClock) -> None:
    await house.upkeep.work()
    clock.now += KEEP_ALIVE - DAILY
    await house.upkeep.work()
    assert house.setup.kept_alive == 0
    clock.now += DAILY * 2
    await house.upkeep.work()
    assert house.setup.kept_alive == 1


async def test_what_is_under_way_ends_with_the_loop(house: House) -> None:
    hold = asyncio.Event()

    async def wait() -> Ensured:
        await hold.wait()
        raise AssertionError

    house.setup.ensure = wait  # type: ignore[method-assign]
    work = asyncio.create_task(house.upkeep.work())
    await asyncio.sleep(0.05)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("upkeep-")]


async def test_an_uninstalled_portal_is_erased_once_and_by_one(house: House, clock: FakeClock) -> None:
    await house.upkeep.work()
    event = {
        "event": "ONAPPUNINSTALL",
        "data": {"CLEAN": "1"},
        "auth": {"member_id": "m1", "application_token": "proof"},
    }
    await house.installs.event(event)
    clock.push(seconds=1)
    assert sum(await asyncio.gather(house.upkeep.work(), house.upkeep.work())) == 1
    async with house.installs.db.reading() as tx:
        found = await installations.get(tx, house.portal_id)
    assert found is not None
    assert (found.state, found.user_id) == (InstallState.UNINSTALLED, "")
    assert found.erased_at is not None
    assert await house.upkeep.work() == 0
