"""Where a person stands in his conversation with the bot, whatever messenger he writes from."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table

from storage.tables.base import BigId, Json, Utc, metadata, portal_column

conversations = Table(
    "conversations",
    metadata,
    portal_column(primary_key=True),
    Column("person_id", BigId, ForeignKey("people.id"), primary_key=True),
    Column("state", Json),
    Column("prompt", Json),
    Column("fence", BigInteger, nullable=False, default=0),
    Column("updated_at", Utc, nullable=False),
    Index("ix_conversations_updated_at", "updated_at"),
)
