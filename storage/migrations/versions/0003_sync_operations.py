"""What the sync's reconciliation, incidents and previews remember"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sync_states",
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("paused_at", _UTC, nullable=True),
        sa.Column("told", _JSON, nullable=False),
        sa.Column("updated_at", _UTC, nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_sync_states_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_sync_states_portal_id")),
        sa.PrimaryKeyConstraint("hotel_id", name=op.f("pk_sync_states")),
    )
    op.create_table(
        "sync_incidents",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("opened_at", _UTC, nullable=False),
        sa.Column("closed_at", _UTC, nullable=True),
        sa.Column("last_run", _ID, nullable=True),
        sa.Column("told_at", _UTC, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_sync_incidents_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_sync_incidents_portal_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_sync_incidents_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_incidents")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sync_incidents", schema=None) as batch_op:
        batch_op.create_index("ix_sync_incidents_hotel", ["hotel_id", "cause", "id"], unique=False)
        batch_op.create_index("ix_sync_incidents_request_id", ["request_id"], unique=False)
        batch_op.create_index(
            "uq_sync_incidents_open",
            ["hotel_id", "cause"],
            unique=True,
            sqlite_where=sa.text("closed_at is null"),
            postgresql_where=sa.text("closed_at is null"),
        )
    with op.batch_alter_table("run_items", schema=None) as batch_op:
        batch_op.create_index(
            "ix_run_items_bad",
            ["hotel_id", "id"],
            unique=False,
            sqlite_where=sa.text("state in ('failed', 'rejected', 'unclear')"),
            postgresql_where=sa.text("state in ('failed', 'rejected', 'unclear')"),
        )
    op.add_column("sync_cursors", sa.Column("newest_at", _UTC, nullable=True))
    op.add_column("sync_cursors", sa.Column("bound_at", _UTC, nullable=True))


def downgrade() -> None:
    op.drop_column("sync_cursors", "bound_at")
    op.drop_column("sync_cursors", "newest_at")
    with op.batch_alter_table("run_items", schema=None) as batch_op:
        batch_op.drop_index("ix_run_items_bad")
    with op.batch_alter_table("sync_incidents", schema=None) as batch_op:
        batch_op.drop_index("uq_sync_incidents_open")
        batch_op.drop_index("ix_sync_incidents_request_id")
        batch_op.drop_index("ix_sync_incidents_hotel")
    op.drop_table("sync_incidents")
    op.drop_table("sync_states")
