"""A word from process to process that there is something to do: PostgreSQL's LISTEN and NOTIFY, on a connection of its own.

Only a hint: nothing is lost with it, whoever sleeps looks again by himself. On SQLite, with its one process, the word
stays inside.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from storage.database import Tx

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()

CHANNEL = "concierge"
ALIVE_EVERY_S = 15.0
AGAIN_S = (0.2, 1.0, 5.0)

Heard = Callable[[int], None]
"""Hears for which portal; 0: for any."""


async def tell_in(tx: Tx, topic: str, portal_id: int) -> None:
    """Tell others with the COMMIT of this transaction; for what is rare, a COMMIT with a word in it waits its turn."""
    if tx.dialect.name == "postgresql":
        await tx.execute(select(func.pg_notify(CHANNEL, f"-:{topic}:{portal_id}")))


class Wakes:
    """The ear and the mouth of one process. :meth:`run` until cancelled; without it words stay inside."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._arguments: dict[str, Any] | None = None
        if parsed.get_backend_name() == "postgresql":
            dialect: Any = parsed.get_dialect()  # SQLAlchemy doesn't declare its types
            self._arguments = dict(dialect().create_connect_args(parsed)[1])
        self._me = secrets.token_hex(4)
        self._heard: dict[str, list[Heard]] = defaultdict(list)
        self._unsaid: dict[str, None] = {}
        self._speak = asyncio.Event()
        self.listening = False
        """Whether the words of other processes arrive now: then one may sleep longer between two looks."""

    def on(self, topic: str, heard: Heard) -> None:
        """Call ``heard`` (quick, never raising) when somebody tells this."""
        self._heard[topic].append(heard)

    def tell(self, topic: str, portal_id: int, *, others: bool = True) -> None:
        """Tell this process at once, and the others soon."""
        self._hear(topic, portal_id)
        if others and self._arguments is not None:
            self._unsaid[f"{self._me}:{topic}:{portal_id}"] = None
            self._speak.set()

    async def run(self) -> None:
        """Listen and speak, connecting again whenever the connection is lost."""
        if self._arguments is None:
            return
        import asyncpg  # noqa: PLC0415 - commands and SQLite have no use for it

        lost = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
        failures = 0
        while True:
            try:
                connection = await asyncpg.connect(**self._arguments)
            except lost as error:
                log.info("no words from other processes", error=type(error).__name__)
                await asyncio.sleep(AGAIN_S[min(failures, len(AGAIN_S) - 1)])
                failures += 1
                continue
            failures = 0
            try:
                await self._converse(connection)
            except lost as error:
                log.info("the ear was lost", error=type(error).__name__)
            finally:
                self.listening = False
                connection.terminate()

    async def _converse(self, connection: "asyncpg.Connection[Any]") -> None:
        connection.add_termination_listener(lambda _connection: self._speak.set())
        await connection.add_listener(CHANNEL, self._arrived)
        self.listening = True
        for topic in self._heard:  # whatever was told meanwhile was not heard
            self._hear(topic, 0)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(ALIVE_EVERY_S):
                    await self._speak.wait()
            self._speak.clear()
            words = list(self._unsaid) or [""]
            self._unsaid.clear()
            await connection.execute(
                "select pg_notify($1, word) from unnest($2::text[]) word", CHANNEL, words
            )

    def _arrived(self, _connection: object, _pid: int, _channel: str, word: object) -> None:
        teller, _, rest = str(word).partition(":")
        topic, _, portal = rest.partition(":")
        if teller != self._me and topic and portal.isdecimal():
            self._hear(topic, int(portal))

    def _hear(self, topic: str, portal_id: int) -> None:
        for heard in self._heard.get(topic, ()):
            heard(portal_id)
