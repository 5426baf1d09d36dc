"""A portal's data wholly gone, in small transactions: every table with a ``portal_id``, the newest tables too.

What is left is the fact: the portal's own row and its installation's, both without anything of the customer's.
"""

from sqlalchemy import Table, delete, select, tuple_

from storage.database import Tx
from storage.tables import metadata

KEPT = frozenset({"portals", "installations", "leases"})
"""A lease holds nothing of the customer: only who serves the portal, while it is served."""
ROWS_AT_ONCE = 2000


def tables() -> list[Table]:
    """What is emptied, in an order in which nothing refers to what is gone."""
    return [
        table
        for table in reversed(metadata.sorted_tables)
        if table.name not in KEPT and "portal_id" in table.c
    ]


async def erase_some(tx: Tx, table: Table, portal_id: int, limit: int = ROWS_AT_ONCE) -> int:
    """Up to ``limit`` rows of the portal; how many went. Call until it is less."""
    key = list(table.primary_key)
    some = select(*key).where(table.c.portal_id == portal_id).limit(limit)
    among = key[0].in_(some) if len(key) == 1 else tuple_(*key).in_(some)
    return (await tx.execute(delete(table).where(table.c.portal_id == portal_id, among))).rowcount
