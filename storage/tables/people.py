"""People of a portal: who they are in each messenger and what they may see."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Json, Utc, id_column, metadata, portal_column

people = Table(
    "people",
    metadata,
    id_column(),
    portal_column(),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("language", Text),
    Column("department_ids", Json, nullable=False),
    Column("is_admin", Boolean, nullable=False, default=False),
    Column("blocked_channels", Json, nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("ix_people_portal_id", "portal_id"),
    sqlite_autoincrement=True,
)

identities = Table(
    "identities",
    metadata,
    portal_column(primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("person_id", BigId, ForeignKey("people.id"), nullable=False),
    Index("ix_identities_person", "person_id", "channel"),
)

roles = Table(
    "roles",
    metadata,
    id_column(),
    portal_column(),
    Column("person_id", BigId, ForeignKey("people.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("hotels", Json),
    Column("privacy", Text),
    Column("source", Text, nullable=False),
    UniqueConstraint("portal_id", "person_id", "role", "source"),
    Index("ix_roles_portal_role", "portal_id", "role"),
    Index("ix_roles_person_id", "person_id"),
    sqlite_autoincrement=True,
)

link_codes = Table(
    "link_codes",
    metadata,
    portal_column(primary_key=True),
    Column("code_hash", Text, primary_key=True),
    Column("person_id", BigId, ForeignKey("people.id"), nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Index("ix_link_codes_person_id", "person_id"),
)
