"""Settings as a tree of JSON values and the paths in it: read, changed, compared, and told without secrets.

A path is dotted; what is below ``hotels`` goes by the hotel's code, every other list is a value as a whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

SECRETS = frozenset(
    {"password", "client_secret", "app_key", "key", "token", "secret", "webhook_url", "bot_token"}
)
"""Names of values that are stored sealed and never shown."""
HOTELS = "hotels"
ADDED_TO = frozenset({"people"})
"""Lists that the database adds to: what the file names stays, and more can be named."""
BLANK = "•••"


def at(tree: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """The value at a path; ``default`` where there is none."""
    found: Any = tree
    for step in path.split("."):
        found = _below(found, step)
        if found is None:
            return default
    return found


def _below(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, Sequence) and not isinstance(value, str):
        named = [one for one in value if isinstance(one, Mapping) and one.get("code") == step]
        if named:
            return named[0]
        return value[int(step)] if step.isdigit() and int(step) < len(value) else None
    return None


def put(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The tree with these values; None takes one away, and a hotel that isn't there yet is made."""
    made: dict[str, Any] = deepcopy(dict(tree))
    for path, value in changes.items():
        _set(made, path.split("."), value)
    return made


def _set(tree: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    first, *rest = steps
    if first == HOTELS and rest:
        _set_hotel(tree, rest, value)
    elif rest:
        below = tree.get(first)
        if not isinstance(below, dict):
            below = tree[first] = {}
        _set(below, rest, value)
        if not below and value is None:
            del tree[first]
    elif value is None:
        tree.pop(first, None)
    else:
        tree[first] = deepcopy(value)


def _set_hotel(tree: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    code, *rest = steps
    hotels: list[dict[str, Any]] = tree.setdefault(HOTELS, [])
    found = next((one for one in hotels if one.get("code") == code), None)
    if not rest:
        tree[HOTELS] = [one for one in hotels if one is not found]
        if value is not None:
            tree[HOTELS].append({**deepcopy(value), "code": code})
        return
    if found is None:
        found = {"code": code}
        hotels.append(found)
    _set(found, rest, value)


def is_fixed(path: str, fixed: frozenset[str]) -> bool:
    """Whether a path, something above it or something below it is set by file or environment.

    A hotel that the file describes can still be told more: only the leaves that stand there are fixed.
    """
    steps = path.split(".")
    return any(".".join(steps[:depth]) in fixed for depth in range(1, len(steps) + 1)) or any(
        one.startswith(f"{path}.") for one in fixed
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(path, before, after) of every leaf that differs, by path; None: not there."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return [
        (path, old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def leaves(tree: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every value with its path; a sealed one is a leaf, and so is an empty table or list."""
    if isinstance(tree, Mapping) and tree and not is_sealed(tree):
        for name, value in tree.items():
            yield from leaves(value, f"{before}{name}.")
    elif isinstance(tree, list) and tree and all(isinstance(one, Mapping) for one in tree):
        for place, one in enumerate(tree):
            yield from leaves(one, f"{before}{one.get('code', place)}.")
    else:
        yield before.removesuffix("."), tree


def is_sealed(value: Any) -> bool:
    """Whether a value is a stored secret."""
    return isinstance(value, Mapping) and set(value) == {"sealed"}


def is_secret(path: str) -> bool:
    """Whether what stands at a path is a secret, by its name."""
    return path.rpartition(".")[2] in SECRETS


def told(path: str, value: Any) -> Any:
    """A value as a journal may keep it: a secret is a blank."""
    return BLANK if value is not None and (is_secret(path) or is_sealed(value)) else value


def each_secret(tree: Any, seen: Any) -> Any:
    """A copy of the tree with every secret replaced by ``seen(value)``, sealed ones and plain ones alike."""
    if isinstance(tree, Mapping):
        return {
            name: seen(value)
            if is_sealed(value) or (name in SECRETS and isinstance(value, str))
            else each_secret(value, seen)
            for name, value in tree.items()
        }
    return [each_secret(one, seen) for one in tree] if isinstance(tree, list) else tree
