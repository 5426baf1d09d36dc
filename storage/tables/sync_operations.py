"""How a hotel's sync is being operated: its schedule's standing, and the requests filed about causes of failure."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from storage.tables.base import BigId, Json, Utc, hotel_column, id_column, metadata, portal_column

sync_states = Table(
    "sync_states",
    metadata,
    hotel_column(primary_key=True),
    portal_column(),
    Column("failures", Integer, nullable=False),  # runs in a row that came to nothing
    Column("last_error", Text),
    Column("paused_at", Utc),
    Column("told", Json, nullable=False),  # cause -> records, as the managers were told last
    Column("updated_at", Utc, nullable=False),
)

sync_incidents = Table(
    "sync_incidents",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("cause", Text, nullable=False),
    Column("request_id", BigId, ForeignKey("requests.id"), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("last_run", BigId),
    Column("told_at", Utc, nullable=False),  # when a line was added to the request last
    Column("records", Integer, nullable=False),
    Column("runs", Integer, nullable=False),
    Index("ix_sync_incidents_hotel", "hotel_id", "cause", "id"),
    Index("ix_sync_incidents_request_id", "request_id"),
    Index(
        "uq_sync_incidents_open",
        "hotel_id",
        "cause",
        unique=True,
        sqlite_where=text("closed_at is null"),
        postgresql_where=text("closed_at is null"),
    ),
    sqlite_autoincrement=True,
)
