"""Commands beside a running `concierge run`, which is a process of its own on a SQLite file."""

import asyncio
import sqlite3
import time

import pytest

from app import commands
from app.commands.base import opened
from app.presence import AlreadyRunningError, Presence
from handlers.scope import Scopes
from integrations.fidelio.suite8 import client
from integrations.fidelio.suite8.source import Suite8Source
from storage import leases, outbox, runs, work_orders
from tests.app.schemas import faults


@pytest.fixture
async def served(world):
    """The service runs."""
    async with world.running() as process:
        yield process


async def test_reading_and_ordering_beside_the_service(world, served):
    second = await world.concierge("run")
    assert second.code == 2
    assert len(second.lines) == 1
    assert "already runs" in second.err

    ordered, desk = await asyncio.gather(
        world.concierge("sync", "grand", "--json"), world.concierge("requests", "--json")
    )
    assert desk.json == {"requests": []}
    assert ordered.code == 0, ordered.err
    assert ordered.err == ""
    assert faults("sync", ordered.json) == []
    assert ordered.json["created"] > 10
    assert ordered.json["hotel"] == "GRAND"
    async with opened(world.settings) as house, house.db.reading() as tx:
        order = await work_orders.load(tx, 1)
        assert order.taken_at is not None
        assert (await runs.get(tx, house.portal.id, ordered.json["run"])).state == "done"
    deal = (await world.get("_sandbox/crm/deals?limit=1"))["items"][0]
    found = await world.concierge("guests", str(deal["originId"]), "--json")
    assert found.code == 0
    assert found.json["guests"]
    copy = world.folder / "copy.db"
    assert (await world.concierge("backup", str(copy))).code == 0
    with sqlite3.connect(copy) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM stays").fetchone()[0] > 10
    db.close()
    assert (await served.stop()) == 0
    assert not any(entry["level"] in {"error", "critical"} for entry in served.log), served.raw


@pytest.mark.drill  # told by quicker tests, too
async def test_reconcile_from_the_terminal(world):
    assert (await world.concierge("sync", "GRAND", "--json")).code == 0
    same = await world.concierge("reconcile", "GRAND", "--json")
    assert (same.code, same.json["kinds"], faults("reconcile", same.json)) == (0, {}, [])
    assert same.json["entities"]["deal"]["pms"] == same.json["entities"]["deal"]["crm"] > 10
    deal = (await world.get("_sandbox/crm/deals?limit=1"))["items"][0]
    await world.post("rest/1/sandboxwebhook00/crm.item.delete", {"entityTypeId": 2, "id": deal["id"]})

    found = await world.concierge("reconcile", "GRAND", "--json")
    assert (found.code, found.json["kinds"], faults("reconcile", found.json)) == (1, {"missing": 1}, [])
    assert found.json["differences"][0]["key"] == str(deal["originId"])
    repaired = await world.concierge("reconcile", "GRAND", "--repair", "--json")
    assert (repaired.code, repaired.json["found"], repaired.json["kinds"]) == (0, {"missing": 1}, {})
    assert repaired.json["repaired"] is True
    told = await world.concierge("reconcile", "GRAND")
    assert "совпадают" in told.out


@pytest.mark.drill  # told by quicker tests, too
async def test_a_delivery_brought_back_is_delivered_while_one_looks(world, served):
    async with opened(world.settings) as house:
        async with house.scopes.writing(house.portal.id) as scope:
            row = await _dead_message(scope)
        done = await world.concierge("deliveries", "--retry", str(row), "--json")
        assert done.code == 0
        assert done.json == {"deliveries": []}
        async with house.db.reading() as tx:
            assert (await outbox.get(tx, house.portal.id, row)).state == "done"
    told = await world.concierge("deliveries", "--retry", str(row))
    assert told.code == 2
    assert served.alive


async def _dead_message(scope):
    address = {"channel": "bitrix24", "chat": "5", "topic": None}
    payload = {"address": address, "reply": {"text": "Привет", "buttons": []}, "copy_of": None}
    await outbox.add(
        scope.tx,
        portal_id=scope.portal.id,
        destination="bitrix24:5",
        kind="message.post",
        payload={**payload, "request_id": None},
        lane=0,
        dedupe_key=None,
        request_id=None,
        now=scope.now,
    )
    row = (await outbox.listed(scope.tx, scope.portal.id))[0]
    await outbox.bury(scope.tx, row, now=scope.now, code="bitrix-access-denied", reason="x")
    return row.id


async def test_the_next_start_after_a_kill_works_at_once(world):
    world.portal["settle_seconds"] = 1  # what was under way is looked for so much later
    async with world.running(graceful=False) as first:
        order = asyncio.create_task(world.concierge("sync", "GRAND", "--json"))
        await _until(lambda: _some(world, "SELECT 1 FROM run_items LIMIT 1"), "the sync under way")
        await first.kill()
        assert _some(world, "SELECT 1 FROM leases WHERE name LIKE 'sync:%'")
    started = time.monotonic()
    done = await order  # the command takes the dead service's work over
    assert done.code == 0, done.err
    assert done.json["failed"] == 0
    assert time.monotonic() - started < 30
    items = (await world.get("_sandbox/crm/deals?limit=500"))["items"]
    origins = [item["originId"] for item in items]
    assert len(origins) == len(set(origins)) > 10
    async with world.running() as second:
        polled = await _polls(world)
        while await _polls(world) <= polled:
            await asyncio.sleep(0.1)
            assert time.monotonic() - started < 60, "its consumer asks for nothing"
        assert time.monotonic() - started < 60
        assert second.alive


