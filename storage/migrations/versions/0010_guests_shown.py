"""Which messages show which guests, and whom each look-up has shown"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "guest_cards",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("guests", _JSON, nullable=False),
        sa.Column("shown_at", _UTC, nullable=False),
        sa.Column("expires_at", _UTC, nullable=True),
        sa.Column("hidden_at", _UTC, nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_guest_cards_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_cards")),
        sa.UniqueConstraint(
            "portal_id",
            "channel",
            "chat",
            "message_id",
            name=op.f("uq_guest_cards_portal_id_channel_chat_message_id"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("guest_cards", schema=None) as batch_op:
        batch_op.create_index("ix_guest_cards_hidden", ["portal_id", "hidden_at", "expires_at"], unique=False)
    op.create_table(
        "lookup_guests",
        sa.Column("lookup_id", _ID, nullable=False),
        sa.Column("guest", _KEY, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["lookup_id"], ["lookups.id"], name=op.f("fk_lookup_guests_lookup_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_lookup_guests_portal_id")),
        sa.PrimaryKeyConstraint("lookup_id", "guest", name=op.f("pk_lookup_guests")),
    )
    with op.batch_alter_table("lookup_guests", schema=None) as batch_op:
        batch_op.create_index("ix_lookup_guests_guest", ["portal_id", "guest"], unique=False)


def downgrade() -> None:
    op.drop_table("lookup_guests")
    op.drop_table("guest_cards")
