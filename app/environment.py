"""Single keys inside lists of tables, set by the environment: a password belongs there, not into a file.

``CONCIERGE_HOTELS__GRAND__SOURCE__PASSWORD`` names the hotel by its code (or its number, from 1), a door among several
by its kind (or its number): ``CONCIERGE_HOTELS__GRAND__SOURCES__FIAS__URL``.
"""

from collections.abc import Mapping
from typing import Any

PREFIX, DELIMITER = "concierge_", "__"
LISTS = ("hotels", "people")
_NAMED_BY = {"hotels": "code", "sources": "kind"}


def of_lists(environment: Mapping[str, str | None]) -> dict[tuple[str, ...], str]:
    """Path → value of the variables that set a key inside a list of tables."""
    found = {}
    for name, value in environment.items():
        path = tuple(name.lower().removeprefix(PREFIX).split(DELIMITER))
        if name.lower().startswith(PREFIX) and path[0] in LISTS and len(path) > 2 and value is not None:
            found[path] = value
    return found


def put_in(data: dict[str, Any], values: Mapping[tuple[str, ...], str]) -> None:
    """Set the values in what the file gave. ValueError with a readable line for a table that isn't there."""
    for path, value in values.items():
        try:
            _put(data, path, value)
        except LookupError as fault:
            name = (PREFIX + DELIMITER.join(path)).upper()
            raise ValueError(f"{name}: the file has no such table ({fault.args[0]})") from fault


def _put(table: Any, path: tuple[str, ...], value: str) -> None:
    at = table
    for depth, part in enumerate(path[:-1]):
        if isinstance(at, list):
            at = _one_of(at, part, _NAMED_BY.get(path[depth - 1], ""))
        elif isinstance(at, dict):
            at = at.setdefault(part, {})
    if not isinstance(at, dict):
        raise LookupError(path[-2])  # noqa: TRY004 - told as a table that isn't there
    at[path[-1]] = value


def _one_of(tables: list[Any], name: str, key: str) -> Any:
    for number, one in enumerate(tables, start=1):
        if name == str(number) or (key and str(one.get(key, "")).casefold() == name.casefold()):
            return one
    raise LookupError(name)
