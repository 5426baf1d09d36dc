"""PHP's array notation in both directions: `a[b][]=1` as bodies bring it and as event posts send it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_BRACKET = re.compile(r"\[([^\]]*)\]")


def decode(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Nested dicts and lists from flat pairs, as PHP's parse_str makes them."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        path = [head, *_BRACKET.findall(name[len(head) :])] if bracket else [name]
        node = root
        for part, following in zip(path, [*path[1:], None], strict=True):
            key = part if part != "" or node is root else _next_index(node)
            if following is None:
                node[key] = value
                break
            child = node.get(key)
            if not isinstance(child, dict):
                child = node[key] = {}
            node = child
    return {key: _listed(value) for key, value in root.items()}


def _next_index(node: dict[str, Any]) -> str:
    numbers = [int(key) for key in node if key.isdigit()]
    return str(max(numbers) + 1 if numbers else 0)


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = {key: _listed(item) for key, item in value.items()}
    if list(items) == [str(i) for i in range(len(items))]:
        return list(items.values())
    return items


def encode(data: dict[str, Any]) -> list[tuple[str, str]]:
    """Flat pairs as a portal posts them: every scalar a string, null "", empty arrays vanish."""
    return [pair for key, value in data.items() for pair in _flat(key, value)]


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(f"{name}[{key}]", item)]
    if isinstance(value, list):
        return [pair for i, item in enumerate(value) for pair in _flat(f"{name}[{i}]", item)]
    if value is None:
        return [(name, "")]
    if isinstance(value, bool):
        return [(name, "1" if value else "0")]
    return [(name, str(value))]
