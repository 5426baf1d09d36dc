"""What a field accepts, how it is kept and how answers write it.

Kept values are typed (see crm_store.Item); crm.item.* answers with JSON types, the older crm.contact.*
family with strings. Shapes: universal/crm-item-{add,get}.md, object-fields.md, user-defined-fields/*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.portal.calls import RestError
from sandbox.portal.crm_store import Crm
from sandbox.portal.methods.crm_schema import Field, camel_uf

UserField = dict[str, Any]
_TRUE = {"Y", "1", "TRUE"}
_FALSE = {"N", "0", "FALSE", ""}
_IDS = {"user", "crm_company", "crm_contact", "crm_lead", "crm_quote", "crm_entity", "location", "employee"}


class BadValue(ValueError):
    """The value does not fit its field."""


@dataclass
class UserFields:
    """The custom fields of one type, by original name and by REST name."""

    by_upper: dict[str, UserField]
    camel: dict[str, str]
    by_camel: dict[str, str]
    mandatory: list[str]


def user_fields(crm: Crm, uf_entity: str) -> UserFields:
    """Custom fields of `CRM_CONTACT`, `CRM_16`, …; cached until settings change."""
    key = ("uf", uf_entity)
    found = crm.cache.get(key)
    if found is None:
        documents = [d for d in crm.portal.store("crm_user_fields") if d["entityId"] == uf_entity]
        by_upper = {d["fieldName"]: d for d in documents}
        camel: dict[str, str] = {}
        for name in by_upper:
            short = camel_uf(name)
            # "If the converted name is already taken by another field … original UPPER_CASE form"
            camel[name] = name if short in camel.values() else short
        found = crm.cache[key] = UserFields(
            by_upper,
            camel,
            {short: name for name, short in camel.items()},
            [name for name, d in by_upper.items() if d["mandatory"] == "Y"],
        )
    fields: UserFields = found
    return fields


@lru_cache(maxsize=100_000)
def parse_date(text: str, zone: str) -> str:
    """YYYY-MM-DD from a date, an ATOM time (told in the portal's zone) or dd.mm.yyyy."""
    try:
        if len(text) == 10 and text[2] == ".":
            day, month, year = text.split(".")
            return date(int(year), int(month), int(day)).isoformat()
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        return datetime.fromisoformat(parse_time(text, zone)).date().isoformat()
    except ValueError:
        raise BadValue(text) from None


@lru_cache(maxsize=100_000)
def parse_time(text: str, zone: str) -> str:
    """ATOM in the portal's zone from ATOM, "YYYY-MM-DD[ HH:MM:SS]" or "dd.mm.yyyy[ HH:MM:SS]"."""
    try:
        if len(text) >= 10 and text[2] == ".":
            text = f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadValue(text) from None
    own = ZoneInfo(zone)
    moment = moment.replace(tzinfo=own) if moment.tzinfo is None else moment.astimezone(own)
    return moment.isoformat(timespec="seconds")


def to_integer(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadValue(value) from None


def to_double(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadValue(value) from None
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN is unlike itself
        raise BadValue(value)
    return number


def to_yes_no(value: Any) -> str:
    text = str(value).strip().upper()
    if text in _TRUE:
        return "Y"
    if text in _FALSE or value is None:
        return "N"
    raise BadValue(value)


def to_text(value: Any, limit: int = 0) -> str:
    """A string; too long ones are cut, as the estimate pages say (documents silent for other types)."""
    if isinstance(value, (dict, list)):
        raise BadValue(value)
    text = value if isinstance(value, str) else _scalar_text(value)
    return text[:limit] if limit else text


def _scalar_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


def keep(crm: Crm, field: Field, value: Any) -> Any:
    """A system field's value as it is kept. BadValue when it does not fit."""
    if field.multiple:
        return [to_integer(one) for one in iterable(value) if one not in (None, "", 0, "0")]
    return keep_one(crm, field.type, value, field.limit)


def keep_one(crm: Crm, kind: str, value: Any, limit: int) -> Any:
    """One value of one field type as it is kept; None and "" clear."""
    if kind in ("string", "text", "crm_status", "crm_currency"):
        return to_text(value, limit)
    if value is None or value == "":
        return 0 if kind in _IDS else ("N" if kind == "boolean" else None)
    return _KEEP.get(kind, _keep_plain)(crm, value)


def _keep_plain(_crm: Crm, value: Any) -> Any:
    return to_text(value)


def _keep_id(_crm: Crm, value: Any) -> int:
    number = to_integer(value)
    if number < 0:
        raise BadValue(value)
    return number


def _keep_money(_crm: Crm, value: Any) -> str:
    amount, _, currency = to_text(value).partition("|")
    to_double(amount)
    return f"{amount}|{currency}" if currency else amount


_KEEP: dict[str, Callable[[Crm, Any], Any]] = {
    "integer": lambda _crm, value: to_integer(value),
    "crm_category": lambda _crm, value: to_integer(value),
    "enumeration": _keep_id,
    "iblock_element": _keep_id,
    "iblock_section": _keep_id,
    "double": lambda _crm, value: to_double(value),
    "boolean": lambda _crm, value: to_yes_no(value),
    "date": lambda crm, value: parse_date(str(value), crm.portal.config.time_zone),
    "datetime": lambda crm, value: parse_time(str(value), crm.portal.config.time_zone),
    "money": _keep_money,
    **dict.fromkeys(_IDS, _keep_id),
}


def keep_uf(crm: Crm, document: UserField, value: Any) -> Any:
    """A custom field's value as it is kept. BadValue, or RestError 100 for a scalar in a multiple field."""
    kind = document["userTypeId"]
    limit = 0
    if document["multiple"] != "Y":
        kept = keep_one(crm, kind, value, limit)
        _check_enum(document, kept)
        return kept
    values = [keep_one(crm, kind, one, limit) for one in iterable(value) if one not in (None, "")]
    for one in values:
        _check_enum(document, one)
    return values


def _check_enum(document: UserField, value: Any) -> None:
    if document["userTypeId"] == "enumeration" and value and value not in document["enumIds"]:
        raise BadValue(value)


def iterable(value: Any) -> list[Any]:
    """The values of a multiple field; RestError 100 for a scalar, None and "" are the empty list."""
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    name = {str: "string", int: "int", float: "float", bool: "bool"}.get(type(value), type(value).__name__)
    raise RestError("100", f"Expected iterable value for multiple field, but got {name} instead")


def show_uf(crm: Crm, document: UserField, value: Any) -> Any:
    """A kept custom value as crm.item.* writes it."""
    multiple = document["multiple"] == "Y"
    if value is None:
        return [] if multiple else None
    if document["userTypeId"] != "date":
        return value
    return [crm.date_as_time(one) for one in value] if multiple else crm.date_as_time(value)


def bad_field(name: str) -> RestError:
    """The error of a value that does not fit; documents silent on which name: the one that was sent."""
    return RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{name}"')


def missing_field(name: str) -> RestError:
    return RestError("CRM_FIELD_ERROR_REQUIRED", f'The "{name}" field is required')
