"""How items stand against what is wanted of them: compared in the CRM's own terms, so that only a real difference counts.

A date comes back as a moment of the portal's zone, an amount with other zeroes, a tick as Y or 1.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.bitrix24.crm.contacts import EMAIL, PHONE, compared, entries
from integrations.bitrix24.crm.fields import FieldNames, is_empty, write_value
from integrations.bitrix24.crm.lookup import Item, Lookup
from integrations.bitrix24.decoder import as_list, as_text

_KINDS = {"phones": PHONE, "emails": EMAIL}
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T00:00:00|T0[0-9]:00:00|T1[0-4]:00:00)?.*")
_SETS = frozenset({"contactIds"})


class Standing:
    """Reads items in bulk and tells what differs."""

    def __init__(self, names: FieldNames, lookup: Lookup) -> None:
        self._names = names
        self._lookup = lookup

    async def drift(
        self, entity: str, wanted: Mapping[int, Mapping[str, object]]
    ) -> dict[int, Mapping[str, object]]:
        """As :meth:`domain.ports.Crm.drift`: 50 items a command, 50 commands a request."""
        if not wanted:
            return {}
        await self._names.load()
        rest = {
            name: rest
            for name in dict.fromkeys(name for fields in wanted.values() for name in fields)
            if name not in _KINDS and (rest := self._names.rest(entity, name)) is not None
        }
        found = await self._lookup.by_id(entity, wanted, rest.values())
        return {
            crm_id: _differs(wanted[crm_id], item, rest) for crm_id, item in found.items() if crm_id in wanted
        }


def _differs(wanted: Mapping[str, object], item: Item, rest: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in wanted.items():
        if name in _KINDS:
            there = [one.value for one in entries(item) if one.kind == _KINDS[name]]
            if not _held(_KINDS[name], as_list(list(value) if isinstance(value, tuple) else value), there):
                found[name] = there
        elif name in rest and rest[name] in item:
            there_now = item[rest[name]]
            if not same(name, write_value(rest[name], value), there_now):
                found[name] = _ids(there_now) if name in _SETS else there_now
    return found


def _held(kind: str, wanted: list[Any], there: list[str]) -> bool:
    standing = {compared(kind, one) for one in there}
    return all(compared(kind, as_text(one)) in standing for one in wanted)


def _ids(value: object) -> list[int]:
    return [int(as_text(one)) for one in as_list(value) if as_text(one).isdigit()]


def same(name: str, sent: Any, there: Any) -> bool:
    """Whether a value as we send it and one as the CRM shows it are the same to people."""
    if name in _SETS:
        return set(_ids(sent)) == set(_ids(there))
    if isinstance(sent, list) or isinstance(there, list):
        mine, theirs = as_list(sent), as_list(there)
        if name.endswith("_KEYS"):  # keys of other records may have been joined into it
            return set(map(as_text, mine)) <= set(map(as_text, theirs))
        return sorted(map(_plain, filter(_full, mine))) == sorted(map(_plain, filter(_full, theirs)))
    return _plain(sent) == _plain(there) or (is_empty(sent) and is_empty(there))


def _full(value: Any) -> bool:
    return not is_empty(value)


def _plain(value: Any) -> str:
    text = " ".join(as_text(value).split())
    if text in {"Y", "true", "True"}:
        return "1"
    if day := _DAY.fullmatch(text):
        return day[1]
    amount, bar, currency = text.partition("|")
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}{bar}{currency}" if number.is_finite() else text
