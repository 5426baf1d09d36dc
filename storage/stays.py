"""Stays and guests as people ask for them: by name, room, day. Read from the staging store only."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, case, func, or_, select

from domain.guests import Profile
from domain.stays import Posting, Stay, StayState
from storage.database import Tx
from storage.tables import aliases, postings, profiles, stays

_STAY = TypeAdapter(Stay)
_PROFILE = TypeAdapter(Profile)
_POSTING = TypeAdapter(Posting)
_EXPECTED = (StayState.TENTATIVE, StayState.CONFIRMED, StayState.IN_HOUSE)
_OCCUPYING = (StayState.CONFIRMED, StayState.IN_HOUSE, StayState.CHECKED_OUT)

Listed = tuple[list[Stay], int]
"""The first stays of a list, and how many there are in all."""


def _stays(rows: Any) -> list[Stay]:
    return [_STAY.validate_python(data) for data in rows]


async def stays_in_room(tx: Tx, hotel_id: int, room: str, day: date) -> list[Stay]:
    """Who is in a room on a day (the leaving guest too), then who is expected there next."""
    query = (
        select(stays.c.data)
        .where(
            stays.c.hotel_id == hotel_id,
            stays.c.room == room,
            stays.c.departure >= day,
            stays.c.state.in_(_EXPECTED),
        )
        .order_by(case((stays.c.state == StayState.IN_HOUSE, 0), else_=1), stays.c.arrival)
        .limit(10)
    )
    return _stays((await tx.execute(query)).scalars())


async def arrivals(tx: Tx, hotel_id: int, day: date, limit: int) -> Listed:
    """Who arrives on a day: expected or here already, by room."""
    arriving = stays.c.state.in_((*_EXPECTED, StayState.CHECKED_OUT))
    return await _list(tx, hotel_id, limit, stays.c.arrival == day, arriving)


async def departures(tx: Tx, hotel_id: int, day: date, limit: int) -> Listed:
    """Who leaves on a day, or has left, by room."""
    leaving = stays.c.state.in_((*_EXPECTED, StayState.CHECKED_OUT))
    return await _list(tx, hotel_id, limit, stays.c.departure == day, leaving)


async def in_house(tx: Tx, hotel_id: int, day: date, limit: int) -> Listed:
    """Who stays in the hotel on a day, by room: guests the PMS calls in house, arrived by then."""
    here = stays.c.state == StayState.IN_HOUSE
    return await _list(tx, hotel_id, limit, here, stays.c.arrival <= day)


async def _list(tx: Tx, hotel_id: int, limit: int, *conditions: ColumnElement[bool]) -> Listed:
    mine = (stays.c.hotel_id == hotel_id, *conditions)
    count = (await tx.execute(select(func.count()).select_from(stays).where(*mine))).scalar_one()
    # Room numbers by size: 99 before 305; without a number last.
    order = (stays.c.room == "", func.length(stays.c.room), stays.c.room, stays.c.reservation_id)
    query = select(stays.c.data).where(*mine).order_by(*order).limit(limit)
    return _stays((await tx.execute(query)).scalars()), int(count)


async def profiles_by_id(tx: Tx, hotel_id: int, ids: Sequence[str]) -> dict[str, Profile]:
    """Profiles by the numbers asked for; a number that was merged away gives the surviving profile."""
    wanted = sorted(set(ids))
    query = select(aliases.c.old_id, aliases.c.new_id)
    query = query.where(aliases.c.hotel_id == hotel_id, aliases.c.old_id.in_(wanted))
    now = {old: new for old, new in (await tx.execute(query)).all()}  # noqa: C416 - rows aren't pairs to mypy
    query = select(profiles.c.profile_id, profiles.c.data)
    query = query.where(profiles.c.hotel_id == hotel_id, profiles.c.profile_id.in_({*wanted, *now.values()}))
    found = {key: _PROFILE.validate_python(data) for key, data in (await tx.execute(query)).all()}
    return {key: profile for key in wanted if (profile := found.get(now.get(key, key)) or found.get(key))}


async def stays_of_profile(tx: Tx, hotel_id: int, profile_id: str, limit: int = 100) -> list[Stay]:
    """A guest's stays, newest first, those under merged-away numbers too."""
    older = select(aliases.c.old_id).where(aliases.c.hotel_id == hotel_id, aliases.c.new_id == profile_id)
    query = (
        select(stays.c.data)
        .where(
            stays.c.hotel_id == hotel_id,
            or_(stays.c.profile_id == profile_id, stays.c.profile_id.in_(older)),
        )
        .order_by(stays.c.arrival.desc())
        .limit(limit)
    )
    return _stays((await tx.execute(query)).scalars())


