"""Filters and orders of crm.item.list, and how a filter finds its items without reading all of them.

Prefixes, `logic` groups and errors as in universal/crm-item-list.md. Strings compare as the portal's
database does: without regard to case. The older crm.contact.list family uses the same engine with its
own names and less strictness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.portal.calls import RestError
from sandbox.portal.crm_store import Crm, Item, Items, epoch, normal_comm
from sandbox.portal.methods import crm_values as values
from sandbox.portal.methods.crm_schema import Schema

Test = Callable[[Item], bool]
Getter = Callable[[Item], Any]
_PREFIX = re.compile(r"(!=%|!%=|!=|!%|!@|!|>=|>|<=|<|=%|%=|%|@|=)?(.*)", re.DOTALL)
_CANONICAL = {"": "=", "!": "!=", "%=": "=%", "!%=": "!=%"}
_NUMBERS = {"integer", "double", "user", "employee", "enumeration", "location", "iblock_element"}
_TIMES = {"date", "datetime"}


@dataclass(frozen=True)
class Condition:
    """One leaf of a filter: `operation` in = != > >= < <= @ !@ % =% !% !=%."""

    name: str
    operation: str
    value: Any


@dataclass(frozen=True)
class Group:
    """Conditions and groups joined by AND or OR."""

    parts: tuple[Condition | Group, ...]
    either: bool = False


@dataclass(frozen=True)
class Column:
    """Where a filter or an order finds a field's value: `kind` is number, time, flag or text."""

    kind: str
    get: Getter
    type: str
    many: bool = False
    original: str = ""
    """The UF_CRM_… name of a custom field."""


def columns(crm: Crm, schema: Schema, *, original_names: bool) -> dict[str, Column]:
    """The fields that may stand in filters and orders, by the name the caller uses; cached."""
    key = ("columns", schema.entity_type_id, original_names)
    found = crm.cache.get(key)
    if found is None:
        found = {f.name: _system(f.name, f.type) for f in schema.fields.values() if f.filterable}
        custom = values.user_fields(crm, schema.uf_entity)
        for name, document in custom.by_upper.items():
            shown = name if original_names else custom.camel[name]
            found[shown] = _custom(name, document)
        crm.cache[key] = found
    result: dict[str, Column] = found
    return result


def _kind(field_type: str) -> str:
    if field_type in _NUMBERS or (field_type.startswith("crm_") and field_type not in _TEXTUAL):
        return "number"
    if field_type in _TIMES:
        return "time"
    return "flag" if field_type == "boolean" else "text"


_TEXTUAL = {"crm_status", "crm_currency"}


def _system(name: str, field_type: str) -> Column:
    if name == "companyId":
        return Column("number", lambda item: item.get("companyId") or None, field_type)
    if name == "contactId":
        return Column("number", lambda item: item.get("contactId") or None, field_type)
    many = name == "observers"
    return Column(_kind(field_type), lambda item: item.get(name), field_type, many)


def _custom(name: str, document: values.UserField) -> Column:
    field_type = document["userTypeId"]
    kind = "uf_flag" if field_type == "boolean" else ("text" if field_type == "crm" else _kind(field_type))
    many = document["multiple"] == "Y"
    return Column(kind, lambda item: item.get("uf", {}).get(name), field_type, many, original=name)


def parse(raw: Any) -> Group:
    """The tree of a `filter` parameter; groups are nested objects with an optional `logic`."""
    if not isinstance(raw, dict):
        raw = {str(i): one for i, one in enumerate(raw)} if isinstance(raw, list) else {}
    either = str(raw.get("logic", "AND")).upper() == "OR"
    parts: list[Condition | Group] = []
    for key, value in raw.items():
        if key == "logic":
            continue
        if key.isdigit() and isinstance(value, (dict, list)):
            parts.append(parse(value))
        else:
            parts.append(condition(key, value))
    return Group(tuple(parts), either)


def condition(key: str, value: Any) -> Condition:
    """`>=createdTime` and its value."""
    match = _PREFIX.fullmatch(key)
    assert match is not None  # the pattern matches every string
    prefix = match[1] or ""
    operation = _CANONICAL.get(prefix, prefix)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list) and operation in ("=", "!="):
        operation = {"=": "@", "!=": "!@"}[operation]
    return Condition(match[2], operation, value)


