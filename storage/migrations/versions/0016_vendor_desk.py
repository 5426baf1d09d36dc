"""Whose customer a request at a vendor's desk is of"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("home_id", _ID, nullable=True))
        batch_op.create_index("ix_requests_home_id", ["home_id", "status"], unique=False)
        batch_op.create_foreign_key(op.f("fk_requests_home_id"), "portals", ["home_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_requests_home_id"), type_="foreignkey")
        batch_op.drop_index("ix_requests_home_id")
        batch_op.drop_column("home_id")
