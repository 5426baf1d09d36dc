"""Which profiles are one person: what they may be found by, and every joining with who said so."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from storage.tables.base import BigId, Json, Key, Utc, hotel_column, id_column, metadata, portal_column

identity_profiles = Table(
    "identity_profiles",
    metadata,
    hotel_column(primary_key=True),
    Column("profile_id", Key, primary_key=True),
    portal_column(),
    Column("content_hash", Text, nullable=False),  # of the staged profile its values were taken from
)

identity_values = Table(
    "identity_values",
    metadata,
    portal_column(primary_key=True),
    Column("value", Key, primary_key=True),  # a phone in E.164 or an e-mail in lower case
    hotel_column(primary_key=True),
    Column("profile_id", Key, primary_key=True),
    Column("name_key", Key, nullable=False),
    Column("holder", Text, nullable=False),  # person | firm
    Index("ix_identity_values_profile", "hotel_id", "profile_id"),
)

identity_cases = Table(
    "identity_cases",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("profile_id", Key, nullable=False),
    Column("crm_entity", Text, nullable=False),
    Column("crm_id", BigId, nullable=False),
    Column("state", Text, nullable=False),  # open | joined | apart | splitting | joining
    Column("how", Text, nullable=False),  # points | person | pms
    Column("points", Integer, nullable=False),
    Column("marks", Json, nullable=False),
    Column("theirs", Json),  # how the item stood when it was asked about or joined; emptied when not needed
    Column("created_at", Utc, nullable=False),
    Column("asked_at", Utc),  # when a card of it was shown first
    Column("remind_at", Utc),
    Column("decided_at", Utc),
    Column("decided_by", BigId, ForeignKey("people.id")),
    Column("undone_at", Utc),
    UniqueConstraint("hotel_id", "profile_id", "crm_entity", "crm_id"),
    Index("ix_identity_cases_state", "portal_id", "state", "id"),
    Index("ix_identity_cases_item", "portal_id", "crm_entity", "crm_id"),
    Index("ix_identity_cases_decided_by", "decided_by"),
    sqlite_autoincrement=True,
)