def compile_group(group: Group, known: dict[str, Column], crm: Crm) -> Test | None:
    """One function for the whole filter; None lets everything through. RestError INVALID_ARG_VALUE."""
    tests = [
        compile_group(part, known, crm) if isinstance(part, Group) else _leaf(part, known, crm)
        for part in group.parts
    ]
    kept = [test for test in tests if test is not None]
    if not kept or (group.either and len(kept) < len(tests)):
        return None
    if len(kept) == 1:
        return kept[0]
    if group.either:
        return lambda item: any(test(item) for test in kept)
    return lambda item: all(test(item) for test in kept)


def _leaf(leaf: Condition, known: dict[str, Column], crm: Crm) -> Test:
    column = known.get(leaf.name)
    if column is None:
        raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{leaf.name}' is not allowed in filter")
    try:
        test = _value_test(leaf, column, crm)
    except (values.BadValue, TypeError, ValueError):
        raise RestError(
            "INVALID_ARG_VALUE", f"Invalid filter: field '{leaf.name}' has invalid value"
        ) from None
    get = column.get
    if not column.many:
        return lambda item: test(get(item))
    if leaf.operation.startswith("!"):
        return lambda item: all(test(one) for one in get(item) or (None,))
    return lambda item: any(test(one) for one in get(item) or (None,))


def comparable(column: Column, value: Any, crm: Crm) -> Any:
    """A kept or a wanted value in the form in which values of this column compare."""
    if value is None:
        return None
    if column.kind == "number":
        return values.to_double(value)
    if column.kind == "time":
        zone = crm.portal.config.time_zone
        parse_one = values.parse_date if column.type == "date" else values.parse_time
        return epoch(parse_one(str(value), zone))
    if column.kind == "flag":
        return values.to_yes_no(value)
    if column.kind == "uf_flag":
        # "Format Y or N in the filter for custom fields of type boolean is not supported"
        if str(value) not in ("0", "1", "True", "False"):
            raise values.BadValue(value)
        return "Y" if str(value) in ("1", "True") else "N"
    return values.to_text(value).casefold()


def _kept(column: Column) -> Callable[[Any], Any]:
    """How a kept value is made comparable; kept values are already of the right type."""
    if column.kind == "time":
        return epoch
    if column.kind == "text":
        return lambda value: value.casefold() if isinstance(value, str) else str(value).casefold()
    if column.kind == "number":
        return float
    return lambda value: value


def _value_test(leaf: Condition, column: Column, crm: Crm) -> Callable[[Any], bool]:
    operation, value = leaf.operation, leaf.value
    if "%" in operation:
        return _like(operation, values.to_text(value))
    if operation in ("@", "!@"):
        return _one_of(operation, value, column, crm)
    if operation in ("=", "!=") and (value is None or value == "" or value is False):
        empty = (None, "", 0, "N") if column.kind in ("flag", "uf_flag") else (None, "", 0)
        return (lambda kept: kept in empty) if operation == "=" else (lambda kept: kept not in empty)
    wanted, kept_value = comparable(column, value, crm), _kept(column)
    if operation == "=":
        return lambda kept: kept is not None and kept_value(kept) == wanted
    if operation == "!=":  # the portal's SQL keeps rows whose field is NULL
        return lambda kept: kept is None or kept_value(kept) != wanted
    if operation == ">":
        return lambda kept: kept is not None and kept_value(kept) > wanted
    if operation == ">=":
        return lambda kept: kept is not None and kept_value(kept) >= wanted
    if operation == "<":
        return lambda kept: kept is not None and kept_value(kept) < wanted
    return lambda kept: kept is not None and kept_value(kept) <= wanted


def _one_of(operation: str, value: Any, column: Column, crm: Crm) -> Callable[[Any], bool]:
    wanted = {comparable(column, one, crm) for one in (value if isinstance(value, list) else [value])}
    kept_value = _kept(column)
    if operation == "@":
        return lambda kept: kept is not None and kept_value(kept) in wanted
    return lambda kept: kept is None or kept_value(kept) not in wanted


def _like(operation: str, text: str) -> Callable[[Any], bool]:
    if operation in ("%", "!%"):
        pattern = re.compile(re.escape(text), re.IGNORECASE)
        found: Callable[[str], Any] = pattern.search
    else:
        body = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in text)
        found = re.compile(body, re.IGNORECASE | re.DOTALL).fullmatch
    if operation.startswith("!"):
        return lambda kept: kept is None or not found(str(kept))
    return lambda kept: kept is not None and bool(found(str(kept)))


