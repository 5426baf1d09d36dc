"""Phones and e-mails of an item (``fm``): changed by id, never doubled, and a person's own additions stay.

Which values are ours stands in the item's ``originVersion``, as fingerprints of what we wrote: it outlives our
database, and an item of another system has none of ours.
Document: ``tutorials/crm/how-to-edit-crm-objects/how-to-change-email-or-phone.md``.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.bitrix24.decoder import as_list, as_map, as_text

PHONE, EMAIL = "PHONE", "EMAIL"
VALUE_LIMIT = 250
_MARK = "concierge1:"
_MARK_DIGITS = 6
_MARKS_MAX = (255 - len(_MARK)) // _MARK_DIGITS
_VALUE_TYPES = {"contact": "HOME", "company": "WORK"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A phone or an e-mail that stands in the item."""

    entry_id: str
    kind: str
    value_type: str
    value: str


def entries(item: Mapping[str, Any]) -> list[Entry]:
    """What an item's ``fm`` holds."""
    found = (as_map(one) for one in as_list(item.get("fm")))
    return [
        Entry(as_text(one.get("id")), as_text(one.get("typeId")), as_text(one.get("valueType")), value)
        for one in found
        if (value := as_text(one.get("value")))
    ]


def as_new(entity: str, wanted: Mapping[str, Sequence[str] | None]) -> list[dict[str, str]]:
    """``fm`` of an item to be made; ``wanted`` is kind → values."""
    return [
        _element(kind, _VALUE_TYPES.get(entity, "WORK"), value)
        for kind, values in wanted.items()
        for value in values or ()
    ]


def change(
    entity: str, item: Mapping[str, Any], wanted: Mapping[str, Sequence[str] | None], marks: frozenset[str]
) -> tuple[dict[str, dict[str, str]], frozenset[str]]:
    """``fm`` of an update (only what differs) and the marks afterwards.

    A kind that is None is left alone. Of the present values only those with a mark are ours to change or delete.
    """
    standing, fm, kept = entries(item), {}, set(marks)
    new = 0
    for kind, values in wanted.items():
        if values is None:
            continue
        same = [one for one in standing if one.kind == kind]
        needed = {compared(kind, value) for value in values}
        present = {compared(kind, one.value) for one in same}
        missing = [value for value in values if compared(kind, value) not in present]
        stale = [one for one in same if mark(one.value) in marks and compared(kind, one.value) not in needed]
        kept -= {mark(one.value) for one in stale}
        kept |= {mark(value) for value in missing}
        for one, value in zip(stale, missing, strict=False):
            fm[one.entry_id] = _element(kind, one.value_type, value)
        for one in stale[len(missing) :]:
            fm[one.entry_id] = _element(kind, one.value_type, "")
        for value in missing[len(stale) :]:
            fm[f"n{new}"] = _element(kind, _VALUE_TYPES.get(entity, "WORK"), value)
            new += 1
    return fm, frozenset(kept)


def _element(kind: str, value_type: str, value: str) -> dict[str, str]:
    return {"typeId": kind, "valueType": value_type, "value": value[:VALUE_LIMIT]}


def adds(fm: Mapping[str, Any]) -> bool:
    """True when doing it twice would leave a value twice."""
    return any(key.startswith("n") for key in fm)


def compared(kind: str, value: str) -> str:
    """Two spellings of one phone or e-mail are one."""
    if kind == EMAIL:
        return value.strip().casefold()
    digits = re.sub(r"\D", "", value)
    return f"7{digits[1:]}" if len(digits) == 11 and digits[0] == "8" else digits


def mark(value: str) -> str:
    """The fingerprint of a value as we wrote it."""
    return hashlib.blake2b(value.strip().encode(), digest_size=_MARK_DIGITS // 2).hexdigest()


def write_marks(marks: Iterable[str]) -> str:
    """``originVersion`` of an item of ours."""
    return _MARK + "".join(sorted(marks)[:_MARKS_MAX])


def read_marks(item: Mapping[str, Any], originator: str) -> frozenset[str]:
    """The marks in an item; none when the item belongs to another system."""
    text = as_text(item.get("originVersion"))
    if as_text(item.get("originatorId")) != originator or not text.startswith(_MARK):
        return frozenset()
    digits = text.removeprefix(_MARK)
    return frozenset(digits[at : at + _MARK_DIGITS] for at in range(0, len(digits), _MARK_DIGITS))
