"""Where sites differ and what goes wrong on a line: settable over the control surface."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.provoking import Rule, Rules, Switchboard

KINDS = ("split", "glue", "garbage", "cut_swap", "silence", "drop", "oversize", "duplicate")
"""Every byte in a segment of its own; records held back and sent in one segment; noise between the frames; the
connection closed in the middle of a swap; nothing is sent, nothing answered; the connection closed before a record;
a frame far beyond the limit before a record; a record sent twice."""


@dataclass
class FiasSwitches(Switchboard):
    """Things the specification leaves open or sites set differently."""

    encoding: str = "cp1251"
    """Bytes 80-FF. There is no negotiation."""
    moves: str = "GC"
    """A move is a "GC" with RO, or a GO and a GI ("GO+GI", "GI+GO")."""
    names: str = "last"
    """GN: "last" (GF has the first name), "last, first", "last/first" with title, "last first", "first last"."""
    translit: bool = False
    """Names in Latin letters, as in the passport."""
    user_fields: dict[str, str] = field(default_factory=dict)
    """What A0-A9 carry here: phone, email, nationality, rate_code, adults, market, vip."""
    number_shift: int = 0
    """Added to G# and G+: a site whose interface numbers are not the database's."""
    swap_allowed: bool = True
    """Newer IFC8 drops a needless DR without a word."""
    greets: bool = True
    """Sends LS by itself when a vendor connects; else it waits for the vendor's."""
    queue_limit: int = 5000
    """How many records are kept while no vendor is there; the oldest go first."""
    room_status: bool = True
    """Whether RE with RS is licensed."""


@dataclass
class LineFault(Rule):
    """The next ``times`` records (-1 = until cleared) meet it; ``after`` pass first."""

    KINDS = KINDS


class LineFaults(Rules[LineFault]):
    """The rules in force."""

    def take(self, kind: str) -> bool:
        """Whether the next record meets a fault of this kind; used up by one."""
        return self.strike(lambda rule: rule.kind == kind) is not None
