"""How several doors into one PMS make one stay: what each declares, what it told when, and the merge per field.

No single interface of Fidelio gives everything: FIAS knows the moment, XML, database or files know the details.
Each door keeps what it told; the staged record is the merge of all of them, and nothing depends on who came first.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from domain.guests import Profile
from domain.stays import Stay, StayState

STAY_FIELDS = frozenset(one.name for one in fields(Stay)) - {"reservation_id"}
PROFILE_FIELDS = frozenset(one.name for one in fields(Profile)) - {"profile_id"}
FIELDS: Mapping[str, frozenset[str]] = {"stay": STAY_FIELDS, "profile": PROFILE_FIELDS}
NEEDED: Mapping[str, frozenset[str]] = {
    "stay": frozenset({"state", "arrival", "departure"}),
    "profile": frozenset({"kind"}),
}
"""Without these nobody has told enough to show or write a record."""
OF_THE_MOMENT = frozenset(
    {"state", "room", "arrival", "departure", "checked_in_at", "checked_out_at", "updated_at"}
)
"""Fields of a stay that follow the newest moment of any door that knows them; all others follow authority."""
EXTRA = "extra."
"""Site-defined facts are merged one by one: a cell each, named ``extra.<name>``."""
UNMATCHED = "unmatched_door"
"""Key in a stay's ``extra``: only this door knows it, and no other record fits. Shown in lists, not in the CRM."""


class Fact(StrEnum):
    """What a door may give beyond fields of a stay or a profile."""

    BOOKINGS = "bookings"  # future reservations
    IN_HOUSE = "in_house"
    HISTORY = "history"  # stays that are over
    CANCELLATIONS = "cancellations"  # and no-shows
    POSTINGS = "postings"
    ROOM_STATUS = "room_status"
    BUSINESS_DATE = "business_date"
    INSTANT = "instant"  # told within seconds


@dataclass(frozen=True, slots=True)
class Declared:
    """What a door can tell: the fields it knows and the facts that are no field."""

    stay: frozenset[str] = STAY_FIELDS
    profile: frozenset[str] = PROFILE_FIELDS
    facts: frozenset[Fact] = frozenset(Fact)

    def knows(self, entity: str, name: str) -> bool:
        """Whether it can tell this field of a ``stay`` or a ``profile``."""
        return name in (self.stay if entity == "stay" else self.profile)


@dataclass(frozen=True, slots=True)
class Door:
    """One door of a hotel as configured. ``name`` is unique within the hotel; ``live`` doors push, others are read.

    ``authority``: the higher one wins where two doors know a detail. ``same_ids``: whether its numbers are those
    of the hotel's first door (None: not known, the probe learns it; until then records are matched).
    """

    name: str
    kind: str
    live: bool = False
    authority: int = 0
    same_ids: bool | None = None
    declared: Declared = field(default_factory=Declared)


def first_door(doors: Iterable[Door]) -> Door | None:
    """The door whose numbers are the hotel's: the most trusted one that is read, else the most trusted one."""
    ranked = sorted(doors, key=lambda door: (door.live, -door.authority, door.name))
    return ranked[0] if ranked else None


# --- what doors tell -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DoorRecord:
    """One telling of a door. ``record`` may hold anything in fields that are not in ``knows``.

    ``entity`` is stay or profile; ``key`` the door's own number of it. ``at``: when it became so, by the PMS's
    clock, in UTC. Tellings of one moment must be told apart: a live door gives each a later ``at`` than the one
    before (a microsecond is enough); a door that is read gives ``sequence`` (the moment of the read), which then
    counts first within that door. ``received_at``: when we got it, for the figures.
    """

    entity: str
    key: str
    record: Profile | Stay
    knows: frozenset[str]
    at: datetime
    sequence: int = 0
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InHouse:
    """After a whole resync: these reservations (the door's numbers) and no others are in the house as of ``at``.

    Whoever this door has told to be in house before and is not among them has left.
    """

    keys: frozenset[str]
    at: datetime
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoomStatus:
    """How a room is. ``condition``: dirty | clean | inspected; ``occupied`` None: not told."""

    room: str
    condition: str
    occupied: bool | None
    at: datetime


Told = DoorRecord | InHouse | RoomStatus


# --- the merge -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """The value of one field (plain JSON) as a door told it last."""

    value: object
    at: datetime
    sequence: int = 0


Cells = Mapping[str, Cell]


def told(known: Cells, news: Cells) -> dict[str, Cell]:
    """What a door has told, with something new: per field the later telling stands, whichever came first."""
    merged = dict(known)
    for name, cell in news.items():
        old = merged.get(name)
        if old is None or _within(cell) > _within(old):
            merged[name] = cell
    return merged


def merge(entity: str, doors: Mapping[str, Cells], authority: Mapping[str, int]) -> dict[str, object] | None:
    """One record from what all doors told: field → value; None while the fields it can't do without are missing.

    Per field the most trusted door that knows it wins, newest first among equals; what is of the moment
    (:data:`OF_THE_MOMENT`, for stays) follows the newest telling instead, also backwards.
    """
    names = {name for cells in doors.values() for name in cells}
    if not names >= NEEDED[entity]:
        return None
    values: dict[str, object] = {}
    for name in sorted(names):
        instant = entity == "stay" and name in OF_THE_MOMENT
        candidates = [
            (_between(cell, door, authority, instant=instant), cell.value)
            for door, cells in doors.items()
            if (cell := cells.get(name)) is not None
        ]
        values[name] = max(candidates, key=lambda one: one[0])[1]
    return _sound(values) if entity == "stay" else values


def _sound(values: dict[str, object]) -> dict[str, object]:
    """A state told anew takes the moments of the state before with it: a check-out undone was no check-out."""
    state = values["state"]
    if state != StayState.CHECKED_OUT:
        values.pop("checked_out_at", None)
    if state not in (StayState.IN_HOUSE, StayState.CHECKED_OUT):
        values.pop("checked_in_at", None)
    return values


def _within(cell: Cell) -> tuple[int, datetime, str]:
    return cell.sequence, cell.at, _rank(cell.value)


def _between(
    cell: Cell, door: str, authority: Mapping[str, int], *, instant: bool
) -> tuple[object, object, str]:
    trust = authority.get(door, 0)
    return (cell.at, trust, door) if instant else (trust, cell.at, door)


def _rank(value: object) -> str:
    """An order for values of the very same moment, so that all replicas choose alike."""
    return json.dumps(value, sort_keys=True, default=str)
