"""What each door of a hotel told, before it is one stay"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "door_records",
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("door_key", _KEY, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("key", _KEY, nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("guest_key", _KEY, nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("cells", _JSON, nullable=False),
        sa.Column("told_at", _UTC, nullable=False),
        sa.Column("received_at", _UTC, nullable=False),
        sa.Column("stored_at", _UTC, nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_door_records_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_door_records_portal_id")),
        sa.PrimaryKeyConstraint("hotel_id", "entity", "door", "door_key", name=op.f("pk_door_records")),
    )
    with op.batch_alter_table("door_records", schema=None) as batch_op:
        batch_op.create_index("ix_door_records_key", ["hotel_id", "entity", "key"], unique=False)
        batch_op.create_index("ix_door_records_guest", ["hotel_id", "door", "guest_key"], unique=False)
        batch_op.create_index(
            "ix_door_records_how", ["hotel_id", "door", "entity", "how", "state"], unique=False
        )
        batch_op.create_index("ix_door_records_received", ["hotel_id", "door", "received_at"], unique=False)

    op.create_table(
        "door_states",
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("same_ids", sa.Boolean(), nullable=True),
        sa.Column("evidence", _JSON, nullable=True),
        sa.Column("probed_at", _UTC, nullable=True),
        sa.Column("told_at", _UTC, nullable=True),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_door_states_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_door_states_portal_id")),
        sa.PrimaryKeyConstraint("hotel_id", "door", name=op.f("pk_door_states")),
    )
    op.create_table(
        "room_states",
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("room", _KEY, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("occupied", sa.Boolean(), nullable=True),
        sa.Column("at", _UTC, nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_room_states_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_room_states_portal_id")),
        sa.PrimaryKeyConstraint("hotel_id", "room", name=op.f("pk_room_states")),
    )


def downgrade() -> None:
    op.drop_table("room_states")
    op.drop_table("door_states")
    with op.batch_alter_table("door_records", schema=None) as batch_op:
        batch_op.drop_index("ix_door_records_received")
        batch_op.drop_index("ix_door_records_how")
        batch_op.drop_index("ix_door_records_guest")
        batch_op.drop_index("ix_door_records_key")
    op.drop_table("door_records")
