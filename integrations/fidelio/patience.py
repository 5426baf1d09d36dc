"""Reads of a PMS one after another, and a passing fault tried again: a read changes nothing, so nobody need hear of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from domain.errors import Temporary

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class Patience:
    """One interface's turn and its pauses: a front desk is served by it, too."""

    def __init__(self, retry_after_s: Sequence[float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._retry_after_s, self._sleep = retry_after_s, sleep
        self._turn = asyncio.Lock()

    async def read(self, what: str, once: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of the first attempt that gives one; ``what`` is for the log.

        Between attempts the turn is others'. Raises the last attempt's Temporary, and any other failure at once.
        """
        for pause_s in self._retry_after_s:
            try:
                return await self._attempt(once)
            except Temporary as fault:
                log.warning("%s: %s, again in %s s", what, fault, pause_s)
                await self._sleep(max(pause_s, fault.retry_after_s or 0.0))
        return await self._attempt(once)

    async def _attempt(self, once: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._turn:
            return await once()
