"""The stand-in hotel's books are built once per process and handed out as copies: building takes half a second."""

import gc
import pickle
from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from sandbox.hotel.build import Ledger

Build = Callable[[int, datetime, int | None], Ledger]
KEPT = 2
"""Books take eleven megabytes; most tests are of the same day."""


class Kept:
    """Stands in for ``sandbox.hotel.build.build``: the same books for the same day, each copy its own."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._kept: dict[tuple[int, date, int | None], bytes] = {}

    def __call__(self, seed: int, now: datetime, limit: int | None = None) -> Ledger:
        key = (seed, now.date(), limit)
        if key not in self._kept:
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = pickle.dumps(self._build(seed, now, limit), pickle.HIGHEST_PROTOCOL)
        return _without_collecting(partial(pickle.loads, self._kept[key]))


def _without_collecting(load: Callable[[], Ledger]) -> Ledger:
    """A hundred thousand new objects and no garbage among them: collecting meanwhile takes three times as long."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return load()
    finally:
        if collects:
            gc.enable()
