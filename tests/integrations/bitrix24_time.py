"""A clock that jumps from one sleeper to the next: hours of limits in milliseconds of tests."""

import asyncio
import heapq
from itertools import count


class VirtualTime:
    def __init__(self):
        self.at = 1000.0
        self._sleepers = []
        self._tickets = count()

    def now(self):
        return self.at

    async def sleep(self, seconds):
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.at + max(0.0, seconds), next(self._tickets), future))
        await future

    async def run(self, work):
        """Run to the end, jumping whenever everybody sleeps."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(20):
                await asyncio.sleep(0)
            if task.done():
                break
            assert self._sleepers, "everybody waits for something that isn't time"
            at, _, future = heapq.heappop(self._sleepers)
            self.at = max(self.at, at)
            if not future.done():
                future.set_result(None)
        return task.result()
