"""One connection's talk without its socket: link start, description, alive check, and when a swap may be asked for.

Takes records and the time, gives records to send. The vendor checks with LS, never with LA: IFC8 answers no LA.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from integrations.fidelio.fias.options import VERSION, Options
from integrations.fidelio.fias.records import Record, write, write_stamp
from integrations.fidelio.fias.resync import Resync

RECORD_LIMIT = 2000
_GUEST = ("RN", "G#", "GS", "GN", "GF", "GT", "GL", "GV", "GG", "G+", "GA", "GD")


class LinkDead(Exception):
    """The other end is silent where it must speak. The message says where."""


class Session:
    """``state``: greeting (waiting for LS), describing (waiting for LA), up, over (LE came)."""

    def __init__(
        self,
        options: Options,
        resync: Resync,
        wall: Callable[[], datetime],
        now: float,
        *,
        described: bool = False,
    ) -> None:
        """``wall`` gives the hotel's local time, naive; ``now`` and all times below are a monotonic clock's.

        ``described``: this process has described the link before, so an LA to our LS is enough.
        """
        self._options, self._resync, self._wall = options, resync, wall
        self._timings = options.timings
        self.state: Literal["greeting", "describing", "up", "over"] = "greeting"
        self.audit = False
        """Between NS and NE."""
        self.up_since: float | None = None
        self.described = described
        self._deadline: float | None = now + self._timings.greeting_s
        self._asked = False
        self._heard = now

    # --- in --------------------------------------------------------------------------------------------------

    def receive(self, record: Record, now: float) -> list[str]:
        """Take a record of the link (others only count as a sign of life); what to send."""
        self._heard = now
        if self.state == "up":
            self._asked, self._deadline = False, None
        match record.id:
            case "LS":  # at any moment: describe the link (again)
                self._resync.cut()
                return self._describe(now)
            case "LA" if self.state == "greeting" and not self.described:
                return self._describe(now)  # it knows the link as it was before our settings changed, perhaps
            case "LA" if self.state != "over":
                self._up(now)
            case "LE":
                self.state, self._deadline = "over", None
            case "NS":
                self.audit = True
            case "NE":
                self.audit = False
            case "DS":
                self._resync.began(now)
        return self._swap(now)

    def _describe(self, now: float) -> list[str]:
        self.state, self._deadline = "describing", now + self._timings.answer_s
        self.described = True
        return self.description()

    def _up(self, now: float) -> None:
        if self.state != "up":
            self.up_since = now
        self.state, self._asked, self._deadline = "up", False, None

    # --- time ------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> list[str]:
        """Let time pass; what to send. LinkDead when an answer is overdue."""
        self._resync.expire(now)
        if self._deadline is not None and now >= self._deadline:
            return self._overdue(now)
        quiet = self.state == "up" and self._resync.state == "idle" and not self._asked
        if quiet and now >= self._heard + self._timings.alive_s:
            return self._ask(now)
        return self._swap(now)

    def next_deadline(self) -> float:
        """When :meth:`tick` is due next at the latest."""
        due = [moment for moment in (self._deadline, self._resync.deadline()) if moment is not None]
        return min(due, default=self._heard + self._timings.alive_s)

    def _overdue(self, now: float) -> list[str]:
        if self.state == "greeting" and not self._asked:  # no LS within three seconds: we begin
            return self._ask(now)
        where = {"greeting": "no LS or LA", "describing": "no LA after the description"}
        raise LinkDead(where.get(self.state, "no answer to LS"))

    def _ask(self, now: float) -> list[str]:
        self._asked, self._deadline = True, now + self._timings.answer_s
        return [write("LS", write_stamp(self._wall()))]

    def _swap(self, now: float) -> list[str]:
        """DR, when a swap is wanted and this is a moment for it."""
        if self.state == "up" and self._resync.ask(now, audit=self.audit):
            return [write("DR", write_stamp(self._wall()))]
        return []

    # --- what we are -----------------------------------------------------------------------------------------

    def description(self) -> list[str]:
        """LD, one LR per wanted record (RI before FL, the only fixed order), LA."""
        stamp = write_stamp(self._wall())
        user = tuple(sorted(self._options.fields))
        wanted = {
            "GI": (*_GUEST, *user, "SF", "DA", "TI"),
            "GO": ("RN", "G#", "GS", "SF", "DA", "TI"),
            "GC": ("RN", "RO", *_GUEST[1:], *user, "DA", "TI"),
            "NS": ("DA", "TI"),
            "NE": ("DA", "TI"),
        }
        if self._options.room_status:
            wanted["RE"] = ("RN", "RS")
        about = (*stamp, ("V#", VERSION), ("IF", self._options.family), ("RL", str(RECORD_LIMIT)))
        return [
            write("LD", about),
            *(write("LR", (("RI", kind), ("FL", "".join(codes)))) for kind, codes in wanted.items()),
            write("LA", stamp),
        ]

    def farewell(self) -> list[str]:
        """LE."""
        return [write("LE", write_stamp(self._wall()))] if self.state in ("up", "describing") else []