def candidates(items: Items, group: Group, known: dict[str, Column]) -> list[Item] | None:
    """Items an index finds for this filter (a superset of the answer), None when none helps."""
    found_by_part = (_candidates_of(items, part, known) for part in group.parts)
    if not group.either:
        return next((found for found in found_by_part if found is not None), None)
    union: dict[int, Item] = {}
    for found in found_by_part:  # in an OR every branch must be found by an index
        if found is None:
            return None
        union.update((item["id"], item) for item in found)
    return list(union.values()) if group.parts else None


def _candidates_of(items: Items, part: Condition | Group, known: dict[str, Column]) -> list[Item] | None:
    if isinstance(part, Group):
        return candidates(items, part, known)
    return _indexed(items, part, known.get(part.name)) if part.operation in ("=", "@") else None


def _indexed(items: Items, leaf: Condition, column: Column | None) -> list[Item] | None:
    wanted = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    if column is None or any(one in (None, "", 0, "0", False) for one in wanted):
        return None
    if leaf.name == "id":
        if not all(str(one).isdigit() for one in wanted):
            return None
        ids = dict.fromkeys(int(one) for one in wanted)
        return [item for key in ids if (item := items.get(key)) is not None]
    index = {"originId": "origin", "xmlId": "xml", "companyId": "company", "contactId": "contact"}.get(
        leaf.name
    )
    keys: list[Any] = []
    if index in ("origin", "xml"):
        keys = [str(one).casefold() for one in wanted]
    elif index is not None:
        keys = [int(one) for one in wanted if str(one).isdigit()]
    elif column.many and column.kind == "text" and column.original:
        index = "uf"
        keys = [(column.original, str(one).casefold()) for one in wanted]
    if index is None:
        return None
    found = {item["id"]: item for one in keys for item in items.find(index, one)}
    return list(found.values())


def by_comm(items: Items, type_id: str, wanted: Iterable[str]) -> dict[int, Item]:
    """Items with one of these phones or e-mails."""
    return {
        item["id"]: item
        for one in wanted
        for item in items.find("comm", (type_id, normal_comm(type_id, one)))
    }


def parse_order(raw: Any, known: dict[str, Column]) -> list[tuple[str, bool]]:
    """[(field, is descending)]. RestError INVALID_ARG_VALUE."""
    if not isinstance(raw, dict):
        return []
    order = []
    for name, direction in raw.items():
        if name not in known:
            raise RestError("INVALID_ARG_VALUE", f"Invalid order: field '{name}' is not allowed in order")
        word = str(direction).upper()
        if word not in ("ASC", "DESC"):
            text = f"Invalid order: allowed sort directions are `ASC, DESC`. But got '{direction}' for field '{name}'"
            raise RestError("INVALID_ARG_VALUE", text)
        order.append((name, word == "DESC"))
    return order


def sort_items(found: list[Item], order: list[tuple[str, bool]], known: dict[str, Column]) -> None:
    """Order in place; empty values come first, equal ones by id."""
    found.sort(key=lambda item: item["id"])
    for name, descending in reversed(order):
        column = known[name]
        found.sort(key=_sort_key(column, _kept(column)), reverse=descending)


def _sort_key(column: Column, kept_value: Callable[[Any], Any]) -> Callable[[Item], Any]:
    get = column.get

    def key(item: Item) -> Any:
        value = get(item)
        if column.many:
            value = value[0] if value else None
        return (0, 0) if value is None else (1, kept_value(value))

    return key


def bounds(group: Group, name: str, column: Column, crm: Crm) -> tuple[float, float]:
    """(above, below) for a numeric or time field as the filter's own AND conditions bound it; exclusive."""
    above, below = float("-inf"), float("inf")
    if group.either:
        return above, below
    for part in group.parts:
        if isinstance(part, Condition) and part.name == name and part.operation in (">", ">=", "<", "<="):
            edge = comparable(column, part.value, crm)
            inclusive = 0.5 if part.operation.endswith("=") else 0.0
            if part.operation[0] == ">":
                above = max(above, edge - inclusive)
            else:
                below = min(below, edge + inclusive)
    return above, below


def scan(items: Items, group: Group, known: dict[str, Column], crm: Crm) -> Iterator[Item]:
    """Items in order of id, skipping what the filter's bounds on `id` or `updatedTime` rule out."""
    above, below = bounds(group, "id", known["id"], crm)
    since, _ = bounds(group, "updatedTime", known["updatedTime"], crm)
    if since != float("-inf") and above == float("-inf"):
        yield from sorted(items.by_update(since), key=lambda item: item["id"])
        return
    yield from items.by_id(above, below)
