"""Spans of work for whoever traces: nothing at all unless somebody has asked for it (app/tracing.py)."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

Attributes = Mapping[str, str | float | bool]
Opener = Callable[[str, Attributes], AbstractContextManager[object]]
"""Opens a span by its name; the name is of a few, attributes hold neither secrets nor personal data."""

_opener: list[Opener] = []


def use(opener: Opener | None) -> None:
    """Open spans with ``opener`` from here on; None: no more spans."""
    _opener[:] = [opener] if opener else []


def on() -> bool:
    """Whether anybody traces."""
    return bool(_opener)


def span(name: str, **attributes: str | float | bool) -> AbstractContextManager[object]:
    """The block is one span, a part of the one it stands in."""
    return _opener[0](name, attributes) if _opener else nullcontext()
