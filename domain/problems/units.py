"""A description cut into units: sentences and list items, each with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a unit is marked as an item of a list."""

    NONE = ""
    NUMBER = "number"  # 1. 1) а) №1
    BULLET = "bullet"


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of the text: `text[start:end]`; `body` is where it begins after its list mark.

    `norm` is the body in lower case with е for ё, as long as the body, for the patterns.
    """

    start: int
    end: int
    body: int
    norm: str
    mark: Mark = Mark.NONE
    line_start: bool = False


_ABBREVIATION = re.compile(
    r"(?:\b(?:т\.?\s?[дпекч]|руб|тел|моб|доб|ул|стр|корп|кв|гг?|см|др|пр|им|мин|сек|тыс|эт|ном|каб|напр|"
    r"etc|e\.g|i\.e|vs|mr|mrs|ms|dr|no|approx|ext)|\b[а-яa-z])\.$"
)
_INITIALS = re.compile(r"\b[А-ЯЁA-Z]\.$")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'»)\]]*(?=\s)|\n+")
_NUMBER_MARK = re.compile(
    r"\s*(?:№\s?)?(?:\d{1,2}(?:[.)](?!\d)|\s?[-–—](?=\s))|[а-еa-e]\))\s*", re.IGNORECASE
)
_BULLET_MARK = re.compile(r"\s*[-–—•*·▪●‣+]\s+")
_INLINE_NUMBER = re.compile(r"(?<=[\s:;.,])(?:\d{1,2}[.)](?=\s+[^\W\d])|[а-е]\)(?=\s))", re.IGNORECASE)


_PLAIN = str.maketrans("ё’\u00a0", "е' ")


def normal(text: str) -> str:
    """Lower case, е for ё, typographic apostrophes and quotes plain; the length never changes."""
    folded = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return folded.translate(_PLAIN)


def cut(text: str) -> list[Unit]:
    """Cut a description into its units, in order."""
    units = []
    for line_start, start, end in _stretches(text):
        unit = _unit(text, start, end, line_start=line_start)
        if unit is not None:
            units.append(unit)
    return units


def _stretches(text: str) -> Iterator[tuple[bool, int, int]]:
    """(begins a line, start, end) of sentences and inline list items."""
    start, line_start = 0, True
    for end, next_line in [*_ends(text), (len(text), False)]:
        inner = [m.start() for m in _INLINE_NUMBER.finditer(text, start + 1, end)]
        if len(inner) + bool(_NUMBER_MARK.match(text, start, end)) < 2:
            inner = inner if _continues_numbering(text, start, inner) else []
        for position in inner:
            yield line_start, start, position
            start, line_start = position, False
        yield line_start, start, end
        start, line_start = end, next_line


def _continues_numbering(text: str, start: int, inner: list[int]) -> bool:
    """A lone "2)" inside a sentence counts if "1)" stands somewhere before it."""
    return any(
        text[position].isdigit() and f"{int(text[position]) - 1})" in text[:start] for position in inner
    )


def _ends(text: str) -> Iterator[tuple[int, bool]]:
    """Positions at which a sentence or a line ends, and whether a new line follows."""
    for match in _SENTENCE_END.finditer(text):
        head = text[max(0, match.end() - 40) : match.end()].rstrip()
        if match[0].startswith("\n"):
            yield match.end(), True
            continue
        if _INITIALS.search(head) or _ABBREVIATION.search(normal(head[-12:])):
            continue
        if _only_a_number(text, match.end()):
            continue
        yield match.end(), False


def _only_a_number(text: str, end: int) -> bool:
    """True for the dot after a list number ("1. Не приходит …"): no sentence ends there."""
    line = text[max(text.rfind("\n", 0, end) + 1, end - 60) : end]
    last = re.split(r"[.!?:;]\s", line.rstrip(".)! "))[-1]
    return re.fullmatch(r"\s*(?:№\s?)?\d{1,2}", last) is not None


def _unit(text: str, start: int, end: int, *, line_start: bool) -> Unit | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return None
    mark, body = Mark.NONE, start
    for kind, pattern in ((Mark.NUMBER, _NUMBER_MARK), (Mark.BULLET, _BULLET_MARK)):
        match = pattern.match(text, start, end)
        if match is not None and match.end() < end and (line_start or kind is Mark.NUMBER):
            mark, body = kind, match.end()
            break
    return Unit(start, end, body, normal(text[body:end]), mark, line_start)
