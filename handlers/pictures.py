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


@dataclass(frozen=True, slots=True)
class Week:
    """A week at the desk, a number per day; ``by_type`` and ``words`` (opened, closed, open, breached, types) named."""

    title: str
    days: tuple[date, ...]
    opened: tuple[int, ...]
    closed: tuple[int, ...]
    open: tuple[int, ...]
    breached: tuple[int, ...]
    by_type: Mapping[str, int]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HotelPicture:
    """A hotel's day: figures as tiles (name, value, small print), and the days around it.

    ``bars`` reach up to ``top`` where there is one (100 %); ``lines`` are counts per day with an axis of their own.
    """

    title: str
    tiles: tuple[tuple[str, str, str], ...]
    bars_title: str
    today: date
    days: tuple[date, ...]
    bars: tuple[float, ...]
    top: float | None
    lines: Mapping[str, Sequence[int]]


Picture = Bars | Week | HotelPicture

Draw = Callable[[Picture], bytes]
"""Draws a PNG; may take a while, so it is called in a thread."""
