"""After a crash of the only process on a SQLite file: nothing is claimed, leased or running any more.

Never on PostgreSQL, where other replicas live.
"""

from sqlalchemy import delete, update

from storage.database import Tx
from storage.tables import leases, outbox, work_orders

_SYNCS = leases.c.name.startswith("sync:", autoescape=True)


async def forget_claims(tx: Tx) -> None:
    """Free what a killed service held, but for its syncs."""
    await tx.execute(delete(leases).where(~_SYNCS))
    await tx.execute(update(outbox).where(outbox.c.state == "waiting").values(claimed_until=None))


async def forget_syncs(tx: Tx) -> None:
    """Free the syncs of a killed process. Not while a command executes one."""
    await tx.execute(delete(leases).where(_SYNCS))
    await tx.execute(update(work_orders).where(work_orders.c.state == "taken").values(state="new"))
