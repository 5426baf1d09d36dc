"""What has to leave: a delivery is a row with a state, in order per destination."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, text

from storage.tables.base import BigId, Json, Utc, id_column, metadata, portal_column

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    portal_column(),
    Column("destination", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("dedupe_key", Text),
    Column("keep_key", Boolean, nullable=False, default=False),
    Column("state", Text, nullable=False, server_default="waiting"),  # waiting | done | dead | parked
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", Utc, nullable=False),
    Column("claimed_until", Utc),
    Column("last_reason", Text),
    Column("last_code", Text),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("result", Json),
    Column("request_id", BigId),
    Column("cause", Text),  # the id of what it follows from, see domain.causes
    Column("caused_at", Utc),
    UniqueConstraint("portal_id", "dedupe_key"),
    Index(
        "ix_outbox_waiting",
        "portal_id",
        "destination",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_outbox_state", "state", "done_at"),
    Index("ix_outbox_request_id", "request_id"),
    sqlite_autoincrement=True,
)
