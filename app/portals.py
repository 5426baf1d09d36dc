"""Every portal of this service: as it is configured now, and the parties it is connected to, made when first needed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import aiohttp
import structlog

from app.doors import LastTold, LiveDoor, live
from app.memory import StoredMemory
from app.parties import Parties, Way, connect, way_of
from app.portal_settings import effective
from app.records import PORTAL_KEY, ensure_row, hotel_ids, portal_of
from app.settings import Settings, SettingsError
from app.stored_secrets import opened
from domain.errors import ConciergeError, Permanent
from domain.portal import Portal
from domain.ports import Clock
from handlers.outside import Outside
from handlers.turns import Turns
from storage import Database, door_states, portals
from storage.door_journal import DoorJournal
from storage.portals import PortalRow

log = structlog.get_logger()

Connect = Callable[[], Parties]


@dataclass(slots=True)
class Served:
    """One portal: what holds for it, and its parties once somebody needs them."""

    portal: Portal
    settings: Settings
    connect: Connect
    open_doors: Callable[[], tuple[LiveDoor, ...]] = tuple
    reachable: bool = True
    """Whether there is a way to the portal: an inbound webhook, or an installation."""
    _parties: Parties | None = None
    _live: tuple[LiveDoor, ...] | None = None

    @property
    def parties(self) -> Parties:
        if self._parties is None:
            self._parties = self.connect()
        return self._parties

    @property
    def connected(self) -> Parties | None:
        """The parties if they were needed already."""
        return self._parties

    @property
    def live(self) -> tuple[LiveDoor, ...]:
        """The live doors of its hotels."""
        if self._live is None:
            self._live = self.open_doors()
        return self._live

    async def close(self) -> None:
        """Let go of what was opened; it opens anew when it is needed again."""
        parties, doors = self._parties, self._live or ()
        self._parties = self._live = None
        for one in doors:
            await one.source.close()
        if parties is not None:
            await parties.close()


Changed = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Portals:
    """Portals by id. ``changed`` is told after one has been made anew from its row."""

    process: Settings
    db: Database
    clock: Clock
    session: aiohttp.ClientSession | None = None
    telegram: bool = True
    turns: Turns = field(default_factory=Turns)
    """Whose the portals are; asked before each call to one."""
    changed: list[Changed] = field(default_factory=list)
    _served: dict[int, Served] = field(default_factory=dict)
    _keys: dict[str, int] = field(default_factory=dict)
    _beside_tasks: set[asyncio.Task[None]] = field(default_factory=set)
    main_id: int | None = None

    @classmethod
    def of(cls, served: Served, db: Database, clock: Clock) -> "Portals":
        """A service of this one portal."""
        return cls(served.settings, db, clock, _served={served.portal.id: served}, main_id=served.portal.id)

    # --- looking -----------------------------------------------------------------------------------------

    def __getitem__(self, portal_id: int) -> Served:
        """Permanent("portal-unknown"): none of ours, or one that was uninstalled."""
        served = self._served.get(portal_id)
        if served is None:
            raise Permanent("portal-unknown", str(portal_id))
        return served

    def __contains__(self, portal_id: int) -> bool:
        return portal_id in self._served

    def portal(self, portal_id: int) -> Portal:
        return self[portal_id].portal

    def outside(self, portal_id: int) -> Outside:
        return self[portal_id].parties.outside

    def ids(self) -> list[int]:
        """The portals that can be reached, oldest first."""
        return sorted(portal_id for portal_id, served in self._served.items() if served.reachable)

    def all(self) -> Iterable[Served]:
        return list(self._served.values())

    @property
    def main(self) -> Served:
        """The portal that the file describes, or the only one there is; Permanent("portal-unknown") otherwise."""
        if self.main_id is not None:
            return self[self.main_id]
        if len(self._served) == 1:
            return next(iter(self._served.values()))
        raise Permanent("portal-unknown", "name one with --portal")

    # --- loading -----------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Every portal of the database; one whose settings can't be used is left out and told in the log."""
        if describes_a_portal(self.process):
            await ensure_row(self.db, self.process, self.clock)
        async with self.db.reading() as tx:
            rows = await portals.listed(tx)
        self._keys = {row.key: row.id for row in rows}
        for row in rows:
            await self._take(row)

    async def refresh(self, portal_id: int) -> None:
        """One portal made anew from its row, after its settings or its installation changed."""
        async with self.db.reading() as tx:
            row = await portals.get(tx, portal_id)
        known = self._served.get(portal_id)
        if row is not None:
            self._keys[row.key] = row.id
        if row is None:
            self._served.pop(portal_id, None)
        else:
            await self._take(row)
        for tell in self.changed:
            await tell(portal_id)
        if known is not None and known is not self._served.get(portal_id):
            await known.close()

    def soon(self, portal_id: int) -> None:
        """As :meth:`refresh`, beside what is being done: for those whom it would end, or who can't wait."""
        task = asyncio.create_task(self._beside(portal_id), name=f"portal-anew-{portal_id}")
        self._beside_tasks.add(task)
        task.add_done_callback(self._beside_tasks.discard)

    async def _beside(self, portal_id: int) -> None:
        try:
            await self.refresh(portal_id)
        except ConciergeError as fault:
            log.warning("a portal was not made anew", portal=portal_id, code=fault.code)

    async def _take(self, row: PortalRow) -> None:
        is_main = row.key == PORTAL_KEY
        try:
            settings = effective(self.process, await self.opened(row), is_main=is_main)
            way = await way_of(self.db, row, settings, self.clock, partial(self.soon, row.id))
            url = way.url if way else f"https://{row.domain}"
            portal = portal_of(row, settings, url, await hotel_ids(self.db, row.id, settings.hotels))
        except (SettingsError, ConciergeError) as fault:
            log.warning("a portal can't be served", portal=row.key, reason=str(fault))
            return
        self._served[row.id] = Served(
            self._at_its_desk(portal, settings),
            settings,
            partial(self._connect, portal, settings, way),
            partial(self._open_doors, portal, settings),
            reachable=way is not None,
        )
        if is_main:
            self.main_id = row.id
        for other in self._served.values():  # the desk may come after its customers
            if other.settings.support.desk == row.key:
                other.portal = self._at_its_desk(other.portal, other.settings)

    def _at_its_desk(self, portal: Portal, settings: Settings) -> Portal:
        desk = settings.support.desk
        if desk and desk not in self._keys:
            log.warning("no such portal to be the desk", portal=portal.key, desk=desk)
        return replace(portal, desk_id=self._keys.get(desk) if desk else None)

    async def opened(self, row: PortalRow) -> Mapping[str, object]:
        """A portal's stored settings with their secrets opened."""
        return opened(self.process, row.id, row.settings)

    def _connect(self, portal: Portal, settings: Settings, way: Way | None) -> Parties:
        assert self.session is not None
        journal = partial(_journal, self.db, portal, self.clock)
        memory = StoredMemory(self.db, portal.id, self.clock)
        return connect(
            settings,
            self.session,
            way=way,
            telegram=self.telegram,
            journal=journal,
            memory=memory,
            may_send=partial(self.turns.may_send, portal.id),
        )

    def _open_doors(self, portal: Portal, settings: Settings) -> tuple[LiveDoor, ...]:
        told = partial(_last_told, self.db, portal)
        journal = partial(_journal, self.db, portal, self.clock)
        return tuple(one for section in settings.hotels for one in live(section, self.clock, told, journal))

    async def close(self) -> None:
        """Let go of all connections."""
        for task in self._beside_tasks:
            task.cancel()
        await asyncio.gather(*self._beside_tasks, return_exceptions=True)
        for served in self.all():
            await served.close()
        if self.session is not None:
            await self.session.close()


def describes_a_portal(settings: Settings) -> bool:
    """Whether the file is about a portal of its own; a vendor's says only how the service runs."""
    app_only = settings.bitrix24.client_id and not settings.bitrix24.domain and not settings.bitrix24.url
    return not app_only or bool(settings.hotels)


def _last_told(db: Database, portal: Portal, hotel_code: str, door: str) -> LastTold:
    """When a door told anything last, by the store."""

    async def ask() -> datetime | None:
        hotel = portal.hotel(hotel_code)
        assert hotel is not None
        async with db.reading() as tx:
            return (await door_states.state(tx, hotel.id, door)).told_at

    return ask


def _journal(db: Database, portal: Portal, clock: Clock, hotel_code: str, door: str) -> DoorJournal:
    """Where a door keeps what it is given only once."""
    hotel = portal.hotel(hotel_code)
    assert hotel is not None
    return DoorJournal(db, portal.id, hotel.id, door, clock)
