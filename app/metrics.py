"""The service's gauges: events waiting, deliveries by state, the portal's budget, requests by state."""

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from app.wiring import House
from storage import door_states, inbox, outbox, staging
from storage import requests as request_rows


class Metrics:
    """Prometheus metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.inbox = Gauge("concierge_inbox_events", "Events by state", ["state"], registry=self.registry)
        self.outbox = Gauge(
            "concierge_outbox_deliveries", "Deliveries by state", ["state"], registry=self.registry
        )
        self.oldest = Gauge(
            "concierge_outbox_oldest_seconds", "Age of the longest waiting delivery", registry=self.registry
        )
        self.requests = Gauge("concierge_requests", "Requests by state", ["state"], registry=self.registry)
        self.tokens = Gauge(
            "concierge_portal_tokens", "Calls the portal allows at once", registry=self.registry
        )
        self.limits = Gauge(
            "concierge_portal_limit_used",
            "Share of the portal's limits in use, 0 to 1: requests, and each method's time",
            ["limit"],
            registry=self.registry,
        )
        self.calls = Gauge(
            "concierge_portal_calls", "HTTP requests made to the portal", registry=self.registry
        )
        self.doors = Gauge(
            "concierge_door_up", "Live doors connected", ["hotel", "door"], registry=self.registry
        )
        self.door_age = Gauge(
            "concierge_door_read_age_seconds",
            "How long ago a door that is read was read to its end",
            ["hotel", "door"],
            registry=self.registry,
        )
        self.door_lag = Gauge(
            "concierge_door_lag_seconds",
            "From a live door's message to the store and to the CRM, median of the latest",
            ["hotel", "door", "to"],
            registry=self.registry,
        )
        self.events = Counter(
            "concierge_events_accepted", "Events accepted", ["channel"], registry=self.registry
        )

    def door(self, hotel: str, door: str, *, up: bool) -> None:
        """Whether a hotel's live door is connected."""
        self.doors.labels(hotel, door).set(up)

    async def _door_ages(self, house: House) -> None:
        """A door that is read is as fresh as its cursor: it stays behind while the door is away."""
        now = house.scopes.clock()
        for hotel in house.portal.hotels:
            for door in hotel.doors:
                async with house.db.reading() as tx:
                    read_at = (await staging.cursor(tx, hotel.id, door.name)).at
                if read_at is not None:
                    self.door_age.labels(hotel.code, door.name).set((now - read_at).total_seconds())

    async def _door_lags(self, house: House) -> None:
        for one in house.portals.main.live:
            hotel = house.portal.hotel(one.hotel_code)
            assert hotel is not None
            async with house.db.reading() as tx:
                lag = await door_states.lag(tx, hotel.id, one.door.name)
            if lag is not None:
                self.door_lag.labels(hotel.code, one.door.name, "store").set(lag.store_p50_s)
            if lag is not None and lag.in_crm:
                self.door_lag.labels(hotel.code, one.door.name, "crm").set(lag.crm_p50_s)

    async def refresh(self, house: House) -> None:
        """Read the tables; called when somebody asks for the metrics."""
        async with house.db.reading() as tx:
            events, deliveries = await inbox.counts(tx), await outbox.counts(tx)
            oldest = await outbox.oldest_waiting(tx)
            requests = await request_rows.count_by_status(tx, house.portal.id)
        for state, count in events.items():
            self.inbox.labels(state).set(count)
        for state, count in deliveries.items():
            self.outbox.labels(state).set(count)
        for state, count in requests.items():
            self.requests.labels(state).set(count)
        self.oldest.set((house.scopes.clock() - oldest).total_seconds() if oldest else 0)
        self.tokens.set(house.parties.bitrix.limiter.bucket.tokens)
        self.calls.set(house.parties.bitrix.requests)
        budget = house.parties.outside.crm.budget()
        self.limits.labels("requests").set(budget.requests)
        for method, share in budget.methods.items():
            self.limits.labels(method).set(share)
        await self._door_lags(house)
        await self._door_ages(house)
