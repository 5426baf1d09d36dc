"""The full-text index over guests: FTS5 on SQLite, a GIN index on PostgreSQL, over the same tokens (`domain.guest_search`).

Written in the transaction that stages the record. Candidates come from the index only, in one statement together with
the guest's most relevant stay; a misspelled word is looked up among the spellings near the words the hotel knows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import delete, select, text

from domain.guest_search import (
    EXPECTED,
    FIRM,
    FLAG,
    IN_HOUSE,
    NAME,
    RECENT,
    SHORTEST_PREFIX,
    SOON,
    Alternative,
    Question,
    Term,
    token,
)
from domain.guest_words import allowed_slips, cuts, slips
from domain.guests import Profile, ProfileKind
from domain.stays import Stay
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import guest_docs, guest_spellings, profiles

PROFILE, STAY = "profile", "stay"
CANDIDATES = 200
"""Documents taken from the index; beyond that a question is too wide to be about one guest."""
ROWS = 30
NEIGHBOURS, BEGINNINGS = 8, 24
_PACK = 500
_LONGEST_CUT = 24
"""Of a longer word its beginning is enough to find its neighbours."""
_FIRMS = (ProfileKind.COMPANY, ProfileKind.AGENT, ProfileKind.SOURCE)


@dataclass(frozen=True, slots=True)
class Found:
    """A guest (or firm) with the stay most likely meant; ``profile`` None: the PMS knows only the stay."""

    profile_id: str | None
    profile: Profile | None
    stay: Stay | None

    @property
    def is_firm(self) -> bool:
        return self.profile is not None and self.profile.kind in _FIRMS


# --- writing --------------------------------------------------------------------------------------------------


async def put(tx: Tx, portal_id: int, hotel_id: int, kind: str, tokens: Mapping[str, str]) -> None:
    """Index records of one kind, by key; one without tokens leaves the index. Unchanged ones cost no write."""
    mine = {"portal_id": portal_id, "hotel_id": hotel_id, "kind": kind}
    rows = [{**mine, "key": key, "tokens": words} for key, words in tokens.items() if words]
    if gone := [key for key, words in tokens.items() if not words]:
        await remove(tx, hotel_id, kind, gone)
    if not rows:
        return
    statement = inserting(tx, guest_docs)
    differs = guest_docs.c.tokens != statement.excluded.tokens
    statement = statement.on_conflict_do_update(
        index_elements=["hotel_id", "kind", "key"], set_={"tokens": statement.excluded.tokens}, where=differs
    )
    await tx.execute(statement, rows)
    await learn(tx, portal_id, hotel_id, filter(None, tokens.values()))


async def remove(tx: Tx, hotel_id: int, kind: str, keys: Sequence[str]) -> None:
    """Take records out of the index."""
    for pack in _packs(keys):
        mine = (guest_docs.c.hotel_id == hotel_id, guest_docs.c.kind == kind, guest_docs.c.key.in_(pack))
        await tx.execute(delete(guest_docs).where(*mine))


async def learn(tx: Tx, portal_id: int, hotel_id: int, tokens: Iterable[str]) -> None:
    """Remember the words that weren't met before, with what is left of each without one letter."""
    mark = token(hotel_id, NAME, "")
    words = {one[len(mark) :] for line in tokens for one in line.split() if one.startswith(mark)}
    words = {word for word in words if len(word) > 2 and not word.isdigit()}
    for pack in _packs(sorted(words)):
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


async def erase(tx: Tx, hotel_id: int, keys: Mapping[str, Sequence[str]]) -> None:
    """Forget records (kind → keys), and the words of theirs that no other record has."""
    mark, words = token(hotel_id, NAME, ""), set()
    for kind, of_kind in keys.items():
        for pack in _packs(of_kind):
            mine = (guest_docs.c.hotel_id == hotel_id, guest_docs.c.kind == kind, guest_docs.c.key.in_(pack))
            for line in (await tx.execute(select(guest_docs.c.tokens).where(*mine))).scalars():
                words |= {one.removeprefix(mark) for one in line.split() if one.startswith(mark)}
        await remove(tx, hotel_id, kind, of_kind)
    for word in sorted(words):
        if not await _is_used(tx, hotel_id, word):
            pieces = guest_spellings.c.cut.in_(sorted(cuts(word[:_LONGEST_CUT])))
            of_word = (guest_spellings.c.hotel_id == hotel_id, guest_spellings.c.word == word, pieces)
            await tx.execute(delete(guest_spellings).where(*of_word))


