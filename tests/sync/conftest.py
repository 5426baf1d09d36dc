"""Fixtures of the sync's tests."""

import pytest

from storage import Database
from tests.sync.house import a_house


@pytest.fixture
async def house(sqlite_url):
    """A hotel with an empty PMS and an empty CRM."""
    db = Database.open(sqlite_url)
    async with a_house(db) as made:
        yield made
    await db.close()
