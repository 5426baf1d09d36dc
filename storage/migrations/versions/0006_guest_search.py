"""The full-text index over guests"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_FTS5 = (
    # No positions and no sizes: words are only asked whether they are there. The tokens are ASCII, but for names
    # in scripts that have no letters of ours, and the ascii tokenizer keeps those whole.
    """CREATE VIRTUAL TABLE guest_fts USING fts5(
        tokens, content='guest_docs', content_rowid='id', tokenize='ascii', detail='none', columnsize=0)""",
    """CREATE TRIGGER guest_docs_added AFTER INSERT ON guest_docs BEGIN
        INSERT INTO guest_fts(rowid, tokens) VALUES (new.id, new.tokens); END""",
    """CREATE TRIGGER guest_docs_gone AFTER DELETE ON guest_docs BEGIN
        INSERT INTO guest_fts(guest_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens); END""",
    """CREATE TRIGGER guest_docs_changed AFTER UPDATE OF tokens ON guest_docs BEGIN
        INSERT INTO guest_fts(guest_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
        INSERT INTO guest_fts(rowid, tokens) VALUES (new.id, new.tokens); END""",
)
# A pending list would be scanned by every search.
_GIN = """CREATE INDEX ix_guest_docs_tokens ON guest_docs
    USING gin (array_to_tsvector(string_to_array(tokens, ' '))) WITH (fastupdate = off)"""


def upgrade() -> None:
    op.create_table(
        "guest_docs",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("portal_id", _BIG, nullable=False),
        sa.Column("hotel_id", _BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_guest_docs_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_guest_docs_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_docs")),
        sa.UniqueConstraint("hotel_id", "kind", "key", name=op.f("uq_guest_docs_hotel_id_kind_key")),
    )
    op.create_table(
        "guest_spellings",
        sa.Column("hotel_id", _BIG, nullable=False),
        sa.Column("cut", _KEY, nullable=False),
        sa.Column("word", _KEY, nullable=False),
        sa.Column("portal_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=op.f("fk_guest_spellings_hotel_id")),
        sa.ForeignKeyConstraint(["portal_id"], ["portals.id"], name=op.f("fk_guest_spellings_portal_id")),
        sa.PrimaryKeyConstraint("hotel_id", "cut", "word", name=op.f("pk_guest_spellings")),
    )
    for statement in _FTS5 if op.get_bind().dialect.name == "sqlite" else (_GIN,):
        op.execute(statement)
    # What the search by parts of a column needed.
    op.drop_index("ix_profiles_name_key", table_name="profiles")
    op.drop_index("ix_stays_name_key", table_name="stays")


def downgrade() -> None:
    op.create_index("ix_stays_name_key", "stays", ["hotel_id", "name_key", "reservation_id"])
    op.create_index("ix_profiles_name_key", "profiles", ["hotel_id", "name_key", "profile_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE guest_fts")
    op.drop_table("guest_spellings")
    op.drop_table("guest_docs")
