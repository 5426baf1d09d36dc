"""Alerts of coming guests"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "guest_alerts",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("reservation_id", _KEY, nullable=False),
        sa.Column("profile_id", _KEY, nullable=True),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("kinds", _JSON, nullable=False),
        sa.Column("complaints", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", _ID, nullable=True),
        sa.Column("made_at", _UTC, nullable=False),
        sa.Column("changed_at", _UTC, nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_guest_alerts_hotel_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name=op.f("fk_guest_alerts_owner_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_guest_alerts_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_alerts")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("guest_alerts", schema=None) as batch_op:
        batch_op.create_index("ix_guest_alerts_reservation", ["hotel_id", "reservation_id"], unique=False)
        batch_op.create_index("ix_guest_alerts_arrival", ["hotel_id", "arrival"], unique=False)
        batch_op.create_index("ix_guest_alerts_owner_id", ["owner_id"], unique=False)


def downgrade() -> None:
    op.drop_table("guest_alerts")
