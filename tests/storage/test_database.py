"""Transactions: what is acknowledged is stored, what failed left nothing, a group is many bodies and one COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from contextvars import Context
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from domain.errors import Temporary
from storage import Database, Tx, forbid_in_transaction, in_transaction
from storage.tables import leases

AT = datetime(2026, 11, 20, tzinfo=UTC)


async def put(tx: Tx, name: str) -> None:
    await tx.execute(insert(leases).values(portal_id=0, name=name, owner="o", fence=1, until=AT))


async def names(db: Database) -> set[str]:
    async with db.reading() as tx:
        return set((await tx.execute(select(leases.c.name))).scalars())


async def write(db: Database, name: str, *, fail: bool = False) -> None:
    async with db.transaction() as tx:
        await put(tx, name)
        if fail:
            raise LookupError(name)


@pytest.fixture
async def lite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database.open(sqlite_url)
    yield database
    await database.close()


class TestBothEngines:
    async def test_a_body_that_raises_leaves_nothing(self, db: Database) -> None:
        with pytest.raises(LookupError):
            await write(db, "bad", fail=True)
        await write(db, "good")
        assert await names(db) == {"good"}

    async def test_failures_among_many_touch_only_themselves(self, db: Database) -> None:
        bodies = (write(db, f"n{i}", fail=i % 3 == 0) for i in range(60))
        outcomes = await asyncio.gather(*bodies, return_exceptions=True)
        assert [isinstance(o, LookupError) for o in outcomes] == [i % 3 == 0 for i in range(60)]
        assert await names(db) == {f"n{i}" for i in range(60) if i % 3}

    async def test_a_broken_constraint_touches_only_its_body(self, db: Database) -> None:
        bodies = (write(db, f"n{i % 20}") for i in range(40))
        outcomes = await asyncio.gather(*bodies, return_exceptions=True)
        assert sum(isinstance(o, IntegrityError) for o in outcomes) == 20
        assert sum(o is None for o in outcomes) == 20
        assert len(await names(db)) == 20

    async def test_a_cancelled_body_leaves_nothing_and_the_others_stand(self, db: Database) -> None:
        entered = asyncio.Event()

        async def hang() -> None:
            async with db.transaction() as tx:
                await put(tx, "hanging")
                entered.set()
                await asyncio.Event().wait()

        first = asyncio.create_task(write(db, "before"))
        hanging = asyncio.create_task(hang())
        after = asyncio.create_task(write(db, "after"))
        await entered.wait()
        hanging.cancel()
        await asyncio.gather(first, after)
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert await names(db) == {"before", "after"}

    async def test_cancelling_anywhere_keeps_every_acknowledged_write(self, db: Database) -> None:
        """Cut tasks off after each possible number of turns of the loop, also in the middle of a statement."""
        acknowledged = set()
        for turns in range(60):
            tasks = {f"{turns}-{i}": asyncio.create_task(write(db, f"{turns}-{i}")) for i in range(4)}
            for _ in range(turns):
                await asyncio.sleep(0)
            tasks[f"{turns}-1"].cancel()
            tasks[f"{turns}-2"].cancel()
            await asyncio.wait(tasks.values())
            assert tasks[f"{turns}-0"].exception() is None
            assert tasks[f"{turns}-3"].exception() is None
            acknowledged |= {name for name, task in tasks.items() if not task.cancelled()}
        stored = await names(db)
        assert acknowledged <= stored
        assert len(acknowledged) >= 120
        assert {f"{turns}-3" for turns in range(60)} <= stored

    async def test_commit_callbacks_follow_the_commit_and_only_it(self, db: Database) -> None:
        seen: list[str] = []

        async def body(name: str, *, fail: bool) -> None:
            async with db.transaction() as tx:
                await put(tx, name)
                db.on_commit(tx, lambda: seen.append(name))
                assert name not in seen
                if fail:
                    raise LookupError

        bodies = (body(f"n{i}", fail=i % 2 == 1) for i in range(6))
        await asyncio.gather(*bodies, return_exceptions=True)
        assert sorted(seen) == ["n0", "n2", "n4"]

    async def test_on_commit_outside_its_transaction_is_refused(self, db: Database) -> None:
        async with db.transaction() as tx:
            pass
        with pytest.raises(RuntimeError, match="on_commit"):
            db.on_commit(tx, lambda: None)

    async def test_reading_can_not_write(self, db: Database) -> None:
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            async with db.reading() as tx:
                await put(tx, "never")
        assert await names(db) == set()

    async def test_the_guard_knows_an_open_transaction(self, db: Database) -> None:
        assert not in_transaction()
        async with db.transaction():
            assert in_transaction()
            with pytest.raises(RuntimeError, match="network call"):
                forbid_in_transaction()
            outliving = asyncio.create_task(asyncio.sleep(0.01, in_transaction))
            async with db.reading():
                assert in_transaction()
            assert in_transaction()
        assert not in_transaction()
        await outliving
        forbid_in_transaction()

    async def test_a_task_that_outlives_its_parents_transaction_is_free(self, db: Database) -> None:
        go = asyncio.Event()

        async def child() -> bool:
            await go.wait()
            return in_transaction()

        async with db.transaction():
            task = asyncio.create_task(child())
        go.set()
        assert not await task

    async def test_nesting_is_refused_instead_of_waiting_for_itself(self, db: Database) -> None:
        async with db.transaction():
            with pytest.raises(RuntimeError, match="inside a transaction"):
                async with db.transaction():
                    pass

    async def test_a_savepoint_of_the_body_is_its_own(self, db: Database) -> None:
        async def body(i: int) -> None:
            async with db.transaction() as tx:
                await put(tx, f"keep{i}")
                with suppress(LookupError):
                    async with tx.begin_nested():
                        await put(tx, f"undo{i}")
                        raise LookupError

        await asyncio.gather(*(body(i) for i in range(5)))
        assert await names(db) == {f"keep{i}" for i in range(5)}


class TestSqliteGroups:
    async def test_many_bodies_share_a_commit(self, lite: Database) -> None:
        await asyncio.gather(*(write(lite, f"n{i}") for i in range(100)))
        assert lite.commits is not None
        assert lite.commits <= 20
        assert len(await names(lite)) == 100

    async def test_a_lone_body_is_committed_at_once(self, lite: Database) -> None:
        for i in range(3):
            await write(lite, f"n{i}")
            assert lite.commits == i + 1

    async def test_a_group_is_capped_by_count(self, sqlite_url: str) -> None:
        database = Database.open(sqlite_url, group_members=10, group_hold_s=60)
        await asyncio.gather(*(write(database, f"n{i}") for i in range(35)))
        assert database.commits == 4
        await database.close()

    async def test_a_group_is_capped_by_time(self, sqlite_url: str) -> None:
        database = Database.open(sqlite_url, group_members=1000, group_hold_s=0)
        await asyncio.gather(*(write(database, f"n{i}") for i in range(5)))
        assert database.commits == 5
        await database.close()

    async def test_nobody_is_told_before_the_real_commit(
        self, lite: Database, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reached, release = asyncio.Event(), asyncio.Event()
        real = aiosqlite.Connection.commit

        async def slow(self: Any) -> None:
            reached.set()
            await release.wait()
            await real(self)

        await write(lite, "warm")
        monkeypatch.setattr(aiosqlite.Connection, "commit", slow)
        tasks = [asyncio.create_task(write(lite, f"n{i}")) for i in range(5)]
        await reached.wait()
        assert not any(task.done() for task in tasks)
        assert await names(lite) == {"warm"}
        tasks[2].cancel()  # too late to undo: it only stops waiting
        release.set()
        await asyncio.wait(tasks)
        assert tasks[2].cancelled()
        assert await names(lite) == {"warm", *(f"n{i}" for i in range(5))}

    async def test_a_failed_commit_is_told_to_all(
        self, lite: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(self: Any) -> None:
            raise aiosqlite.OperationalError("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(aiosqlite.Connection, "commit", broken)
            bodies = (write(lite, f"n{i}") for i in range(5))
            outcomes = await asyncio.gather(*bodies, return_exceptions=True)
        assert all(isinstance(outcome, Temporary) for outcome in outcomes)
        assert len({id(outcome) for outcome in outcomes}) == 5
        await write(lite, "later")
        assert await names(lite) == {"later"}

    async def test_a_transaction_sqlite_gave_up_is_told_to_all(self, lite: Database) -> None:
        """As after a full disk: the engine itself has rolled everything back, and a body swallowed the error."""

        async def swallow() -> None:
            async with lite.transaction() as tx:
                raw = await tx.get_raw_connection()
                await raw.driver_connection.execute("ROLLBACK")

        bodies = [write(lite, "before"), swallow(), write(lite, "after")]
        outcomes = await asyncio.gather(*bodies, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Temporary, Temporary, type(None)]
        assert await names(lite) == {"after"}

    async def test_a_second_writer_waits_for_the_first(self, lite: Database, sqlite_url: str) -> None:
        other = Database.open(sqlite_url)  # as a second process would
        await asyncio.gather(*(write(db, f"{id(db)}-{i}") for db in (lite, other) for i in range(30)))
        assert len(await names(lite)) == 60
        await other.close()

    async def test_a_writer_who_waits_too_long_may_try_again(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storage.database._BUSY_TIMEOUT_S", 0.05)
        one, other = Database.open(sqlite_url), Database.open(sqlite_url)
        await names(other)
        async with one.transaction():
            with pytest.raises(Temporary) as refusal:
                await asyncio.create_task(write(other, "n"), context=Context())
        assert refusal.value.code == "database-unavailable"
        await write(other, "n")
        await one.close()
        await other.close()

    async def test_closing_lets_the_queued_bodies_finish(self, sqlite_url: str) -> None:
        database = Database.open(sqlite_url)
        tasks = [asyncio.create_task(write(database, f"n{i}")) for i in range(5)]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*tasks)
        with pytest.raises(RuntimeError, match="closed"):
            await write(database, "late")

    def test_memory_is_refused(self) -> None:
        with pytest.raises(ValueError, match="name a file"):
            Database.open("sqlite+aiosqlite:///:memory:")

    async def test_the_folder_is_made(self, tmp_path: Path) -> None:
        database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/new/folder/c.db")
        async with database.transaction():
            pass
        await database.close()
        assert (tmp_path / "new/folder/c.db").exists()
