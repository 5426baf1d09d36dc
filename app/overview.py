"""What the status page shows, gathered: parts, figures, what to look at, processes. No guest and nobody's words."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.observability import ours
from app.readiness import Readiness
from app.tenant import Tenant
from app.wiring import House
from storage import replicas, service_figures
from storage.migrate import newest_revision
from storage.service_figures import HotelSync, ServiceFigures, Trouble
from web.status import Figure, Overview, PortalLine, Process

LINES = 30
SLOW_EVENT_S, SLOW_DELIVERY_S = 60, 300


async def overview(house: House, tenants: Mapping[int, Tenant], readiness: Readiness) -> Overview:
    """As it stands now."""
    async with house.db.reading() as tx:
        figures = await service_figures.take(tx, house.scopes.clock())
        troubles = await service_figures.troubles(tx)
        alive = await replicas.alive(tx) if house.db.dialect == "postgresql" else []
    me = house.scopes.turns.owner
    return Overview(
        at=figures.at,
        version=ours(),
        database={"sqlite": "SQLite", "postgresql": "PostgreSQL"}[house.db.dialect],
        schema=newest_revision(),
        parts=await readiness.parts(),
        figures=_figures(figures, len(tenants)),
        troubles=[*_away(tenants.values()), *_syncs(figures.syncs), *map(_trouble, troubles)][:LINES],
        processes=[
            Process(one.owner, one.version, one.portals, one.started_at, one.owner == me) for one in alive
        ],
    )


def _figures(found: ServiceFigures, owned: int) -> list[Figure]:
    def total(state: str) -> int:
        return sum(one.count for (s, _), one in found.outbox.items() if s == state)

    new = found.inbox.get("new")
    event_age = _age(new.oldest if new else None, found.at)
    delivery_age = _age(found.oldest(), found.at)
    late = sum(found.desk.late.values())
    failing = sum(one.failures > 0 for one in found.syncs)
    lag = max((_age(one.good_at, found.at) for one in found.syncs), default=0.0)
    ended, disabled = found.licences.get("ended", 0), found.webhooks.get("disabled", 0)
    return [
        Figure("portals", str(found.portals)),
        Figure("owned", str(owned)),
        Figure("events", str(new.count if new else 0)),
        Figure("event-age", _words(event_age), event_age > SLOW_EVENT_S),
        Figure("deliveries", str(total("waiting"))),
        Figure("delivery-age", _words(delivery_age), delivery_age > SLOW_DELIVERY_S),
        Figure("dead", str(total("dead")), total("dead") > 0),
        *([Figure("parked", str(found.parked), alarming=True)] if found.parked else []),
        Figure("requests", str(sum(found.desk.by_status.values()))),
        Figure("late", str(late), late > 0),
        Figure("syncs-failing", str(failing), failing > 0),
        Figure("sync-lag", _words(lag)),
        *([Figure("licences-ended", str(ended), alarming=True)] if ended else []),
        *([Figure("webhooks-disabled", str(disabled), alarming=True)] if disabled else []),
    ]


def _away(tenants: Iterable[Tenant]) -> Iterable[PortalLine]:
    for tenant in tenants:
        state = tenant.state()
        if not state.ok:
            yield PortalLine(tenant.served.portal.key, "", "portal", {"detail": state.detail})


def _syncs(syncs: Iterable[HotelSync]) -> Iterable[PortalLine]:
    for one in sorted(syncs, key=lambda sync: -sync.failures):
        if one.paused:
            yield PortalLine(one.portal, one.hotel, "paused", {})
        elif one.failures:
            yield PortalLine(one.portal, one.hotel, "failures", {"count": one.failures})


def _trouble(one: Trouble) -> PortalLine:
    return PortalLine(one.portal, one.what, one.sort, {"count": one.count, "code": one.code})


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _words(seconds: float) -> str:
    """``0:07``, ``12:00``, ``3:04:05``: the same in every language."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
