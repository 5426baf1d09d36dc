"""The words a hotel's guests are called by, each with what is left of it without one letter: a slip costs one look.

Filled as records are indexed (`storage.guest_search`); a word is written once, however many guests have it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from domain.guest_search import NAME, SHORTEST_PREFIX, token
from domain.guest_words import allowed_slips, cuts, slips
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import guest_spellings

NEIGHBOURS, BEGINNINGS = 8, 24
_PACK = 500
_LONGEST_CUT = 24
"""Of a longer word its beginning is enough to find its neighbours."""


async def learn(tx: Tx, portal_id: int, hotel_id: int, tokens: Iterable[str]) -> None:
    """Remember the words that weren't met before, with what is left of each without one letter."""
    mark = token(hotel_id, NAME, "")
    words = {one[len(mark) :] for line in tokens for one in line.split() if one.startswith(mark)}
    words = {word for word in words if len(word) > 2 and not word.isdigit()}
    ordered = sorted(words)
    for start in range(0, len(ordered), _PACK):
        pack = ordered[start : start + _PACK]
        query = select(guest_spellings.c.word).where(
            guest_spellings.c.hotel_id == hotel_id,
            guest_spellings.c.cut.in_([word[:_LONGEST_CUT] for word in pack]),
        )
        known = set((await tx.execute(query)).scalars())
        mine = {"portal_id": portal_id, "hotel_id": hotel_id}
        rows = [
            {**mine, "cut": cut, "word": word}
            for word in pack
            if word not in known
            for cut in sorted(cuts(word[:_LONGEST_CUT]))
        ]
        if rows:
            await tx.execute(inserting(tx, guest_spellings).on_conflict_do_nothing(), rows)


async def unlearn(tx: Tx, hotel_id: int, words: Sequence[str]) -> None:
    """Forget words that no guest has any more."""
    for word in words:
        pieces = guest_spellings.c.cut.in_(sorted(cuts(word[:_LONGEST_CUT])))
        of_word = (guest_spellings.c.hotel_id == hotel_id, guest_spellings.c.word == word, pieces)
        await tx.execute(delete(guest_spellings).where(*of_word))


async def forget(tx: Tx, hotel_id: int) -> None:
    """Forget all words of a hotel, before it is indexed anew."""
    await tx.execute(delete(guest_spellings).where(guest_spellings.c.hotel_id == hotel_id))


@dataclass(frozen=True, slots=True)
class Nearby:
    """Of the words a hotel knows: whether a word is one, those it begins, those a few slips away, nearest first."""

    known: bool
    begun: tuple[str, ...]
    near: tuple[str, ...]


async def nearby(tx: Tx, hotel_id: int, words: Sequence[str]) -> dict[str, Nearby]:
    """What the hotel knows near each word, in one query: its spellings without a letter, and a range per beginning."""
    wanted = {word: cuts(word[:_LONGEST_CUT], 2 if allowed_slips(word) > 1 else 1) for word in words}
    every = sorted({cut for group in wanted.values() for cut in group})
    if not every:
        return {}
    cut, word_of = guest_spellings.c.cut, guest_spellings.c.word
    mine = guest_spellings.c.hotel_id == hotel_id
    parts = [select(cut, word_of).where(mine, cut.in_(every))]
    for word in wanted:
        if len(word) >= SHORTEST_PREFIX:
            begins = (
                mine,
                cut >= word[:_LONGEST_CUT],
                cut < word[:_LONGEST_CUT] + "\U0010ffff",
                cut == word_of,
            )
            parts.append(select(select(cut, word_of).where(*begins).limit(BEGINNINGS).subquery()))
    query = parts[0].union(*parts[1:]) if parts[1:] else parts[0]
    rows = [tuple(row) for row in (await tx.execute(query)).all()]
    return {word: _nearby(word, group, rows) for word, group in wanted.items()}


def _nearby(word: str, pieces: set[str], rows: Sequence[tuple[str, ...]]) -> Nearby:
    neighbours = {other for cut, other in rows if cut in pieces}
    known = word in neighbours
    begun = sorted((len(other), other) for _, other in rows if other.startswith(word) and other != word)
    by_slips = sorted((slips(word, other), other) for other in neighbours if other != word)
    near = [other for count, other in by_slips if count <= allowed_slips(word)]
    return Nearby(known, tuple(dict.fromkeys(one for _, one in begun))[:BEGINNINGS], tuple(near[:NEIGHBOURS]))
