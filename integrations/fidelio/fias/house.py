"""Who is in which room, as far as this link has told since it was opened: for moves, sharers and rooms left empty."""

from dataclasses import dataclass
from datetime import date


@dataclass(slots=True)
class Here:
    """One guest (one G#) of the house, or one who has just left."""

    reservation: str
    room: str = ""
    arrival: date | None = None
    departure: date | None = None
    guest_name: str = ""
    profile: str = ""
    share_key: str = ""
    present: bool = True
    moved: float = float("-inf")
    """When he was told to be in another room (monotonic)."""


class House:
    """Guests by G# and by room. Those who left are remembered for a while, so that a return is known as one."""

    def __init__(self, keep_gone: int = 2000) -> None:
        self._guests: dict[str, Here] = {}
        self._rooms: dict[str, dict[str, Here]] = {}
        self._gone: dict[str, None] = {}
        self._keep_gone = keep_gone

    def get(self, reservation: str) -> Here | None:
        return self._guests.get(reservation)

    def in_room(self, room: str) -> list[Here]:
        """Those present in a room, in the order they came."""
        return list(self._rooms.get(room, {}).values())

    def present(self) -> list[str]:
        """G# of everybody who is here."""
        return [here.reservation for room in self._rooms.values() for here in room.values()]

    def place(self, reservation: str, room: str) -> Here:
        """The guest is here, in this room (empty: in the one known)."""
        here = self._guests.get(reservation)
        if here is None:
            here = self._guests[reservation] = Here(reservation)
        room = room or here.room
        self._rooms.get(here.room, {}).pop(reservation, None)
        here.room, here.present = room, True
        self._gone.pop(reservation, None)
        self._rooms.setdefault(room, {})[reservation] = here
        return here

    def leave(self, reservation: str) -> Here:
        """The guest has left, also one nobody knew of."""
        here = self._guests.setdefault(reservation, Here(reservation))
        self._rooms.get(here.room, {}).pop(reservation, None)
        here.present = False
        self._gone[reservation] = None
        if len(self._gone) > self._keep_gone:
            oldest = next(iter(self._gone))
            del self._gone[oldest], self._guests[oldest]
        return here
