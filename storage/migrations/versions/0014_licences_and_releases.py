"""Licences of portals, releases told to them, requests a release closes, and the oldest code this schema bears"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
BASELINE = "0.1.0"
"""The release that every portal of this database had before anybody was told of releases."""


def upgrade() -> None:
    op.create_table(
        "licences",
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("paid_until", sa.Date(), nullable=True),
        sa.Column("grace_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", _UTC, nullable=False),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_licences_portal_id")),
        sa.PrimaryKeyConstraint("portal_id", name=op.f("pk_licences")),
    )
    op.create_table(
        "portal_releases",
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("told_at", _UTC, nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_portal_releases_portal_id")),
        sa.PrimaryKeyConstraint("portal_id", "version", name=op.f("pk_portal_releases")),
    )
    op.create_table(
        "request_releases",
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("request_id", _ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("who_id", _ID, nullable=True),
        sa.Column("marked_at", _UTC, nullable=False),
        sa.Column("told_at", _UTC, nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_request_releases_portal_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_request_releases_request_id")),
        sa.ForeignKeyConstraint(["who_id"], ["people.id"], name=op.f("fk_request_releases_who_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request_releases")),
    )
    with op.batch_alter_table("request_releases", schema=None) as batch_op:
        batch_op.create_index("ix_request_releases_waiting", ["portal_id", "told_at"], unique=False)
    op.create_table(
        "schema_floor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_floor")),
    )
    op.execute("INSERT INTO schema_floor (id, revision) VALUES (1, '0010')")
    # Portals that are there already had a release before; one that comes later is told nothing of the past.
    op.execute(
        "INSERT INTO portal_releases (portal_id, version, told_at) "  # noqa: S608 - no outside word in it
        f"SELECT id, '{BASELINE}', created_at FROM portals"
    )


def downgrade() -> None:
    op.drop_table("schema_floor")
    op.drop_table("request_releases")
    op.drop_table("portal_releases")
    op.drop_table("licences")
