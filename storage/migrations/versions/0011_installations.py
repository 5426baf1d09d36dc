"""Installed portals: sealed tokens, where they answer, how far the installation has come"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("portals", sa.Column("state", sa.Text(), server_default="active", nullable=False))
    op.create_table(
        "installations",
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("client_endpoint", sa.Text(), nullable=False),
        sa.Column("server_endpoint", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("former_token", sa.Text(), nullable=True),
        sa.Column("application_token", sa.Text(), nullable=True),
        sa.Column("pair", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", _UTC, nullable=True),
        sa.Column("refreshed_at", _UTC, nullable=True),
        sa.Column("scopes", _JSON, nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("licence", sa.Text(), server_default="", nullable=False),
        sa.Column("licence_family", sa.Text(), server_default="", nullable=False),
        sa.Column("finished", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("installed_at", _UTC, nullable=False),
        sa.Column("ensured_at", _UTC, nullable=True),
        sa.Column("ended_at", _UTC, nullable=True),
        sa.Column("erased_at", _UTC, nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_installations_portal_id")),
        sa.PrimaryKeyConstraint("portal_id", name=op.f("pk_installations")),
        sa.UniqueConstraint("member_id", name=op.f("uq_installations_member_id")),
    )


def downgrade() -> None:
    op.drop_table("installations")
    op.drop_column("portals", "state")
