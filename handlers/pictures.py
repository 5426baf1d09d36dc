"""What a picture posted to a chat shows; drawing is the wiring's business."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts per day: one series as bars, further ones as lines."""

    title: str
    days: tuple[date, ...]
    series: Mapping[str, Sequence[int]]


Draw = Callable[[Bars], bytes]
"""Draws a PNG; may take a while, so it is called in a thread."""
