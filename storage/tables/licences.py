"""The vendor's side of a portal: until when it is paid, which releases it was told of, which requests they close."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Table, Text

from storage.tables.base import BigId, Utc, metadata, portal_column

licences = Table(
    "licences",
    metadata,
    portal_column(primary_key=True),
    Column("paid_until", Date),  # the last paid day of the portal's zone; NULL: unlimited
    Column("grace_days", Integer, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=""),
    Column("told", Text, nullable=False, server_default=""),  # what managers heard last, as stage:day
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", Text, nullable=False, server_default=""),
)

portal_releases = Table(
    "portal_releases",
    metadata,
    portal_column(primary_key=True),
    Column("version", Text, primary_key=True),
    Column("told_at", Utc, nullable=False),
)

request_releases = Table(
    "request_releases",
    metadata,
    portal_column(),
    Column("request_id", BigId, ForeignKey("requests.id"), primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("who_id", BigId, ForeignKey("people.id")),
    Column("marked_at", Utc, nullable=False),
    Column("told_at", Utc),
    Index("ix_request_releases_waiting", "portal_id", "told_at"),
)

schema_floor = Table(
    "schema_floor",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("revision", Text, nullable=False),
)
"""The oldest revision whose code may still work on this schema; only a contracting migration raises it."""
