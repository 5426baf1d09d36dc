"""The house: its records, how they are kept over a restart and looked at, and who wants to hear of changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Self

from sandbox.hotel import folio, records, rooms
from sandbox.hotel.books import Books
from sandbox.hotel.build import FIRST_POSTING, Ledger, build
from sandbox.hotel.clock import HotelClock, Wall, utc_now
from sandbox.hotel.faults import Faults, Switches
from sandbox.hotel.records import CANCELLED, NO_SHOW, Posting, Reservation


class NotPossible(Exception):
    """The front desk would shake its head; the text says why."""


@dataclass(frozen=True, slots=True)
class HotelEvent:
    """Something happened at the desk. ``kind``: checkin, checkout, move, change, cancel, noshow, reinstate,

    booking, profile, posting, audit_start, audit_end. ``guest_num``, ``old_room`` and ``profile`` where they apply.
    """

    kind: str
    at: datetime  # the hotel's local time
    guest_num: int | None = None
    room: str = ""
    old_room: str = ""
    profile: int | None = None


Listener = Callable[[HotelEvent], None]


@dataclass
class HotelConfig:
    """How this hotel is set up. ``bookings`` takes fewer of the real ones (quick tests); None = all."""

    name: str = "Гранд Отель"
    code: str = "XX"
    zone: str = "Europe/Moscow"
    seed: int = 8
    bookings: int | None = None
    username: str = "XMLINTERFACE"
    password: str = "sandbox"  # noqa: S105 - the stand-in's own, known to everybody
    vendor: str = "Suite8"
    version: str = "8.14.0.0"


@dataclass
class Counts:
    """What stands in the books now."""

    profiles: int
    reservations: int
    bookings: int
    postings: int
    rooms: int
    in_house: int
    due_in: int
    due_out: int
    future: int
    checked_out: int
    cancelled: int
    no_show: int
    origins: dict[str, int] = field(default_factory=dict)


class House:
    """Built once, kept in one file, changed only through the verbs of `Hotel`; every change moves ``updated``."""

    def __init__(self, config: HotelConfig, ledger: Ledger, clock: HotelClock, books: Books) -> None:
        self.config, self.clock, self.books = config, clock, books
        self.business_date: date = ledger.today
        self.profiles, self.reservations = ledger.profiles, ledger.reservations
        self.postings, self.rooms = ledger.postings, ledger.rooms
        self.switches, self.faults = Switches(), Faults()
        self.events = 0
        self.extra: dict[str, Any] = {}
        """What others (life) want kept over a restart; JSON."""
        self._listeners: list[Listener] = []
        self._dirty: set[tuple[str, int]] = set()
        self._by_stay: dict[int, list[Posting]] = defaultdict(list)
        for line in self.postings.values():
            self._by_stay[line.reservation].append(line)
        self._holding: dict[int, Reservation] = {}
        for stay in self.reservations.values():
            self._hold(stay)
        self._last_posting = max(self.postings, default=FIRST_POSTING - 1)
        self._last_reservation = max(self.reservations)
        self._last_profile = max(self.profiles)

    # --- opening, keeping ------------------------------------------------------------------------------------

    @classmethod
    def open(cls, path: Path | None = None, config: HotelConfig | None = None, wall: Wall = utc_now) -> Self:
        """The hotel in the file, or a new one around the present day when there is none."""
        config, books = config or HotelConfig(), Books(path)
        meta = books.meta()
        if "hotel" in meta:
            return cls._reopened(config, books, meta["hotel"], wall)
        clock = HotelClock(config.zone, wall)
        hotel = cls(config, build(config.seed, clock.now(), config.bookings), clock, books)
        if books.kept:
            hotel._dirty = {("profile", n) for n in hotel.profiles}
            hotel._dirty |= {("reservation", n) for n in hotel.reservations}
            hotel._dirty |= {("posting", n) for n in hotel.postings}
            hotel.flush()
        return hotel

    @classmethod
    def _reopened(cls, config: HotelConfig, books: Books, meta: dict[str, Any], wall: Wall) -> Self:
        ledger = Ledger(date.fromisoformat(meta["business_date"]))
        ledger.rooms = meta["rooms"]
        ledger.profiles = {p.id: p for p in map(records.load_profile, books.load("profile"))}
        ledger.reservations = {r.id: r for r in map(records.load_reservation, books.load("reservation"))}
        ledger.postings = {p.id: p for p in map(records.load_posting, books.load("posting"))}
        clock = HotelClock(config.zone, wall, timedelta(seconds=meta["ahead_s"]))
        hotel = cls(config, ledger, clock, books)
        hotel.events, hotel.extra = meta["events"], meta["extra"]
        return hotel

    def flush(self) -> None:
        """Write what changed since the last time."""
        if not self.books.kept:
            self._dirty.clear()
            return
        stores: dict[str, dict[int, Any]] = {
            "profile": self.profiles, "reservation": self.reservations, "posting": self.postings,
        }  # fmt: skip
        changed = [(kind, number, records.dump(stores[kind][number])) for kind, number in self._dirty]
        self._dirty.clear()
        meta = {
            "business_date": self.business_date,
            "ahead_s": self.clock.ahead.total_seconds(),
            "rooms": self.rooms,
            "events": self.events,
            "extra": self.extra,
        }
        self.books.write(changed, {"hotel": meta})

    def close(self) -> None:
        self.flush()
        self.books.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every event, synchronously and in order; returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- looking ---------------------------------------------------------------------------------------------

    def stay(self, guest_num: int) -> Reservation:
        stay = self.reservations.get(guest_num)
        if stay is None:
            raise NotPossible(f"no reservation {guest_num}")
        return stay

    def bill(self, guest_num: int) -> list[Posting]:
        return self._by_stay.get(guest_num, [])

    def in_house(self) -> list[Reservation]:
        """Everybody who is here, without accounts and pseudo rooms."""
        return [r for r in self.reservations.values() if r.in_house and r.origin != "pseudo"]

    def due_in(self) -> list[Reservation]:
        return [r for r in self.reservations.values() if r.expected and r.arrival <= self.business_date]

    def due_out(self) -> list[Reservation]:
        return [r for r in self.in_house() if r.departure <= self.business_date]

    def free_rooms(self, room_type: str, start: date, end: date, besides: int | None = None) -> list[str]:
        """Rooms of the type nobody holds on any night between the days."""
        held = self._taken(start, end, set() if besides is None else {besides})
        return [room for room, kind in self.rooms.items() if kind == room_type and room not in held]

    def total(self, stay: Reservation) -> Decimal:
        """The stay's total: what was charged once it is over, else the forecast of all nights with tax."""
        if stay.checked_out is not None:
            return folio.charged(self.bill(stay.id))
        nights = (stay.arrival + timedelta(days=n) for n in range(stay.nights))
        lines = chain.from_iterable(folio.night_lines(stay, day) for day in nights)
        return sum((price * quantity for _, price, _, _, quantity in lines), Decimal(0))

    def counts(self) -> Counts:
        """Numbers for people and tests."""
        stays = list(self.reservations.values())
        return Counts(
            profiles=len(self.profiles),
            reservations=len(stays),
            bookings=sum(r.origin == "booking" for r in stays),
            postings=len(self.postings),
            rooms=len(self.rooms),
            in_house=len(self.in_house()),
            due_in=len(self.due_in()),
            due_out=len(self.due_out()),
            future=sum(r.expected and r.arrival > self.business_date for r in stays),
            checked_out=sum(r.checked_out is not None for r in stays),
            cancelled=sum(r.no_avail == CANCELLED for r in stays),
            no_show=sum(r.no_avail == NO_SHOW for r in stays),
            origins=dict(Counter(r.origin for r in stays)),
        )

    def state(self) -> dict[str, Any]:
        """The control surface's summary."""
        return {
            "businessDate": self.business_date.isoformat(),
            "now": self.clock.now().isoformat(),
            "zone": self.config.zone,
            "events": self.events,
            "counts": asdict(self.counts()),
            "switches": asdict(self.switches),
            "faults": self.faults.told(),
        }

    # --- inside ----------------------------------------------------------------------------------------------

    def _present(self, guest_num: int) -> Reservation:
        stay = self.stay(guest_num)
        if not stay.in_house:
            raise NotPossible("not in house")
        return stay

    def _sharing(self, stay: Reservation) -> list[Reservation]:
        if stay.share is None:
            return []
        return [r for r in self.reservations.values() if r.share == stay.share and r.id != stay.id]

    def _taken(self, start: date, end: date, besides: set[int]) -> set[str]:
        return rooms.taken(self._holding.values(), start, end, frozenset(besides))

    def _hold(self, stay: Reservation) -> None:
        if stay.room and (stay.in_house or stay.expected):
            self._holding[stay.id] = stay
        else:
            self._holding.pop(stay.id, None)

    def _moment(self) -> datetime:
        """Now; but on the business date, when that one lags behind the calendar (late work on old days)."""
        now = self.clock.now()
        return now if now.date() <= self.business_date else datetime.combine(self.business_date, time(23, 30))

    def _post(self, stay: Reservation, line: folio.Line) -> Posting:
        self._last_posting += 1
        posting = folio.posting(self._last_posting, stay, line)
        self.postings[posting.id] = posting
        self._by_stay[stay.id].append(posting)
        self._dirty.add(("posting", posting.id))
        return posting

    def _touch(self, stay: Reservation, kind: str, old_room: str = "") -> None:
        stay.updated = self.clock.now()
        self._hold(stay)
        self._dirty.add(("reservation", stay.id))
        self._tell(HotelEvent(kind, stay.updated, stay.id, stay.room, old_room))

    def _tell(self, event: HotelEvent) -> None:
        self.events += 1
        for listener in list(self._listeners):
            listener(event)
