"""Who of several processes is alive, and which moments of the clock have been seen to"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "replicas",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("portals", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", _UTC, nullable=False),
        sa.Column("seen_at", _UTC, nullable=False),
        sa.Column("until", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_replicas")),
    )
    op.create_table(
        "ticks",
        sa.Column("portal_id", _ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tick_at", _UTC, nullable=False),
        sa.PrimaryKeyConstraint("portal_id", "name", name=op.f("pk_ticks")),
    )
    with op.batch_alter_table("ticks", schema=None) as batch_op:
        batch_op.create_index("ix_ticks_tick_at", ["tick_at"], unique=False)
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.create_index(
            "ix_leases_portals",
            ["owner"],
            unique=False,
            sqlite_where=sa.text("name = 'portal'"),
            postgresql_where=sa.text("name = 'portal'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.drop_index("ix_leases_portals")
    op.drop_table("ticks")
    op.drop_table("replicas")
