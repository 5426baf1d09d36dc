"""From bytes to what the store is told, without a socket: frames, records, the link's talk, translation, the swap."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.doors import InHouse, Told
from integrations.fidelio.fias.codepages import CodepageWatch
from integrations.fidelio.fias.frames import FrameReader
from integrations.fidelio.fias.options import Options
from integrations.fidelio.fias.records import (
    GUEST_RECORDS,
    BadRecord,
    Guest,
    Record,
    guest,
    parse,
    read_moment,
)
from integrations.fidelio.fias.resync import Resync
from integrations.fidelio.fias.session import Session
from integrations.fidelio.fias.translate import Moments, Translator

log = logging.getLogger(__name__)

CLOCK_TOLERANCE = timedelta(minutes=2)
MANY_BAD = 5
ENOUGH_GUESTS = 30
"""After so many GI a field that never came is not coming."""
Notice = Callable[[str, str], None]
"""Something people should know, told once: (code, detail without personal data)."""


@dataclass
class Taken:
    """What a segment brought: records to send back, and what to store before the next is read."""

    replies: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    over: bool = False
    """LE came."""


class Intake:
    """Everything about one link that outlives a connection; :meth:`connected` begins a new one."""

    def __init__(self, options: Options, clock: Callable[[], datetime], notice: Notice) -> None:
        self._options, self._clock, self._notice = options, clock, notice
        self.resync = Resync()
        self.moments = Moments(options.timezone)
        self.translator = Translator(options, self.moments)
        self.counts: Counter[str] = Counter()
        """Records by id, and ``bad``."""
        self.last_record_at: datetime | None = None
        self.audit_ended: datetime | None = None
        """The hotel's local time of the last NE."""
        self._watch = CodepageWatch(options.encoding)
        self._frames = FrameReader()
        self._faults: Counter[str] = Counter()
        self._described = False
        self._missing = {"G+", "GN", "GA", "GD", *options.fields}
        self._seen = 0
        self._clock_told = False
        self.session = self.connected(0.0)

    def connected(self, now: float) -> Session:
        """A new connection: what was half received is void, a running swap is cut."""
        self.resync.cut()
        self._count_faults()
        self._frames = FrameReader()
        self.session = Session(self._options, self.resync, self.wall, now, described=self._described)
        return self.session

    def wall(self) -> datetime:
        """The hotel's local time."""
        return self.moments.wall(self._clock())

    @property
    def dropped(self) -> dict[str, int]:
        """Frames cut and oversize, and bytes of garbage, over all connections."""
        self._count_faults()
        return dict(self._faults)

    def _count_faults(self) -> None:
        for name in ("garbage", "cut", "oversize"):
            self._faults[name] += getattr(self._frames, name)
            setattr(self._frames, name, 0)

    def take(self, data: bytes, now: float) -> Taken:
        """A segment as it came from the wire."""
        taken = Taken()
        received_at = self._clock()
        for frame in self._frames.feed(data):
            try:
                record = parse(frame, self._options.encoding)
                self.counts[record.id] += 1
                self._take(frame, record, taken, received_at, now)
            except BadRecord as fault:
                self._unreadable(str(fault))
        taken.told.extend(self.translator.due(now))
        return taken

    def tick(self, now: float) -> Taken:
        """Let time pass. LinkDead when the other end is silent."""
        return Taken(self.session.tick(now), self.translator.due(now))

    def next_deadline(self) -> float:
        due = self.translator.next_due()
        deadline = self.session.next_deadline()
        return deadline if due is None else min(due, deadline)

    def _take(self, frame: bytes, record: Record, taken: Taken, received_at: datetime, now: float) -> None:
        if record.id in GUEST_RECORDS:
            self._look_at_names(frame)
            found = guest(record)
            self._told(found, taken, received_at, now)
        elif record.id == "RE":
            taken.told += self.translator.room_status(record, received_at)
        elif record.id == "DE" and self.resync.state == "running":
            taken.told += self._whole_swap(received_at)
        elif record.id == "NE":
            self.audit_ended = self.moments.wall(received_at)
        if record.id in ("LS", "LA"):
            self._compare_clocks(record, received_at)
        self.last_record_at = received_at
        taken.replies += self.session.receive(record, now)
        self._described = self.session.described
        taken.over = self.session.state == "over"

    def _unreadable(self, why: str) -> None:
        """Logged at first and at every hundredth; told when it is no single slip."""
        self.counts["bad"] += 1
        if self.counts["bad"] % 100 == 1:
            log.warning("FIAS: a record can't be read: %s (%d so far)", why, self.counts["bad"])
        if self.counts["bad"] == MANY_BAD:
            self._notice("fias-unreadable", why)

    def _look_for_gaps(self, found: Guest) -> None:
        """Fields we asked for that this site never sends: somebody forgot to set them up."""
        if found.kind != "GI" or not self._missing or self._seen >= ENOUGH_GUESTS:
            return
        self._seen += 1
        self._missing -= found.fields.keys()
        if self._seen == ENOUGH_GUESTS and self._missing:
            self._notice("fias-missing", ", ".join(sorted(self._missing)))

    def _told(self, found: Guest, taken: Taken, received_at: datetime, now: float) -> None:
        self._look_for_gaps(found)
        self.resync.saw(found.reservation, now, swap=found.swap)
        taken.told += self.translator.guest(found, received_at, now)

    def _whole_swap(self, received_at: datetime) -> list[Told]:
        """DE: whoever was not told of since DS is not here. A swap without a single record is not believed."""
        told, touched = self.resync.told, self.resync.touched
        self.resync.ended()
        house = self.translator.house
        if not told:
            self._notice("fias-swap-empty", "nobody was closed")
            return []
        for reservation in house.present():
            if reservation not in touched:
                house.leave(reservation)
        keys = frozenset(house.present())
        at = self.moments.next(None, received_at)
        log.info("FIAS: swap complete, %d guests in house", len(keys))
        return [InHouse(keys, at, received_at=received_at)]

    def _look_at_names(self, frame: bytes) -> None:
        if frame.isascii():
            return
        names = [part[2:] for part in frame.split(b"|") if part[:2] in (b"GN", b"GF")]
        better = self._watch.look(names)
        if better is not None:
            self._notice("fias-codepage", better)

    def _compare_clocks(self, record: Record, received_at: datetime) -> None:
        """LS and LA are written as they are sent: their time is the PMS's clock."""
        try:
            wall = read_moment(record.get("DA"), record.get("TI"))
        except ValueError:
            return
        skew = wall - self.moments.wall(received_at)
        if abs(skew) > CLOCK_TOLERANCE and not self._clock_told:
            self._clock_told = True
            self._notice("fias-clock", f"{round(skew.total_seconds()):+d}")
