"""Who joined a request or an outage, templates of support, known outages"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "templates",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("portal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("updated_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_templates_portal_id")),
        sa.ForeignKeyConstraint(["updated_by"], ["people.id"], name=op.f("fk_templates_updated_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("portal_id", "folded", name=op.f("uq_templates_portal_id_folded")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("templates", schema=None) as batch_op:
        batch_op.create_index("ix_templates_updated_by", ["updated_by"], unique=False)

    op.create_table(
        "outages",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("portal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hotel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "started_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False
        ),
        sa.Column("started_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=True
        ),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name=op.f("fk_outages_ended_by")),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_outages_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_outages_portal_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_outages_request_id")),
        sa.ForeignKeyConstraint(["started_by"], ["people.id"], name=op.f("fk_outages_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.create_index("ix_outages_ended_by", ["ended_by"], unique=False)
        batch_op.create_index("ix_outages_hotel_id", ["hotel_id"], unique=False)
        batch_op.create_index("ix_outages_portal_ended", ["portal_id", "ended_at"], unique=False)
        batch_op.create_index("ix_outages_request_id", ["request_id"], unique=False)
        batch_op.create_index("ix_outages_started_by", ["started_by"], unique=False)

    op.create_table(
        "request_votes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("portal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outage_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"], name=op.f("fk_request_votes_outage_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_request_votes_person_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_request_votes_portal_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_request_votes_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_votes")),
        sa.UniqueConstraint("outage_id", "person_id", name=op.f("uq_request_votes_outage_id_person_id")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_request_votes_request_id_person_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("request_votes", schema=None) as batch_op:
        batch_op.create_index("ix_request_votes_person_id", ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("request_votes", schema=None) as batch_op:
        batch_op.drop_index("ix_request_votes_person_id")

    op.drop_table("request_votes")
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.drop_index("ix_outages_started_by")
        batch_op.drop_index("ix_outages_request_id")
        batch_op.drop_index("ix_outages_portal_ended")
        batch_op.drop_index("ix_outages_hotel_id")
        batch_op.drop_index("ix_outages_ended_by")

    op.drop_table("outages")
    with op.batch_alter_table("templates", schema=None) as batch_op:
        batch_op.drop_index("ix_templates_updated_by")

    op.drop_table("templates")
