"""A lab on SQLite for conversations; those that touch what the engines do differently ask for ``both_labs``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import Database
from tests.conftest import FakeClock
from tests.lab import Lab, Someone, open_lab


@pytest.fixture
async def lab(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Lab]:
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path)
    await database.close()


@pytest.fixture
async def forum(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Lab]:
    """The same with a Telegram forum beside the portal."""
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, forum=True)
    await database.close()


@pytest.fixture
async def each_engine(db: Database, clock: FakeClock, tmp_path: Path) -> Lab:
    """A lab on SQLite, then on PostgreSQL."""
    return await open_lab(db, clock, tmp_path)


@pytest.fixture
def olga(lab: Lab) -> Someone:
    """The front desk."""
    return lab.staff("5")


@pytest.fixture
def pyotr(lab: Lab) -> Someone:
    """Support."""
    return lab.staff("2")


@pytest.fixture
def darya(lab: Lab) -> Someone:
    """Support too."""
    return lab.staff("3")