async def _is_used(tx: Tx, hotel_id: int, word: str) -> bool:
    _, expression = matching(tx.dialect.name, hotel_id, (Term(word, (Alternative(NAME, word),)),))
    return (await tx.execute(text(_USED[tx.dialect.name]), {"any": expression})).first() is not None


_USED = {
    "sqlite": "SELECT rowid FROM guest_fts WHERE guest_fts MATCH :any LIMIT 1",
    "postgresql": """SELECT id FROM guest_docs
        WHERE array_to_tsvector(string_to_array(tokens, ' ')) @@ CAST(:any AS tsquery) LIMIT 1""",
}


async def forget(tx: Tx, hotel_id: int) -> None:
    """Empty a hotel's index, its spellings too."""
    await tx.execute(delete(guest_docs).where(guest_docs.c.hotel_id == hotel_id))
    await tx.execute(delete(guest_spellings).where(guest_spellings.c.hotel_id == hotel_id))


async def is_behind(tx: Tx, hotel_id: int) -> bool:
    """Whether a hotel has records and no index: filled by a version before this one."""
    for table, wanted in ((guest_docs, False), (profiles, True)):
        query = select(table.c.hotel_id).where(table.c.hotel_id == hotel_id).limit(1)
        if ((await tx.execute(query)).first() is not None) is not wanted:
            return False
    return True


def _packs(keys: Sequence[str]) -> Iterator[list[str]]:
    left = iter(keys)
    while pack := list(islice(left, _PACK)):
        yield pack


# --- finding --------------------------------------------------------------------------------------------------

_SQLITE_HIT = """
    SELECT id FROM (SELECT rowid AS id FROM guest_fts WHERE guest_fts MATCH :living LIMIT :candidates)
    UNION
    SELECT id FROM (SELECT rowid AS id FROM guest_fts WHERE guest_fts MATCH :any ORDER BY rowid DESC LIMIT :candidates)
"""
# Each part is materialised without its limit: with it the planner may prefer to read the table until it is reached.
_POSTGRES_HIT = """
    SELECT id FROM (SELECT id FROM living LIMIT :candidates) AS living
    UNION
    SELECT id FROM (SELECT id FROM anyone LIMIT :candidates) AS anyone
"""
_POSTGRES_PARTS = """
    living AS MATERIALIZED (SELECT id FROM guest_docs
        WHERE array_to_tsvector(string_to_array(tokens, ' ')) @@ CAST(:living AS tsquery)),
    anyone AS MATERIALIZED (SELECT id FROM guest_docs
        WHERE array_to_tsvector(string_to_array(tokens, ' ')) @@ CAST(:any AS tsquery)),
"""
_FIND = """
WITH {parts} hit AS MATERIALIZED ({hit}),
found AS (
    SELECT d.key AS profile_id, s.reservation_id, s.state, s.arrival, s.departure
    FROM hit JOIN guest_docs d ON d.id = hit.id AND d.kind = 'profile'
    LEFT JOIN stays s ON s.hotel_id = :hotel AND s.profile_id = d.key
    UNION
    SELECT COALESCE(a.new_id, s.profile_id), s.reservation_id, s.state, s.arrival, s.departure
    FROM hit JOIN guest_docs d ON d.id = hit.id AND d.kind = 'stay'
    JOIN stays s ON s.hotel_id = :hotel AND s.reservation_id = d.key
    LEFT JOIN aliases a ON a.hotel_id = :hotel AND a.old_id = s.profile_id
),
ranked AS (
    SELECT profile_id, reservation_id, arrival, CASE
        WHEN state = 'in_house' THEN 0
        WHEN state IN ('confirmed', 'tentative') AND arrival <= :soon THEN 1
        WHEN state = 'checked_out' AND departure >= :lately THEN 2
        WHEN state IN ('confirmed', 'tentative') THEN 3
        WHEN state = 'checked_out' THEN 4
        WHEN state IS NULL THEN 6
        ELSE 5 END AS rank FROM found
),
best AS (
    SELECT profile_id, reservation_id, rank, arrival, ROW_NUMBER() OVER (
        PARTITION BY COALESCE(profile_id, reservation_id)
        ORDER BY rank, CASE WHEN rank IN (1, 3) THEN arrival END, arrival DESC) AS place
    FROM ranked
),
top AS (
    SELECT * FROM best WHERE place = 1
    ORDER BY rank, CASE WHEN rank IN (1, 3) THEN arrival END, arrival DESC, profile_id LIMIT :rows
)
SELECT top.profile_id, CAST(p.data AS text) AS profile, CAST(s.data AS text) AS stay
FROM top
LEFT JOIN profiles p ON p.hotel_id = :hotel AND p.profile_id = top.profile_id
LEFT JOIN stays s ON s.hotel_id = :hotel AND s.reservation_id = top.reservation_id
ORDER BY top.rank, CASE WHEN top.rank IN (1, 3) THEN top.arrival END, top.arrival DESC, top.profile_id
"""


