"""What each door of a hotel told: the pieces that the staged records are merged from, and how the doors are known."""

from sqlalchemy import Boolean, Column, Index, Table, Text

from storage.tables.base import Json, Key, Utc, hotel_column, metadata, portal_column

door_records = Table(
    "door_records",
    metadata,
    hotel_column(primary_key=True),
    Column("entity", Text, primary_key=True),  # stay | profile
    Column("door", Text, primary_key=True),
    Column("door_key", Key, primary_key=True),  # the door's own number
    portal_column(),
    Column("key", Key),  # the staged record it belongs to; NULL: none yet
    Column("how", Text, nullable=False),  # same | matched | own
    Column("guest_key", Key),  # a stay's guest by the door's own number
    Column("state", Text),  # of a stay, as this door told it last
    Column("cells", Json, nullable=False),
    Column("told_at", Utc, nullable=False),  # the newest moment told
    Column("received_at", Utc, nullable=False),
    Column("stored_at", Utc, nullable=False),
    Index("ix_door_records_key", "hotel_id", "entity", "key"),
    Index("ix_door_records_guest", "hotel_id", "door", "guest_key"),
    Index("ix_door_records_how", "hotel_id", "door", "entity", "how", "state"),
    Index("ix_door_records_received", "hotel_id", "door", "received_at"),
)

door_states = Table(
    "door_states",
    metadata,
    hotel_column(primary_key=True),
    Column("door", Text, primary_key=True),
    portal_column(),
    Column("same_ids", Boolean),  # what the probe learnt; NULL: not yet
    Column("evidence", Json),
    Column("probed_at", Utc),
    Column("told_at", Utc),  # when it last told anything
)

room_states = Table(
    "room_states",
    metadata,
    hotel_column(primary_key=True),
    Column("room", Key, primary_key=True),
    portal_column(),
    Column("condition", Text, nullable=False),  # dirty | clean | inspected
    Column("occupied", Boolean),
    Column("at", Utc, nullable=False),
)
