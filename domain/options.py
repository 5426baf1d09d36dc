"""Variants of a solution: reading them from a numbered list, and the requester's choice from what he typed."""

import re
from collections.abc import Sequence

from domain.errors import Refused

MOST = 9
OPTION_CHARS = 300

_MARK = re.compile(r"(?:^|(?<=\s))(\d{1,2})[.)]\s+")
_BULLET = re.compile(r"^\s*[-–—•*]\s+", re.MULTILINE)


def parse_options(text: str) -> tuple[str, list[str]]:
    """The words before the list, and the variants: ``1. … 2. …`` on lines or in one line, or lines with bullets.

    Refused("options-needed") for fewer than two or more than MOST; numbers must count 1, 2, 3, …
    """
    intro, found = _numbered(text)
    if len(found) < 2:
        intro, found = _bulleted(text)
    found = [" ".join(option.split())[:OPTION_CHARS] for option in found]
    if not 2 <= len(found) <= MOST or not all(found) or len(set(map(str.casefold, found))) < len(found):
        raise Refused("options-needed", most=MOST)
    return intro.strip(), found


def _numbered(text: str) -> tuple[str, list[str]]:
    """Split at the numbers that count on: a ``2.`` before ``1.`` belongs to the words."""
    starts: list[re.Match[str]] = []
    for mark in _MARK.finditer(text):
        if int(mark[1]) == len(starts) + 1:
            starts.append(mark)
    if not starts:
        return text, []
    ends = [mark.start() for mark in starts[1:]] + [len(text)]
    return text[: starts[0].start()], [
        text[mark.end() : end].strip().rstrip(";") for mark, end in zip(starts, ends, strict=True)
    ]


def _bulleted(text: str) -> tuple[str, list[str]]:
    intro, *found = _BULLET.split(text)
    return intro, [option.strip().rstrip(";") for option in found]


def chosen_by(text: str, options: Sequence[str]) -> int | None:
    """Which variant (from 0) a typed answer means: its number, «вариант 2», or its words; None when unsure."""
    words = " ".join(text.casefold().replace("ё", "е").split()).rstrip(".!)")
    number = re.fullmatch(r"(?:вариант|номер|option|№|#)?\s*№?(\d{1,2})(?:[- ]?й)?", words)
    if number and 1 <= int(number[1]) <= len(options):
        return int(number[1]) - 1
    same = [n for n, one in enumerate(options) if " ".join(one.casefold().replace("ё", "е").split()) == words]
    return same[0] if len(same) == 1 else None
