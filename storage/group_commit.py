"""One writer for SQLite, many bodies per COMMIT: what queues while the disk syncs leaves with the next sync.

A runner task owns the writer connection. It opens a transaction, lets the waiting bodies in one after another
(each behind a savepoint of its own) and commits once for all of them. No timer: a lone body is committed at once.
The bodies touch the connection only between ``turn`` and ``done``, so a cancelled one can't break the group.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.errors import Temporary
from storage.fates import DATABASE_ERRORS, as_temporary
from storage.scope import Scope, Tx, entered


class _Driver(Protocol):
    """The part of aiosqlite's connection used here; its ``execute`` is one hop to the thread, ours three."""

    in_transaction: bool

    async def execute(self, sql: str) -> object: ...


class _Member:
    """One body: ``turn`` lets it in, ``done`` says how it ended, ``outcome`` what became of the COMMIT."""

    __slots__ = ("callbacks", "done", "outcome", "turn")

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.turn: asyncio.Future[Tx] = loop.create_future()
        self.done: asyncio.Future[bool] = loop.create_future()
        self.outcome: asyncio.Future[None] = loop.create_future()
        self.callbacks: list[Callable[[], None]] = []
        # A body that was cancelled while it waited never fetches its exception.
        self.turn.add_done_callback(_mark_retrieved)
        self.outcome.add_done_callback(_mark_retrieved)

    def leave(self, *, completed: bool) -> None:
        """Tell the runner that the body has left the connection."""
        if not self.done.done():
            self.done.set_result(completed)

    def fail(self, error: Exception) -> None:
        """Give the body the error at whatever point it waits."""
        for future in (self.turn, self.outcome):
            if not future.done():
                future.set_exception(error)


def _mark_retrieved(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


class GroupCommit:
    """The writing side of a SQLite database. ``engine`` must hold exactly one connection."""

    def __init__(self, engine: AsyncEngine, *, max_members: int, max_hold_s: float) -> None:
        self._engine = engine
        self._max_members = max_members
        self._max_hold_s = max_hold_s
        self._queue: deque[_Member] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._connection: AsyncConnection | None = None
        self._closed = False
        self.commits = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Run the body in its turn; returns after the real COMMIT. Raises what the body raised, or Temporary."""
        if self._closed:
            raise RuntimeError("the database is closed")
        member = _Member()
        self._queue.append(member)
        if self._runner is None:
            self._runner = asyncio.create_task(self._serve(), name="sqlite-writer")
        try:
            tx = await member.turn
            with entered(Scope(tx, writes=True, callbacks=member.callbacks)):
                yield tx
        except BaseException:
            member.leave(completed=False)
            raise
        member.leave(completed=True)
        await member.outcome

    async def close(self) -> None:
        """Let the queued bodies finish, then close the connection."""
        self._closed = True
        if self._runner is not None:
            await asyncio.wait([self._runner])
        if self._connection is not None:
            await self._connection.close()
        await self._engine.dispose()

    def _next(self) -> _Member | None:
        while self._queue:
            member = self._queue.popleft()
            if not member.turn.done():  # else it was cancelled while it waited
                return member
        return None

    async def _serve(self) -> None:
        try:
            while (member := self._next()) is not None:
                await self._group(member)
        finally:
            self._runner = None
            while (stranded := self._next()) is not None:
                stranded.fail(Temporary("database-unavailable", "the writer stopped"))

    async def _group(self, first: _Member) -> None:
        members: list[_Member] = []
        inside: _Member | None = first
        try:
            connection, driver = await self._begin()
            ends_at = asyncio.get_running_loop().time() + self._max_hold_s
            while inside is not None:
                if await self._let_in(inside, connection, driver, savepoint=bool(members)):
                    members.append(inside)
                elif not members:
                    await connection.rollback()
                    return
                full = len(members) >= self._max_members or asyncio.get_running_loop().time() >= ends_at
                inside = None if full else self._next()
            await connection.commit()
            self.commits += 1
        except DATABASE_ERRORS as error:
            await self._abandon([*members, *([inside] if inside else [])], error)
        else:
            self._tell(members)

    async def _begin(self) -> tuple[AsyncConnection, _Driver]:
        if self._connection is None or self._connection.closed:
            self._connection = await self._engine.connect()
        await self._connection.begin()
        raw = await self._connection.get_raw_connection()
        driver: _Driver = raw.driver_connection  # type: ignore[assignment]
        return self._connection, driver

    async def _let_in(
        self, member: _Member, connection: AsyncConnection, driver: _Driver, *, savepoint: bool
    ) -> bool:
        """True if the body completed; else nothing of it is left. The first body needs no savepoint."""
        if savepoint:
            await driver.execute("SAVEPOINT member")
        if member.turn.done():
            return False
        member.turn.set_result(connection)
        completed = await member.done
        # On a full disk or an I/O error SQLite rolls the whole transaction back by itself; a body that
        # swallowed that error must not make the others believe in a COMMIT of nothing.
        if completed and not driver.in_transaction:
            raise OSError("SQLite has given the transaction up")
        if not completed and savepoint:
            await driver.execute("ROLLBACK TO member")
        return completed

    def _tell(self, members: list[_Member]) -> None:
        for member in members:
            if not member.outcome.done():
                member.outcome.set_result(None)
        for member in members:
            for callback in member.callbacks:
                callback()

    async def _abandon(self, members: list[_Member], error: Exception) -> None:
        """Nothing of the group was stored: tell everyone, and drop the connection."""
        for member in members:
            fate = as_temporary(error) or Temporary("database-unavailable", type(error).__name__)
            fate.__cause__ = error
            member.fail(fate)
        # After a COMMIT that failed SQLAlchemy thinks the transaction over, the driver doesn't: a new
        # connection is the one state both agree on, and closing the old one rolls back.
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*DATABASE_ERRORS):
                await connection.invalidate()
            await connection.close()
