"""How this process stands, looked at from inside: for metrics, readiness and the status page."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from time import monotonic

from app.metrics.portals import DoorState, PortalState
from app.tenant import Tenant
from app.wiring import House
from scheduler.runner import Pumped
from storage import Tx, door_states, service_figures
from storage.service_figures import ServiceFigures

LAGS = 50
"""Live doors whose lag is asked for: a query each."""


async def look(
    house: House, tenants: Mapping[int, Tenant]
) -> tuple[ServiceFigures, list[PortalState], list[DoorState]]:
    """Everything the gauges show: one read of the tables, and what the tenants know themselves."""
    async with house.db.reading() as tx:
        figures = await service_figures.take(tx, house.scopes.clock())
        doors = [*_live(await _lags(tx, tenants.values()), tenants.values())]
        doors += _read(await service_figures.door_reads(tx), tenants.values(), figures)
    return figures, [_portal(tenant) for tenant in tenants.values()], doors


def _portal(tenant: Tenant) -> PortalState:
    key, up = tenant.served.portal.key, tenant.state().ok
    parties = tenant.served.connected
    if parties is None:
        return PortalState(key, up)
    budget = parties.outside.crm.budget()
    return PortalState(key, up, budget.requests, max(budget.methods.values(), default=0.0))


async def _lags(tx: Tx, tenants: Iterable[Tenant]) -> dict[tuple[int, str, str], door_states.Lag]:
    found = {}
    live = [(tenant, door) for tenant in tenants for door in tenant.live][:LAGS]
    for tenant, door in live:
        hotel = tenant.served.portal.hotel(door.hotel_code)
        if hotel is not None and (lag := await door_states.lag(tx, hotel.id, door.door_name)):
            found[tenant.portal_id, door.hotel_code, door.door_name] = lag
    return found


def _live(
    lags: Mapping[tuple[int, str, str], door_states.Lag], tenants: Iterable[Tenant]
) -> Iterable[DoorState]:
    for tenant in tenants:
        for door in tenant.live:
            lag = lags.get((tenant.portal_id, door.hotel_code, door.door_name))
            yield DoorState(
                tenant.served.portal.key,
                door.hotel_code,
                door.door_name,
                up=door.up,
                lag_store_s=lag.store_p50_s if lag else None,
                lag_crm_s=lag.crm_p50_s if lag and lag.in_crm else None,
            )


def _read(
    read_at: Mapping[tuple[int, str], datetime], tenants: Iterable[Tenant], figures: ServiceFigures
) -> Iterable[DoorState]:
    """A door that is read is as fresh as its cursor: it stays behind while the door is away."""
    for tenant in tenants:
        for hotel in tenant.served.portal.hotels:
            for door in hotel.doors:
                at = read_at.get((hotel.id, door.name))
                if at is not None:
                    age = (figures.at - at).total_seconds()
                    yield DoorState(tenant.served.portal.key, hotel.code, door.name, read_age_s=age)


class Timed:
    """A loop's work, its time told to whoever counts it."""

    def __init__(self, name: str, pumped: Pumped, worked: Callable[[str, float], None]) -> None:
        self._name, self._pumped, self._worked = name, pumped, worked

    async def work(self) -> int:
        began = monotonic()
        try:
            return await self._pumped.work()
        finally:
            self._worked(self._name, monotonic() - began)

    async def idle_for(self, most_s: float) -> float:
        return await self._pumped.idle_for(most_s)
