"""Where hotels differ and what can go wrong: settable over the control surface, read by the XML Interface."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.provoking import Rule, Rules, Switchboard

KINDS = (
    "html_error", "broken_zip", "malformed_xml", "truncated_xml", "slow", "refused", "unreachable", "status",
)  # fmt: skip
"""IIS's HTML page; a ZIP that is none; XML that is none or ends early; an answer after ``seconds``; wrong
credentials (IC); a connection closed without an answer; the named vendor ``status``."""


@dataclass
class Switches(Switchboard):
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


@dataclass
class Fault(Rule):
    """One rule: the next ``times`` matching requests (-1 = until cleared) meet it; ``after`` pass first."""

    KINDS = KINDS
    req_type: str = ""
    seconds: float = 0.0
    status: str = "UR"
    message: str = "invented failure"


class Faults(Rules[Fault]):
    """The rules in force, first match wins."""

    def take(self, req_type: str) -> Fault | None:
        """The fault this request meets, used up by one."""
        return self.strike(lambda rule: rule.req_type in ("", req_type))
