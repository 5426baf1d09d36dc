"""Whose stay is it: records of two doors told apart by number, room, dates and name, and whether their numbers agree.

A wrong match mixes two guests, a missing one shows a stay unmatched: so only a single clear candidate is taken.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.contacts import name_key

ENOUGH = 3
"""So many agreeing stays prove that two doors use the same numbers; so many contradictions that they don't."""
_LOST = "?"
_GONE = frozenset({"cancelled", "no_show"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """A stay as one door sees it. ``names``: see :func:`names_of`; dates None: not told."""

    key: str
    room: str
    arrival: date | None
    departure: date | None
    names: frozenset[str]
    state: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What comparing two doors' numbers came to."""

    compared: int
    agree: int
    contradict: int

    @property
    def verdict(self) -> bool | None:
        """True: same numbers; False: different ones; None: not enough to say."""
        if self.agree >= ENOUGH and self.agree >= 20 * self.contradict:
            return True
        if self.contradict >= ENOUGH and self.contradict > self.agree:
            return False
        return None

    def as_json(self) -> dict[str, int]:
        return {"compared": self.compared, "agree": self.agree, "contradict": self.contradict}


def match(one: Sighting, others: Iterable[Sighting]) -> str | None:
    """The key of the single candidate that fits best; None where none does or two do equally well."""
    ranked = sorted(((_fit(one, other), other.key) for other in others), reverse=True)
    ranked = [(fit, key) for fit, key in ranked if fit >= (2, 0)]
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]


def compare(theirs: Sequence[Sighting], ours: Sequence[Sighting]) -> Evidence:
    """Whether two doors number stays alike: judged on stays that both see.

    Agreeing: our stay of that number has that room, arrival and name. Contradicting: our stay of that number is
    somebody else's, or the same stay has another number with us.
    """
    by_key = {one.key: one for one in ours}
    agree = contradict = 0
    for one in theirs:
        namesake = by_key.get(one.key)
        if namesake is not None and _same_stay(one, namesake):
            agree += 1
        elif namesake is not None or (match(one, ours) is not None):
            contradict += 1
    return Evidence(len(theirs), agree, contradict)


def _same_stay(one: Sighting, other: Sighting) -> bool:
    """Same guest at the same time; the room may have changed since one of them was told."""
    return _names(one, other) > 0 and (one.arrival == other.arrival or _same_room(one, other))


def _fit(one: Sighting, other: Sighting) -> tuple[int, int]:
    """(how well room and dates fit, 2 and more will do; how many words of the name agree)."""
    if other.state in _GONE:
        return 0, 0
    names = _names(one, other)
    if names < 0:
        return 0, 0
    room, together = _same_room(one, other), _overlap(one, other)
    arrival = one.arrival is not None and one.arrival == other.arrival
    whole = arrival and one.departure is not None and one.departure == other.departure
    if names == 0:  # one of the two names isn't known
        return (2, 0) if room and whole else (0, 0)
    if arrival and (room or one.key == other.key):
        return 4, names
    if room and together:
        return 3, names
    return (2, names) if whole else (0, names)


def _same_room(one: Sighting, other: Sighting) -> bool:
    return bool(one.room) and one.room.lstrip("0") == other.room.lstrip("0")


def _overlap(one: Sighting, other: Sighting) -> bool:
    if one.arrival is None or other.departure is None or other.arrival is None:
        return False
    return one.arrival <= other.departure and other.arrival <= (one.departure or one.arrival)


def _names(one: Sighting, other: Sighting) -> int:
    """How many words of the names agree; 0 where a name is missing or can't be read whole, -1 where none does."""
    if not one.names or not other.names:
        return 0
    agreeing = sum(any(_same_word(word, found) for found in other.names) for word in one.names)
    lost = any(_LOST in word for word in (*one.names, *other.names))
    return agreeing or (0 if lost else -1)


def _same_word(one: str, other: str) -> bool:
    """A letter that a door's code page doesn't have comes as «?»: it stands for any."""
    if _LOST not in one and _LOST not in other:
        return one == other
    full, gapped = (one, other) if _LOST in other else (other, one)
    return gapped != _LOST and bool(re.fullmatch(re.escape(gapped).replace(re.escape(_LOST), ".{1,2}"), full))


def names_of(*spellings: str) -> frozenset[str]:
    """The words of a name in any spelling, initials and titles left out; «?» stands for letters that were lost."""
    words = [w for s in spellings for w in s.replace("\N{REPLACEMENT CHARACTER}", _LOST).split()]
    whole = words_in(name_key(*(word for word in words if _LOST not in word)))
    gapped = {_LOST.join(map(name_key, word.split(_LOST))) for word in words if _LOST in word}
    return whole | {word if len(word.replace(_LOST, "")) > 1 else _LOST for word in gapped}


def words_in(key: str) -> frozenset[str]:
    """The words of a ready name key."""
    return frozenset(word for word in key.split() if len(word) > 1)
