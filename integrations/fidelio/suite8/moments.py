"""The interface's dates and moments. Its UTC shift is minutes, of doubtful sign, and blind to summer time.

A live Italian server wrote ``13.07.2026 22:24:15.000 UTC-60`` at 20:24 UTC: the wall clock is right, the shift is the
winter one with its sign turned. So the wall time in the hotel's zone is what counts, and the shift is only echoed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Meaning = Literal["wall", "inverted", "straight"]
"""How to read a moment: wall time of the hotel's zone, or by the shift with its sign turned or as it stands."""

_MOMENT = re.compile(
    r"(\d{2})\.(\d{2})\.(\d{4})(?:\s+(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?\s*(?:UTC\s*([+-]?\d{1,4}))?"
)


class BadMoment(ValueError):
    """Neither a date nor a moment of the documented form."""


def parse_day(text: str) -> date | None:
    """``DD.MM.YYYY``, perhaps with a time that a calendar day ignores; None when empty. BadMoment otherwise."""
    parsed = _parts(text)
    return parsed[0].date() if parsed else None


def _parts(text: str) -> tuple[datetime, int | None] | None:
    """(wall time, shift in minutes as written)."""
    if not text.strip():
        return None
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise BadMoment("not DD.MM.YYYY")
    day, month, year, hour, minute, second, fraction, shift = found.groups()
    micro = int((fraction or "0").ljust(6, "0"))
    try:
        wall = datetime(  # noqa: DTZ001 - wall time; the zone is the caller's
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro
        )
    except ValueError as fault:
        raise BadMoment(str(fault)) from fault
    return wall, int(shift) if shift is not None else None


@dataclass(frozen=True, slots=True)
class Stamps:
    """How one server writes moments. ``suffix`` is its own shift, put under ours so that it reads them alike."""

    zone: ZoneInfo
    meaning: Meaning
    suffix: str

    def parse(self, text: str) -> datetime | None:
        """A moment in UTC; None when empty. BadMoment."""
        parts = _parts(text)
        if parts is None:
            return None
        wall, shift = parts
        if self.meaning == "wall" or shift is None:
            return wall.replace(tzinfo=self.zone).astimezone(UTC)
        east = timedelta(minutes=shift if self.meaning == "straight" else -shift)
        return (wall - east).replace(tzinfo=UTC)

    def write(self, moment: datetime) -> str:
        """A moment for a condition, in the server's own manner."""
        if self.meaning == "wall":
            wall = moment.astimezone(self.zone)
        else:
            shift = int(self.suffix.removeprefix("UTC") or 0)
            east = timedelta(minutes=shift if self.meaning == "straight" else -shift)
            wall = moment.astimezone(UTC) + east
        return f"{wall:%d.%m.%Y %H:%M:%S}.000 {self.suffix}".rstrip()


def assumed(zone: ZoneInfo) -> Stamps:
    """Before anything was seen: wall time, and the winter shift with its sign turned."""
    return Stamps(zone, "wall", f"UTC{-_offsets(zone)[0]:+d}")


def learn(sample: str, zone: ZoneInfo, now: datetime) -> Stamps:
    """How a server writes, from one moment in the past that it wrote. BadMoment when it is none.

    A shift of the zone's own size (either sign, summer or winter) is an echo of the zone: wall time. Any other is
    believed; its sign is the one that does not put the sample into the future, turned when both or neither do.
    """
    parts = _parts(sample)
    if parts is None:
        raise BadMoment("empty")
    wall, shift = parts
    if shift is None:
        return Stamps(zone, "wall", "")
    suffix = f"UTC{shift:+d}"
    if abs(shift) in {abs(offset) for offset in _offsets(zone)}:
        return Stamps(zone, "wall", suffix)
    turned, straight = (wall + timedelta(minutes=shift * sign) for sign in (1, -1))
    limit = now.astimezone(UTC).replace(tzinfo=None) + timedelta(minutes=5)
    meaning: Meaning = "straight" if turned > limit >= straight else "inverted"
    return Stamps(zone, meaning, suffix)


def _offsets(zone: ZoneInfo) -> tuple[int, int]:
    """The zone's (winter, summer) offset this year, minutes east."""
    year = datetime.now(UTC).year
    both = [datetime(year, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7)]
    minutes = sorted(int(offset.total_seconds() // 60) for offset in both)
    return minutes[0], minutes[1]
