"""What happened to a stay between two looks at it: moves, changes of dates and state, forwards and backwards. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.stays import StayState

_OVER = frozenset({StayState.CANCELLED, StayState.NO_SHOW})
_EXPECTED = frozenset({StayState.TENTATIVE, StayState.CONFIRMED})


@dataclass(frozen=True, slots=True)
class StayEvent:
    """One thing that happened. ``kind`` is a key of the texts (``timeline-<kind>``)."""

    kind: str
    before: str = ""
    after: str = ""


def events(before: Mapping[str, object], after: Mapping[str, object]) -> list[StayEvent]:
    """What the facts of a stay (``domain.mapping.records.facts``) tell when compared; nothing when they agree."""
    found = [*_state(str(before.get("state", "")), str(after.get("state", "")))]
    old_room, new_room = str(before.get("room", "")), str(after.get("room", ""))
    if old_room != new_room:
        kind = "room" if old_room and new_room else "room-given" if new_room else "room-taken"
        found.append(StayEvent(kind, old_room, new_room))
    old_type, new_type = str(before.get("room_type", "")), str(after.get("room_type", ""))
    if old_type != new_type and old_type and new_type:
        found.append(StayEvent("room-type", old_type, new_type))
    days = [tuple(str(one.get(name, "")) for name in ("arrival", "departure")) for one in (before, after)]
    if days[0] != days[1] and all(days[0]):
        found.append(StayEvent("dates", "/".join(days[0]), "/".join(days[1])))
    return found


def _state(before: str, after: str) -> list[StayEvent]:
    if before == after or not before or not after:
        return []
    was, now = StayState(before), StayState(after)
    if was in _OVER and now not in _OVER:
        return [StayEvent("reinstated", before, after)]
    if was is StayState.CHECKED_OUT and now is StayState.IN_HOUSE:
        return [StayEvent("checkout-undone", before, after)]
    if was in {StayState.IN_HOUSE, StayState.CHECKED_OUT} and now in _EXPECTED:
        return [StayEvent("checkin-undone", before, after)]
    return [StayEvent("state", before, after)]
