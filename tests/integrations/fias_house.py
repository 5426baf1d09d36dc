"""The stand-in hotel with its IFC8 over real TCP, and our door at the other end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random

from domain.doors import DoorRecord, InHouse
from domain.stays import StayState
from integrations.fidelio.fias.options import Options, Timings
from integrations.fidelio.fias.patience import Patience
from integrations.fidelio.fias.source import FiasSource
from sandbox.fias.faults import FiasSwitches, LineFault
from sandbox.fias.ifc8 import Ifc8
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
QUICK = Timings(
    connect_s=1, greeting_s=0.15, answer_s=0.4, alive_s=0.3, backoff_s=0.02, backoff_cap_s=0.1,
    displaced_s=5, displaced_cap_s=10, short_s=0.5, farewell_s=0.5,
)  # fmt: skip
PATIENT_S = 5.0


class Wall:
    """The world's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **more: float) -> None:
        self.now += timedelta(**more)


class Store:
    """What the door has told, merged as plainly as can be: the latest value per field."""

    def __init__(self) -> None:
        self.told: list = []
        self.stays: dict[str, dict[str, object]] = {}
        self.profiles: dict[str, dict[str, object]] = {}

    async def deliver(self, news) -> None:
        for one in news:
            self.told.append(one)
            if isinstance(one, InHouse):
                for key, stay in self.stays.items():
                    if stay["state"] == StayState.IN_HOUSE and key not in one.keys:
                        stay["state"] = StayState.CHECKED_OUT
            elif isinstance(one, DoorRecord):
                table = self.stays if one.entity == "stay" else self.profiles
                row = table.setdefault(one.key, {})
                row |= {name: getattr(one.record, name) for name in one.knows}

    def in_house(self) -> set[str]:
        return {key for key, stay in self.stays.items() if stay.get("state") == StayState.IN_HOUSE}

    def states(self, key: object) -> list[str]:
        """The states a stay was told to be in, in order."""
        return [
            one.record.state.value
            for one in self.told
            if isinstance(one, DoorRecord) and one.key == str(key) and "state" in one.knows
        ]


class Line:
    """A hotel, its IFC8 and our door."""

    def __init__(self, hotel: Hotel, wall: Wall, ifc8: Ifc8, port: int) -> None:
        self.hotel, self.wall, self.ifc8, self.port = hotel, wall, ifc8, port
        self.store = Store()

    def source(self, *, last_told: datetime | None = NOW, **more) -> FiasSource:
        """A door; by default one that has told before, so that it asks for no swap."""
        settings = {"host": "127.0.0.1", "port": self.port, "timings": QUICK, "move_window_s": 0.15} | more

        async def told() -> datetime | None:
            return last_told

        patience = Patience(settings["timings"], Random(7))
        return FiasSource(Options(**settings), clock=self.wall, last_told=told, patience=patience)

    @asynccontextmanager
    async def running(self, source: FiasSource | None = None, **more) -> AsyncIterator[FiasSource]:
        """The door open and the link up."""
        source = source or self.source(**more)
        task = asyncio.create_task(source.run(self.store.deliver))
        try:
            await until(lambda: source.status().ok)
            yield source
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def guest_to_come(self):
        """Somebody who is due and shares with nobody."""
        return next(r for r in self.hotel.due_in() if r.share is None and r.rooms == 1)

    def guest_here(self, *, days: int = 1):
        """Somebody alone in his room who stays at least so many days more."""
        last = self.hotel.business_date + timedelta(days=days)
        rooms = [r.room for r in self.hotel.in_house()]
        return next(r for r in self.hotel.in_house() if r.departure >= last and rooms.count(r.room) == 1)

    def fault(self, kind: str, **more) -> None:
        self.ifc8.faults.add(LineFault(kind, **more))


async def until(met: Callable[[], object], patience_s: float = PATIENT_S) -> None:
    """Wait for something that happens on the other side of a socket."""
    async with asyncio.timeout(patience_s):
        while not met():  # noqa: ASYNC110 - it is the other side's state
            await asyncio.sleep(0.005)


@asynccontextmanager
async def open_line(bookings: int = 2500, **switches) -> AsyncIterator[Line]:
    wall = Wall()
    hotel = Hotel.open(config=HotelConfig(bookings=bookings), wall=wall)
    ifc8 = Ifc8(hotel, FiasSwitches(**switches))
    port = await ifc8.start()
    try:
        yield Line(hotel, wall, ifc8, port)
    finally:
        await ifc8.stop()
        hotel.close()
