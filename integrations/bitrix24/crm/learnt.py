"""What was found out about a portal by trying: which way of importing works, how long a row takes.

Kept beyond the process (domain.ports.PortalMemory), so that it is found out once per portal. A refusal is tried
again after a month: portals change their plan.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from domain.ports import PortalMemory
from integrations.bitrix24.decoder import as_float, as_map

log = logging.getLogger(__name__)

WAYS = ("batched", "alone")
REFUSED_FOR_S = 30 * 86_400
CHANGED_BY = 0.5
"""A pace is worth keeping anew when it has changed by half."""


class Learnt:
    """Facts of one portal. ``now_s`` is in unix seconds."""

    def __init__(self, memory: PortalMemory | None = None, now_s: Callable[[], float] = time.time) -> None:
        self.row_s: dict[str, float] = {}
        """How long a row takes, by method."""
        self._ways: dict[str, dict[str, Any]] = {}
        self._memory = memory
        self._now_s = now_s
        self._loaded = memory is None
        self._kept_s: dict[str, float] = {}
        self._changed = False

    def works(self, way: str) -> bool | None:
        """True or False once tried; None where it may be tried."""
        known = self._ways.get(way)
        if known is None:
            return None
        works = known.get("works") is True
        if not works and self._now_s() - (as_float(known.get("at")) or 0.0) > REFUSED_FOR_S:
            return None
        return works

    def note_way(self, way: str, *, works: bool) -> None:
        """What came of trying."""
        if self.works(way) is not works:
            self._ways[way] = {"works": works, "at": self._now_s()}
            self._changed = True

    async def load(self) -> None:
        """Once per process."""
        if self._loaded or self._memory is None:
            return
        facts = await self._memory.recall()
        self._loaded = True
        ways = as_map(facts.get("import"))
        self._ways = {way: as_map(ways[way]) for way in WAYS if way in ways}
        for method, told in as_map(facts.get("row_s")).items():
            if (seconds := as_float(told)) is not None and seconds > 0:
                self._kept_s[method] = seconds
                self.row_s.setdefault(method, seconds)

    async def keep(self) -> None:
        """Remember what is new."""
        if self._memory is None or not (self._changed or self._paces_changed()):
            return
        self._changed = False
        self._kept_s = dict(self.row_s)
        await self._memory.remember({"import": self._ways, "row_s": self._kept_s})

    def _paces_changed(self) -> bool:
        for method, seconds in self.row_s.items():
            kept = self._kept_s.get(method)
            if kept is None or abs(seconds - kept) > CHANGED_BY * kept:
                return True
        return False
