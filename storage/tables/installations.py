"""How an installed portal is reached: its sealed tokens, and how far its installation has come."""

from sqlalchemy import Boolean, Column, Integer, Table, Text, UniqueConstraint, false, text

from storage.tables.base import Json, Utc, metadata, portal_column

installations = Table(
    "installations",
    metadata,
    portal_column(primary_key=True),
    Column("member_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("domain", Text, nullable=False),
    Column("client_endpoint", Text, nullable=False),
    Column("server_endpoint", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    # Sealed (storage/sealing.py). The former pair stays until the new one has been seen to work.
    Column("access_token", Text),
    Column("refresh_token", Text),
    Column("former_token", Text),
    Column("application_token", Text),
    Column("pair", Integer, nullable=False, server_default=text("0")),
    Column("expires_at", Utc),
    Column("refreshed_at", Utc),
    Column("scopes", Json, nullable=False),
    Column("status", Text, nullable=False, server_default=""),
    Column("licence", Text, nullable=False, server_default=""),
    Column("licence_family", Text, nullable=False, server_default=""),
    Column("finished", Boolean, nullable=False, server_default=false()),
    Column("version", Text, nullable=False, server_default=""),
    Column("installed_at", Utc, nullable=False),
    Column("ensured_at", Utc),
    Column("ended_at", Utc),
    Column("erased_at", Utc),
    UniqueConstraint("member_id"),
)
