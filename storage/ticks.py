"""Which moments of the clock have been seen to: each once, whoever of the replicas comes first."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select

from storage.database import Tx
from storage.dialect import inserting
from storage.tables import ticks


async def take(tx: Tx, portal_id: int, name: str, due_at: datetime) -> bool:
    """Whether this moment is ours to see to: False when it, or a later one, has been seen to."""
    statement = (
        inserting(tx, ticks)
        .values(portal_id=portal_id, name=name, tick_at=due_at)
        .on_conflict_do_update(
            index_elements=[*ticks.primary_key], set_={"tick_at": due_at}, where=ticks.c.tick_at < due_at
        )
    )
    return (await tx.execute(statement.returning(ticks.c.portal_id))).first() is not None


async def last(tx: Tx, portal_ids: Collection[int]) -> dict[tuple[int, str], datetime]:
    """The last moment seen to, by portal and name."""
    query = select(ticks).where(ticks.c.portal_id.in_(list(portal_ids)))
    return {(row.portal_id, row.name): row.tick_at for row in (await tx.execute(query)).all()}


async def purge(tx: Tx, *, before: datetime) -> int:
    """Forget jobs that have not been on the clock for long."""
    return (await tx.execute(delete(ticks).where(ticks.c.tick_at < before))).rowcount
