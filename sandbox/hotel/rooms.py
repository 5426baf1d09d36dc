"""Rooms and who sleeps in them: handing out without overlaps, first for the past, then day by day."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from sandbox.hotel.records import Reservation, Segment

FIRST_FLOOR = 2
ROOMS_ON_FLOOR = 30


class Planner:
    """Hands out rooms to stays that come sorted by arrival, with as few rooms as they allow."""

    def __init__(self) -> None:
        self._free: dict[str, list[tuple[date, int]]] = defaultdict(list)
        self._made: dict[str, int] = defaultdict(int)
        self.given: list[tuple[Reservation, str, int]] = []

    def give(self, reservation: Reservation, *, keep: bool) -> None:
        """Reserve the n-th room of the type for the stay; ``keep`` False only counts it into the house's size."""
        free, kind = self._free[reservation.room_type], reservation.room_type
        if free and free[0][0] <= reservation.arrival:
            number = heapq.heappop(free)[1]
        else:
            number = self._made[kind]
            self._made[kind] += 1
        # Day use holds its room for the night: nobody else arrives there the same day.
        until = max(reservation.departure, reservation.arrival + timedelta(days=1))
        heapq.heappush(free, (until, number))
        if keep:
            self.given.append((reservation, kind, number))

    def finish(self, spare: float = 0.1) -> dict[str, str]:
        """Number the house (some rooms more than needed) and write the rooms down; room number → type."""
        numbers = iter(
            f"{FIRST_FLOOR + n // ROOMS_ON_FLOOR}{n % ROOMS_ON_FLOOR + 1:02d}" for n in range(10**6)
        )
        by_type = {
            kind: [next(numbers) for _ in range(int(made * (1 + spare)) + 1)]
            for kind, made in sorted(self._made.items())
        }
        for reservation, kind, number in self.given:
            reservation.room = by_type[kind][number]
            reservation.segments = [Segment(reservation.arrival, reservation.room, kind)]
        return {room: kind for kind, rooms in by_type.items() for room in rooms}


def taken(
    reservations: Iterable[Reservation], start: date, end: date, besides: frozenset[int] = frozenset()
) -> set[str]:
    """Rooms somebody holds on any night of [start, end); present and coming guests only."""
    rooms = set()
    end = max(end, start + timedelta(days=1))
    for other in reservations:
        if not other.room or other.id in besides or not (other.in_house or other.expected):
            continue
        until = max(other.departure, other.arrival + timedelta(days=1))
        if other.in_house:
            until = max(until, start + timedelta(days=1))  # overdue guests still hold their room
        if other.arrival < end and start < until:
            rooms.add(other.room)
    return rooms
