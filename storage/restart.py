"""After a crash of the only process on a SQLite file: nothing is claimed, leased or running any more."""

from sqlalchemy import delete, update

from storage.database import Tx
from storage.tables import leases, outbox, work_orders


async def forget_claims(tx: Tx) -> None:
    """Free everything a killed process held. Never on PostgreSQL, where other replicas live."""
    await tx.execute(delete(leases))
    await tx.execute(update(outbox).where(outbox.c.state == "waiting").values(claimed_until=None))
    await tx.execute(update(work_orders).where(work_orders.c.state == "taken").values(state="new"))
