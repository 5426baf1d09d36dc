"""Which profiles are one person, who said so, and what is still asked"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def _json() -> sa.types.TypeEngine[Any]:
    return sa.JSON(none_as_null=True).with_variant(
        sa.dialects.postgresql.JSONB(none_as_null=True), "postgresql"
    )


def upgrade() -> None:
    op.create_table(
        "identity_profiles",
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("profile_id", _KEY, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_identity_profiles_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_identity_profiles_portal_id")),
        sa.PrimaryKeyConstraint("hotel_id", "profile_id", name=op.f("pk_identity_profiles")),
    )
    op.create_table(
        "identity_values",
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("value", _KEY, nullable=False),
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("profile_id", _KEY, nullable=False),
        sa.Column("name_key", _KEY, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_identity_values_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_identity_values_portal_id")),
        sa.PrimaryKeyConstraint(
            "portal_id", "value", "hotel_id", "profile_id", name=op.f("pk_identity_values")
        ),
    )
    op.create_index("ix_identity_values_profile", "identity_values", ["hotel_id", "profile_id"])
    op.create_table(
        "identity_cases",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("portal_id", _ID, nullable=False),
        sa.Column("hotel_id", _ID, nullable=False),
        sa.Column("profile_id", _KEY, nullable=False),
        sa.Column("crm_entity", sa.Text(), nullable=False),
        sa.Column("crm_id", _ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("marks", _json(), nullable=False),
        sa.Column("theirs", _json(), nullable=True),
        sa.Column("created_at", _UTC, nullable=False),
        sa.Column("asked_at", _UTC, nullable=True),
        sa.Column("remind_at", _UTC, nullable=True),
        sa.Column("decided_at", _UTC, nullable=True),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("undone_at", _UTC, nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_identity_cases_decided_by")),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_identity_cases_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_identity_cases_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_cases")),
        sa.UniqueConstraint(
            "hotel_id",
            "profile_id",
            "crm_entity",
            "crm_id",
            name=op.f("uq_identity_cases_hotel_id_profile_id_crm_entity_crm_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identity_cases_state", "identity_cases", ["portal_id", "state", "id"])
    op.create_index("ix_identity_cases_item", "identity_cases", ["portal_id", "crm_entity", "crm_id"])
    op.create_index("ix_identity_cases_decided_by", "identity_cases", ["decided_by"])


def downgrade() -> None:
    op.drop_table("identity_cases")
    op.drop_table("identity_values")
    op.drop_table("identity_profiles")
