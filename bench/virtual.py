"""An event loop whose clock jumps to the next timer whenever nothing else is to be done.

Client and stand-in talk over real sockets in one process, and seconds of waiting take none: what is measured is how
the limits are used, whatever else the machine does meanwhile. Nothing may run in threads.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
GRACE_S = 0.0002
"""What was sent over loopback is there at once; a little more is waited for it."""


class _Jumping(selectors.DefaultSelector):
    """Waits for sockets only; a timer's wait is handed to the loop's clock."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        if found := super().select(GRACE_S):
            return found
        if timeout is None:
            return super().select(1.0)
        self.loop.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time()`` starts at 1000 and runs only while everybody waits."""

    def __init__(self) -> None:
        selector = _Jumping()
        self._virtual_s = 1000.0
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self._virtual_s

    def jump(self, seconds: float) -> None:
        self._virtual_s += seconds


def run(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
