"""Two matters in one sentence: «не печатает принтер и не заходит в Fidelio»."""

import re
from dataclasses import replace
from itertools import islice

from domain.problems import words
from domain.problems.claims import Claim, Reading, claim_of, read, without_opening
from domain.problems.units import Unit, normal

_CLAUSES_READ = 12  # of one sentence; a text without full stops must not cost seconds
_HEAD_WORDS = 7


def apart(before: set[str], now: frozenset[str], *, narrow: bool) -> bool:
    """True if two matters name different things.

    `narrow` (no opening word helps): each must name a thing of its own beside the broad places.
    """
    if not before or not now or before & now:
        return bool(
            before
            and now
            and not narrow
            and not (before & now) - words.BROAD_AREAS
            and now - before - words.BROAD_AREAS
        )
    return bool(now - words.BROAD_AREAS and before - words.BROAD_AREAS) if narrow else True


def clauses_of(text: str, reading: Reading, *, announced: bool) -> list[Reading]:
    """The sentence itself, or its clauses where each is a claim about another thing."""
    if reading.filler or reading.total:
        return [reading]
    unit = reading.unit
    for match in islice(words.CLAUSE_STRONG.finditer(unit.norm), _CLAUSES_READ):
        left, right = _halves(text, unit, match.start() + 1)
        if left.claim is not Claim.NONE and right.claim is not Claim.NONE and not right.supports:
            return [left, *clauses_of(text, _opened(right), announced=announced)]
    if announced and (counted := _counted_clauses(text, unit)):
        return counted
    for match in islice(words.CLAUSE_WEAK.finditer(unit.norm), _CLAUSES_READ):
        left, right = _halves(text, unit, match.start() + (1 if unit.norm[match.start()] in ",;" else 0))
        if _two_failures(left, right) and (match[0].strip(" ,;") or match[0][0] == ";"):
            return [left, _opened(right)]
    return [reading]


def _halves(text: str, unit: Unit, position: int) -> tuple[Reading, Reading]:
    middle = unit.body + position
    while middle < unit.end and text[middle].isspace():
        middle += 1
    left = Unit(unit.start, middle, unit.body, normal(text[unit.body : middle]), unit.mark, unit.line_start)
    right = Unit(middle, unit.end, middle, normal(text[middle : unit.end]))
    return read(left), read(right)


def _opened(reading: Reading) -> Reading:
    """The same reading, marked as the beginning of another matter."""
    return replace(reading, strong=True)


def _two_failures(left: Reading, right: Reading) -> bool:
    """«Не печатает принтер и не заходит в Fidelio»: two verbs, two things, nothing leaning back."""
    return (
        left.claim is Claim.FAILURE
        and right.claim is Claim.FAILURE
        and not right.supports
        and not left.supports
        and apart(set(left.areas), right.areas, narrow=True)
        and bool(words.FAILURE.search(" ".join(without_opening(right.norm).split()[:_HEAD_WORDS])))
    )


_COUNTED = re.compile(r":\s+|,?\s(?:и|а|and)\s")


def _counted_clauses(text: str, unit: Unit) -> list[Reading]:
    """«Вопросов два: почему … и можно ли …»: the clauses of an announced count."""
    if not words.ANNOUNCED.search(unit.norm):
        return []
    marks = list(islice(_COUNTED.finditer(unit.norm), _CLAUSES_READ))
    if not marks or not marks[0][0].startswith(":"):
        return []
    for match in marks[1:]:
        left, right = _halves(text, unit, match.start())
        own = without_opening(right.norm)
        if claim_of(left.norm) is not Claim.NONE and claim_of(own) is not Claim.NONE and not right.supports:
            first = replace(left, claim=claim_of(left.norm), announces=False, supports=False, filler=False)
            return [first, _opened(right)]
    return []
