"""The only place that commits: transactions over SQLite or PostgreSQL behind one context manager."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, event, make_url, select
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.fates import StaleLease, as_temporary
from storage.group_commit import GroupCommit
from storage.one_trip import OneTrip
from storage.scope import Scope, Tx, current, entered, fence
from storage.spans import watched
from storage.tables.leases import leases

__all__ = ["Database", "Tx", "sqlite_engine"]

_BUSY_TIMEOUT_S = 10.0  # how long a writer waits for another process
_SQLITE_READERS = 4
_POSTGRES_CONNECTIONS = 10
_IDLE_IN_TRANSACTION_S = 8.0
"""A transaction that stands idle for so long is a stopped process's; its locks must not keep a portal from moving."""
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)
_WRITER_CACHE_KIB, _READER_CACHE_KIB = 8192, 2048
"""Per connection, and kept for good: the system's own cache holds the file anyway."""


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


def _from_json(value: str | bytes | float) -> Any:
    # A column declared JSON turns a bare number into SQLite's own.
    return orjson.loads(value) if isinstance(value, str | bytes) else value


class Database:
    """Transactions of one database. Made by :meth:`open`, used from one event loop, closed by :meth:`close`."""

    def __init__(self, reader: AsyncEngine, writer: GroupCommit | None) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    def open(
        cls,
        url: str,
        *,
        echo: bool = False,
        group_members: int = 128,
        group_hold_s: float = 0.05,
        connections: int = _POSTGRES_CONNECTIONS,
    ) -> "Database":
        """A database by URL (``sqlite+aiosqlite:///…`` or ``postgresql+asyncpg://…``); connects when first used.

        On SQLite up to ``group_members`` bodies, or what begins within ``group_hold_s``, share one COMMIT. On
        PostgreSQL there are ``connections``, and in need twice as many.
        """
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return cls(watched(_postgres_engine(parsed, echo=echo, connections=connections)), None)
        writer = watched(sqlite_engine(parsed, echo=echo, writes=True))
        group = GroupCommit(writer, max_members=group_members, max_hold_s=group_hold_s)
        return cls(watched(sqlite_engine(parsed, echo=echo, writes=False)), group)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._reader.dialect.name

    @property
    def commits(self) -> int | None:
        """COMMITs so far on SQLite (fewer than transactions when they were grouped); None on PostgreSQL."""
        return self._writer.commits if self._writer else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """A writing transaction: committed when the body ends, rolled back if it raises.

        Returns after the COMMIT is durable. Raises Temporary("database-unavailable") for what may pass;
        not to be nested, and no network call may happen inside. A body that is cancelled before its end
        leaves nothing; one cancelled while it waits for the COMMIT is committed all the same.
        """
        scope = current()
        if scope is not None and scope.writes:
            raise RuntimeError("a transaction inside a transaction would wait for itself")
        opened = self._writer.transaction() if self._writer else self._pooled_transaction()
        try:
            async with opened as tx:
                yield tx
        except SQLAlchemyError as error:
            raise (as_temporary(error) or error) from error.__cause__

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A read-only transaction with one consistent view on SQLite; writing in it is an error."""
        try:
            async with self._reader.connect() as tx:
                if self.dialect == "postgresql":
                    await tx.execution_options(postgresql_readonly=True)
                with entered(Scope(tx, writes=False)):
                    yield tx
        except SQLAlchemyError as error:
            raise (as_temporary(error) or error) from error.__cause__

    def on_commit(self, tx: Tx, callback: Callable[[], None]) -> None:
        """Call ``callback`` (quick, never raising: set an event) right after this transaction's real COMMIT."""
        scope = current()
        if scope is None or scope.tx is not tx or not scope.writes:
            raise RuntimeError("on_commit belongs inside the transaction it waits for")
        scope.callbacks.append(callback)

    async def close(self) -> None:
        """Finish what is queued and close every connection."""
        if self._writer is not None:
            await self._writer.close()
        await self._reader.dispose()

    @asynccontextmanager
    async def _pooled_transaction(self) -> AsyncIterator[Tx]:
        async with self._reader.begin() as tx:
            scope = Scope(tx, writes=True)
            if (turn := fence.get()) is not None:
                await _still_ours(tx, *turn)
            with entered(scope):
                yield tx
        for callback in scope.callbacks:
            callback()


async def _still_ours(tx: Tx, portal_id: int, token: int) -> None:
    """Refuse a former owner's write. The portal can't pass on before this transaction ends."""
    mine = (leases.c.portal_id == portal_id, leases.c.name == "portal")
    query = select(leases.c.fence).where(*mine).with_for_update(read=True)
    if (await tx.execute(query)).scalar_one_or_none() != token:
        raise StaleLease("portal")


def _postgres_engine(url: URL, *, echo: bool, connections: int) -> AsyncEngine:
    idle_ms = str(int(_IDLE_IN_TRANSACTION_S * 1000))
    return create_async_engine(
        url,
        echo=echo,
        hide_parameters=True,
        json_serializer=_to_json,
        json_deserializer=_from_json,
        pool_size=connections,
        max_overflow=connections,
        pool_pre_ping=True,
        connect_args={"server_settings": {"idle_in_transaction_session_timeout": idle_ms}},
    )


def sqlite_engine(url: URL, *, echo: bool, writes: bool) -> AsyncEngine:
    """An engine of one writing or several reading connections to a SQLite file (made if absent)."""
    if not url.database or url.database == ":memory:" or "mode=memory" in url.database:
        raise ValueError("an in-memory database can't be shared by readers and the writer: name a file")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url,
        module=OneTrip(),
        echo=echo,
        hide_parameters=True,
        json_serializer=_to_json,
        json_deserializer=_from_json,
        pool_size=1 if writes else _SQLITE_READERS,
        max_overflow=0,
        # The driver's own transactions would begin late and deferred; ours begin as we say.
        connect_args={"isolation_level": None, "timeout": _BUSY_TIMEOUT_S},
    )
    sync = engine.sync_engine
    cache = f"PRAGMA cache_size = -{_WRITER_CACHE_KIB if writes else _READER_CACHE_KIB}"
    pragmas = (*_PRAGMAS, cache) if writes else (*_PRAGMAS, cache, "PRAGMA query_only = ON")
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(sync, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(sync, "begin")
    def begin_as_said(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    @event.listens_for(sync, "handle_error")
    def keep_when_cancelled(context: ExceptionContext) -> None:
        # SQLAlchemy drops the connection when a statement is cancelled, and the whole group with it. The
        # driver's thread finishes the statement before anything queued later: the connection stays good.
        if isinstance(context.original_exception, asyncio.CancelledError):
            context.is_disconnect = False

    return engine
