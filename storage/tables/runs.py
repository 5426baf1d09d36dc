"""The journal of work: sync runs with each item's fate, commands given to the running service, guests looked up."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, Text, text

from storage.tables.base import BigId, Json, Key, Utc, hotel_column, id_column, metadata, portal_column

runs = Table(
    "runs",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(),
    Column("kind", Text, nullable=False),
    Column("asked_by", BigId, ForeignKey("people.id")),
    Column("started_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("state", Text, nullable=False),  # running | done | failed | interrupted
    Column("counts", Json, nullable=False),
    Column("seconds", Float),
    Column("error_code", Text),
    Column("error_reason", Text),
    Column("progress", Json),
    Index("ix_runs_hotel", "hotel_id", "started_at"),
    Index("ix_runs_state", "state"),
    sqlite_autoincrement=True,
)

run_items = Table(
    "run_items",
    metadata,
    id_column(),
    Column("run_id", BigId, ForeignKey("runs.id"), nullable=False),
    portal_column(),
    hotel_column(),
    Column("entity", Text, nullable=False),
    Column("key", Key, nullable=False),
    Column("action", Text, nullable=False),  # create | update
    Column("state", Text, nullable=False),  # planned | sent | done | failed | unclear | rejected
    Column("sent_at", Utc),
    Column("settle_at", Utc),
    Column("crm_id", BigId),
    Column("code", Text),
    Column("reason", Text),
    Column("diff", Json),
    Index("ix_run_items_run", "run_id", "entity", "key"),
    Index("ix_run_items_key", "hotel_id", "entity", "key"),
    Index(
        "ix_run_items_open",
        "hotel_id",
        "state",
        "settle_at",
        sqlite_where=text("state in ('planned', 'sent', 'unclear')"),
        postgresql_where=text("state in ('planned', 'sent', 'unclear')"),
    ),
    Index(
        "ix_run_items_bad",
        "hotel_id",
        "id",
        sqlite_where=text("state in ('failed', 'rejected', 'unclear')"),
        postgresql_where=text("state in ('failed', 'rejected', 'unclear')"),
    ),
    sqlite_autoincrement=True,
)

work_orders = Table(
    "work_orders",
    metadata,
    id_column(),
    portal_column(),
    Column("kind", Text, nullable=False),
    Column("params", Json, nullable=False),
    Column("state", Text, nullable=False),  # new | taken | done | failed
    Column("asked_by", Text),
    Column("progress", Json),
    Column("result", Json),
    Column("created_at", Utc, nullable=False),
    Column("taken_at", Utc),
    Column("done_at", Utc),
    Column("attempts", Integer, nullable=False, default=0),
    Index("ix_work_orders_state", "state", "id"),
    sqlite_autoincrement=True,
)

lookups = Table(
    "lookups",
    metadata,
    id_column(),
    portal_column(),
    hotel_column(nullable=True),
    Column("person_id", BigId, ForeignKey("people.id")),
    Column("at", Utc, nullable=False),
    Column("channel", Text, nullable=False),
    Column("chat", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("query_hash", Text, nullable=False),
    Column("purpose", Text, nullable=False, default=""),
    Column("hits", Integer, nullable=False),
    Index("ix_lookups_at", "portal_id", "at"),
    Index("ix_lookups_person", "person_id", "at"),
    sqlite_autoincrement=True,
)
