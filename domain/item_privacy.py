"""Which privacy level sees which field of a CRM item in a sync's differences and errors (decision 4).

A field nobody has placed is shown at the highest level only.
"""

import re
from collections.abc import Mapping
from typing import Any

from domain.people import Privacy

HIDDEN = "•••"
_UF = "UF_CRM_CONCIERGE_"
LEVELS: Mapping[str, Privacy] = {
    **dict.fromkeys(
        ("name", "lastName", "secondName", "title", "stageId", "begindate", "closedate", "contactIds",
         "companyId"),
        Privacy.BASIC,
    ),
    **{
        f"{_UF}{name}": Privacy.BASIC
        for name in (
            "ARRIVAL", "DEPARTURE", "NIGHTS", "ROOM", "ROOM_TYPE", "ADULTS", "CHILDREN", "VIP", "CONFIRMATION",
            "MARKET", "SOURCE", "RATE_CODE", "CHANNEL", "GROUP", "ROOMS", "STATE",
        )
    },
    **dict.fromkeys(("phones", "emails"), Privacy.CONTACT),
    **dict.fromkeys(("opportunity", "currencyId"), Privacy.MONEY),
}  # fmt: skip
_MONEY = re.compile(r"AMOUNT|REVENUE|RATE$|PAID|TOTAL|FORECAST|ACTUAL|BALANCE")
NAMES = frozenset({"name", "lastName", "secondName", "title"})


def level_of(field: str) -> Privacy:
    """From which level on a field is shown."""
    if field.startswith(_UF) and _MONEY.search(field):
        return LEVELS.get(field, Privacy.MONEY)
    return LEVELS.get(field, Privacy.ALL)


def shown(field: str, value: Any, level: Privacy, *, masked: bool = False) -> Any:
    """A field's value for somebody of this level; what he may not see is ``•••``. ``masked``: names too."""
    if value in (None, "", []):
        return value
    if level_of(field).rank > level.rank:
        return HIDDEN
    return mask(str(value)) if masked and field in NAMES else value


def mask(name: str) -> str:
    """«Иванов Иван, 12.08–15.08.2026» → «И••• И•••, 12.08–15.08.2026»: the words before the first comma."""
    person, comma, rest = name.partition(",")
    return " ".join(f"{word[0]}{HIDDEN}" for word in person.split()) + comma + rest


def discreet(sample: Mapping[str, Any], level: Privacy, *, masked: bool = False) -> dict[str, Any]:
    """One difference (see ``handlers.sync.preview.sample``) as somebody of this level may see it."""
    told = {
        field: [shown(field, value, level, masked=masked) for value in pair]
        for field, pair in sample["changes"].items()
    }
    name = mask(sample["name"]) if masked else sample["name"]
    return {**sample, "name": name, "changes": told}
