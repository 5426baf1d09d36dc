"""Fixtures of the command line's tests."""

import logging
from collections.abc import Iterator

import pytest

from app.logs import ROOMS
from tests.app.world import world as opened


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets the logs up for its process; the next test in this one listens for itself."""
    root, loggers = logging.getLogger(), [logging.getLogger(room) for room in ROOMS]
    handlers, levels = root.handlers[:], [(one, one.level) for one in (root, *loggers)]
    yield
    root.handlers[:] = handlers
    for one, level in levels:
        one.setLevel(level)


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
