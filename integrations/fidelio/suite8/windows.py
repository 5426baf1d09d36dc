"""Reading in windows: the interface knows no paging, and nobody knows its limits."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

ARRIVAL_DAYS = 14
POSTING_DAYS = 7
CHANGE_SPAN = timedelta(days=1)
SUSPICIOUS_FLOOR = 100


def day_windows(first: date, last: date, days: int = ARRIVAL_DAYS) -> Iterator[tuple[date, date]]:
    """[first, last] in pieces of at most ``days`` days, both ends included."""
    while first <= last:
        end = min(last, first + timedelta(days=days - 1))
        yield first, end
        first = end + timedelta(days=1)


def change_windows(
    since: datetime, now: datetime, span: timedelta = CHANGE_SPAN
) -> Iterator[tuple[datetime, datetime | None]]:
    """From ``since`` on in spans; the last has no end, so that what changes meanwhile is not lost."""
    while now - since > span:
        yield since, since + span
        since += span
    yield since, None


def looks_cut(rows: int) -> bool:
    """A round number of rows may be a limit nobody told us of: then the window is read again in halves."""
    return rows >= SUSPICIOUS_FLOOR and (rows % 100 == 0 or rows & (rows - 1) == 0)


def packs(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Pieces of at most ``size`` items."""
    return (items[start : start + size] for start in range(0, len(items), size))
