"""Builds the hotel once from the real bookings and a seed: who comes, who is here, who has been."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from sandbox.hotel import bookings as source
from sandbox.hotel import codes, folio, rooms
from sandbox.hotel.bookings import Booking
from sandbox.hotel.oddities import add_oddities
from sandbox.hotel.people import People
from sandbox.hotel.records import (
    AGENT,
    CANCELLED,
    COMPANY,
    NO_SHOW,
    NOT_COUNTING,
    TENTATIVE,
    Posting,
    Profile,
    Reservation,
    Segment,
)

FIRST_RESERVATION, FIRST_PROFILE, FIRST_POSTING = 200_001, 500_001, 3_000_001
RETURNING_SHARE = 0.08
ROOMS_AHEAD_DAYS = 2
MOVE_SHARE = 0.06


@dataclass
class Ledger:
    """Everything the hotel knows, by id."""

    today: date
    profiles: dict[int, Profile] = field(default_factory=dict)
    reservations: dict[int, Reservation] = field(default_factory=dict)
    postings: dict[int, Posting] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)


def build(seed: int, now: datetime, limit: int | None = None) -> Ledger:
    """The hotel at ``now`` (local, naive), whose business date is the same day. ``limit`` takes fewer bookings."""
    return _Builder(Random(seed), now, source.read(limit=limit)).run()


class _Builder:
    def __init__(self, rng: Random, now: datetime, rows: list[Booking]) -> None:
        self.rng, self.now, self.today, self.rows = rng, now, now.date(), rows
        self.shift = timedelta(days=source.shift_days(rows, self.today))
        self.ledger = Ledger(self.today)
        self.people = People(rng, itertools.count(FIRST_PROFILE).__next__)
        self.agents: dict[int, int] = {}
        self.companies: dict[int, int] = {}
        self.by_country: dict[str, list[Profile]] = {}

    def run(self) -> Ledger:
        self._firms()
        for number, row in enumerate(self.rows, FIRST_RESERVATION):
            self.ledger.reservations[number] = self._reservation(number, row)
        self._rooms()
        add_oddities(self.ledger, self.people, self.rng, self.now)
        self._postings()
        return self.ledger

    def at(self, day: date, first_hour: int, last_hour: int) -> datetime:
        """A moment of the day between two hours, never after now."""
        seconds = self.rng.randrange(first_hour * 3600, last_hour * 3600)
        return min(datetime.combine(day, time()) + timedelta(seconds=seconds), self.now)

    def _firms(self) -> None:
        old = self.now - timedelta(days=1200)
        for category, numbers, known in (
            (AGENT, {row.agent for row in self.rows}, self.agents),
            (COMPANY, {row.company for row in self.rows}, self.companies),
        ):
            for number in sorted(n for n in numbers if n is not None):
                firm = self.people.firm(category, number, old)
                self.ledger.profiles[firm.id] = firm
                known[number] = firm.id

    def _guest(self, country: str, created: datetime) -> Profile:
        known = self.by_country.setdefault(country, [])
        if len(known) > 20 and self.rng.random() < RETURNING_SHARE:
            profile = self.rng.choice(known)
            if created < profile.created:
                profile.created = profile.updated = created
            return profile
        profile = self.people.guest(country, created)
        self.ledger.profiles[profile.id] = profile
        known.append(profile)
        return profile

    def _reservation(self, number: int, row: Booking) -> Reservation:
        arrival = row.arrival + self.shift
        made = arrival - timedelta(days=row.lead_days)
        if made >= self.today:  # the source booked it later: then it came in these last weeks
            made = self.today - timedelta(days=self.rng.randrange(1, 40))
        created = self.at(made, 8, 22)
        market = codes.MARKETS[row.market][0]
        stay = Reservation(
            id=number,
            profile=self._guest(row.country, created).id,
            arrival=arrival,
            departure=row.departure + self.shift,
            created=created,
            updated=created,
            room_type=codes.ROOM_TYPES[row.room_type][0],
            booked_type=codes.ROOM_TYPES[row.booked_type][0],
            rooms=max(1, -(-row.adults // 2)) if row.adults > 5 else 1,
            adults=row.adults,
            children=row.children,
            babies=row.babies,
            rate_code=f"{market}{'RO' if row.meal in ('SC', 'Undefined') else row.meal}",
            rate=Decimal(int(row.adr * codes.RATE_FACTOR)),
            stepped_rate=row.changes >= 2,
            market=market,
            channel=codes.CHANNELS[row.channel],
            source=codes.CHANNELS[row.channel] if row.lead_days else "TEL",
            company=self.companies.get(row.company or -1),
            agent=self.agents.get(row.agent or -1),
            guarantee=codes.GUARANTEES[row.deposit],
            parking=row.parking,
            plan=row.status,
            plan_day=row.status_day + self.shift,
        )
        self._texts(stay, row)
        self._state(stay)
        return stay

    def _texts(self, stay: Reservation, row: Booking) -> None:
        if row.market == "Online TA":
            stay.crs_system, stay.crs_number = "OTA", f"{self.rng.randrange(10**9, 10**10)}"
        if row.customer in ("Group", "Transient-Party") and row.market == "Groups":
            stay.group = f"GR{(stay.agent or 0) % 1000:03d}-{stay.arrival:%d%m}"
        if row.requests:
            wishes = ("Тихий номер", "Высокий этаж", "Детская кроватка", "Поздний заезд", "Две кровати")
            stay.comment = "; ".join(self.rng.sample(wishes, min(row.requests, 5)))

    def _state(self, stay: Reservation) -> None:
        day = stay.plan_day or stay.arrival
        if stay.plan == "Canceled" and day < self.today:
            stay.no_avail, stay.status = CANCELLED, NOT_COUNTING
            stay.cancelled = stay.updated = max(stay.created, self.at(day, 9, 21))
        elif stay.plan == "No-Show" and stay.arrival < self.today:
            stay.no_avail, stay.status = NO_SHOW, NOT_COUNTING
            stay.updated = self.at(stay.arrival + timedelta(days=1), 2, 4)
        elif stay.arrival < self.today:
            self._arrived(stay)
        elif stay.guarantee == "DEP" or self.rng.random() < 0.03:
            stay.status, stay.option_day = TENTATIVE, max(self.today, stay.arrival - timedelta(days=14))

    def _arrived(self, stay: Reservation) -> None:
        day_use = stay.arrival == stay.departure
        stay.checked_in = max(stay.created, self.at(stay.arrival, *((9, 12) if day_use else (13, 23))))
        stay.updated = stay.checked_in
        if stay.departure < self.today:
            stay.checked_out = max(
                stay.checked_in, self.at(stay.departure, *((16, 19) if day_use else (7, 12)))
            )
            stay.updated = stay.checked_out

    def _rooms(self) -> None:
        planner = rooms.Planner()
        coming = self.today + timedelta(days=ROOMS_AHEAD_DAYS)
        for stay in sorted(self.ledger.reservations.values(), key=lambda r: (r.arrival, r.id)):
            if stay.plan == "Check-Out" and stay.room_type != codes.PSEUDO_TYPE:
                planner.give(stay, keep=stay.arrival <= coming)
        self.ledger.rooms = planner.finish()
        self._moves({room for _, room in self._used()})

    def _used(self) -> Iterator[tuple[int, str]]:
        return ((stay.id, stay.room) for stay in self.ledger.reservations.values() if stay.room)

    def _moves(self, used: set[str]) -> None:
        """Some guests slept their first nights elsewhere: in rooms that were spare, so nothing overlaps."""
        spare: dict[str, list[str]] = {}
        for room, kind in self.ledger.rooms.items():
            if room not in used:
                spare.setdefault(kind, []).append(room)
        busy: dict[str, date] = {}
        for stay in sorted(self.ledger.reservations.values(), key=lambda r: (r.arrival, r.id)):
            if stay.checked_in is None or stay.nights < 3 or self.rng.random() > MOVE_SHARE:
                continue
            day = stay.arrival + timedelta(days=self.rng.randrange(1, stay.nights))
            if day >= self.today:
                continue
            for room in spare.get(stay.room_type, []):
                if busy.get(room, stay.arrival) <= stay.arrival:
                    busy[room] = day
                    first = Segment(stay.arrival, room, stay.room_type)
                    stay.segments = [first, Segment(day, stay.room, stay.room_type)]
                    break

    def _postings(self) -> None:
        lines = []
        for stay in self.ledger.reservations.values():
            if stay.checked_in is None or stay.type != "RES":
                continue
            own = [
                folio.posting(0, stay, line)
                for line in folio.stay_lines(stay, self.today + timedelta(days=0), self.rng)
            ]
            if stay.checked_out is not None:
                payment = folio.payment_line(stay, folio.balance(own), stay.departure)
                own += [folio.posting(0, stay, payment)] if payment else []
            lines += own
        lines.sort(key=lambda line: line.day)
        for number, line in enumerate(lines, FIRST_POSTING):
            line.id = number
            if line.department == codes.BAR:
                line.check = f"B{number}"
            self.ledger.postings[number] = line
