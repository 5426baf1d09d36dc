"""What was told of coming guests, who took it on, and that it was done."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table, Text

from storage.tables.base import BigId, Json, Key, Utc, hotel_column, id_column, metadata, portal_column

guest_alerts = Table(
    "guest_alerts",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("reservation_id", Key, nullable=False),
    Column("profile_id", Key),
    Column("arrival", Date, nullable=False),
    Column("kinds", Json, nullable=False),
    Column("complaints", Json, nullable=False),  # numbers of requests
    Column("state", Text, nullable=False),  # open | taken | done
    Column("owner_id", BigId, ForeignKey("people.id")),
    Column("made_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Index("ix_guest_alerts_reservation", "hotel_id", "reservation_id"),
    Index("ix_guest_alerts_arrival", "hotel_id", "arrival"),
    Index("ix_guest_alerts_owner_id", "owner_id"),
    sqlite_autoincrement=True,
)
