"""A0-A9: what they carry is each hotel's own, so a setting says where they go. Oracle advises against more logic."""

from collections.abc import Mapping
from typing import Any

_NUMBERS = frozenset({"adults", "children"})
_LISTS = {"phone": "phones", "email": "emails", "membership": "memberships"}


def user_values(
    fields: Mapping[str, str], targets: Mapping[str, str], room: str
) -> tuple[dict[str, Any], set[str]]:
    """(changes for ``dataclasses.replace``, names of known fields) of the A-fields that go to a stay or a profile.

    A number that is none is left out, as unknown; several phones or e-mails add up in the order of the A-fields.
    """
    changes: dict[str, Any] = {}
    known: set[str] = set()
    for code in sorted(targets):
        place, _, name = targets[code].partition(".")
        value = fields.get(code)
        if value is None or (place != room and not (room == "stay" and place == "extra")):
            continue
        value = value.strip()
        if place == "extra":
            changes.setdefault("extra", {})[name] = value
            known.add("extra")
        elif name in _NUMBERS:
            if value.isascii() and value.isdecimal():
                changes[name] = int(value)
                known.add(name)
        elif name in _LISTS:
            changes[_LISTS[name]] = (*changes.get(_LISTS[name], ()), *([value] if value else []))
            known.add(_LISTS[name])
        else:
            changes[name] = value
            known.add(name)
    return changes, known
