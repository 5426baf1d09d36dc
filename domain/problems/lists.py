"""Lists whose items are problems, told from steps, logs, forms and lists of guests."""

import re
from collections.abc import Sequence

from domain.problems import words
from domain.problems.claims import Claim, Reading, claim_of
from domain.problems.reasons import Reason, Start
from domain.problems.units import Mark


def list_starts(readings: Sequence[Reading]) -> list[Start]:
    """The starts of a list whose items are problems; [] if there is no such list."""
    for mark in (Mark.NUMBER, Mark.BULLET):
        items = [i for i, reading in enumerate(readings) if reading.unit.mark is mark]
        if len(items) >= 2 and _items_are_problems(readings, items):
            return _starts_of_list(readings, items)
    return []


_ASKS_FOR = re.compile(
    r"(?:просим|прошу|просьба|нужно|необходимо|требуется|хотим|хотелось бы|please|we need|we would like)\s*:\s*$"
)


def _items_are_problems(readings: Sequence[Reading], items: Sequence[int]) -> bool:
    intro = " ".join(reading.norm for reading in readings[: items[0]])[-120:]
    if words.STEPS_INTRO.search(intro) or words.AFFECTED_INTRO.search(intro):
        return False
    norms = [readings[i].unit.norm for i in items]
    unlike = sum(
        bool(words.STEP_ITEM.search(norm) or words.FORM_FIELD.search(norm) or words.LOG_LINE.search(norm))
        for norm in norms
    )
    if unlike * 3 >= len(items):
        return False
    asked = bool(_ASKS_FOR.search(intro))
    claims = sum(asked or claim_of(norm) is not Claim.NONE for norm in norms)
    told_before = any(
        r.claim is not Claim.NONE and not r.announces and not r.filler for r in readings[: items[0]]
    )
    announced = any(reading.announces for reading in readings[: items[0]])
    needed = len(items) if told_before and not announced else (len(items) + 1) // 2
    return claims >= needed


def _starts_of_list(readings: Sequence[Reading], items: Sequence[int]) -> list[Start]:
    starts = [(readings[i].unit.start, Reason.LIST) for i in items]
    before = [r for r in readings[: items[0]] if not r.announces and r.claim is not Claim.NONE]
    if before and not readings[items[0] - 1].norm.rstrip().endswith(":"):
        starts.insert(0, (before[0].unit.start, Reason.WHOLE))
    tail = [
        (reading.unit.start, Reason.OPENING)
        for reading in readings[items[-1] + 1 :]
        if reading.strong and reading.claim is not Claim.NONE and reading.unit.line_start
    ]
    return starts + tail
