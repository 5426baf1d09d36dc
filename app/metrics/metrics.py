"""Prometheus metrics of one process: three groups on one registry, the tables read at most once in some seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

from prometheus_client import CollectorRegistry

from app.metrics.portals import DoorState, PortalMetrics, PortalState
from app.metrics.process import ProcessMetrics
from app.metrics.tables import TableMetrics
from storage.service_figures import ServiceFigures

KEPT_S = 5.0
"""Whoever asks again within this time is told the same: a scraper too many costs the database nothing."""

Look = Callable[[], Awaitable[tuple[ServiceFigures, Iterable[PortalState], Iterable[DoorState]]]]


class Metrics:
    """All of it. ``kept_s``: how long the tables' figures are good for."""

    def __init__(self, *, kept_s: float = KEPT_S, now: Callable[[], float] = monotonic) -> None:
        self.registry = CollectorRegistry()
        self.process = ProcessMetrics(self.registry)
        self._tables = TableMetrics(self.registry)
        self._portals = PortalMetrics(self.registry)
        self._kept_s = kept_s
        self._now = now
        self._looked_at: float | None = None
        self._one = asyncio.Lock()

    async def refresh(self, look: Look) -> None:
        """Bring the gauges up to date, unless they are fresh; several that ask at once share one look."""
        async with self._one:
            if self._looked_at is not None and self._now() - self._looked_at < self._kept_s:
                return
            figures, portals, doors = await look()
            self._tables.show(figures)
            self._portals.show(portals, doors)
            self._looked_at = self._now()
