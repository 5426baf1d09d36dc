"""What a delivery follows from, and since when"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    # Not in batch mode: SQLite adds a nullable column without writing the table anew.
    op.add_column("outbox", sa.Column("cause", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("caused_at", _UTC, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("caused_at")
        batch_op.drop_column("cause")
