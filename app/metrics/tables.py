"""What lies in the tables, as gauges. Sums over all portals; hotels by name while they are few, else the worst."""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge

from storage.service_figures import HotelSync, ServiceFigures, Waiting

NAMED = 50
"""So many hotels are named; of more only this many, those whose sync is furthest behind."""


class TableMetrics:
    """Gauges, set by :meth:`show`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, says: str, *labels: str) -> Gauge:
            return Gauge(f"concierge_{name}", says, labels, registry=registry)

        self._portals = gauge("portals", "Portals in the database")
        self._replicas = gauge("replicas", "Processes alive on this database; 0 on SQLite")
        self._inbox = gauge("inbox_events", "Events by state", "state")
        self._inbox_age = gauge("inbox_oldest_seconds", "Age of the oldest event in a state", "state")
        self._outbox = gauge("outbox_deliveries", "Deliveries by state and kind", "state", "kind")
        self._outbox_age = gauge("outbox_oldest_seconds", "Age of the longest waiting delivery")
        self._kind_age = gauge("outbox_kind_oldest_seconds", "The same by kind", "kind")
        self._parked = gauge("outbox_parked", "Deliveries a restore has parked for the operator's word")
        self._requests = gauge("requests", "Open requests by state", "state")
        self._late = gauge("requests_late", "Open requests whose deadline has passed", "deadline")
        self._lag = gauge(
            "sync_lag_seconds", "Since the last good run of a hotel's sync began", "portal", "hotel"
        )
        self._failures = gauge("sync_failures", "A hotel's runs in a row that failed", "portal", "hotel")
        self._lag_max = gauge("sync_lag_max_seconds", "The furthest behind of all hotels")
        self._hotels = gauge("hotels", "Hotels by how their sync stands", "sync")
        self._webhooks = gauge("webhook_endpoints", "Webhooks out by state", "state")
        self._webhook_failures = gauge("webhook_failures", "Failures in a row, over all webhooks out")
        self._licences = gauge("licences", "Portals by their licence's state", "state")

    def show(self, found: ServiceFigures) -> None:
        """All as it stands."""
        self._portals.set(found.portals)
        self._replicas.set(found.replicas)
        self._show_queues(found)
        _set(self._requests, found.desk.by_status.items())
        _set(self._late, found.desk.late.items())
        self._show_syncs(found.syncs, found.at)
        _set(self._webhooks, found.webhooks.items())
        self._webhook_failures.set(found.webhook_failures)
        _set(self._licences, found.licences.items())

    def _show_queues(self, found: ServiceFigures) -> None:
        nothing = Waiting(0, None)
        for state in ("new", "dead"):
            one = found.inbox.get(state, nothing)
            self._inbox.labels(state).set(one.count)
            self._inbox_age.labels(state).set(_age(one.oldest, found.at))
        self._outbox.clear()
        self._kind_age.clear()
        for (state, kind), one in found.outbox.items():
            self._outbox.labels(state, kind).set(one.count)
            if state == "waiting":
                self._kind_age.labels(kind).set(_age(one.oldest, found.at))
        self._outbox_age.set(_age(found.oldest(), found.at))
        self._parked.set(found.parked)

    def _show_syncs(self, syncs: Iterable[HotelSync], now: datetime) -> None:
        def lag(one: HotelSync) -> float:
            return _age(one.good_at, now)

        worst = sorted(syncs, key=lambda one: (one.failures > 0, lag(one)), reverse=True)
        self._lag.clear()
        self._failures.clear()
        for one in worst[:NAMED]:
            if one.good_at is not None:
                self._lag.labels(one.portal, one.hotel).set(lag(one))
            self._failures.labels(one.portal, one.hotel).set(one.failures)
        self._lag_max.set(max(map(lag, worst), default=0))
        states: dict[str, Callable[[HotelSync], bool]] = {
            "paused": lambda one: one.paused,
            "failing": lambda one: one.failures > 0 and not one.paused,
            "good": lambda one: one.failures == 0 and not one.paused and one.good_at is not None,
            "never": lambda one: one.failures == 0 and not one.paused and one.good_at is None,
        }
        _set(self._hotels, ((name, sum(map(fits, worst))) for name, fits in states.items()))


def _set(gauge: Gauge, values: Iterable[tuple[str, float]]) -> None:
    """One label; whatever isn't named any more is gone."""
    gauge.clear()
    for label, value in values:
        gauge.labels(label).set(value)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
