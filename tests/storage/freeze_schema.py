"""Writes what the present code asks of the schema, for the tests of later releases.

Run when a release is cut: ``python -m tests.storage.freeze_schema > tests/storage/schema_REVISION.json``.
"""

import ast
import json
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint

from storage.migrate import newest_revision
from storage.tables import metadata

ROOM = Path(sys.modules["storage"].__file__ or "").parent
KINDS = {
    "Utc": "utc", "Exact": "exact", "JSON": "json", "BigInteger": "bigint", "Integer": "int", "Boolean": "bool",
    "Date": "date", "Float": "float", "Text": "text", "String": "text", "LargeBinary": "bytes",
}  # fmt: skip


def column(one: Column[Any]) -> dict[str, Any]:
    """How a column is written by this code. ``given``: a value comes with each insert, if need be our own default."""
    parent = next(iter(one.foreign_keys), None)
    return {
        "name": one.name,
        "kind": KINDS[type(one.type).__name__],
        "nullable": one.nullable,
        "given": one.default is not None or (not one.nullable and one.server_default is None),
        "own_number": bool(one.primary_key and one.autoincrement is True),
        "parent": parent.target_fullname if parent is not None else None,
    }


def uniques(table: Table) -> list[list[str]]:
    """Every set of columns that is unique."""
    found = [sorted(one.name for one in table.primary_key)]
    found += [
        sorted(one.name for one in c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)
    ]
    found += [sorted(one.name for one in index.columns) for index in table.indexes if index.unique]
    return sorted({tuple(one) for one in found})  # type: ignore[arg-type]


def deleted() -> list[str]:
    """The tables that this code deletes rows from: the arguments of ``delete(…)`` in the room."""
    names = {"snapshot_rows": "snapshots", "attachment_rows": "attachments"}
    found = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete":
                found |= {names.get(a.id, a.id) for a in node.args if isinstance(a, ast.Name)}
                found |= {a.attr for a in node.args if isinstance(a, ast.Attribute)}
    return sorted(found & set(metadata.tables) or set(metadata.tables))


def frozen() -> dict[str, Any]:
    """The whole of it."""
    return {
        "revision": newest_revision(),
        "deleted": deleted(),
        "tables": [
            {"name": table.name, "columns": [column(one) for one in table.columns], "unique": uniques(table)}
            for table in metadata.sorted_tables
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(frozen(), indent=1) + "\n")
