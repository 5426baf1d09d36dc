"""The fields of what doors told, as cells: each with its moment, so that several doors' tellings can be merged.

A door with numbers of its own has references that mean something within it only; they are kept apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from domain.doors import EXTRA, FIELDS, Cell, DoorRecord
from domain.guests import Profile
from domain.stays import Stay

How = Literal["same", "matched", "own"]
OWN_REFERENCE = "@"
"""Cells of numbers that mean something within the door only: kept, never merged."""
REFERENCES = frozenset({"profile_id", "company_id", "agent_id", "companion_ids", "share_key"})
_FIRST_TOLD = datetime(1970, 1, 1, tzinfo=UTC)
RECORDS: Mapping[str, TypeAdapter[Any]] = {"stay": TypeAdapter(Stay), "profile": TypeAdapter(Profile)}
KEYS = {"stay": "reservation_id", "profile": "profile_id"}


@dataclass(slots=True)
class Kept:
    """All that one door has told about one record. ``key`` None: it belongs to no staged record yet."""

    entity: str
    door: str
    door_key: str
    how: How
    key: str | None
    cells: dict[str, Cell] = field(default_factory=dict)
    received_at: datetime = _FIRST_TOLD
    stored_at: datetime | None = None
    """When its last telling was stored; None: now."""

    @property
    def told_at(self) -> datetime:
        return max((cell.at for cell in self.cells.values()), default=_FIRST_TOLD)

    def value(self, name: str) -> Any:
        """A field's value, also where it is a number of the door's own."""
        cell = self.cells.get(name) or self.cells.get(OWN_REFERENCE + name)
        return cell.value if cell else None


def cells_of(told: DoorRecord, *, own_numbers: bool) -> dict[str, Cell]:
    """The cells of a telling; ``own_numbers`` keeps the door's references apart from the hotel's."""
    plain = RECORDS[told.entity].dump_python(told.record, mode="json")
    values = {name: plain[name] for name in told.knows & FIELDS[told.entity] if name != "extra"}
    for name, value in plain["extra"].items():
        if "extra" in told.knows or EXTRA + name in told.knows:
            values[EXTRA + name] = value
    apart = REFERENCES if own_numbers else frozenset()
    return {
        (OWN_REFERENCE + name if name in apart else name): Cell(value, told.at, told.sequence)
        for name, value in values.items()
    }


def shared(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The cells that may be merged with other doors'."""
    return {name: cell for name, cell in cells.items() if not name.startswith(OWN_REFERENCE)}


def record_of(entity: str, key: str, values: Mapping[str, object]) -> Profile | Stay:
    """A record under the hotel's number from merged values."""
    plain = {name: value for name, value in values.items() if not name.startswith(EXTRA)}
    extra = {name.removeprefix(EXTRA): value for name, value in values.items() if name.startswith(EXTRA)}
    record: Profile | Stay = RECORDS[entity].validate_python({KEYS[entity]: key, **plain, "extra": extra})
    return record


def pack(cells: Mapping[str, Cell]) -> list[list[Any]]:
    """Cells grouped by their moment: a read tells all fields at once."""
    groups: dict[tuple[str, int], dict[str, object]] = {}
    for name, cell in cells.items():
        groups.setdefault((cell.at.astimezone(UTC).isoformat(), cell.sequence), {})[name] = cell.value
    return [[at, sequence, values] for (at, sequence), values in groups.items()]


def unpack(groups: Sequence[Sequence[Any]]) -> dict[str, Cell]:
    """The cells of what ``pack`` made."""
    return {
        name: Cell(value, datetime.fromisoformat(at), sequence)
        for at, sequence, values in groups
        for name, value in values.items()
    }
