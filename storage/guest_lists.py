"""The day's lists and figures of a hotel, from the staging store: narrow rows to filter and order, then whole ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, func, select

from domain.stays import Stay, StayState
from storage.database import Tx
from storage.tables import aliases, profiles, stays

_STAY = TypeAdapter(Stay)
LIVING = (StayState.TENTATIVE, StayState.CONFIRMED, StayState.IN_HOUSE)
OCCUPYING = (StayState.CONFIRMED, StayState.IN_HOUSE, StayState.CHECKED_OUT)
AHEAD = timedelta(days=7)
"""How far the lists of VIP guests and birthdays look."""


@dataclass(frozen=True, slots=True)
class Line:
    """One stay of a list, as far as lists filter and order by it. ``birthday`` is an ISO date or ""."""

    reservation_id: str
    profile_id: str | None
    state: StayState
    arrival: date
    departure: date
    room: str
    guest_name: str
    room_type: str
    group: str
    firm: str
    vip: str
    birthday: str

    @property
    def room_order(self) -> tuple[bool, int, str, str]:
        """Room numbers by size: 99 before 305; without a number last."""
        return self.room == "", len(self.room), self.room, self.reservation_id


async def lines(tx: Tx, hotel_id: int, kind: str, day: date) -> list[Line]:
    """All stays of one of the day's lists: arrivals, departures, inhouse, staying (that day), soon (AHEAD)."""
    survivor = func.coalesce(aliases.c.new_id, stays.c.profile_id)
    data, own = stays.c.data, profiles.c.data
    firm = func.coalesce(data["company_id"].as_string(), data["agent_id"].as_string())
    query = (
        select(
            stays.c.reservation_id, survivor, stays.c.state, stays.c.arrival, stays.c.departure, stays.c.room,
            data["guest_name"].as_string(), data["room_type"].as_string(), data["group"].as_string(), firm,
            own["vip"].as_string(), own["birthday"].as_string(),
            data["pseudo_room"].as_string(), data["financial_account"].as_string(),
        )
        .select_from(stays)
        .outerjoin(aliases, and_(aliases.c.hotel_id == hotel_id, aliases.c.old_id == stays.c.profile_id))
        .outerjoin(profiles, and_(profiles.c.hotel_id == hotel_id, profiles.c.profile_id == survivor))
        .where(stays.c.hotel_id == hotel_id, *_of_kind(kind, day))
    )  # fmt: skip
    found = []
    for row in (await tx.execute(query)).all():
        *values, pseudo, account = row
        if pseudo or account:  # rooms and accounts that exist on paper only
            continue
        key, profile_id, state, arrival, departure, *texts = values
        found.append(
            Line(key, profile_id, StayState(state), arrival, departure, *(one or "" for one in texts))
        )
    return found


def _of_kind(kind: str, day: date) -> tuple[ColumnElement[bool], ...]:
    living, shown = stays.c.state.in_(LIVING), stays.c.state.in_((*LIVING, StayState.CHECKED_OUT))
    match kind:
        case "arrivals":
            return (stays.c.arrival == day, shown)
        case "departures":
            return (stays.c.departure == day, shown)
        case "inhouse":
            return (stays.c.state == StayState.IN_HOUSE, stays.c.arrival <= day)
        case "staying":
            return (living, stays.c.arrival <= day, stays.c.departure >= day)
        case _:
            return (living, stays.c.arrival <= day + AHEAD, stays.c.departure >= day)


async def load(tx: Tx, hotel_id: int, keys: Sequence[str]) -> dict[str, Stay]:
    """Stays by reservation number; unknown ones are absent."""
    query = select(stays.c.reservation_id, stays.c.data).where(
        stays.c.hotel_id == hotel_id, stays.c.reservation_id.in_(keys)
    )
    return {key: _STAY.validate_python(data) for key, data in (await tx.execute(query)).all()}


async def sharing(tx: Tx, hotel_id: int, stay: Stay) -> list[Stay]:
    """Who else has the room during a stay: sharers have reservations of their own."""
    if not stay.room:
        return []
    query = select(stays.c.data).where(
        stays.c.hotel_id == hotel_id,
        stays.c.room == stay.room,
        stays.c.arrival < stay.departure,
        stays.c.departure > stay.arrival,
        stays.c.state.in_(LIVING),
        stays.c.reservation_id != stay.reservation_id,
    )
    return [_STAY.validate_python(data) for data in (await tx.execute(query.limit(5))).scalars()]


# --- the hotel's days ---------------------------------------------------------------------------------------------


async def overlapping(tx: Tx, hotel_id: int, first: date, last: date) -> Iterable[tuple[Any, ...]]:
    """Stays that occupy a room, arrive or leave between two dates: reservation, state, dates, room and whole record."""
    query = select(
        stays.c.reservation_id, stays.c.state, stays.c.arrival, stays.c.departure, stays.c.room, stays.c.data
    ).where(
        stays.c.hotel_id == hotel_id,
        stays.c.state.in_(OCCUPYING),
        stays.c.arrival <= last,
        stays.c.departure >= first,
    )
    return [tuple(row) for row in (await tx.execute(query)).all()]
