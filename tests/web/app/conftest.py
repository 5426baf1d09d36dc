"""The pages, opened for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import FakeClock
from tests.web.app.rooms import Rooms, opened


@pytest.fixture
async def rooms(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Rooms]:
    """Two hotels; an admin, support, a manager, one of PARK only, and staff."""
    async with opened(sqlite_url, clock, tmp_path) as found:
        yield found
