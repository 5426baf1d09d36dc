"""The portals and doors this process works for: budget used, doors up and how old their tellings are."""

from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Gauge

NAMED = 20
"""Portals that are named, those whose budget is used most; the others are in the sums."""


@dataclass(frozen=True, slots=True)
class PortalState:
    """One owned portal. ``requests``: share of its bucket in use; ``method``: the same of its busiest method's time."""

    portal: str
    up: bool
    requests: float = 0.0
    method: float = 0.0


@dataclass(frozen=True, slots=True)
class DoorState:
    """One door of an owned portal's hotel; None where it doesn't apply."""

    portal: str
    hotel: str
    door: str
    up: bool | None = None
    read_age_s: float | None = None
    lag_store_s: float | None = None
    lag_crm_s: float | None = None

    @property
    def labels(self) -> tuple[str, str, str]:
        return self.portal, self.hotel, self.door


class PortalMetrics:
    """Gauges, set by :meth:`show`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge("concierge_portals_up", "Owned portals that answer", registry=registry)
        self._limits = Gauge(
            "concierge_portal_limit_used",
            "Share of a portal's limits in use, 0 to 1: its bucket of requests, its busiest method's time",
            ["portal", "limit"],
            registry=registry,
        )
        self._limit_max = Gauge(
            "concierge_portal_limit_used_max", "The largest share of all", ["limit"], registry=registry
        )
        place = ["portal", "hotel", "door"]
        self._doors = Gauge("concierge_door_up", "Live doors connected", place, registry=registry)
        self._doors_down = Gauge("concierge_doors_down", "Live doors not connected", registry=registry)
        self._read_age = Gauge(
            "concierge_door_read_age_seconds",
            "How long ago a door that is read was read to its end",
            place,
            registry=registry,
        )
        self._lag = Gauge(
            "concierge_door_lag_seconds",
            "From a live door's message to the store and to the CRM, median of the latest",
            [*place, "to"],
            registry=registry,
        )

    def show(self, portals: Iterable[PortalState], doors: Iterable[DoorState]) -> None:
        """All as it stands."""
        self._show_portals(list(portals))
        self._show_doors(list(doors))

    def _show_portals(self, portals: list[PortalState]) -> None:
        self._up.set(sum(one.up for one in portals))
        self._limits.clear()
        busiest = sorted(portals, key=lambda one: max(one.requests, one.method), reverse=True)
        for one in busiest[:NAMED]:
            self._limits.labels(one.portal, "requests").set(one.requests)
            self._limits.labels(one.portal, "method").set(one.method)
        self._limit_max.labels("requests").set(max((one.requests for one in portals), default=0.0))
        self._limit_max.labels("method").set(max((one.method for one in portals), default=0.0))

    def _show_doors(self, doors: list[DoorState]) -> None:
        for gauge in (self._doors, self._read_age, self._lag):
            gauge.clear()
        self._doors_down.set(sum(one.up is False for one in doors))
        troubled = sorted(doors, key=lambda one: (one.up is not False, -(one.read_age_s or 0.0)))
        for one in troubled[: NAMED * 5]:
            if one.up is not None:
                self._doors.labels(*one.labels).set(one.up)
            if one.read_age_s is not None:
                self._read_age.labels(*one.labels).set(one.read_age_s)
            if one.lag_store_s is not None:
                self._lag.labels(*one.labels, "store").set(one.lag_store_s)
            if one.lag_crm_s is not None:
                self._lag.labels(*one.labels, "crm").set(one.lag_crm_s)
