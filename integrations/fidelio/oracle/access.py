"""Before the first row is read: does this account only read, and has the database what we ask for?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.errors import Permanent
from integrations.fidelio.oracle.database import Database
from integrations.fidelio.oracle.statements import Statement

HARMLESS = frozenset({"CREATE SESSION", "ALTER SESSION", "RESTRICTED SESSION"})
READS_ALL = frozenset({"SELECT ANY TABLE", "READ ANY TABLE", "SELECT ANY DICTIONARY", "FLASHBACK ANY TABLE"})
"""More than we need; told, not refused."""
READS = frozenset(
    {"SELECT", "READ", "FLASHBACK", "QUERY REWRITE", "ON COMMIT REFRESH", "MERGE VIEW", "DEBUG"}
)
CAP = 5000

SYSTEM = Statement("session privileges", {"P": "SESSION_PRIVS"}, "SESSION_PRIVS P", ("P.PRIVILEGE",))
GRANTS = Statement(
    "grants to the account",
    {"P": "USER_TAB_PRIVS_RECD"},
    "USER_TAB_PRIVS_RECD P",
    ("P.OWNER", "P.TABLE_NAME", "P.PRIVILEGE"),
)
ROLES = Statement(
    "grants through roles",
    {"P": "ROLE_TAB_PRIVS"},
    "ROLE_TAB_PRIVS P",
    ("P.OWNER", "P.TABLE_NAME", "P.PRIVILEGE"),
)
OWNED = Statement("own tables", {"T": "USER_TABLES"}, "USER_TABLES T", ("T.TABLE_NAME",))
COLUMNS = Statement(
    "columns",
    {"C": "ALL_TAB_COLUMNS"},
    "ALL_TAB_COLUMNS C",
    ("C.TABLE_NAME", "C.COLUMN_NAME"),
    where="C.OWNER = :owner and C.TABLE_NAME = :table_name",
)


async def refuse_writers(database: Database) -> tuple[str, ...]:
    """Permanent("oracle-can-write") when the account could change anything; else what it may read beyond need."""
    system = {row["PRIVILEGE"] for row in await database.rows(SYSTEM, cap=CAP)}
    found = sorted(system - HARMLESS - READS_ALL)
    for statement in (GRANTS, ROLES):
        for row in await database.rows(statement, cap=CAP):
            # EXECUTE on what SYS owns is everybody's; a package of somebody else may write anything.
            if row["PRIVILEGE"] not in READS and not (
                row["OWNER"] == "SYS" and row["PRIVILEGE"] == "EXECUTE"
            ):
                found.append(f"{row['PRIVILEGE']} ON {row['OWNER']}.{row['TABLE_NAME']}")
    owned = await database.rows(OWNED, cap=1)
    found += [f"OWNER OF {row['TABLE_NAME']}" for row in owned]
    if found:
        more = f" (+{len(found) - 3})" if len(found) > 3 else ""
        raise Permanent("oracle-can-write", ", ".join(found[:3]) + more)
    return tuple(sorted(system & READS_ALL))


@dataclass(frozen=True, slots=True)
class Found:
    """What the probe found. ``missing``: ``TABLE.COLUMN`` the door can't do without; ``lacking``: what it may lack."""

    missing: tuple[str, ...]
    lacking: frozenset[tuple[str, str]]
    without: frozenset[str]
    """Names of optional statements that can't be asked."""


async def probe(database: Database, owner: str, statements: Iterable[Statement]) -> Found:
    """Compare what the statements need with the data dictionary, as far as the account may see it."""
    asked = list(statements)
    tables = sorted({table for one in asked for table in one.tables.values()})
    there = {table: await _columns(database, owner, table) for table in tables}
    missing: list[str] = []
    lacking: set[tuple[str, str]] = set()
    without: set[str] = set()
    for one in asked:
        gone = [f"{table}.{column}" for table, column in sorted(one.needed) if column not in there[table]]
        if gone and one.optional:
            without.add(one.name)
        else:
            missing += gone
        lacking |= {(table, column) for table, column in one.wanted if column not in there[table]}
    return Found(tuple(dict.fromkeys(missing)), frozenset(lacking), frozenset(without))


async def _columns(database: Database, owner: str, table: str) -> frozenset[str]:
    rows = await database.rows(COLUMNS, cap=CAP, owner=owner, table_name=table)
    return frozenset(row["COLUMN_NAME"] for row in rows)


def named(columns: Sequence[str], most: int = 5) -> str:
    """A few of many, for people."""
    more = f" (+{len(columns) - most})" if len(columns) > most else ""
    return ", ".join(columns[:most]) + more
