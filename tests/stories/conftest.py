"""Fixtures of the stories."""

import pytest

from tests.stories.stage import staged


@pytest.fixture
async def stage(tmp_path):
    """The portal's side alone: no Telegram, a hotel with a short window."""
    async with staged(tmp_path) as opened:
        yield opened


@pytest.fixture
async def both(tmp_path):
    """Portal and Telegram side by side."""
    async with staged(tmp_path, telegram=True) as opened:
        yield opened
