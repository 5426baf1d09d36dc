"""The query side of the Suite 8 XML Interface: conditions with nested links, compiled into one predicate.

A ``conditions`` (or inner ``condition``) element holds one leaf and at most one ``link``, whose own condition
holds the next: ``A link(OR) (B link(AND) (C))`` reads A OR (B AND C). A NOT link reads AND NOT.
"""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element

Predicate = Callable[[Any], bool]
Getter = Callable[[Any], Any]
"""Takes a record, gives its value for a condition (date, datetime, int, Decimal, str, or a set of any)."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "neq": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt,
    "ge": operator.ge,
}  # fmt: skip


class Invalid(Exception):
    """The request breaks the schema: status IR."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a request, as read from the XML. ``conditions`` None = everything."""

    req_type: str
    name: str
    fields: tuple[str, ...]
    conditions: Element | None


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    return next((inner for inner in element if local(inner.tag) == name), None)


def read_query(element: Element) -> Query:
    """Read a ``query`` element. Invalid when the type or a field's name is missing."""
    req_type = element.get("ReqType")
    if not req_type:
        raise Invalid("query without ReqType")
    chosen = child(element, "fields")
    names = [field.get("name", "") for field in chosen] if chosen is not None else []
    if "" in names:
        raise Invalid("field without name")
    return Query(req_type, element.get("Name") or req_type, tuple(names), child(element, "conditions"))


class Compiler:
    """Turns conditions into a predicate over records. ``shift`` gives the wall time of a moment with its shift."""

    def __init__(self, getters: Mapping[str, Getter], sign: int, own_shift: int) -> None:
        self.getters, self._sign, self._own_shift = getters, sign, own_shift

    def predicate(self, group: Element | None) -> Predicate:
        """Everything when there is no condition. Invalid for unknown names, operations and values."""
        if group is None:
            return lambda _record: True
        leaf, link = child(group, "condition"), child(group, "link")
        if leaf is None:
            raise Invalid("conditions without a condition")
        first = self._leaf(leaf) if leaf.get("name") else self.predicate(leaf)
        if link is None:
            return first
        inner = child(link, "condition")
        if inner is None:
            raise Invalid("link without a condition")
        return _joined(link.get("operator", ""), first, self.predicate(inner))

    def ids(self, group: Element | None, key: str) -> set[str] | None:
        """The only values of ``key`` that can match, when the conditions say so; None = any."""
        if group is None:
            return None
        leaf, link = child(group, "condition"), child(group, "link")
        if leaf is None:
            return None
        if leaf.get("name"):
            exact = leaf.get("name") == key and leaf.get("operation", "eq") == "eq"
            own: set[str] | None = {(leaf.text or "").strip()} if exact else None
        else:
            own = self.ids(leaf, key)
        if link is None:
            return own
        other = self.ids(child(link, "condition"), key)
        if link.get("operator") == "OR":
            return own | other if own is not None and other is not None else None
        return own if own is not None else (other if link.get("operator") == "AND" else None)

    def _leaf(self, leaf: Element) -> Predicate:
        name, operation = leaf.get("name", ""), leaf.get("operation", "eq")
        getter = self.getters.get(name)
        if getter is None:
            raise Invalid(f"condition {name} is not known")
        text = (leaf.text or "").strip()
        if operation == "like":
            pattern = text.lower().replace("%", "*").replace("_", "?")
            return lambda record: fnmatch.fnmatch(str(getter(record) or "").lower(), pattern)
        compare = _COMPARE.get(operation)
        if compare is None:
            raise Invalid(f"operation {operation} is not known")
        return self._comparison(getter, compare, text)

    def _comparison(self, getter: Getter, compare: Callable[[Any, Any], bool], text: str) -> Predicate:
        wanted: dict[type, Any] = {}

        def matches(record: Any) -> bool:
            value = getter(record)
            if isinstance(value, frozenset):
                return any(compare(str(item), text) for item in value) or (not value and compare("", text))
            if value is None:
                return False
            kind = type(value)
            if kind not in wanted:
                wanted[kind] = self.value(kind, text)
            return compare(value.lower() if kind is str else value, wanted[kind])

        return matches

    def value(self, kind: type, text: str) -> Any:
        """The condition's text as the type of the record's value."""
        try:
            if kind is datetime:
                return self.moment(text)
            if kind is date:
                return datetime.strptime(text[:10], "%d.%m.%Y").date()  # noqa: DTZ007 - a calendar day
            if kind in (int, bool):
                return int(text)
            if kind is Decimal:
                return Decimal(text)
        except (ValueError, InvalidOperation) as error:
            raise Invalid(f"{text!r} is no value here") from error
        return text.lower()

    def moment(self, text: str) -> datetime:
        """``DD.MM.YYYY[ HH:MM:SS[.mmm]][ UTC±minutes]`` as the hotel's wall time."""
        stamp, _, shift = text.partition(" UTC")
        form = "%d.%m.%Y" if " " not in stamp.strip() else "%d.%m.%Y %H:%M:%S"
        if "." in stamp[10:]:
            form += ".%f"
        wall = datetime.strptime(stamp.strip(), form)  # noqa: DTZ007 - the shift is handled below
        if shift:
            wall += timedelta(minutes=self._own_shift - self._sign * int(shift))
        return wall


def _joined(how: str, first: Predicate, second: Predicate) -> Predicate:
    if how == "AND":
        return lambda record: first(record) and second(record)
    if how == "OR":
        return lambda record: first(record) or second(record)
    if how == "NOT":
        return lambda record: first(record) and not second(record)
    raise Invalid(f"operator {how!r} is not known")
