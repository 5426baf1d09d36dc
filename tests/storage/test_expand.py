"""Old code on the new schema: migrations only add, and what an earlier release writes is still accepted.

`schema_REVISION.json` is what a release's code asked of the schema, written by `freeze_schema` when it was cut.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Float, Integer, MetaData, Table, Text, inspect, text
from sqlalchemy.engine import Connection

from domain.errors import Permanent
from storage import Database, migrate
from storage.migrate import is_current, newest_revision
from storage.tables.base import BigId, Exact, Json, Utc
from storage.tables.search import BESIDE_METADATA
from tests.storage import freeze_schema
from tests.storage.expanding import FIRST, VERSIONS, faults

ROOT = Path(__file__).parents[2]
RELEASES = sorted(Path(__file__).parent.glob("schema_*.json"))
FILES = [one for one in sorted(VERSIONS.glob("[0-9]*.py")) if one.name[:4] >= FIRST]
TYPES = {
    "utc": Utc, "exact": Exact, "json": Json, "bigint": BigId, "int": Integer, "bool": Boolean, "date": Date,
    "float": Float, "text": Text,
}  # fmt: skip


# --- what a migration may do ----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_migration_only_adds(file):
    assert faults(file.read_text(encoding="utf-8")) == []


OLD, NEW = 'op.create_table("new", sa.Column("id", sa.Integer()))', "sa.Column('c', sa.Text(), nullable={})"


@pytest.mark.parametrize(
    "bad",
    [
        'op.drop_table("requests")',
        'op.drop_column("requests", "form")',
        'op.rename_table("requests", "tickets")',
        'op.alter_column("requests", "form", new_column_name="shape")',
        'op.alter_column("requests", "form", nullable=False)',
        'op.alter_column("requests", "form", type_=sa.Integer())',
        f'op.add_column("requests", {NEW.format(False)})',
        'op.create_unique_constraint("uq", "requests", ["subject"])',
        'op.create_index("ix", "requests", ["subject"], unique=True)',
        'op.create_check_constraint("ck", "requests", "round > 0")',
        'op.create_foreign_key("fk", "requests", "people", ["login"], ["name"])',
        'op.execute("ALTER TABLE requests DROP COLUMN form")',
        'op.execute("DELETE FROM requests")',
        'with op.batch_alter_table("requests") as batch_op:\n        batch_op.drop_column("form")',
        'with op.batch_alter_table("requests") as batch_op:\n        batch_op.create_unique_constraint("uq", ["subject"])',
        f'with op.batch_alter_table("requests") as batch_op:\n        batch_op.add_column({NEW.format(False)})',
        "",
    ],
)
def test_the_reader_of_migrations_can_say_no(bad):
    source = f"{'contract = True' if not bad else ''}\ndef upgrade():\n    {bad or 'pass'}\n"
    assert faults(source)


@pytest.mark.parametrize(
    "good",
    [
        OLD,
        f'{OLD}; op.create_index("ix", "new", ["id"], unique=True)',
        f'op.add_column("requests", {NEW.format(True)})',
        'op.add_column("requests", sa.Column("c", sa.Text(), nullable=False, server_default=""))',
        f'op.add_column("requests", {NEW.format(True)}); op.create_index("ix", "requests", ["c"], unique=True)',
        'op.create_index("ix", "requests", ["subject"])',
        'op.alter_column("requests", "form", nullable=True)',
        "op.execute(\"UPDATE schema_floor SET revision = '0011'\")",
    ],
)
def test_the_reader_of_migrations_can_say_yes(good):
    assert faults(f"def upgrade():\n    {good}\n") == []


# --- what an earlier release writes ---------------------------------------------------------------------------


def frozen(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


class OldCode:
    """Writes rows as a release did: the columns it knew, and nothing else."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.metadata = MetaData()
        self.schema = schema
        self.tables = [self._table(one) for one in schema["tables"]]
        self.columns = {one["name"]: {c["name"]: c for c in one["columns"]} for one in schema["tables"]}
        self.ids: dict[tuple[str, bool], Any] = {}
        self._numbers = count(1000)

    def _table(self, one: dict[str, Any]) -> Table:
        columns = [
            Column(c["name"], TYPES[c["kind"]], primary_key=c["own_number"], autoincrement=c["own_number"])
            for c in one["columns"]
        ]
        return Table(one["name"], self.metadata, *columns)

    def row(self, table: Table, *, whole: bool) -> dict[str, Any]:
        """Every column it knew, or only those that each of its inserts gave."""
        return {
            name: self._value(table.name, column, whole)
            for name, column in self.columns[table.name].items()
            if not column["own_number"] and (whole or column["given"])
        }

    def _value(self, table: str, column: dict[str, Any], whole: bool) -> Any:
        number, parent = next(self._numbers), column["parent"]
        if parent is not None:
            if parent.partition(".")[0] == table and column["nullable"]:
                return None
            return self.ids[parent, whole]
        moment = datetime(2026, 11, 22, 9, 0, tzinfo=UTC) + timedelta(minutes=number)
        return {
            "utc": moment, "date": date(2026, 11, 22) + timedelta(days=number), "exact": Decimal(number), "json": {"n": number},
            "bigint": number, "int": number, "bool": True, "float": 1.5, "text": f"t{number}",
        }[column["kind"]]  # fmt: skip

    def write(self, connection: Connection, table: Table) -> None:
        """Two rows; the first belongs to the first of each of its parents, the second to the second."""
        for whole in (True, False):
            row = self.row(table, whole=whole)
            keys = connection.execute(table.insert().values(row)).inserted_primary_key
            for name in self.columns[table.name]:
                own = self.columns[table.name][name]["own_number"]
                self.ids[f"{table.name}.{name}", whole] = keys[0] if own else row.get(name)


