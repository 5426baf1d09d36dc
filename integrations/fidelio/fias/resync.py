"""The database swap: DR asks, DS begins, GI and GO marked SF tell every room, DE ends.

Never by the clock and never at every start: IFC8 keeps what happens while we are away. Only a whole swap closes the
stays of guests it didn't name; one that was cut says nothing about anybody.
"""

import logging
from dataclasses import dataclass, field
from typing import Literal

log = logging.getLogger(__name__)

DS_TIMEOUT_S = 30.0
SWAP_SILENCE_S = 120.0
"""Longer silence between DS and DE: the swap is taken for cut."""
ATTEMPTS = 3


@dataclass(slots=True)
class Resync:
    """Whether a swap is wanted, and how far it is. ``wanted`` holds the reason: first, outage, asked."""

    wanted: str = ""
    state: Literal["idle", "asked", "running"] = "idle"
    touched: set[str] = field(default_factory=set)
    """G# of guests who were told of (in any way) since DS."""
    told: int = 0
    """Records with SF since DS."""
    attempts: int = 0
    declined: int = 0
    """How often a DR met silence: newer IFC8 drop needless ones without a word."""
    _since: float = 0.0

    def want(self, reason: str) -> None:
        """Ask at the next chance."""
        self.wanted, self.attempts = reason, 0

    def ask(self, now: float, *, audit: bool) -> bool:
        """True when DR is to be sent now. Never between NS and NE, never while one runs."""
        if not self.wanted or self.state != "idle" or audit:
            return False
        self.state, self._since = "asked", now
        self.attempts += 1
        return True

    def began(self, now: float) -> None:
        """DS came (also unasked)."""
        self.state, self._since, self.told = "running", now, 0
        self.touched = set()

    def saw(self, reservation: str, now: float, *, swap: bool) -> None:
        """A guest record came while a swap may run."""
        if self.state != "running":
            return
        self._since = now
        self.told += swap
        if reservation:
            self.touched.add(reservation)

    def ended(self) -> bool:
        """DE came; True when the swap was whole and told something: now absentees may be closed."""
        whole = self.state == "running"
        if whole:
            self.wanted, self.attempts = "", 0
        self.state = "idle"
        return whole

    def cut(self) -> None:
        """The link went, or the PMS began anew: nothing is known. Asked again, but not for ever."""
        if self.state == "running":
            log.warning("FIAS: the swap was cut after %d records, nobody is closed", self.told)
        if self.state != "idle" and self.attempts >= ATTEMPTS:
            log.warning("FIAS: %d swaps were cut, giving up until asked again", self.attempts)
            self.wanted = ""
        self.state = "idle"
        self.touched = set()

    def deadline(self) -> float | None:
        """When silence means something."""
        if self.state == "asked":
            return self._since + DS_TIMEOUT_S
        return self._since + SWAP_SILENCE_S if self.state == "running" else None

    def expire(self, now: float) -> None:
        """Let time pass: no DS means that no swap was due, which is no error."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return
        if self.state == "running":
            self.cut()
            return
        self.state, self.wanted = "idle", ""
        self.declined += 1
        log.info("FIAS: no answer to DR: the PMS sees no need for a swap")