async def test_without_a_service_the_command_does_it_itself(world, monkeypatch):
    monkeypatch.setattr(client, "RETRY_AFTER_S", ())
    first = await commands.sync(world.settings, commands.SyncOrder("GRAND", quiet=True))
    assert first.code == 0
    assert first.data["created"] > 10
    again = await commands.sync(world.settings, commands.SyncOrder("GRAND", quiet=True))
    assert again.data["created"] == again.data["updated"] == 0
    dry = await commands.sync(world.settings, commands.SyncOrder("GRAND", dry=True, full=True, quiet=True))
    assert dry.data["dry"]
    assert dry.data["fetched"] > 10


@pytest.mark.drill  # told by quicker tests, too
async def test_since_reads_from_that_day_and_never_skips(world, monkeypatch):
    """--since later than the last run's end reads only that far back, and the next run still reads the gap."""
    seen = []

    async def spy(self, cursor, window):
        seen.append(cursor)
        for record in ():
            yield record

    monkeypatch.setattr(Suite8Source, "changed_since", spy)
    run = commands.SyncOrder
    await commands.sync(world.settings, run("GRAND", since="2020-01-01", quiet=True))
    await commands.sync(world.settings, run("GRAND", quiet=True))
    await commands.sync(world.settings, run("GRAND", since="2020-02-01", quiet=True))
    await commands.sync(world.settings, run("GRAND", quiet=True))
    assert seen[0].at.isoformat() == "2019-12-31T21:00:00+00:00"  # midnight in Moscow
    assert seen[1].at is None  # nothing was ever read whole: the first plain run still does
    assert seen[2].at.isoformat() == "2020-01-31T21:00:00+00:00"
    assert seen[3].at is not None
    assert seen[3].full_at is not None


async def _polls(world):
    """The newest poll the portal was asked."""
    asked = await world.get("_sandbox/requests?limit=200")
    return max(
        (one["at"] for one in asked["requests"] if one["method"].casefold() == "imbot.v2.event.get"),
        default="",
    )


async def _until(look, what, patience_s=30.0):
    end = time.monotonic() + patience_s
    while not look():
        assert time.monotonic() < end, f"not seen: {what}"
        await asyncio.sleep(0.02)


def _some(world, query):
    file = world.folder / "concierge.db"
    if not file.exists():
        return False
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return db.execute(query).fetchone() is not None
    except sqlite3.OperationalError:
        return False
    finally:
        db.close()


# --- presence ----------------------------------------------------------------------------------------------


def test_one_service_many_askers(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    service, asker = Presence(url), Presence(url)
    assert not asker.is_taken()
    service.take()
    assert asker.is_taken()
    with pytest.raises(AlreadyRunningError):
        asker.take()
    service.release()
    assert not asker.is_taken()
    asker.take()
    asker.release()


def test_commands_at_work_keep_their_claims(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    one, other, service = Presence(url), Presence(url), Presence(url)
    one.work()
    other.work()
    service.take()
    assert not service.nobody_works()
    one.release()
    other.release()
    assert service.nobody_works()
    service.rest()
    assert other.is_taken()
    service.release()


def test_on_postgresql_everybody_may(tmp_path):
    url = "postgresql+asyncpg://x/y"
    one, other = Presence(url), Presence(url)
    one.take()
    other.take()
    assert not other.is_taken()
    assert other.nobody_works()
    other.work()


@pytest.mark.drill  # told by quicker tests, too
async def test_claims_of_a_command_at_work_survive_a_services_start(world):
    """And those of a killed one don't."""
    from app.commands.service import after_crash

    settings = world.settings
    async with opened(settings) as house:
        scopes: Scopes = house.scopes
        async with scopes.writing(house.portal.id) as scope:
            for name in ("sync:1", "lane:x"):
                await leases.acquire(scope.tx, house.portal.id, name, "dead", now=scope.now, lease_s=900)
        command = Presence(settings.service.database_url)
        await asyncio.to_thread(command.work)
        await after_crash(settings)
        assert await _held(house) == ["sync:1"]
        command.release()
        await after_crash(settings)
        assert await _held(house) == []


async def _held(house):
    async with house.db.reading() as tx:
        return [one.name for one in await leases.held(tx, house.portal.id, now=house.scopes.clock())]


def test_no_second_word_for_the_lock(tmp_path):
    """A stranger's lock file can be asked without writing."""
    url = f"sqlite+aiosqlite:///{tmp_path}/x.db"
    (tmp_path / "x.db.lock").touch(mode=0o444)
    (tmp_path / "x.db.lock").chmod(0o444)
    assert not Presence(url).is_taken()
