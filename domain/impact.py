"""How many people a failure touches: the second half of a request's priority, read from words and from votes."""

import re
from enum import StrEnum

MANY_PEOPLE = 3
"""From so many people on (the requester and those who joined) a failure isn't one person's any more."""


class Impact(StrEnum):
    """One person, or many: the whole hotel, a shift, everybody who uses it."""

    ONE = "one"
    MANY = "many"


_EVERYBODY = re.compile(
    r"""
    (?<!не\s)\bу\s+всех\b | \bни\s+у\s+кого\b | \bникто\s+не\s+(?:может|видит|заходит|работает) | \bникому\s+не\b
    | \bвс[яюе][йю]?\s+(?:стойк|смен|служб|бухгалтери|гостиниц)\w* | \b(?:весь|всего|всем)\s+(?:отел|персонал)\w*
    | \bвсе\s+(?:сотрудник|пользовател|коллег|администратор|горничн)\w* | \bво\s+всех\s+отелях\b
    | \b(?:whole|entire)\s+(?:hotel|team|shift|desk|front\s+desk|property) | \b(?:nobody|no\s+one)\s+can\b
    | (?<!not\s)\b(?:everyone|everybody)\b | \ball\s+(?:users|staff|colleagues|employees|hotels)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def impact_of(words: str, people: int = 1) -> Impact:
    """MANY when the words say so («ни у кого не открывается») or when so many people have joined."""
    said = _EVERYBODY.search(words.replace("ё", "е").replace("Ё", "Е"))
    return Impact.MANY if said or people >= MANY_PEOPLE else Impact.ONE
