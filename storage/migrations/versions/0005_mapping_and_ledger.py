"""What mapping per hotel and the ledger of postings need"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def _owned(table: str) -> tuple[Any, ...]:
    return (
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f(f"fk_{table}_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f(f"fk_{table}_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    with op.batch_alter_table("stays", schema=None) as batch_op:
        batch_op.add_column(sa.Column("share_key", KEY, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("ledger_hash", sa.Text(), nullable=False, server_default=""))
        batch_op.create_index("ix_stays_share", ["hotel_id", "share_key"], unique=False)
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("caused_by", KEY, nullable=True))
        batch_op.create_index("ix_postings_caused_by", ["hotel_id", "caused_by"], unique=False)

    op.create_table(
        "posting_history",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("portal_id", BIG, nullable=False),
        sa.Column("hotel_id", BIG, nullable=False),
        sa.Column("posting_id", KEY, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("run_id", BIG, nullable=True),
        sa.Column("replaced_at", UTC, nullable=False),
        *_owned("posting_history"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("posting_history", schema=None) as batch_op:
        batch_op.create_index("ix_posting_history_posting", ["hotel_id", "posting_id", "id"], unique=False)

    op.create_table(
        "timeline_lines",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("portal_id", BIG, nullable=False),
        sa.Column("hotel_id", BIG, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("crm_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", UTC, nullable=False),
        sa.Column("sent_at", UTC, nullable=True),
        sa.Column("done_at", UTC, nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        *_owned("timeline_lines"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("timeline_lines", schema=None) as batch_op:
        batch_op.create_index("ix_timeline_lines_open", ["hotel_id", "done_at", "id"], unique=False)
        batch_op.create_index("ix_timeline_lines_key", ["hotel_id", "entity", "key"], unique=False)


def downgrade() -> None:
    op.drop_table("timeline_lines")
    op.drop_table("posting_history")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index("ix_postings_caused_by")
        batch_op.drop_column("caused_by")
    with op.batch_alter_table("stays", schema=None) as batch_op:
        batch_op.drop_index("ix_stays_share")
        batch_op.drop_column("ledger_hash")
        batch_op.drop_column("share_key")
