"""What this process does, counted as it happens: calls, replies, loops, our own HTTP."""

import re
from datetime import datetime
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

FAMILIES = frozenset(
    {"app", "batch", "crm", "department", "disk", "event", "im", "imbot", "oauth", "placement", "profile"}
    | {"task", "tasks", "user"}
)
"""First words of Bitrix24's methods that are told apart; whatever else is called is «other»."""
_METHOD = re.compile(r"/rest/(?:api/)?(?:\d+/[^/]+/)?(?P<family>[a-z]+)[\w.]*(?:\.json)?$", re.IGNORECASE)
_CALL_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 70)
_REPLY_S = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300)
_HTTP_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_TOLD = {429, 503}


class ProcessMetrics:
    """Counters and histograms of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self.events = Counter("concierge_events_accepted", "Events accepted", ["channel"], registry=registry)
        self._calls = Histogram(
            "concierge_portal_call_seconds",
            "HTTP requests to Bitrix24 portals by the first word of their method and by result",
            ["family", "result"],
            buckets=_CALL_S,
            registry=registry,
        )
        self._replies = Histogram(
            "concierge_reply_seconds",
            "From an event's receipt to the delivery of a reply that follows from it",
            buckets=_REPLY_S,
            registry=registry,
        )
        self._busy = Counter(
            "concierge_loop_busy_seconds", "Time a loop was working", ["loop"], registry=registry
        )
        self._http = Histogram(
            "concierge_http_request_seconds",
            "Requests to this service by route and status",
            ["route", "status"],
            buckets=_HTTP_S,
            registry=registry,
        )
        self.owned = Gauge("concierge_portals_owned", "Portals this process works for", registry=registry)
        self.loops_ended = Gauge(
            "concierge_loops_ended", "Loops that ended and should not have", registry=registry
        )

    def called(self, path: str, status: int | None, seconds: float) -> None:
        """A request to a portal has ended; ``status`` None: no answer came. Other parties' paths count nowhere."""
        if (found := _METHOD.search(path)) is None:
            return
        family = found["family"].lower()
        self._calls.labels(family if family in FAMILIES else "other", _result(status)).observe(seconds)

    def replied(self, caused_at: datetime | None, now: datetime) -> None:
        """A reply has left; nothing is counted when it doesn't follow from an event."""
        if caused_at is not None:
            self._replies.observe(max((now - caused_at).total_seconds(), 0.0))

    def worked(self, loop: str, seconds: float) -> None:
        """A loop has done something."""
        self._busy.labels(loop).inc(seconds)

    def served(self, route: str, status: int, seconds: float) -> None:
        """A request of ours was answered; ``route`` is the pattern, never the address."""
        self._http.labels(route, f"{status // 100}xx").observe(seconds)


def _result(status: int | None) -> str:
    if status is None:
        return "lost"
    return str(status) if status in _TOLD or status == HTTPStatus.OK else f"{status // 100}xx"
