"""The few things SQLite and PostgreSQL spell differently."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import Column, Executable, Table, func
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Tx


def upsert(
    tx: Tx,
    table: Table,
    key: Sequence[Column[Any]],
    values: Mapping[str, Any],
    overwritten: AbstractSet[str],
) -> Executable:
    """INSERT … ON CONFLICT (key) DO UPDATE of the ``overwritten`` columns."""
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = make(table).values(dict(values))
    return statement.on_conflict_do_update(
        index_elements=list(key), set_={name: statement.excluded[name] for name in overwritten}
    )


def inserting(tx: Tx, table: Table) -> Any:
    """INSERT of the connection's engine, which knows ON CONFLICT."""
    return (postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert)(table)


def later(tx: Tx, one: Any, other: Any) -> Any:
    """The later of two moments, neither NULL."""
    return (func.greatest if tx.dialect.name == "postgresql" else func.max)(one, other, type_=one.type)
