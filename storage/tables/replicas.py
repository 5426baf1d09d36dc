"""Who of several processes is alive, and which moments of the clock have been seen to."""

from sqlalchemy import Column, Index, Integer, Table, Text

from storage.tables.base import BigId, Utc, metadata

replicas = Table(
    "replicas",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("version", Text, nullable=False, server_default=""),
    Column("portals", Integer, nullable=False, server_default="0"),
    Column("started_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("until", Utc, nullable=False),  # the end of all its portals' leases
)

ticks = Table(
    "ticks",
    metadata,
    # No foreign key: portal 0 is the whole service.
    Column("portal_id", BigId, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("tick_at", Utc, nullable=False),  # the moment it was due, not the one it was done
    Index("ix_ticks_tick_at", "tick_at"),
)
