"""Failures on demand: any documented error, lost connections before or after execution, a proxy's HTML page."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KINDS = ("error", "error_after", "drop", "drop_after", "html", "delay")


@dataclass(slots=True)
class Fault:
    """One rule. The first ``skip`` matching calls pass unharmed; ``left`` counts down to nothing (None = for ever); ``probability`` applies to each matching call.

    ``error``: refuse without executing; ``error_after``: execute, then refuse; ``drop`` / ``drop_after``: cut the
    connection before / after executing; ``html``: a 502 page instead of JSON; ``delay``: answer ``delay_s`` late.
    """

    method: str = "*"
    kind: str = "error"
    code: int = 500
    description: str = "Internal Server Error"
    parameters: dict[str, Any] = field(default_factory=dict)
    left: int | None = 1
    skip: int = 0
    probability: float = 1.0
    delay_s: float = 0.0
    chat_id: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {self.kind}")
        self.method = self.method.lower()


class Faults:
    """The rules in force, oldest first; the first that matches a call is used up by it."""

    def __init__(self, seed: int | None = None) -> None:
        self.rules: list[Fault] = []
        self._random = random.Random(seed)

    def add(self, fault: Fault) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules.clear()

    def strike(self, method: str, chat_id: str) -> Fault | None:
        """The fault that hits this call, if any. ``method`` is in lower case."""
        for rule in self.rules:
            if not fnmatchcase(method, rule.method):
                continue
            if rule.chat_id is not None and str(rule.chat_id) != chat_id:
                continue
            if self._random.random() >= rule.probability:
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.left is not None:
                rule.left -= 1
                if rule.left <= 0:
                    self.rules.remove(rule)
            return rule
        return None
