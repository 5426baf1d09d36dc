"""Reads the plain block YAML that our deploy files keep to, and refuses everything fancier.

No YAML library is among the dependencies, and three files don't earn one: mappings and lists by indentation, flow
lists as JSON, quoted or plain scalars. Whatever else a file uses (anchors, tags, folded blocks, tabs) is an error.
"""

import json
import re
from typing import Any

_KEY = re.compile(r"(?P<key>[\w.$/-]+):(?:\s+(?P<value>.*))?$")
_FANCY = re.compile(r"[&*!|>%@`?{]")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}

Line = tuple[int, str]


class YamlError(ValueError):
    """Not YAML, or more YAML than this reader wants to know."""


def load(text: str) -> Any:
    """The document as dicts, lists and scalars; YamlError names the line that can't be read."""
    lines = [found for raw in text.splitlines() if (found := _line(raw))]
    if not lines:
        return None
    value, rest = _block(lines, lines[0][0])
    if rest:
        raise YamlError(f"wrong indentation: {rest[0][1]!r}")
    return value


def _line(raw: str) -> Line | None:
    if "\t" in raw:
        raise YamlError(f"a tab: {raw!r}")
    stripped = raw.strip()
    if not stripped or stripped.startswith("#"):
        return None
    return len(raw) - len(raw.lstrip()), stripped


def _block(lines: list[Line], indent: int) -> tuple[Any, list[Line]]:
    """What stands at one indentation, and the lines behind it."""
    return _list(lines, indent) if lines[0][1].startswith("- ") else _mapping(lines, indent)


def _list(lines: list[Line], indent: int) -> tuple[list[Any], list[Line]]:
    items: list[Any] = []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        inner = lines[0][1][2:]
        shift = len(inner) - len(inner.lstrip()) + 2
        if _KEY.match(inner.strip()) and not inner.lstrip().startswith(("'", '"')):
            value, lines = _mapping([(indent + shift, inner.strip()), *lines[1:]], indent + shift)
        else:
            value, lines = _scalar(inner.strip()), lines[1:]
        items.append(value)
    return items, lines


def _mapping(lines: list[Line], indent: int) -> tuple[dict[str, Any], list[Line]]:
    found: dict[str, Any] = {}
    while lines and lines[0][0] == indent and not lines[0][1].startswith("- "):
        match = _KEY.match(lines[0][1])
        if match is None or match["key"] in found:
            raise YamlError(f"no key, or twice the same: {lines[0][1]!r}")
        rest = lines[1:]
        if match["value"]:
            value: Any = _scalar(match["value"])
        elif rest and (rest[0][0] > indent or (rest[0][0] == indent and rest[0][1].startswith("- "))):
            value, rest = _block(rest, rest[0][0])
        else:
            value = None
        found[match["key"]], lines = value, rest
    if lines and lines[0][0] > indent:
        raise YamlError(f"wrong indentation: {lines[0][1]!r}")
    return found, lines


def _scalar(text: str) -> Any:
    if text == "{}":
        return {}
    if text[0] in '"[':
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise YamlError(f"{text!r}: {error}") from error
    if text[0] == "'":
        if not re.fullmatch(r"'(?:[^']|'')*'", text):
            raise YamlError(f"an open quote: {text!r}")
        return text[1:-1].replace("''", "'")
    if _FANCY.match(text) or ": " in text or " #" in text:
        raise YamlError(f"quote this: {text!r}")
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if re.fullmatch(r"-?(0|[1-9]\d*)", text) else text
