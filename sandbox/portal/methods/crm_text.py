"""Small shapes that many CRM methods share: field descriptions, ordering of small lists, pages of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sandbox.portal.calls import Call, Page, to_int

PAGE_SIZE = 50


def describe(
    kind: str,
    title: str,
    *,
    read_only: bool = False,
    required: bool = False,
    immutable: bool = False,
    multiple: bool = False,
    dynamic: bool = False,
) -> dict[str, Any]:
    """A `crm_rest_field_description` (data-types.md)."""
    return {
        "type": kind,
        "isRequired": required,
        "isReadOnly": read_only,
        "isImmutable": immutable,
        "isMultiple": multiple,
        "isDynamic": dynamic,
        "title": title,
    }


def ordered(
    rows: list[dict[str, Any]], order: dict[str, Any], numbers: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Rows by the fields of `order` {field: ASC | DESC}; fields in `numbers` hold numbers as strings."""

    def key(row: dict[str, Any], name: str) -> Any:
        value = row.get(name)
        return (to_int(value, 0) or 0) if name in numbers else str(value or "")

    for name, direction in reversed(list(order.items())):
        descending = str(direction).upper() == "DESC"
        rows = sorted(rows, key=lambda row, name=name: key(row, name), reverse=descending)  # type: ignore[misc]
    return rows


def page(call: Call, rows: list[Any], wrap: str = "") -> Page:
    """Fifty rows from `start`, `total`, and `next` while there are more; `wrap` names the list's key."""
    start = to_int(call.params.get("start"), 0) or 0
    if start < 0:
        part = rows[:PAGE_SIZE]
        return Page({wrap: part} if wrap else part)
    part = rows[start : start + PAGE_SIZE]
    following = start + PAGE_SIZE if start + PAGE_SIZE < len(rows) else None
    return Page({wrap: part} if wrap else part, total=len(rows), next=following)
