"""The folios as the PMS tells them, what was told before, and the lines that deals' timelines are to get."""

from sqlalchemy import Boolean, Column, Date, Index, Table, Text

from storage.tables.base import (
    BigId,
    Exact,
    Json,
    Key,
    Utc,
    hotel_column,
    id_column,
    metadata,
    portal_column,
)

postings = Table(
    "postings",
    metadata,
    hotel_column(primary_key=True),
    Column("posting_id", Key, primary_key=True),
    portal_column(),
    Column("reservation_id", Key, nullable=False),  # whose folio it is on
    Column("caused_by", Key),  # the reservation a routed line came from
    Column("day", Date, nullable=False),  # business date
    Column("kind", Text, nullable=False),
    Column("amount", Exact, nullable=False),
    Column("currency", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("seen_run", BigId),
    Index("ix_postings_reservation", "hotel_id", "reservation_id"),
    Index("ix_postings_caused_by", "hotel_id", "caused_by"),
    Index("ix_postings_day", "hotel_id", "day"),
)

posting_history = Table(
    "posting_history",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("posting_id", Key, nullable=False),
    Column("data", Json, nullable=False),  # as it was told before
    Column("content_hash", Text, nullable=False),
    Column("run_id", BigId),  # whose reading replaced it
    Column("replaced_at", Utc, nullable=False),
    Index("ix_posting_history_posting", "hotel_id", "posting_id", "id"),
    sqlite_autoincrement=True,
)

timeline_lines = Table(
    "timeline_lines",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("entity", Text, nullable=False),  # deal
    Column("key", Key, nullable=False),
    Column("crm_id", BigId, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("sent_at", Utc),  # NULL: never sent; else it may stand there already
    Column("done_at", Utc),
    Column("refused", Boolean, nullable=False, default=False),
    Index("ix_timeline_lines_open", "hotel_id", "done_at", "id"),
    Index("ix_timeline_lines_key", "hotel_id", "entity", "key"),
    sqlite_autoincrement=True,
)
