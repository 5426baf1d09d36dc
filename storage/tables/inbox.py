"""What came in and how far foreign streams have been read: stored before it is acknowledged, handled once."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, text

from storage.tables.base import BigId, Json, Utc, id_column, metadata, portal_column

inbox = Table(
    "inbox",
    metadata,
    id_column(),
    portal_column(),
    Column("source", Text, nullable=False),
    Column("event_key", Text, nullable=False),
    Column("person_id", BigId),
    Column("lane", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("received_at", Utc, nullable=False),
    Column("state", Text, nullable=False, server_default="new"),  # new | done | dead
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Utc, nullable=False),
    Column("reason", Text),
    Column("done_at", Utc),
    UniqueConstraint("portal_id", "source", "event_key"),
    Index(
        "ix_inbox_new",
        "portal_id",
        "lane",
        "id",
        sqlite_where=text("state = 'new'"),
        postgresql_where=text("state = 'new'"),
    ),
    Index("ix_inbox_state", "state", "done_at"),
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    metadata,
    portal_column(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json),
    Column("updated_at", Utc, nullable=False),
)
