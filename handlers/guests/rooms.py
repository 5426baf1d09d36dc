"""The board of rooms: who is in, who leaves, who comes, and how each room is where a door tells."""

from collections import defaultdict
from datetime import date

from domain.doors import Fact
from domain.portal import Hotel
from domain.stays import StayState
from handlers.scope import Scope
from storage import door_states, guest_lists
from storage.guest_lists import Line


async def board(scope: Scope, hotel: Hotel, day: date) -> tuple[str, list[str]]:
    """Head and a line per room with somebody in it or coming, or whose condition is known, by number."""
    by_room: dict[str, list[Line]] = defaultdict(list)
    occupied, unassigned = set(), 0
    for one in await guest_lists.lines(scope.tx, hotel.id, "staying", day):
        by_room[one.room].append(one)
        if one.arrival <= day < one.departure:
            unassigned += not one.room
            occupied |= {one.room} if one.room else set()
    states = {one.room: one.condition for one in await door_states.rooms(scope.tx, hotel.id)}
    taken = len(occupied) + unassigned
    head = scope.text(
        "list-rooms",
        day=day,
        occupied=taken,
        known=hotel.rooms is not None,
        rooms=hotel.rooms or 0,
        free=max((hotel.rooms or 0) - taken, 0),
    )
    if not hotel.gives(Fact.ROOM_STATUS) and not states:
        head += "\n" + scope.text("list-no-data", what=scope.text("list-what-room-status"))
    rooms = sorted({*by_room, *states} - {""}, key=lambda room: (len(room), room))
    return head, [_line(scope, room, by_room[room], states.get(room), day) for room in rooms]


def _line(scope: Scope, room: str, stays: list[Line], condition: str | None, day: date) -> str:
    comes = any(one.arrival == day and one.state is not StayState.IN_HOUSE for one in stays)
    leaves = any(one.departure == day for one in stays)
    until = max((one.departure for one in stays if one.arrival <= day < one.departure), default=None)
    parts = []
    if comes and leaves:
        parts.append(scope.text("room-turns"))
    elif comes:
        parts.append(scope.text("room-comes"))
    elif leaves:
        parts.append(scope.text("room-leaves"))
    if until is not None and not comes:
        parts.append(scope.text("room-occupied", day=f"{until:%d.%m}"))
    if condition:
        parts.append(scope.text(f"room-{condition}"))
    return scope.text("room-line", room=room, state=" · ".join(parts) or scope.text("room-free"))
