"""What the law asks of guests' data: which messages show whom, and whom each look-up has shown."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Json, Key, Utc, id_column, metadata, portal_column

guest_cards = Table(
    "guest_cards",
    metadata,
    id_column(),
    portal_column(),
    Column("channel", Text, nullable=False),
    Column("chat", Text, nullable=False),  # with the topic behind a slash
    Column("message_id", Text, nullable=False),
    Column("guests", Json, nullable=False),  # HOTEL:PROFILE, HOTEL:reservation:NUMBER
    Column("shown_at", Utc, nullable=False),
    Column("expires_at", Utc),  # none: it stays
    Column("hidden_at", Utc),
    UniqueConstraint("portal_id", "channel", "chat", "message_id"),
    Index("ix_guest_cards_hidden", "portal_id", "hidden_at", "expires_at"),
    sqlite_autoincrement=True,
)

lookup_guests = Table(
    "lookup_guests",
    metadata,
    Column("lookup_id", BigId, ForeignKey("lookups.id", ondelete="CASCADE"), primary_key=True),
    Column("guest", Key, primary_key=True),
    portal_column(),
    Index("ix_lookup_guests_guest", "portal_id", "guest"),
)
