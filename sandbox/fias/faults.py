"""Where sites differ and what goes wrong on a line: settable over the control surface."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = ("split", "glue", "garbage", "cut_swap", "silence", "drop", "oversize", "duplicate")
"""Every byte in a segment of its own; records held back and sent in one segment; noise between the frames; the
connection closed in the middle of a swap; nothing is sent, nothing answered; the connection closed before a record;
a frame far beyond the limit before a record; a record sent twice."""


@dataclass
class FiasSwitches:
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

    def set(self, name: str, value: object) -> None:
        """Change one. ValueError for an unknown name or a value of another type."""
        if name not in asdict(self):
            raise ValueError(f"no such switch: {name}")
        if type(value) is not type(getattr(self, name)):
            raise ValueError(f"switch {name} wants {type(getattr(self, name)).__name__}")
        setattr(self, name, value)


@dataclass
class LineFault:
    """The next ``times`` records (-1 = until cleared) meet it; ``after`` pass first."""

    kind: str
    times: int = 1
    after: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}")


@dataclass
class LineFaults:
    """The rules in force."""

    rules: list[LineFault] = field(default_factory=list)

    def add(self, fault: LineFault) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules.clear()

    def take(self, kind: str) -> bool:
        """Whether the next record meets a fault of this kind; used up by one."""
        for rule in self.rules:
            if rule.kind != kind or rule.times == 0:
                continue
            if rule.after > 0:
                rule.after -= 1
                return False
            rule.times -= rule.times > 0
            return True
        return False

    def told(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules if rule.times]
