"""What guests are found by: one row of tokens per profile and stay, and the spellings near each known word.

The full-text index itself lies beside the metadata, since the engines spell it differently: on SQLite the FTS5 table
``guest_fts`` over ``guest_docs``, kept by triggers; on PostgreSQL a GIN index over the same tokens.
"""

from sqlalchemy import Column, Table, Text, UniqueConstraint

from storage.tables.base import Key, hotel_column, id_column, metadata, portal_column

guest_docs = Table(
    "guest_docs",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("kind", Text, nullable=False),  # profile | stay
    Column("key", Key, nullable=False),
    Column("tokens", Text, nullable=False),  # as domain.guest_search makes them, a blank between
    UniqueConstraint("hotel_id", "kind", "key"),
)

guest_spellings = Table(
    "guest_spellings",
    metadata,
    hotel_column(primary_key=True),
    Column("cut", Key, primary_key=True),  # the word itself, or the word without one letter
    Column("word", Key, primary_key=True),
    portal_column(),
)

BESIDE_METADATA = frozenset(
    {
        "guest_fts",
        "guest_fts_data",
        "guest_fts_idx",
        "guest_fts_config",
        "guest_fts_docsize",
        "ix_guest_docs_tokens",
    }
)
"""What the migrations make and the metadata can't say."""
