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
    SOON,
    Alternative,
    Question,
    Term,
    token,
)
from domain.guests import Profile, ProfileKind
from domain.stays import Stay
from storage import guest_spellings
from storage.database import Tx
from storage.dialect import inserting
from storage.tables import guest_docs, profiles

PROFILE, STAY = "profile", "stay"
CANDIDATES = 200
"""Documents taken from the index; beyond that a question is too wide to be about one guest."""
ROWS = 30
_PACK = 500
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
    await guest_spellings.learn(tx, portal_id, hotel_id, filter(None, tokens.values()))


async def remove(tx: Tx, hotel_id: int, kind: str, keys: Sequence[str]) -> None:
    """Take records out of the index."""
    for pack in _packs(keys):
        mine = (guest_docs.c.hotel_id == hotel_id, guest_docs.c.kind == kind, guest_docs.c.key.in_(pack))
        await tx.execute(delete(guest_docs).where(*mine))


async def erase(tx: Tx, hotel_id: int, keys: Mapping[str, Sequence[str]]) -> None:
    """Forget records (kind → keys), and the words of theirs that no other record has."""
    mark, words = token(hotel_id, NAME, ""), set()
    for kind, of_kind in keys.items():
        for pack in _packs(of_kind):
            mine = (guest_docs.c.hotel_id == hotel_id, guest_docs.c.kind == kind, guest_docs.c.key.in_(pack))
            for line in (await tx.execute(select(guest_docs.c.tokens).where(*mine))).scalars():
                words |= {one.removeprefix(mark) for one in line.split() if one.startswith(mark)}
        await remove(tx, hotel_id, kind, of_kind)
    unused = [word for word in sorted(words) if not await _is_used(tx, hotel_id, word)]
    await guest_spellings.unlearn(tx, hotel_id, unused)


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
    await guest_spellings.forget(tx, hotel_id)


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
