"""What other programs may do here: their tokens, the answers kept for repeated calls, and where our events go."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Json, Key, Utc, id_column, metadata, portal_column

api_tokens = Table(
    "api_tokens",
    metadata,
    id_column(),
    portal_column(),
    Column("person_id", BigId, ForeignKey("people.id"), nullable=False),  # whom the token acts as
    Column("name", Text, nullable=False),
    Column("prefix", Key, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("privacy", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hotels", Json, nullable=False),  # codes; empty: all
    Column("created_at", Utc, nullable=False),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("expires_at", Utc),
    Column("last_used_at", Utc),
    Column("revoked_at", Utc),
    UniqueConstraint("prefix"),
    Index("ix_api_tokens_portal_id", "portal_id"),
    Index("ix_api_tokens_person_id", "person_id"),
    sqlite_autoincrement=True,
)

api_answers = Table(
    "api_answers",
    metadata,
    Column("token_id", BigId, ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True),
    Column("operation", Key, primary_key=True),  # method and path
    Column("key", Key, primary_key=True),
    portal_column(),
    Column("body_hash", Text, nullable=False),
    Column("status", Integer),
    Column("headers", Json),
    Column("body", Text),  # sealed when it holds a secret
    Column("created_at", Utc, nullable=False),
    Index("ix_api_answers_created_at", "created_at"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    id_column(),
    portal_column(),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("events", Json, nullable=False),  # empty: all
    Column(
        "secrets", Json, nullable=False
    ),  # [{"sealed": …, "until": … | null}], the first one is the present one
    Column("state", Text, nullable=False, server_default="active"),  # active | paused | disabled
    Column("reason", Text),  # of being disabled: a code
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("failing_since", Utc),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Index("ix_webhook_endpoints_portal_state", "portal_id", "state"),
    sqlite_autoincrement=True,
)
