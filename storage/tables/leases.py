"""Who may do a one-at-a-time work now, and by which fencing token the others know him to be late."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from storage.tables.base import BigId, Utc, metadata

leases = Table(
    "leases",
    metadata,
    # No foreign key: portal 0 is the whole service (a scheduled tick).
    Column("portal_id", BigId, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Utc, nullable=False),
    Index("ix_leases_until", "until"),
    Index(
        "ix_leases_portals",
        "owner",
        sqlite_where=text("name = 'portal'"),
        postgresql_where=text("name = 'portal'"),
    ),
)
