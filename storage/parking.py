"""What waits for a portal that can't be reached any more is put aside with a reason, and comes back with the portal."""

from datetime import datetime

from sqlalchemy import update

from storage.database import Tx
from storage.tables import inbox, outbox, work_orders

PARKED = "parked"


async def park(tx: Tx, portal_id: int, code: str, now: datetime) -> int:
    """Stop all of a portal's deliveries, events and orders; how many deliveries were put aside."""
    waiting = (outbox.c.portal_id == portal_id, outbox.c.state == "waiting")
    aside = {"state": PARKED, "claimed_until": None, "last_code": code, "last_reason": code}
    parked = (await tx.execute(update(outbox).where(*waiting).values(**aside))).rowcount
    new = (inbox.c.portal_id == portal_id, inbox.c.state == "new")
    await tx.execute(update(inbox).where(*new).values(state="dead", reason=code, done_at=now))
    open_orders = (work_orders.c.portal_id == portal_id, work_orders.c.state.in_(("new", "taken")))
    failed = {"state": "failed", "result": {"reason": code}, "done_at": now}
    await tx.execute(update(work_orders).where(*open_orders).values(**failed))
    return parked


async def unpark(tx: Tx, portal_id: int, now: datetime) -> int:
    """Deliveries put aside go on; how many. Events and orders don't: nobody waits for their answers any more."""
    aside = (outbox.c.portal_id == portal_id, outbox.c.state == PARKED)
    again = {"state": "waiting", "attempts": 0, "next_try_at": now, "created_at": now}
    return (await tx.execute(update(outbox).where(*aside).values(**again))).rowcount
