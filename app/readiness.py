"""How every part of this process is, by name: for `/readyz`, which must not break with the part it asks after."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from app.files import file_store
from app.tenant import Tenant
from app.wiring import House
from domain.errors import ConciergeError
from handlers.ownership import Ownership
from scheduler.runner import Runner
from storage import outbox, portals, service_figures
from web.health import PartState

LATE = timedelta(minutes=3)
NAMED = 5
"""Portals in trouble that are named; the others are counted on the status page."""
GOOD = PartState(ok=True)


class Readiness:
    """Asks the parts."""

    def __init__(
        self, house: House, tenants: Mapping[int, Tenant], runner: Runner, ownership: Ownership
    ) -> None:
        self._house = house
        self._tenants = tenants
        self._runner = runner
        self._ownership = ownership
        self._files = file_store(house.process.service.files, house.process.files)

    async def parts(self) -> dict[str, PartState]:
        """How every part is, by name. A detail beside a good part says what is worth knowing."""
        return {
            "database": await _asked(self._database),
            "loops": PartState(not self._runner.ended, ", ".join(self._runner.ended)),
            "ownership": self._owning(),
            "notify": self._hearing(),
            "bitrix24": self._portals(),
            "deliveries": await _asked(self._deliveries),
            "files": await _asked(self._store),
            "licences": await _asked(self._licences),
            **{
                door.name: PartState(*door.state())
                for tenant in self._tenants.values()
                for door in tenant.live
            },
        }

    async def _database(self) -> PartState:
        async with self._house.db.reading() as tx:
            await portals.known(tx)
        return GOOD

    async def _deliveries(self) -> PartState:
        async with self._house.db.reading() as tx:
            oldest = await outbox.oldest_waiting(tx)
        late = oldest is not None and self._house.scopes.clock() - oldest > LATE
        return PartState(not late, "deliveries wait: see `concierge deliveries`" if late else "")

    async def _store(self) -> PartState:
        await self._files.size("0/0")  # never there; what counts is that somebody says so
        return GOOD

    async def _licences(self) -> PartState:
        """An ended one stops syncs by intention: worth knowing, and nothing broken."""
        async with self._house.db.reading() as tx:
            found = await service_figures.licences_by_state(tx, self._house.scopes.clock().date())
        return PartState(ok=True, detail=f"ended: {found['ended']}" if found.get("ended") else "")

    def _owning(self) -> PartState:
        """Where several processes share the portals: whether our heartbeat is heard."""
        ownership = self._ownership
        if ownership.alone:
            return GOOD
        standing = ownership.standing
        words = f"{len(ownership.owned)} of {standing.portals} portals, {standing.alive} processes"
        beats = ownership.turns.until > ownership.turns.now()
        return PartState(beats, words if beats else f"no heartbeat: {words}")

    def _hearing(self) -> PartState:
        """Without the other processes' words one only looks more often."""
        if self._ownership.alone or self._house.wakes.listening:
            return GOOD
        return PartState(ok=True, detail="no words from other processes: looking every few seconds instead")

    def _portals(self) -> PartState:
        """One portal away is a line; a service without any is broken."""
        states = {one.served.portal.key: one.state() for one in self._tenants.values()}
        broken = {key: state.detail for key, state in states.items() if not state.ok}
        if len(states) == 1:
            return next(iter(states.values()))
        words = ", ".join(f"{key}: {detail}" for key, detail in list(broken.items())[:NAMED])
        return PartState(not broken or len(broken) < len(states), words)


async def _asked(part: Callable[[], Awaitable[PartState]]) -> PartState:
    try:
        return await part()
    except ConciergeError as fault:
        return PartState(ok=False, detail=fault.code)
