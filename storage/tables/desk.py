"""The desk's own: who joined a request or an outage, support's templates, known outages."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Utc, hotel_column, id_column, metadata, portal_column

outages = Table(
    "outages",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(nullable=True),  # none: every hotel's
    Column("request_id", BigId, ForeignKey("requests.id")),
    Column("text", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("started_by", BigId, ForeignKey("people.id")),
    Column("ended_at", Utc),
    Column("ended_by", BigId, ForeignKey("people.id")),
    Index("ix_outages_portal_ended", "portal_id", "ended_at"),
    Index("ix_outages_hotel_id", "hotel_id"),
    Index("ix_outages_request_id", "request_id"),
    Index("ix_outages_started_by", "started_by"),
    Index("ix_outages_ended_by", "ended_by"),
    sqlite_autoincrement=True,
)

request_votes = Table(
    "request_votes",
    metadata,
    id_column(),
    portal_column(),
    Column("request_id", BigId, ForeignKey("requests.id")),  # either this
    Column("outage_id", BigId, ForeignKey("outages.id")),  # or that
    Column("person_id", BigId, ForeignKey("people.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("request_id", "person_id"),
    UniqueConstraint("outage_id", "person_id"),
    Index("ix_request_votes_person_id", "person_id"),
    sqlite_autoincrement=True,
)

templates = Table(
    "templates",
    metadata,
    id_column(),
    portal_column(),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),  # how it is found: letter case and ё aside
    Column("text", Text, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("updated_by", BigId, ForeignKey("people.id")),
    Column("text_en", Text),
    UniqueConstraint("portal_id", "folded"),
    Index("ix_templates_updated_by", "updated_by"),
    sqlite_autoincrement=True,
)
