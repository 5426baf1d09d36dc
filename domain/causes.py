"""What something follows from: the id that an event, its deliveries, their calls and a sync have in common.

It goes with the work through contexts and, where work is put off, through the row that it is put off with. It is no
secret and no personal data: ``e17`` is the seventeenth event, ``o3`` an order, ``h…`` a request to us.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cause:
    """``at``: when it came from a person; None for what the clock does, which nobody waits for."""

    id: str
    at: datetime | None = None


_CURRENT: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current() -> Cause | None:
    """What the present work follows from."""
    return _CURRENT.get()


@contextmanager
def following(cause: Cause | None) -> Iterator[None]:
    """Work that follows from ``cause``; None leaves it as it is."""
    if cause is None:
        yield
        return
    before = _CURRENT.set(cause)
    try:
        yield
    finally:
        _CURRENT.reset(before)
