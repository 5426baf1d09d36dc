"""What outside parties hand over once and for all, kept before it is worked through"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "door_journal",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", _UTC, nullable=False),
        sa.Column("done_at", _UTC, nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_door_journal_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_door_journal_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_journal")),
        sa.UniqueConstraint("hotel_id", "door", "key", name=op.f("uq_door_journal_hotel_id_door_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("door_journal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_door_journal_waiting",
            ["hotel_id", "door", "id"],
            unique=False,
            sqlite_where=sa.text("done_at is null"),
            postgresql_where=sa.text("done_at is null"),
        )
        batch_op.create_index("ix_door_journal_done", ["done_at"], unique=False)


def downgrade() -> None:
    op.drop_table("door_journal")
