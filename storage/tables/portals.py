"""Whose data it is: portals, their hotels and their running numbers."""

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from storage.tables.base import Json, Utc, id_column, metadata, portal_column

portals = Table(
    "portals",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("domain", Text, nullable=False, server_default=""),
    Column("member_id", Text, unique=True),
    Column("settings", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    sqlite_autoincrement=True,
)

hotels = Table(
    "hotels",
    metadata,
    id_column(),
    portal_column(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("settings", Json, nullable=False),
    UniqueConstraint("portal_id", "code"),
    sqlite_autoincrement=True,
)

counters = Table(
    "counters",
    metadata,
    portal_column(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("value", Integer, nullable=False),
)
