"""Fixtures of the command line's tests."""

import pytest

from tests.app.world import world as opened


@pytest.fixture
async def world(tmp_path):
    """All stand-ins, and a configuration that fits them."""
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture
async def offices(tmp_path):
    """Portal and Telegram alone, for what has nothing to do with a hotel."""
    async with opened(tmp_path, hotel=False) as made:
        yield made
