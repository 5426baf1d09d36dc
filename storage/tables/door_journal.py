"""What outside parties hand over once and for all: kept before it is worked through."""

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint, text

from storage.tables.base import Key, Utc, hotel_column, id_column, metadata, portal_column

door_journal = Table(
    "door_journal",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("door", Text, nullable=False),
    Column("key", Key, nullable=False),  # of the message, so that one told twice is kept once
    Column("body", Text, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("problem", Text, nullable=False, default=""),  # why it could not be used
    UniqueConstraint("hotel_id", "door", "key"),
    Index(
        "ix_door_journal_waiting",
        "hotel_id",
        "door",
        "id",
        sqlite_where=text("done_at is null"),
        postgresql_where=text("done_at is null"),
    ),
    Index("ix_door_journal_done", "done_at"),
    sqlite_autoincrement=True,
)
