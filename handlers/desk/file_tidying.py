"""Files leave the store when nobody may have them any more: those of given-up drafts and of erased requests.

A file's key follows from its row, and the row is written first: what a killed process put away is found again by its
row. The other way round, a file without a row is an orphan, and is swept once it is too old to be on its way.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from domain.ports import FileStore, StoredFile
from handlers import outgoing
from handlers.deliveries import Deliver
from handlers.scope import Scope, Scopes
from storage import attachments
from storage.outbox import Delivery

log = structlog.get_logger()

DELETE = "file.delete"
"""The outbox's kind that deletes one file of the store."""
ON_ITS_WAY = timedelta(days=1)


async def erase_files(scope: Scope, request_id: int) -> int:
    """A request's files go: the rows' words now, the files themselves by the outbox; returns how many."""
    name = scope.speaking(scope.portal.language).text("file-erased")
    keys = await attachments.erase(scope.tx, request_id, name)
    for key in keys:
        await outgoing.put(scope, "files", DELETE, {"key": key}, once=f"{DELETE}:{key}")
    return len(keys)


class FileTidying:
    """Deletes from the store. No transaction is open while it does."""

    def __init__(self, scopes: Scopes, store: FileStore) -> None:
        self._scopes = scopes
        self._store = store

    def kinds(self) -> dict[str, Deliver]:
        """What the delivery loop calls."""
        return {DELETE: self._delete}

    async def _delete(self, delivery: Delivery) -> None:
        await self._store.delete(delivery.payload["key"])

    async def sweep(self, portal_id: int) -> int:
        """Each night: delete a portal's orphans; returns how many."""
        before, gone = self._scopes.clock() - ON_ITS_WAY, 0
        async for pack in self._store.listed(f"{portal_id}/"):
            old = [one for one in pack if one.at < before]
            for key in await self._orphans(portal_id, old):
                await self._store.delete(key)
                gone += 1
        if gone:
            log.info("orphaned files swept", portal=portal_id, files=gone)
        return gone

    async def _orphans(self, portal_id: int, found: Sequence[StoredFile]) -> list[str]:
        if not found:
            return []
        keys = [one.key for one in found]
        async with self._scopes.db.reading() as tx:
            kept = await attachments.kept_keys(tx, portal_id, keys)
        return [key for key in keys if key not in kept]
