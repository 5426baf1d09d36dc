"""What the clock needs from the store: a moment that is seen to once among replicas, and the nightly tidying."""

from datetime import datetime, timedelta

from handlers.scope import Scopes
from storage import (
    api_answers,
    door_journal,
    door_records,
    inbox,
    leases,
    outbox,
    run_items,
    ticks,
    timeline,
    work_orders,
)

KEEP_DONE = timedelta(days=30)
KEEP_ANSWERS = timedelta(days=1)
KEEP_PREVIEWS = timedelta(days=1)
"""The differences a rehearsal has shown hold guests' data; it can be applied for half an hour."""


class Clockwork:
    """Ticks and tidying."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes

    async def take(self, portal_id: int, name: str, due_at: datetime) -> bool:
        """True for the one replica that sees to this moment of the clock; portal 0 is the whole service."""
        async with self._scopes.db.transaction() as tx:
            return await ticks.take(tx, portal_id, name, due_at)

    async def last(self, portal_id: int) -> dict[str, datetime]:
        """The last moment of a portal seen to, by job."""
        async with self._scopes.db.reading() as tx:
            return {name: at for (_, name), at in (await ticks.last(tx, [portal_id])).items()}

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
            await ticks.purge(tx, before=before)
            await run_items.purge(tx, ended_before=before)
            await work_orders.forget_previews(tx, done_before=self._scopes.clock() - KEEP_PREVIEWS)
            await door_journal.purge(tx, done_before=before)
            await door_records.purge(tx, told_before=before)
            await timeline.purge(tx, done_before=before)
            await api_answers.purge(tx, before=self._scopes.clock() - KEEP_ANSWERS)