@pytest.mark.parametrize("file", RELEASES, ids=lambda file: file.stem)
async def test_what_old_code_writes_is_accepted(db: Database, file: Path) -> None:
    old = OldCode(frozen(file))

    def work(connection: Connection) -> None:
        for table in old.tables:
            old.write(connection, table)
        for table in old.tables:
            rows = connection.execute(table.select()).mappings().all()
            assert len(rows) >= 2, table.name
            values = {c.name: c for c in table.columns if not c.primary_key}
            if values:
                connection.execute(table.update().values(values))
        for table in reversed(old.tables):
            connection.execute(table.delete())

    async with db.transaction() as tx:
        if tx.dialect.name == "sqlite":
            await tx.execute(text("PRAGMA defer_foreign_keys = ON"))
        await tx.run_sync(work)


def in_the_way(connection: Connection, schema: dict[str, Any]) -> list[str]:
    """What the present schema demands of a release's code that it didn't demand before."""
    known = {one["name"]: one for one in schema["tables"]}
    found, look = [], inspect(connection)
    for name, one in known.items():
        old = {column["name"] for column in one["columns"]}
        sets = [look.get_pk_constraint(name)["constrained_columns"]]
        sets += [unique["column_names"] for unique in look.get_unique_constraints(name)]
        sets += [i["column_names"] for i in look.get_indexes(name) if i["unique"]]
        allowed = {tuple(some) for some in one["unique"]}
        found += [f"{name}: unique {s}" for s in sets if set(s) <= old and tuple(sorted(s)) not in allowed]
        columns = {column["name"]: column for column in look.get_columns(name)}
        found += [f"{name}.{gone}: gone" for gone in old - set(columns)]
        for new in set(columns) - old:
            if not columns[new]["nullable"] and columns[new]["default"] is None:
                found.append(f"{name}.{new}: obligatory")
        found += [f"{name}: {check['sqltext']}" for check in look.get_check_constraints(name)]
        for link in look.get_foreign_keys(name):
            was = {c["name"] for c in one["columns"] if c["parent"]}
            found += [f"{name}.{c}: a new parent" for c in link["constrained_columns"] if c in old - was]
    for name in set(look.get_table_names()) - set(known) - set(BESIDE_METADATA):
        for link in look.get_foreign_keys(name):
            holds = link["referred_table"] in schema["deleted"] and not link["options"].get("ondelete")
            found += [f"{name} keeps rows of {link['referred_table']} from being deleted"] if holds else []
    return found


