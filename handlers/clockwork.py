"""What the clock needs from the store: a tick that happens once among replicas, and the nightly tidying."""

from datetime import timedelta

from handlers.scope import Scopes
from storage import door_journal, door_records, inbox, leases, outbox, runs, timeline, work_orders

KEEP_DONE = timedelta(days=30)
KEEP_PREVIEWS = timedelta(days=1)
"""The differences a rehearsal has shown hold guests' data; it can be applied for half an hour."""


class Clockwork:
    """Ticks and tidying."""

    def __init__(self, scopes: Scopes, owner: str) -> None:
        self._scopes = scopes
        self._owner = owner

    async def take_tick(self, portal_id: int, name: str, for_s: float) -> bool:
        """True for the one replica that may do this tick; the lease simply runs out."""
        async with self._scopes.db.transaction() as tx:
            now = self._scopes.clock()
            return await leases.acquire(tx, portal_id, name, self._owner, now=now, lease_s=for_s) is not None

    async def tidy(self) -> None:
        """Forget what was handled and delivered long ago; history and dead rows stay."""
        before = self._scopes.clock() - KEEP_DONE
        for purge in (inbox.purge, outbox.purge):
            more = 1
            while more:
                async with self._scopes.db.transaction() as tx:
                    more = await purge(tx, done_before=before)
        async with self._scopes.db.transaction() as tx:
            await leases.purge(tx, expired_before=before)
            await runs.purge(tx, ended_before=before)
            await work_orders.forget_previews(tx, done_before=self._scopes.clock() - KEEP_PREVIEWS)
            await door_journal.purge(tx, done_before=before)
            await door_records.purge(tx, told_before=before)
            await timeline.purge(tx, done_before=before)
