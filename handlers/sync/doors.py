"""What the doors of a hotel tell: live doors deliver here as things happen, the run hands over what it has read.

Durable before it returns, merged with what the other doors told in the same transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

import structlog

from domain.doors import Door, DoorRecord, InHouse, RoomStatus, Told, first_door
from domain.errors import Temporary
from domain.guests import Profile
from domain.portal import Hotel
from domain.ports import Clock, PmsRecord, SourceStatus, SourceWindow
from domain.stays import Cursor, Stay, StayState
from handlers.scope import Scope, Scopes
from handlers.sync import door_probe
from handlers.sync.door_merge import take
from storage import door_records, door_states, staging

log = structlog.get_logger()

STORE_AGAIN_S = (0.5, 1.0, 2.0, 5.0)
NOTED_EVERY = timedelta(seconds=5)
_NOWHERE = date(1970, 1, 1)

Touched = Callable[[int, Hotel], None]
"""Told after something of a hotel has changed in the store: portal id, hotel."""


class NothingToRead:
    """Stands for the door of a hotel whose doors all tell by themselves: a run finds their news in the store."""

    name = "live"
    capabilities: frozenset[str] = frozenset()

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def changed_since(self, _cursor: Cursor, _window: SourceWindow) -> AsyncIterator[PmsRecord]:
        nothing: tuple[PmsRecord, ...] = ()
        for record in nothing:
            yield record

    async def business_date(self) -> date | None:
        return None

    async def check(self) -> SourceStatus:
        return SourceStatus(ok=True, code="ok")

    async def source_time(self) -> datetime:
        return self._clock()

    async def close(self) -> None:
        """Nothing is open."""


class Doors:
    """Takes in what doors tell."""

    def __init__(self, scopes: Scopes, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._scopes = scopes
        self._sleep = sleep
        self._noted: dict[tuple[int, str], datetime] = {}
        self.touched: list[Touched] = []

    # --- live doors -------------------------------------------------------------------------------------

    async def deliver(self, portal_id: int, hotel: Hotel, door: Door, news: Sequence[Told]) -> None:
        """Store what a live door told; tries again while the store is away, and returns when it is durable."""
        attempt = 0
        while True:
            try:
                await self._deliver(portal_id, hotel, door, news)
            except Temporary as fault:
                log.warning("a door waits for the store", door=door.name, code=fault.code)
                await self._sleep(STORE_AGAIN_S[min(attempt, len(STORE_AGAIN_S) - 1)])
                attempt += 1
            else:
                return

    async def _deliver(self, portal_id: int, hotel: Hotel, door: Door, news: Sequence[Told]) -> None:
        async with self._scopes.writing(portal_id) as scope:
            await door_records.one_at_a_time(scope.tx, hotel.id)
            if self._worth_noting(hotel, door, scope.now):
                await door_states.note_told(scope.tx, portal_id, hotel.id, door.name, scope.now)
            changed = False
            for pack in _in_order(news):
                if isinstance(pack, RoomStatus):
                    await door_states.set_room(scope.tx, portal_id, hotel.id, pack)
                    continue
                records = await self._left(scope, hotel, door, pack) if isinstance(pack, InHouse) else pack
                found = await take(scope, hotel, door, records)
                changed = changed or bool(found.stays or found.profiles)
        if changed:
            for touched in self.touched:
                touched(portal_id, hotel)

    def _worth_noting(self, hotel: Hotel, door: Door, now: datetime) -> bool:
        """When a door told anything last matters to a few seconds."""
        last = self._noted.get((hotel.id, door.name))
        if last is not None and abs(now - last) < NOTED_EVERY:
            return False
        self._noted[hotel.id, door.name] = now
        return True

    @staticmethod
    async def _left(scope: Scope, hotel: Hotel, door: Door, present: InHouse) -> list[DoorRecord]:
        """Whoever the door had in the house, and a whole resync hasn't, has left."""
        known = await door_records.in_house(scope.tx, hotel.id, door.name)
        left = [one.door_key for one in known if one.door_key not in present.keys]
        return [
            DoorRecord(
                "stay",
                key,
                Stay(key, StayState.CHECKED_OUT, _NOWHERE, _NOWHERE, checked_out_at=present.at),
                frozenset({"state", "checked_out_at"}),
                present.at,
                received_at=present.received_at,
            )
            for key in left
        ]

    # --- doors that are read ----------------------------------------------------------------------------

    @staticmethod
    async def stage(
        scope: Scope,
        hotel: Hotel,
        door_name: str,
        profiles: Sequence[Profile],
        stays: Sequence[Stay],
        *,
        run_id: int,
        read_at: datetime,
    ) -> int:
        """Stage what a run has read through one door; returns how many records the run sees for the first time.

        A hotel with this one door stages its records as they are.
        """
        door = hotel.door(door_name)
        if door is None or len(hotel.doors) < 2:
            return await staging.upsert(
                scope.tx, scope.portal.id, hotel, profiles, stays, run_id=run_id, now=scope.now
            )
        await door_records.one_at_a_time(scope.tx, hotel.id)
        declared = door.declared
        records = [_read("profile", one.profile_id, one, declared.profile, read_at) for one in profiles]
        records += [_read("stay", one.reservation_id, one, declared.stay, read_at) for one in stays]
        return (await take(scope, hotel, door, records, run_id=run_id)).fresh

    async def settle(self, portal_id: int, hotel: Hotel) -> int:
        """After a read: learn whether numbers agree, match what stood alone; returns how many still stand alone."""
        if len(hotel.doors) < 2:
            return 0
        async with self._scopes.writing(portal_id) as scope:
            await door_records.one_at_a_time(scope.tx, hotel.id)
            first = first_door(hotel.doors)
            return sum(
                [await door_probe.settle(scope, hotel, door) for door in hotel.doors if door is not first]
            )


def _read(
    entity: str, key: str, record: Profile | Stay, knows: frozenset[str], read_at: datetime
) -> DoorRecord:
    """What a run has read, as a telling: it became so when the PMS last changed it, and a later read counts more."""
    sequence = int(read_at.timestamp() * 1_000_000)
    return DoorRecord(entity, key, record, knows, record.updated_at or read_at, sequence, read_at)


def _in_order(news: Iterable[Told]) -> Iterable[list[DoorRecord] | InHouse | RoomStatus]:
    """Records in packs; what isn't one by itself, in its place."""
    pack: list[DoorRecord] = []
    for one in news:
        if isinstance(one, DoorRecord):
            pack.append(one)
            continue
        if pack:
            yield pack
            pack = []
        yield one
    if pack:
        yield pack
