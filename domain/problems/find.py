"""The parts of a description: one part, one problem.

The rules hold back: a message is one problem until a list, an opening word («и ещё», «second») or a
second failing thing says otherwise. Steps, logs, lists of guests, remedies tried and consequences
never start a part.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.problems import words
from domain.problems.claims import Claim, Reading, read, without_greeting, without_opening
from domain.problems.clauses import apart, clauses_of
from domain.problems.lists import list_starts
from domain.problems.reasons import Reason, Start
from domain.problems.units import cut, normal

MAX_PARTS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One problem: its words without greeting, list mark and «и ещё»; `source[start:end]` is the original."""

    text: str
    start: int
    end: int
    reason: Reason


def find_problems(text: str) -> list[Part]:
    """The problems of a description, in order; exactly one unless the rules are sure. Empty for no text."""
    if not text.strip():
        return []
    readings = [read(unit) for unit in cut(text)]
    starts = list_starts(readings)
    if not starts:
        starts = _starts(text, readings)
    if len(starts) < 2:
        return [Part(text.strip(), 0, len(text), Reason.WHOLE)]
    # What stands before a list stays with its first item: nothing a person wrote may be lost.
    starts = [(0, starts[0][1]), *starts[1:MAX_PARTS]]
    ends = [position for position, _ in starts[1:]] + [len(text)]
    return [
        Part(_tidied(text[start:end]), start, end, reason)
        for (start, reason), end in zip(starts, ends, strict=True)
    ]


# ---- running text

_TOLD_WORDS = 4
_HEADING_WORDS = 7


@dataclass(slots=True)
class _Group:
    """The part being collected."""

    start: int
    reason: Reason
    claims: list[Claim]
    areas: set[str]
    total: bool = False
    words: int = 0
    last: Reading | None = None

    def may_end(self, reason: Reason) -> bool:
        """A part needs a claim of its own; before an opening word, a told fact will do."""
        return bool(self.claims) or (reason is Reason.OPENING and self.words >= _TOLD_WORDS)

    def take(self, reading: Reading) -> None:
        self.words += 0 if reading.announces else len(reading.norm.split())
        self.last = reading
        if reading.claim is not Claim.NONE:
            self.claims.append(reading.claim)
        self.areas |= reading.areas
        self.total = self.total or reading.total


def _starts(text: str, readings: Sequence[Reading]) -> list[Start]:
    announced = any(reading.announces for reading in readings)
    group = _Group(0, Reason.WHOLE, [], set())
    starts: list[Start] = [(0, Reason.WHOLE)]
    for index, reading in enumerate(readings):
        following = readings[index + 1] if index + 1 < len(readings) else None
        for piece in clauses_of(text, reading, announced=announced):
            reason = _opens(group, piece, following, announced=announced)
            if reason is not None and group.may_end(reason):
                group = _Group(piece.unit.start, reason, [], set())
                starts.append((piece.unit.start, reason))
            if not piece.filler:
                group.take(piece)
    return starts


def _opens(group: _Group, reading: Reading, following: Reading | None, *, announced: bool) -> Reason | None:
    """Why `reading` begins a new part after `group`; None if it belongs to it."""
    if reading.filler or reading.announces:
        return None
    if reading.strong:
        return Reason.OPENING if _carries(reading, following) else None
    if reading.claim is Claim.NONE or reading.supports:
        return None
    if announced:
        return Reason.ANNOUNCED
    if _asks_anew(group, reading):
        return Reason.QUESTION
    if reading.weak and apart(group.areas, reading.areas, narrow=False):
        return Reason.OPENING
    if group.total or (reading.claim is Claim.QUESTION and not _HOW_TO.search(reading.norm)):
        return None
    parallel = group.last is not None and _bluntly(group.last) and _bluntly(reading)
    return Reason.OBJECT if apart(group.areas, reading.areas, narrow=not parallel) else None


_HOW_TO = re.compile(
    r"^(?:подскажите,?\s+)?(?:и\s+)?(?:как (?:\w+ )?\w+ть\b|можно ли|где (?:взять|найти|посмотреть)|how (?:do|can|to)|can (?:i|we)|where (?:do|can))"
)
_BLUNT = re.compile(r"^(?:не\s|нет\s|пропал|сломал|перестал|завис|no\s|can't|cannot)")


def _bluntly(reading: Reading) -> bool:
    """«Не работает X.» «Не приходят Y.»: a sentence that begins with its complaint."""
    return reading.claim is Claim.FAILURE and bool(_BLUNT.search(without_opening(reading.norm)))


def _carries(reading: Reading, following: Reading | None) -> bool:
    """An opening counts if it says something, or is the heading of what follows."""
    if reading.claim is not Claim.NONE:
        return not words.TRIED.search(without_opening(reading.norm))
    if len(reading.norm.split()) > _HEADING_WORDS and (
        words.TOPICAL.search(reading.norm) or not reading.supports
    ):
        return True  # announced as another matter, told in words we don't know
    return (
        following is not None
        and following.claim is not Claim.NONE
        and len(reading.norm.split()) <= _HEADING_WORDS
    )


def _asks_anew(group: _Group, reading: Reading) -> bool:
    """A second question that stands by itself: «Как … ? И как … ?»."""
    return (
        reading.claim is Claim.QUESTION
        and Claim.QUESTION in group.claims
        and reading.weak
        and not words.ANAPHORA.search(reading.norm)
    )


# ---- a part's words


_LEADING_MARK = re.compile(r"^\s*(?:(?:№\s?)?\d{1,2}[.)]|[-–—•*·▪●‣+]|[а-еa-e]\))\s+", re.IGNORECASE)


def _tidied(text: str) -> str:
    """A part's text without greeting, announcement, list mark and opening word, with a capital letter."""
    kept = _LEADING_MARK.sub("", text.strip())
    for _ in range(3):
        head = cut(kept)[:1]
        if head and _only_leads_in(read(head[0])) and head[0].end < len(kept):
            kept = _LEADING_MARK.sub("", kept[head[0].end :].strip())
    norm = normal(kept)
    own = without_opening(without_greeting(norm))
    kept = kept[len(norm) - len(own) :].strip(" ,;\n") if own.strip() else kept.strip(" ,;\n")
    return kept[:1].upper() + kept[1:]


def _only_leads_in(reading: Reading) -> bool:
    empty = not without_opening(reading.norm).strip(" ,.:;!—–-")
    return empty or (reading.announces and reading.claim is not Claim.FAILURE) or not reading.norm


# ---- a running request


_NEW_QUESTION = re.compile(
    r"\b(?:еще (?:один |одна |такой |есть |у меня |у нас )?(?:вопрос|просьб|проблем|момент|тема)|"
    r"(?:друг\w+|нов\w+|отдельн\w+|втор\w+|следующ\w+|дополнительн\w+) (?:вопрос|проблем|просьб|тем[аыу]|заявк|обращени)|"
    r"по друго\w+ (?:вопрос|повод|тем)|не по (?:этой )?теме|(?:one more|another|new|different|unrelated|separate) "
    r"(?:thing|question|issue|problem|request|topic)|on another note|unrelated)"
)


def looks_like_new_question(text: str) -> bool:
    """True if words written into a running request open another matter, so that it gets its own number."""
    norm = without_greeting(normal(text))
    if not norm.strip():
        return False
    if _NEW_QUESTION.search(norm) and not words.NOT_STRONG.search(norm):
        return True
    readings = [read(unit) for unit in cut(text)]
    told = [reading for reading in readings if not reading.filler]
    opening = told[0] if told else None
    return opening is not None and opening.strong and _carries(opening, told[1] if len(told) > 1 else None)
