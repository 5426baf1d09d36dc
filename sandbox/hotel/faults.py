"""Where hotels differ and what can go wrong: settable over the control surface, read by the XML Interface."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = (
    "html_error", "broken_zip", "malformed_xml", "truncated_xml", "slow", "refused", "unreachable", "status",
)  # fmt: skip
"""IIS's HTML page; a ZIP that is none; XML that is none or ends early; an answer after ``seconds``; wrong
credentials (IC); a connection closed without an answer; the named vendor ``status``."""


@dataclass
class Switches:
    """Things the document leaves open or sites set differently."""

    entry_name: str = "MSG"
    """Name of the ZIP's entry in packed answers: the document says Msg, the world MSG."""
    shift_sign: str = "inverted"
    """Moscow's shift is written UTC-180 ("inverted", seen in the field) or UTC+180 ("straight")."""
    encoding: str = "utf-8"
    """Bytes of the answer; "cp1251" plays a broken server that still declares utf-8."""
    empty_as: str = "OK"
    """An empty result is an OK with no rows, or "NG"."""
    packing: bool = True
    """Whether the server honours V8-supported."""
    bad_rows: bool = False
    """Some rows come damaged: a bad date, no id, double-encoded Cyrillic."""
    unlicensed: tuple[str, ...] = ()
    """Request types that answer AD."""
    max_rows: int = 0
    """A hidden limit on rows (0 = none): the document knows none, a careful client does not trust that."""

    def set(self, name: str, value: object) -> None:
        """Change one. ValueError for an unknown name or a value of another type."""
        if name not in asdict(self):
            raise ValueError(f"no such switch: {name}")
        if isinstance(getattr(self, name), tuple) and isinstance(value, list):
            value = tuple(str(item) for item in value)
        if type(value) is not type(getattr(self, name)):
            raise ValueError(f"switch {name} wants {type(getattr(self, name)).__name__}")
        setattr(self, name, value)


@dataclass
class Fault:
    """One rule: the next ``times`` matching requests (-1 = until cleared) meet it."""

    kind: str
    times: int = 1
    req_type: str = ""
    seconds: float = 0.0
    status: str = "UR"
    message: str = "invented failure"
    after: int = 0
    """Let so many matching requests pass first."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}")


@dataclass
class Faults:
    """The rules in force, first match wins."""

    rules: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules.clear()

    def take(self, req_type: str) -> Fault | None:
        """The fault this request meets, used up by one."""
        for rule in self.rules:
            if rule.req_type not in ("", req_type) or rule.times == 0:
                continue
            if rule.after > 0:
                rule.after -= 1
                return None
            rule.times -= rule.times > 0
            return rule
        return None

    def told(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules if rule.times]