@pytest.mark.parametrize("file", RELEASES, ids=lambda file: file.stem)
async def test_nothing_new_stands_in_old_codes_way(db: Database, file: Path) -> None:
    async with db.reading() as tx:
        assert await tx.run_sync(in_the_way, frozen(file)) == []


async def test_what_stands_in_the_way_is_seen(db: Database) -> None:
    async with db.transaction() as tx:
        for one in (
            "CREATE UNIQUE INDEX ux ON requests (subject)",
            "ALTER TABLE people ADD COLUMN must TEXT NOT NULL DEFAULT 'x'",
            "ALTER TABLE outbox DROP COLUMN last_code",
            "CREATE TABLE child (profile INTEGER PRIMARY KEY REFERENCES templates (id))",
        ):
            await tx.execute(text(one))
        found = await tx.run_sync(in_the_way, frozen(RELEASES[0]))
    assert sorted(found) == [
        "child keeps rows of templates from being deleted",
        "outbox.last_code: gone",
        "requests: unique ['subject']",
    ]


def test_what_a_release_asks_can_be_frozen_again() -> None:
    now = freeze_schema.frozen()
    assert now["revision"] == newest_revision()
    assert {"requests", "licences"} <= {one["name"] for one in now["tables"]}
    assert "profiles" in now["deleted"]
    assert "portals" not in now["deleted"]
    old = frozen(RELEASES[0])
    assert {one["name"] for one in old["tables"]} <= {one["name"] for one in now["tables"]}


# --- older code starts on the newer schema, as long as it is borne -----------------------------------------------


async def _says(url: str, *statements: str) -> None:
    database = Database.open(url)
    async with database.transaction() as tx:
        for one in statements:
            await tx.execute(text(one))
    await database.close()


async def test_older_code_starts_on_a_newer_schema(db: Database, db_url: str) -> None:
    await _says(db_url, "UPDATE alembic_version SET version_num = '9001'")
    assert await is_current(db_url)
    await migrate(db_url)
    await _says(db_url, "UPDATE schema_floor SET revision = '9000'")
    assert not await is_current(db_url)
    with pytest.raises(Permanent, match="another version"):
        await migrate(db_url)


# --- the release before, for real -----------------------------------------------------------------------------


def git(*args: str) -> str:
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


@pytest.mark.drill
@pytest.mark.timeout(600)
def test_the_release_before_runs_on_the_new_schema(tmp_path: Path) -> None:
    """Its own storage tests, each on a database that this version has migrated."""
    added = git("log", "--diff-filter=A", "--format=%H", "--", f"storage/migrations/versions/{FIRST}_*")
    before = git("rev-parse", f"{added.splitlines()[-1]}^") if added else ""
    if not before:
        pytest.skip("no history here")
    old = tmp_path / "before"
    assert (
        subprocess.run(
            ["git", "worktree", "add", "--detach", str(old), before], cwd=ROOT, check=False
        ).returncode
        == 0
    )
    try:
        (old / "newer_schema.py").write_text(PLUGIN.format(new=str(ROOT)), encoding="utf-8")
        left_out = ["--ignore=tests/storage/test_migrations.py", "--ignore=tests/storage/test_kill.py"]
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/storage", "-q", "-p", "newer_schema", "-p", "no:cacheprovider", *left_out],
            cwd=old, env={**os.environ, "PYTHONPATH": str(old)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout[-4000:]
        made = (old / "made.txt").read_text(encoding="utf-8").splitlines()
        assert made, "no database was made by the new migrations"
    finally:
        git("worktree", "remove", "--force", str(old))


PLUGIN = '''"""The old tests' databases are made by the new migrations."""
import asyncio, subprocess, sys
import storage

async def migrate(url, revision="head"):
    work = "import asyncio, sys; from storage import migrate; asyncio.run(migrate(sys.argv[1]))"
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", work, url], cwd={new!r}, env={{"PYTHONPATH": {new!r}}}, check=True
    )
    with open("made.txt", "a") as made:
        made.write(url + "\\n")

storage.migrate = migrate
'''
