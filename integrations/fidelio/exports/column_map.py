"""The column map: which column of which file is which field, in a TOML file that people write and `guess` proposes."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from domain.doors import PROFILE_FIELDS, STAY_FIELDS, Declared, Fact
from domain.stays import StayState
from integrations.fidelio.exports.dates import BadDate, check_format
from integrations.fidelio.fias.names import NAME_FORMATS

FORMATS = ("delimited", "fixed", "xml")
ENCODINGS = ("utf-8", "cp1251", "cp866", "koi8-r", "utf-16", "cp1252", "cp850")
_NOT_STAY = {"nights", "companion_ids", "financial_account", "pseudo_room", "extra", "room_revenue"}
_NOT_PROFILE = {"merged_into", "anonymised", "deleted", "extra", "kind"}
STAY_TARGETS = (STAY_FIELDS - _NOT_STAY) | {"reservation_id", "currency"}
PROFILE_TARGETS = (PROFILE_FIELDS - _NOT_PROFILE) | {"profile_id", "name"}
"""Passports have no target, on purpose: whoever exports them keeps them."""
STATES = tuple(state.value for state in StayState)
NEEDED = ("stay.reservation_id", "stay.arrival", "stay.departure")

Column = str | int | tuple[str | int, ...]
"""A header's name, a number from 1, ``"1-10"`` in fixed width, a path in XML; several are joined."""


class BadMap(ValueError):
    """The map can't be used; the message names table and key."""


@dataclass(frozen=True, slots=True)
class FileMap:
    """One sort of file. ``states`` maps what the file says to our states; ``constants`` are fields without a column."""

    match: str
    format: str
    encoding: str
    columns: Mapping[str, Column]
    dates: str
    moments: str = ""
    birthdays: str = ""
    delimiter: str = ";"
    quote: str = '"'
    header: bool = True
    skip_lines: int = 0
    skip: str = ""
    row: str = ""
    decimal: str = ","
    names: str = "last first"
    states: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    state_from_dates: bool = False

    def takes(self, name: str) -> bool:
        """Whether a file of this name is of this sort."""
        return fnmatch(name.casefold(), self.match.casefold())

    def targets(self, room: str) -> set[str]:
        """The fields of a ``stay`` or ``profile`` that this sort of file gives."""
        named = {*self.columns, *self.constants}
        found = {name.partition(".")[2] for name in named if name.startswith(f"{room}.")}
        if room == "stay" and self.state_from_dates:
            found.add("state")
        return found


@dataclass(frozen=True, slots=True)
class ExportMap:
    """All sorts of files of a folder."""

    files: tuple[FileMap, ...]

    def of(self, name: str) -> FileMap | None:
        """The first sort that takes a file of this name."""
        return next((one for one in self.files if one.takes(name)), None)

    @property
    def declared(self) -> Declared:
        """What these files can tell. A state that is only reckoned from dates isn't known."""
        stay = {name for one in self.files for name in one.targets("stay")} & STAY_FIELDS
        profile = {name for one in self.files for name in one.targets("profile")}
        if all(one.state_from_dates or "state" not in one.targets("stay") for one in self.files):
            stay.discard("state")
        if "name" in profile:
            profile |= {"last_name", "first_name"}
        if any(name.startswith("extra.") for one in self.files for name in one.columns):
            stay.add("extra")
        if any("extra.marketing_consent" in one.columns for one in self.files):
            profile.add("extra")
        if profile:
            stay |= {"profile_id", "guest_name"}
            profile.add("kind")
        facts = {Fact.BOOKINGS, Fact.IN_HOUSE, Fact.HISTORY} if "arrival" in stay else set()
        return Declared(frozenset(stay), frozenset(profile & PROFILE_FIELDS), frozenset(facts))


def load_map(path: Path) -> ExportMap:
    """Read a map. BadMap names what is wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise BadMap(f"{path}: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadMap(f"{path}: {fault}") from fault
    return read_map(data)


def read_map(data: Mapping[str, Any]) -> ExportMap:
    """A map from what its TOML holds. BadMap."""
    tables = data.get("files")
    if not isinstance(tables, list) or not tables or set(data) - {"files"}:
        raise BadMap("the map must hold [[files]] tables and nothing else")
    return ExportMap(tuple(_file(number, table) for number, table in enumerate(tables, start=1)))


def _file(number: int, table: Mapping[str, Any]) -> FileMap:
    place = f"[[files]] {number}"
    known = FileMap.__slots__
    if unknown := set(table) - set(known):
        raise BadMap(f"{place} {min(unknown)}: no such key")
    for name in ("match", "format", "encoding", "columns", "dates"):
        if not table.get(name):
            raise BadMap(f"{place} {name}: is missing")
    columns = {name: tuple(ref) if isinstance(ref, list) else ref for name, ref in table["columns"].items()}
    made = FileMap(**{**table, "columns": columns})
    _one_of(place, "format", made.format, FORMATS)
    _one_of(place, "encoding", made.encoding, ENCODINGS)
    _one_of(place, "names", made.names, NAME_FORMATS)
    _one_of(place, "decimal", made.decimal, (".", ","))
    for name in ("dates", "moments", "birthdays"):
        try:
            if form := getattr(made, name):
                check_format(form)
        except BadDate as fault:
            raise BadMap(f"{place} {name}: {fault}") from fault
    try:
        re.compile(made.skip)
    except re.error as fault:
        raise BadMap(f"{place} skip: {fault}") from fault
    _check_fields(place, made)
    return made


def _one_of(place: str, key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadMap(f"{place} {key}: {value!r} is none of {', '.join(allowed)}")


def _check_fields(place: str, made: FileMap) -> None:
    for name in (*made.columns, *made.constants):
        room, _, target = name.partition(".")
        known: frozenset[str] = {"stay": STAY_TARGETS, "profile": PROFILE_TARGETS}.get(room, frozenset())
        if target not in known and not (room == "extra" and target.isidentifier()):
            raise BadMap(f"{place} columns: {name!r} is no field; see docs/fidelio-exports.md")
    for value in made.states.values():
        _one_of(place, "states", value, STATES)
    for name, value in made.constants.items():
        if not isinstance(value, str):
            raise BadMap(f"{place} constants: {name} must be a text in quotes")
        if name == "stay.state":
            _one_of(place, "constants", value, STATES)
    if made.targets("stay"):
        for name in NEEDED:
            if name not in made.columns:
                raise BadMap(f"{place} columns: {name} is missing")
        moments = {"checked_in_at", "checked_out_at"} & made.targets("stay")
        if "state" not in made.targets("stay") and not moments:
            raise BadMap(
                f"{place}: whence is a stay's state? Give a column stay.state with [files.states], a constant, "
                "or state_from_dates = true"
            )
        if "stay.state" in made.columns and not made.states:
            raise BadMap(f"{place} states: say what the values of stay.state mean")
    elif "profile.profile_id" not in made.columns:
        raise BadMap(f"{place} columns: neither stay.reservation_id nor profile.profile_id")
    if made.format == "xml" and not made.row:
        raise BadMap(f"{place} row: name the element of one row")
