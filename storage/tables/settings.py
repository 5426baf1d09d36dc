"""Who changed what in a portal's settings, and the links that open the pages outside the portal's frame."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Json, Utc, id_column, metadata, portal_column

settings_changes = Table(
    "settings_changes",
    metadata,
    id_column(),
    portal_column(),
    Column("version", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("person_id", BigId, ForeignKey("people.id")),
    Column("who", Text, nullable=False),
    Column("changes", Json, nullable=False),
    UniqueConstraint("portal_id", "version"),
    Index("ix_settings_changes_person", "person_id"),
    sqlite_autoincrement=True,
)
"""The newest row's ``version`` is the settings' own; ``changes`` is [[path, before, after]] without secrets."""

page_links = Table(
    "page_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    portal_column(),
    Column("person_id", BigId, ForeignKey("people.id"), nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Index("ix_page_links_portal_person", "portal_id", "person_id"),
    Index("ix_page_links_person", "person_id"),
)

page_deeds = Table(
    "page_deeds",
    metadata,
    id_column(),
    portal_column(),
    Column("at", Utc, nullable=False),
    Column("person_id", BigId, ForeignKey("people.id")),
    Column("who", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("data", Json, nullable=False),
    Index("ix_page_deeds_portal_id", "portal_id", "id"),
    Index("ix_page_deeds_person_id", "person_id"),
    sqlite_autoincrement=True,
)
"""What was done on the pages beside changes of settings: retried, paused, exported; ``data`` without names of guests."""
