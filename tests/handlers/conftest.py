"""Labs for the handlers, on SQLite alone or on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.people import Grant, Role
from storage import Database
from tests.conftest import FakeClock
from tests.lab import GRANTS, Lab, open_lab


@pytest.fixture
async def lab(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Lab]:
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path)
    await database.close()


@pytest.fixture
async def represented(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Lab]:
    """A customer with a representative of his own, user 4."""
    database = Database.open(sqlite_url)
    grants = {**GRANTS, "4": [Grant(Role.REPRESENTATIVE)]}
    yield await open_lab(database, clock, tmp_path, representatives=("4",), grants=grants)
    await database.close()


@pytest.fixture
async def each_engine(db: Database, clock: FakeClock, tmp_path: Path) -> Lab:
    """A lab with a Telegram forum on SQLite, then on PostgreSQL."""
    return await open_lab(db, clock, tmp_path, forum=True)
