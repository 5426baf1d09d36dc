"""The full-text index over guests: FTS5 on SQLite, a GIN index on PostgreSQL, over the same tokens (`domain.guest_search`).

Written in the transaction that stages the record. Candidates come from the index only, in one statement together with
the guest's most relevant stay; a misspelled word is looked up among the spellings near the words the hotel knows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Date, TextClause, bindparam, delete, select, text

from domain.guest_search import (
    EXPECTED,
    FIRM,
    FLAG,
    IN_HOUSE,
    NAME,
    RECENT,
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
from storage.tables import guest_docs, guest_spellings
from storage.tables.base import Json

PROFILE, STAY = "profile", "stay"
CANDIDATES = 200
"""Documents taken from the index; beyond that a question is too wide to be about one guest."""
ROWS = 30
NEIGHBOURS = 8
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
    await _learn(tx, portal_id, hotel_id, filter(None, tokens.values()))


async def remove(tx: Tx, hotel_id: int, kind: str, keys: Sequence[str]) -> None:
    """Take records out of the index."""
    for pack in _packs(keys):
        mine = (guest_docs.c.hotel_id == hotel_id, guest_docs.c.kind == kind, guest_docs.c.key.in_(pack))
        await tx.execute(delete(guest_docs).where(*mine))


async def _learn(tx: Tx, portal_id: int, hotel_id: int, tokens: Iterable[str]) -> None:
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


async def forget_words(tx: Tx, hotel_id: int) -> None:
    """Forget all spellings of a hotel, before it is indexed anew."""
    await tx.execute(delete(guest_spellings).where(guest_spellings.c.hotel_id == hotel_id))


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
SELECT top.profile_id, p.data AS profile, s.data AS stay
FROM top
LEFT JOIN profiles p ON p.hotel_id = :hotel AND p.profile_id = top.profile_id
LEFT JOIN stays s ON s.hotel_id = :hotel AND s.reservation_id = top.reservation_id
ORDER BY top.rank, CASE WHEN top.rank IN (1, 3) THEN top.arrival END, top.arrival DESC, top.profile_id
"""


def _statement(hit: str, parts: str = "") -> TextClause:
    statement = text(_FIND.format(hit=hit, parts=parts))
    dates = (bindparam("soon", type_=Date()), bindparam("lately", type_=Date()))
    return statement.bindparams(*dates).columns(profile=Json, stay=Json)  # type: ignore[return-value]


_STATEMENTS = {"sqlite": _statement(_SQLITE_HIT), "postgresql": _statement(_POSTGRES_HIT, _POSTGRES_PARTS)}
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
    rows = (await tx.execute(_STATEMENTS[tx.dialect.name], values)).all()
    return [
        Found(
            profile_id,
            _PROFILE.validate_python(profile) if profile else None,
            _STAY.validate_python(stay) if stay else None,
        )
        for profile_id, profile, stay in rows
    ]


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


async def neighbours(tx: Tx, hotel_id: int, words: Sequence[str]) -> list[list[str]]:
    """For each word those the hotel knows that differ by the slips a word of its length may hold, nearest first."""
    wanted = [cuts(word[:_LONGEST_CUT], 2 if allowed_slips(word) > 1 else 1) for word in words]
    every = sorted({cut for group in wanted for cut in group})
    if not every:
        return [[] for _ in words]
    query = select(guest_spellings.c.cut, guest_spellings.c.word).where(
        guest_spellings.c.hotel_id == hotel_id, guest_spellings.c.cut.in_(every)
    )
    found = [(cut, word) for cut, word in (await tx.execute(query)).all()]
    result = []
    for word, group in zip(words, wanted, strict=True):
        near = {other for cut, other in found if cut in group}
        by_slips = sorted((slips(word, other), other) for other in near)
        result.append([other for count, other in by_slips if count <= allowed_slips(word)][:NEIGHBOURS])
    return result
