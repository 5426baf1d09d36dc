"""Keeps what adapters find out about the portal (domain.ports.PortalMemory) in the service's database."""

from collections.abc import Mapping
from typing import Any

from domain.ports import Clock
from storage import Database, cursors

NAME = "bitrix24:learnt"


class StoredMemory:
    """One portal's facts as one row."""

    def __init__(self, db: Database, portal_id: int, clock: Clock) -> None:
        self._db = db
        self._portal_id = portal_id
        self._clock = clock

    async def recall(self) -> Mapping[str, Any]:
        async with self._db.reading() as tx:
            facts = await cursors.get(tx, self._portal_id, NAME)
        return facts if isinstance(facts, dict) else {}

    async def remember(self, facts: Mapping[str, Any]) -> None:
        async with self._db.transaction() as tx:
            await cursors.put(tx, self._portal_id, NAME, dict(facts), self._clock())
