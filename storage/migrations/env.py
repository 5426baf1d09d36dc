"""Alembic's entry: works on the connection it is handed, within its transaction."""

from typing import Any, Literal

from alembic import context

from storage.tables import metadata
from storage.tables.base import BigId, Exact, Json, Key, Utc


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write column types out in full, so that a revision never changes when our own types do."""
    if kind != "type":
        return False
    autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
    if isinstance(item, Utc):
        return "sa.DateTime(timezone=True).with_variant(sa.String(27), 'sqlite')"
    if isinstance(item, Exact):
        return "sa.Numeric().with_variant(sa.String(40), 'sqlite')"
    if item is Json:
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if item is BigId:
        return "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    if item is Key:
        return "sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
)
context.run_migrations()
