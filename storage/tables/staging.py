"""What the hotel's PMS last told us, and what the CRM last confirmed to hold."""

from sqlalchemy import Column, Date, Index, Table, Text

from storage.tables.base import BigId, Json, Key, Utc, hotel_column, metadata, portal_column

profiles = Table(
    "profiles",
    metadata,
    hotel_column(primary_key=True),
    Column("profile_id", Key, primary_key=True),
    portal_column(),
    Column("kind", Text, nullable=False),
    Column("name_key", Key, nullable=False),  # a blank around each word
    Column("phones", Key, nullable=False),  # E.164, a blank around each
    Column("emails", Key, nullable=False),  # lower case, a blank around each
    Column("data", Json, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("source_updated_at", Utc),
    Column("seen_run", BigId),
    Column("seen_at", Utc, nullable=False),
    Index("ix_profiles_phones", "hotel_id", "phones", "profile_id"),
    Index("ix_profiles_emails", "hotel_id", "emails", "profile_id"),
)

stays = Table(
    "stays",
    metadata,
    hotel_column(primary_key=True),
    Column("reservation_id", Key, primary_key=True),
    portal_column(),
    Column("profile_id", Key),
    Column("confirmation", Key, nullable=False, default=""),
    Column("state", Text, nullable=False),
    Column("arrival", Date, nullable=False),
    Column("departure", Date, nullable=False),
    Column("room", Key, nullable=False),
    Column("share_key", Key, nullable=False, default="", server_default=""),
    Column("name_key", Key, nullable=False),
    Column("data", Json, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("ledger_hash", Text, nullable=False, default="", server_default=""),  # of its folio; empty: none
    Column("source_updated_at", Utc),
    Column("seen_run", BigId),
    Column("seen_at", Utc, nullable=False),
    Index("ix_stays_room", "hotel_id", "room", "arrival"),
    Index("ix_stays_arrival", "hotel_id", "arrival", "state"),
    Index("ix_stays_departure", "hotel_id", "departure", "state"),
    Index("ix_stays_state", "hotel_id", "state", "arrival"),
    Index("ix_stays_profile", "hotel_id", "profile_id"),
    Index("ix_stays_confirmation", "hotel_id", "confirmation"),
    Index("ix_stays_share", "hotel_id", "share_key"),
)

aliases = Table(
    "aliases",
    metadata,
    hotel_column(primary_key=True),
    Column("old_id", Key, primary_key=True),
    portal_column(),
    Column("new_id", Key, nullable=False),
    Index("ix_aliases_new_id", "hotel_id", "new_id"),
)

snapshots = Table(
    "snapshots",
    metadata,
    hotel_column(primary_key=True),
    Column("entity", Text, primary_key=True),  # profile | stay
    Column("key", Key, primary_key=True),
    portal_column(),
    Column("crm_entity", Text, nullable=False),  # contact | company | deal
    Column("crm_id", BigId, nullable=False),
    Column("content_hash", Text, nullable=False),  # of the write as the CRM confirmed it
    Column("source_hash", Text, nullable=False, default=""),  # of the staging row it was made from
    Column("mapping", Text, nullable=False, default=""),  # of the mapping that made it
    Column("fields", Json, nullable=False),
    Column("confirmed_at", Utc, nullable=False),
    Index("ix_snapshots_crm", "hotel_id", "crm_entity", "crm_id"),
)

sync_cursors = Table(
    "sync_cursors",
    metadata,
    hotel_column(primary_key=True),
    Column("door", Text, primary_key=True),
    portal_column(),
    Column("at", Utc),
    Column("full_at", Utc),
    Column("newest_at", Utc),  # the newest stamp the PMS has put on a record we read
    Column("bound_at", Utc),  # the same when the last read began
)