async def postings_of(tx: Tx, hotel_id: int, reservation_id: str) -> list[Posting]:
    """The folio of a stay by business date."""
    query = (
        select(postings.c.data)
        .where(postings.c.hotel_id == hotel_id, postings.c.reservation_id == reservation_id)
        .order_by(postings.c.day, postings.c.posting_id)
    )
    return [_POSTING.validate_python(data) for data in (await tx.execute(query)).scalars()]


async def sharing(tx: Tx, hotel_id: int, share_keys: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Who shares a room, by share group: (reservation, main guest), in the order of the reservations."""
    query = (
        select(stays.c.share_key, stays.c.reservation_id, stays.c.profile_id)
        .where(
            stays.c.hotel_id == hotel_id,
            stays.c.share_key.in_(sorted(set(share_keys))),
            stays.c.share_key != "",
            stays.c.profile_id.is_not(None),
            stays.c.state.not_in((StayState.CANCELLED, StayState.NO_SHOW)),
        )
        .order_by(stays.c.reservation_id)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for share_key, reservation_id, profile_id in (await tx.execute(query)).all():
        found.setdefault(share_key, []).append((reservation_id, profile_id))
    return found


async def arriving_between(
    tx: Tx, hotel_id: int, first: date, last: date, *, after: str = "", limit: int = 1000
) -> list[Stay]:
    """All stays that arrive between two dates, in any state, by number; page on with the last one's."""
    query = (
        select(stays.c.data)
        .where(
            stays.c.hotel_id == hotel_id,
            stays.c.arrival.between(first, last),
            stays.c.reservation_id > after,
        )
        .order_by(stays.c.reservation_id)
        .limit(limit)
    )
    return _stays((await tx.execute(query)).scalars())


async def arrivals_per_day(tx: Tx, hotel_id: int, days: Sequence[date]) -> tuple[int, ...]:
    """How many stays arrive on each of the days."""
    query = (
        select(stays.c.arrival, func.count())
        .where(
            stays.c.hotel_id == hotel_id,
            stays.c.arrival.in_(days),
            stays.c.state.in_((*_EXPECTED, StayState.CHECKED_OUT)),
        )
        .group_by(stays.c.arrival)
    )
    counts = {day: int(count) for day, count in (await tx.execute(query)).all()}
    return tuple(counts.get(day, 0) for day in days)


async def in_house_per_day(tx: Tx, hotel_id: int, days: Sequence[date]) -> tuple[int, ...]:
    """How many stays spend the night that begins on each of the days; tentative ones don't count."""
    if not days:
        return ()
    query = select(stays.c.arrival, stays.c.departure).where(
        stays.c.hotel_id == hotel_id,
        stays.c.arrival <= max(days),
        stays.c.departure > min(days),
        stays.c.state.in_(_OCCUPYING),
    )
    counts = dict.fromkeys(days, 0)
    for arrival, departure in (await tx.execute(query)).all():
        for offset in range((departure - arrival).days):
            night = arrival + timedelta(days=offset)
            if night in counts:
                counts[night] += 1
    return tuple(counts[day] for day in days)


async def numbered(tx: Tx, hotel_id: int, numbers: Sequence[str]) -> list[Stay]:
    """Stays with one of these numbers as their own or as their confirmation's."""
    either = or_(stays.c.reservation_id.in_(numbers), stays.c.confirmation.in_(numbers))
    query = select(stays.c.data).where(stays.c.hotel_id == hotel_id, either)
    return _stays((await tx.execute(query)).scalars())
