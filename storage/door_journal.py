"""A door's journal: messages that come once and for all are kept here first, and worked through then."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from domain.ports import Clock, Kept
from storage.database import Database, Tx
from storage.dialect import inserting
from storage.tables import door_journal


class DoorJournal:
    """One door of one hotel. Bodies of what is through are blanked: they are full of guests."""

    def __init__(self, db: Database, portal_id: int, hotel_id: int, door: str, clock: Clock) -> None:
        self._db = db
        self._portal_id, self._hotel_id, self._door = portal_id, hotel_id, door
        self._clock = clock
        self._mine = (door_journal.c.hotel_id == hotel_id, door_journal.c.door == door)

    async def keep(self, messages: Sequence[tuple[str, str]]) -> int:
        """Store (key, body) in order; durable when it returns. How many were new."""
        if not messages:
            return 0
        fixed = {"portal_id": self._portal_id, "hotel_id": self._hotel_id, "door": self._door}
        fixed |= {"received_at": self._clock(), "problem": ""}
        rows = [{**fixed, "key": key, "body": body} for key, body in messages]
        async with self._db.transaction() as tx:
            statement = inserting(tx, door_journal).on_conflict_do_nothing(
                index_elements=["hotel_id", "door", "key"]
            )
            before = await self._count(tx)
            await tx.execute(statement, rows)
            return await self._count(tx) - before

    async def waiting(self, limit: int = 500) -> Sequence[Kept]:
        """What isn't worked through yet, oldest first."""
        columns = (door_journal.c.id, door_journal.c.key, door_journal.c.body, door_journal.c.received_at)
        query = select(*columns).where(*self._mine, door_journal.c.done_at.is_(None))
        async with self._db.reading() as tx:
            return [
                Kept(*row) for row in (await tx.execute(query.order_by(door_journal.c.id).limit(limit))).all()
            ]

    async def done(self, ids: Sequence[int], problem: str = "") -> None:
        """These are through."""
        await self._through(door_journal.c.id.in_(ids), problem)

    async def done_before(self, moment: datetime) -> None:
        """All received before the moment are through."""
        await self._through(door_journal.c.received_at < moment, "")

    async def _through(self, which: ColumnElement[bool], problem: str) -> None:
        changes = {"done_at": self._clock(), "body": "", "problem": problem}
        statement = update(door_journal).where(*self._mine, door_journal.c.done_at.is_(None), which)
        async with self._db.transaction() as tx:
            await tx.execute(statement.values(**changes))

    async def _count(self, tx: Tx) -> int:
        query = (
            select(func.count())
            .select_from(door_journal)
            .where(*self._mine, door_journal.c.done_at.is_(None))
        )
        return int((await tx.execute(query)).scalar_one())


async def purge(tx: Tx, *, done_before: datetime) -> int:
    """Forget messages worked through long ago; how many there were."""
    return (await tx.execute(delete(door_journal).where(door_journal.c.done_at < done_before))).rowcount
