"""Changes of a portal's settings, and one-time links to its pages"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "settings_changes",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", _UTC, nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("changes", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_settings_changes_portal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_settings_changes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings_changes")),
        sa.UniqueConstraint("portal_id", "version", name=op.f("uq_settings_changes_portal_id_version")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_settings_changes_person", "settings_changes", ["person_id"])
    op.create_table(
        "page_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("expires_at", _UTC, nullable=False),
        sa.Column("used_at", _UTC, nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_page_links_portal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_page_links_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_page_links")),
    )
    op.create_table(
        "page_deeds",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("at", _UTC, nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("data", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_page_deeds_portal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_page_deeds_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_deeds")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_page_deeds_portal_id", "page_deeds", ["portal_id", "id"])
    op.create_index("ix_page_deeds_person_id", "page_deeds", ["person_id"])
    op.add_column("templates", sa.Column("text_en", sa.Text(), nullable=True))

    op.create_index("ix_page_links_portal_person", "page_links", ["portal_id", "person_id"])
    op.create_index("ix_page_links_person", "page_links", ["person_id"])


def downgrade() -> None:
    op.drop_column("templates", "text_en")
    op.drop_table("page_deeds")
    op.drop_table("page_links")
    op.drop_table("settings_changes")
