"""Commands of a batch as the portal wants them: ``method?php[style][query]=…`` in one string.

A text from outside must never be read as a reference to another command's result, so ``$result[`` is broken in
every value; wanted references are written with :class:`Ref`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True)
class Ref:
    """The result of an earlier command of the same batch: ``Ref(0, ("ID",))`` is ``$result[c0][ID]``."""

    command: int
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"$result[{command_key(self.command)}]" + "".join(f"[{part}]" for part in self.path)


def command_key(index: int) -> str:
    """The name of a command; never a bare number, which would come back as a list."""
    return f"c{index}"


def encode_command(method: str, params: Mapping[str, Any]) -> str:
    """One command of a batch. Booleans travel as Y/N, None and empty arrays as empty text."""
    query = "&".join(f"{quote(key, safe='[]')}={quote(value, safe='')}" for key, value in _pairs("", params))
    return f"{method}?{query}" if query else method


def _pairs(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        yield prefix, _scalar(value)
        return
    if not items and prefix:
        yield prefix, ""
    for key, item in items:
        yield from _pairs(f"{prefix}[{key}]" if prefix else key, item)


def _scalar(value: Any) -> str:
    if isinstance(value, Ref):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value).replace("$result[", f"$result{WORD_JOINER}[")
