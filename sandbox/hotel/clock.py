"""The hotel's own clock: local wall time that may run ahead of the world's, but never stands or goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Wall = Callable[[], datetime]
"""The world's time, aware."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class HotelClock:
    """Local time of the hotel. ``ahead`` is how far life has outrun the world (night audits on demand)."""

    def __init__(self, zone: str, wall: Wall = utc_now, ahead: timedelta = timedelta()) -> None:
        self.zone = ZoneInfo(zone)
        self.ahead = ahead
        self._wall = wall
        self._last = datetime.min  # noqa: DTZ901 - local wall time is naive here by design

    def now(self) -> datetime:
        """Naive local time, to the second, never before the last one told."""
        local = self._wall().astimezone(self.zone).replace(tzinfo=None, microsecond=0) + self.ahead
        self._last = max(self._last, local)
        return self._last

    def utc(self) -> datetime:
        """The same moment, aware and in UTC (what the web server's Date header tells)."""
        return self.now().replace(tzinfo=self.zone).astimezone(UTC)

    def advance_to(self, moment: datetime) -> None:
        """Make it at least ``moment`` (local)."""
        now = self.now()
        if moment > now:
            self.ahead += moment - now

    @property
    def shift_minutes(self) -> int:
        """Minutes east of Greenwich in winter: real servers leave summer time out of their shift."""
        january = datetime(self.now().year, 1, 1, tzinfo=self.zone).utcoffset() or timedelta()
        july = datetime(self.now().year, 7, 1, tzinfo=self.zone).utcoffset() or timedelta()
        return int(min(january, july).total_seconds() // 60)
