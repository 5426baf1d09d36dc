"""`concierge backup`, `restore` and `move-to` as an operator types them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app import commands
from app.commands.base import UsageError
from app.commands.restoring import made_at, settle_a_copy
from app.presence import Presence
from app.settings import Settings
from domain.errors import Permanent
from storage import Database, outbox, portals
from storage.sealing import SecretKey
from tests.app.schemas import faults
from tests.conftest import FakeClock


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A fresh SQLite file in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Settings(service={"database_url": f"sqlite+aiosqlite:///{tmp_path}/c.db", "files": "files"})


async def queued(settings, *names):
    """Deliveries that wait."""
    db = Database.open(settings.service.database_url)
    now = FakeClock().now
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", now)
        for name in names:
            await outbox.add(tx, portal_id=portal_id, destination=name, kind="k", payload={}, lane=1, now=now)
    await db.close()


async def waiting(settings):
    db = Database.open(settings.service.database_url)
    async with db.reading() as tx:
        found = await outbox.counts(tx)
    await db.close()
    return found


async def test_a_copy_is_put_back_and_what_waited_in_it_waits_for_a_word(settings, tmp_path):
    await commands.migrate_database(settings)
    await queued(settings, "a", "b")
    copy = tmp_path / "copy.db"
    await commands.backup(settings, copy)
    assert made_at(copy) is not None
    await queued(settings, "later")
    done = await commands.restore(settings, copy)
    assert faults("restore", done.data) == []
    assert (done.data["deliveries"], done.data["events"]) == (2, 0)
    assert await waiting(settings) == {"waiting": 0, "dead": 2}
    kept = Path(done.data["aside"])
    with closing(sqlite3.connect(kept)) as file:
        assert file.execute("SELECT count(*) FROM outbox").fetchone() == (3,)
    assert await settle_a_copy(settings) is None  # it is settled, the next start finds nothing to do
    assert (await commands.decide(settings, send=True)).data["deliveries"] == 2
    assert await waiting(settings) == {"waiting": 2, "dead": 0}


async def test_a_copy_put_in_place_by_hand_is_noticed_at_start(settings, tmp_path):
    await commands.migrate_database(settings)
    await queued(settings, "a")
    await commands.backup(settings, tmp_path / "copy.db")
    (tmp_path / "copy.db").replace(tmp_path / "c.db")
    parked = await settle_a_copy(settings)
    assert parked.deliveries == 1
    assert await settle_a_copy(settings) is None


async def test_nothing_is_touched_while_the_service_runs_or_by_a_wrong_file(settings, tmp_path):
    await commands.migrate_database(settings)
    copy = tmp_path / "copy.db"
    await commands.backup(settings, copy)
    (tmp_path / "words.db").write_text("no database")
    with closing(sqlite3.connect(tmp_path / "strange.db")) as file:
        file.execute("CREATE TABLE x(y)")
    before = (tmp_path / "c.db").read_bytes()
    for name, words in (("words.db", "no SQLite"), ("strange.db", "no database of"), ("gone", "no such")):
        with pytest.raises(UsageError, match=words):
            await commands.restore(settings, tmp_path / name)
    service = Presence(settings.service.database_url)
    service.take()
    try:
        for work in (
            commands.restore(settings, copy),
            commands.move_to(settings, "postgresql+asyncpg://h/d"),
        ):
            with pytest.raises(UsageError, match="stop the service first"):
                await work
    finally:
        service.release()
    assert (tmp_path / "c.db").read_bytes() == before


@pytest.mark.postgres
async def test_the_database_moves_and_says_what_to_change(settings, postgres_url, tmp_path, capsys):
    await commands.migrate_database(settings)
    await queued(settings, "a", "b", "c")
    (tmp_path / "secret.key").write_text("file:x")
    done = await commands.move_to(settings, postgres_url, quiet=True)
    assert {"portals": 1, "outbox": 3}.items() <= {
        one["table"]: one["rows"] for one in done.data["tables"]
    }.items()
    assert done.data["key_file"].endswith("secret.key")
    assert faults("move-to", done.data) == []
    moved = Settings(service={"database_url": postgres_url})
    assert await waiting(moved) == {"waiting": 3, "dead": 0}
    with pytest.raises(Permanent, match="holds rows already"):
        await commands.move_to(settings, postgres_url, quiet=True)
    with pytest.raises(UsageError, match="not SQLite"):
        await commands.move_to(moved, postgres_url, quiet=True)
    for target in ("mysql://h/d", "nonsense", "sqlite+aiosqlite:///x.db"):
        with pytest.raises(UsageError, match="postgresql\\+asyncpg"):
            await commands.move_to(settings, target, quiet=True)


async def test_keys_are_made_and_rotated(settings):
    await commands.migrate_database(settings)
    made, done = await commands.new_key(settings), await commands.rotate_secrets(settings)
    assert faults("rotate-secrets", made.data) == faults("rotate-secrets", done.data) == []
    assert SecretKey.parse(made.data["key"])
    assert done.code == 0


@pytest.mark.postgres
async def test_after_pg_restore_the_tables_are_made_safe_too(postgres_url, tmp_path):
    there = Settings(service={"database_url": postgres_url})
    await queued(there, "a")
    with pytest.raises(UsageError, match="pg_restore"):
        await commands.restore(there, tmp_path / "copy.db")
    done = await commands.restore(there, None)
    assert done.data["deliveries"] == 1
    assert (await commands.decide(there, send=False)).data["deliveries"] == 1
    assert await waiting(there) == {"waiting": 0, "dead": 0}


@pytest.mark.drill
@pytest.mark.postgres
@pytest.mark.timeout(240)
async def test_a_hotel_goes_on_from_postgresql_where_sqlite_left_it(world, postgres_url):
    """All the demo's bookings, moved: what is asked is answered alike, and the next sync finds nothing new."""
    first = await world.concierge("sync", "GRAND", "--json")
    assert first.json["created"] > 100
    questions = (["runs", "GRAND"], ["requests"], ["guests", "Smith"], ["sync-errors", "GRAND"])
    before = [(await world.concierge(*words, "--json")).json for words in questions]
    moved = await world.concierge("move-to", postgres_url, "--json")
    assert moved.code == 0, moved.err
    rows = {one["table"]: one["rows"] for one in moved.json["tables"]}
    assert rows["profiles"] > 100
    assert rows["snapshots"] > 100
    world.service["database_url"] = postgres_url
    after = [(await world.concierge(*words, "--json")).json for words in questions]
    assert after == before
    again = await world.concierge("sync", "GRAND", "--json")
    assert (again.json["created"], again.json["failed"]) == (0, 0), again.json
