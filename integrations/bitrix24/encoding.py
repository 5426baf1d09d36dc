"""Commands of a batch as the portal wants them: ``method?php[style][query]=…`` in one string.

A text from outside must never be read as a reference to another command's result, so ``$result[`` is broken in
every value; wanted references are written with :class:`Ref`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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
    pairs: list[str] = []
    _encode(pairs, "", params)
    query = "&".join(pairs)
    return f"{method}?{query}" if query else method


def _encode(pairs: list[str], prefix: str, value: Any) -> None:
    """Append ``key=value`` of everything in ``value``; ``prefix`` is encoded already.

    A first load does it by the hundred thousand: keys repeat and most values need no quoting.
    """
    if isinstance(value, Mapping):
        items: Iterable[tuple[object, Any]] = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    else:
        text = _scalar(value)
        pairs.append(f"{prefix}={text if _PLAIN(text) else quote(text, safe='')}")
        return
    if not value and prefix:
        pairs.append(f"{prefix}=")
    for key, item in items:
        name = _key(str(key))
        _encode(pairs, f"{prefix}[{name}]" if prefix else name, item)


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    return quote(key, safe="[]")


def _scalar(value: Any) -> str:
    if isinstance(value, Ref):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    text = str(value)
    return text.replace("$result[", f"$result{WORD_JOINER}[") if "$" in text else text
