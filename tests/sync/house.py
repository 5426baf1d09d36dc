"""A hotel's sync in this process: a PMS as the test tells it, the stand-in portal over HTTP, a real database."""

from collections.abc import Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.texts import text
from domain.guests import Profile, ProfileKind
from domain.portal import Hotel, Portal
from domain.stays import Cursor, Money, RowProblem, Stay, StayState
from handlers.outside import Outside
from handlers.scope import Scopes
from handlers.sync.stays import Stays
from storage import Database, leases, portals, work_orders
from storage.restart import forget_syncs
from tests.integrations.bitrix24_crm import CrmStand, a_crm
from tests.sync.script import Watcher

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Pms:
    """A PMS in memory: rows with stamps of whole seconds, read by stamp, inclusive, as a door does."""

    name = "pms"
    capabilities = frozenset({"profiles", "stays", "increments"})

    def __init__(self) -> None:
        self.now = NOW
        self.profiles: dict[str, Profile] = {}
        self.stays: dict[str, Stay] = {}
        self.bad: list[RowProblem] = []
        self.stamps_behind = timedelta(0)
        """How far the clock that stamps rows goes after the one that tells the time."""
        self.reads: list[Cursor] = []
        self.each = None
        """Called before each row that a read gives."""

    @property
    def stamp(self) -> datetime:
        return (self.now - self.stamps_behind).replace(microsecond=0)

    def put(self, *records: Profile | Stay) -> None:
        for one in records:
            stamped = replace(one, updated_at=self.stamp)
            if isinstance(stamped, Profile):
                self.profiles[stamped.profile_id] = stamped
            else:
                self.stays[stamped.reservation_id] = stamped

    async def changed_since(self, cursor: Cursor, window):
        self.reads.append(cursor)
        for rows in (self.profiles, self.stays):
            for key in list(rows):
                if self.each is not None:
                    self.each(key)
                row = rows.get(key)
                if row is not None and (
                    cursor.at is None or row.updated_at >= cursor.at.replace(microsecond=0)
                ):
                    yield row
        for problem in self.bad:
            yield problem

    async def reservations(self, numbers: Iterable[str]):
        for number in numbers:
            if number in self.stays:
                yield self.stays[number]

    async def business_date(self):
        return self.now.date()

    async def source_time(self):
        return self.now

    async def close(self):
        pass


def guest(number: int, **more) -> Profile:
    names = {"last_name": f"Гость{number}", "first_name": "Иван", "phones": (f"+7900{number:07}",)}
    return Profile(str(number), ProfileKind.INDIVIDUAL, **(names | more))


def stay(number: int, profile: int, **more) -> Stay:
    arrival = date(2026, 11, 24) + timedelta(days=number % 5)
    facts = {
        "arrival": arrival,
        "departure": arrival + timedelta(days=2),
        "profile_id": str(profile),
        "guest_name": f"Гость{profile}",
        "room": str(100 + number % 50),
        "total": Money(Decimal(100 + number), "EUR"),
    }
    return Stay(str(70_000 + number), StayState.CONFIRMED, **(facts | more))


@dataclass
class House:
    """``run`` is one order carried out."""

    db: Database
    portal: Portal
    hotel: Hotel
    pms: Pms
    stand: CrmStand
    page: int = 1000
    reports: list = field(default_factory=list)
    now: datetime = NOW
    waited: list[float] = field(default_factory=list)

    async def run(self, mode: str = "sync", **params):
        scopes = Scopes(self.db, lambda: self.now, text, lambda _id: self.portal)
        outside = Outside({}, None, None, self.stand.crm, {self.hotel.code: (self.pms,)})
        whole = {"hotel_id": self.hotel.id, "mode": mode, "place": None, **params}
        async with self.db.transaction() as tx:
            await forget_syncs(tx)
            order_id = await work_orders.add(tx, self.portal.id, "sync", whole, now=self.now)
            lease = await leases.acquire(
                tx, self.portal.id, f"sync:{self.hotel.id}", "test", now=self.now, lease_s=90
            )
        async with self.db.reading() as tx:
            order = await work_orders.load(tx, order_id)
        runner = Stays(scopes, lambda _id: outside, Watcher(self.hotel), page=self.page, sleep=self._sleep)
        report = await runner.execute(order, lease)
        self.reports.append(report)
        return report

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)

    def items(self, entity: str) -> dict[str, dict]:
        """By our key."""
        return {one["originId"]: one for one in self.stand.items(entity) if one.get("originId")}


@asynccontextmanager
async def a_house(db: Database, **hotel):
    async with a_crm(layout=False) as stand:
        place = {"name": "Гранд Отель", "timezone": "Europe/Moscow", "currency": "EUR"}
        async with db.transaction() as tx:
            portal_id = await portals.ensure(tx, "main", NOW)
            hotel_id = await portals.ensure_hotel(tx, portal_id, "GRAND", **place)
        made = Hotel(hotel_id, "GRAND", **place, **hotel)
        yield House(db, Portal(portal_id, "main", "http://portal", hotels=(made,)), made, Pms(), stand)
