"""The parts of a description: one part, one problem.

The rules hold back: a message is one problem until a list, an opening word («и ещё», «second») or a
second failing thing says otherwise. Steps, logs, lists of guests, remedies tried and consequences
never start a part.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.problems import words
from domain.problems.claims import Claim, Reading, claim_of, read, without_greeting, without_opening
from domain.problems.units import Mark, Unit, cut, normal

MAX_PARTS = 10


class Reason(StrEnum):
    """Why a part begins where it does; the words for it live in the texts."""

    WHOLE = "whole"  # the beginning of the description
    LIST = "list"  # an item of a numbered or bulleted list
    OPENING = "opening"  # «и ещё», «кроме того», «второе», "another"
    QUESTION = "question"  # a further, independent question
    OBJECT = "object"  # another thing fails
    ANNOUNCED = "announced"  # «у меня два вопроса»: the person counted them


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
    starts = _list_starts(readings)
    if not starts:
        starts = _starts(text, readings)
    if len(starts) < 2 or len(starts) > MAX_PARTS:
        return [Part(text.strip(), 0, len(text), Reason.WHOLE)]
    ends = [position for position, _ in starts[1:]] + [len(text)]
    return [
        Part(_tidied(text[start:end]), start, end, reason)
        for (start, reason), end in zip(starts, ends, strict=True)
    ]


_Start = tuple[int, Reason]
_TOLD_WORDS = 4
_HEADING_WORDS = 7


# ---- lists


def _list_starts(readings: Sequence[Reading]) -> list[_Start]:
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


def _starts_of_list(readings: Sequence[Reading], items: Sequence[int]) -> list[_Start]:
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


# ---- running text


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


def _starts(text: str, readings: Sequence[Reading]) -> list[_Start]:
    announced = any(reading.announces for reading in readings)
    group = _Group(0, Reason.WHOLE, [], set())
    starts: list[_Start] = [(0, Reason.WHOLE)]
    for index, reading in enumerate(readings):
        following = readings[index + 1] if index + 1 < len(readings) else None
        for piece in _clauses(text, reading, announced=announced):
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
    if reading.weak and _apart(group.areas, reading.areas, narrow=False):
        return Reason.OPENING
    if group.total or (reading.claim is Claim.QUESTION and not _HOW_TO.search(reading.norm)):
        return None
    parallel = group.last is not None and _bluntly(group.last) and _bluntly(reading)
    return Reason.OBJECT if _apart(group.areas, reading.areas, narrow=not parallel) else None


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


def _apart(before: set[str], now: frozenset[str], *, narrow: bool) -> bool:
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


# ---- clauses of one sentence


def _clauses(text: str, reading: Reading, *, announced: bool) -> list[Reading]:
    """The sentence itself, or its clauses where each is a claim about another thing."""
    if reading.filler or reading.total:
        return [reading]
    unit = reading.unit
    for match in words.CLAUSE_STRONG.finditer(unit.norm):
        left, right = _halves(text, unit, match.start() + 1)
        if left.claim is not Claim.NONE and right.claim is not Claim.NONE and not right.supports:
            return [left, *_clauses(text, _opened(right), announced=announced)]
    if announced and (counted := _counted_clauses(text, unit)):
        return counted
    for match in words.CLAUSE_WEAK.finditer(unit.norm):
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
    return Reading(
        reading.unit,
        reading.norm,
        reading.claim,
        reading.areas,
        strong=True,
        weak=reading.weak,
        supports=reading.supports,
        filler=reading.filler,
        announces=reading.announces,
        total=reading.total,
    )


def _two_failures(left: Reading, right: Reading) -> bool:
    """«Не печатает принтер и не заходит в Fidelio»: two verbs, two things, nothing leaning back."""
    return (
        left.claim is Claim.FAILURE
        and right.claim is Claim.FAILURE
        and not right.supports
        and not left.supports
        and _apart(set(left.areas), right.areas, narrow=True)
        and bool(words.FAILURE.search(" ".join(without_opening(right.norm).split()[:_HEADING_WORDS])))
    )


_COUNTED = re.compile(r":\s+|,?\s(?:и|а|and)\s")


def _counted_clauses(text: str, unit: Unit) -> list[Reading]:
    """«Вопросов два: почему … и можно ли …»: the clauses of an announced count."""
    if not words.ANNOUNCED.search(unit.norm):
        return []
    marks = list(_COUNTED.finditer(unit.norm))
    if not marks or not marks[0][0].startswith(":"):
        return []
    for match in marks[1:]:
        left, right = _halves(text, unit, match.start())
        own = without_opening(right.norm)
        if claim_of(left.norm) is not Claim.NONE and claim_of(own) is not Claim.NONE and not right.supports:
            first = Reading(
                left.unit,
                left.norm,
                claim_of(left.norm),
                left.areas,
                strong=False,
                weak=False,
                supports=False,
                filler=False,
                announces=False,
                total=False,
            )
            return [first, _opened(right)]
    return []


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
