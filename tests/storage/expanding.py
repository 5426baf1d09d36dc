"""What a migration file does, read from its source: operations that the code of the release before couldn't bear."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "storage" / "migrations" / "versions"
FIRST = "0011"
"""Before it nothing was released."""
LOST = {"drop_table", "drop_column", "drop_constraint", "rename_table", "drop_table_comment"}
NARROWING = {
    "create_unique_constraint",
    "create_check_constraint",
    "create_exclude_constraint",
    "create_foreign_key",
}
SQL = re.compile(
    r"\b(drop\s+(table|column|constraint)|rename\b|alter\s+table|delete\s+from|truncate)", re.IGNORECASE
)


def contracts(source: str) -> bool:
    """Whether the file says ``contract = True``."""
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id == "contract" for one in node.targets)
        and isinstance(node.value, ast.Constant)
        and node.value.value is True
        for node in ast.parse(source).body
    )


def faults(source: str) -> list[str]:
    """What may not stand in a migration's ``upgrade``; a contracting one must only raise the floor."""
    if contracts(source):
        return [] if "schema_floor" in source else ["a contraction must raise schema_floor"]
    tree = ast.parse(source)
    upgrade = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade")
    calls = list(_calls(upgrade, None))
    made = {_text(call.args) for _, call in calls if _name(call) == "create_table"}
    added = {
        (table or _text(call.args), _column(call)) for table, call in calls if _name(call) == "add_column"
    }
    return [
        f"line {call.lineno}: {fault}" for table, call in calls for fault in _judged(call, table, made, added)
    ]


def _judged(call: ast.Call, batch: str | None, made: set[str], added: set[tuple[str, str]]) -> Iterator[str]:
    name, table = _name(call), batch or _text(call.args)
    if name in LOST and table not in made:
        yield f"{name} takes away what old code uses"
    if (
        name == "add_column"
        and _is(_made(call), "nullable", False)
        and not _has(_made(call), "server_default")
    ):
        yield "a new obligatory column without a server default"
    if name == "alter_column":
        if _has(call, "new_column_name") or _has(call, "type_"):
            yield "a column renamed or of another type"
        if _is(call, "nullable", False):
            yield "a column made obligatory"
    unique_index = name == "create_index" and _is(call, "unique", True)
    if (name in NARROWING or unique_index) and not _only_new(call, batch, made, added):
        yield f"{name} narrows what old code may write"
    if name == "execute" and (found := SQL.search(ast.unparse(call))):
        yield f"SQL that says «{found[0]}»"


def _only_new(call: ast.Call, batch: str | None, made: set[str], added: set[tuple[str, str]]) -> bool:
    """Whether it is about tables or columns that this very file adds."""
    strings = [
        one.value for one in ast.walk(call) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    if batch in made or any(one in made for one in strings[:2]):
        return True
    lists = [one for one in call.args if isinstance(one, ast.List)]
    columns = [one.value for some in lists[:1] for one in some.elts if isinstance(one, ast.Constant)]
    tables = {table for table, _ in added} & ({batch} if batch else set(strings))
    return bool(columns) and any(all((table, one) in added for one in columns) for table in tables)


def _calls(node: ast.AST, batch: str | None) -> Iterator[tuple[str | None, ast.Call]]:
    """Every call with the table of the batch block it stands in."""
    for child in ast.iter_child_nodes(node):
        inner = batch
        if isinstance(child, ast.With):
            opened = child.items[0].context_expr
            if isinstance(opened, ast.Call) and _name(opened) == "batch_alter_table":
                inner = _text(opened.args)
        if isinstance(child, ast.Call):
            yield inner, child
        yield from _calls(child, inner)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text(args: list[ast.expr]) -> str:
    return next(
        (one.value for one in args if isinstance(one, ast.Constant) and isinstance(one.value, str)), ""
    )


def _made(call: ast.Call) -> ast.Call:
    return next((one for one in call.args if isinstance(one, ast.Call)), call)


def _column(call: ast.Call) -> str:
    return _text(_made(call).args)


def _has(call: ast.Call, name: str) -> bool:
    return any(one.arg == name for one in call.keywords)


def _is(call: ast.Call, name: str, value: object) -> bool:
    return any(
        one.arg == name and isinstance(one.value, ast.Constant) and one.value.value is value
        for one in call.keywords
    )