_PLACES = ("living", "any", "candidates", "hotel", "soon", "lately", "rows")
_SQLITE = _FIND.format(hit=_SQLITE_HIT, parts="")


def _numbered(statement: str) -> str:
    """With ``$1`` for the first of _PLACES and so on, as PostgreSQL's own protocol wants it."""
    for number, name in enumerate(_PLACES, 1):
        statement = statement.replace(f":{name}", f"${number}")
    return statement


_POSTGRES = _numbered(_FIND.format(hit=_POSTGRES_HIT, parts=_POSTGRES_PARTS))


_STAY = TypeAdapter(Stay)
_PROFILE = TypeAdapter(Profile)


async def find(tx: Tx, hotel_id: int, question: Question, today: date) -> list[Found]:
    """Guests to whom every term of the question fits, the most relevant stays first; at most ROWS."""
    if not question.terms:
        return []
    return await _find(tx, hotel_id, matching(tx.dialect.name, hotel_id, question.terms), today)


async def of_firms(tx: Tx, hotel_id: int, firms: Sequence[str], today: date) -> list[Found]:
    """Who stays on account of these firms and agencies (their profiles' numbers in tokens' spelling)."""
    terms = (Term("", tuple(Alternative(FIRM, firm) for firm in firms)),)
    return await _find(tx, hotel_id, matching(tx.dialect.name, hotel_id, terms), today)


async def _find(tx: Tx, hotel_id: int, expression: tuple[str, str], today: date) -> list[Found]:
    values = parameters(hotel_id, expression, today)
    connection = (await tx.get_raw_connection()).driver_connection
    return [
        Found(
            profile_id,
            _PROFILE.validate_python(orjson.loads(profile)) if profile else None,
            _STAY.validate_python(orjson.loads(stay)) if stay else None,
        )
        for profile_id, profile, stay in await ask(connection, tx.dialect.name, values)
    ]


def statement(dialect: str) -> str:
    """The one statement of a search, as the engine's driver takes it."""
    return _SQLITE if dialect == "sqlite" else _POSTGRES


async def ask(connection: Any, dialect: str, values: Mapping[str, Any]) -> Iterable[Any]:
    """Run the one statement on the driver itself: SQLAlchemy's way to it takes longer than the search."""
    if dialect == "sqlite":
        plain = {name: str(value) if isinstance(value, date) else value for name, value in values.items()}
        rows: Iterable[Any] = await connection.execute_fetchall(_SQLITE, plain)
    else:
        rows = await connection.fetch(_POSTGRES, *(values[name] for name in _PLACES))
    return rows


def parameters(hotel_id: int, expression: tuple[str, str], today: date) -> dict[str, Any]:
    """What the search's one statement is run with."""
    living, anyone = expression
    limits = {"candidates": CANDIDATES, "rows": ROWS}
    return {
        "hotel": hotel_id,
        "living": living,
        "any": anyone,
        "soon": today + SOON,
        "lately": today - RECENT,
        **limits,
    }


def matching(dialect: str, hotel_id: int, terms: Sequence[Term]) -> tuple[str, str]:
    """The terms in the index's own language: among the living stays, and among all."""
    either, both, begins = (" OR ", " AND ", '"{}" *') if dialect == "sqlite" else (" | ", " & ", "'{}':*")
    whole = '"{}"' if dialect == "sqlite" else "'{}'"

    def written(one: Alternative) -> str:
        return (begins if one.prefix else whole).format(token(hotel_id, one.kind, one.value))

    parts = ["(" + either.join(written(one) for one in term.any_of if one.value) + ")" for term in terms]
    anyone = both.join(parts)
    living = either.join(written(Alternative(FLAG, flag)) for flag in (IN_HOUSE, EXPECTED))
    return f"{anyone}{both}({living})", anyone


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
