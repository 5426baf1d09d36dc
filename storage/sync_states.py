"""How a hotel's sync stands as people operate it: failures in a row, a paused schedule, what managers were told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from storage.database import Tx
from storage.dialect import upsert
from storage.tables import sync_cursors, sync_states


@dataclass(frozen=True, slots=True)
class SyncState:
    """One hotel's. ``told``: cause → records, as the managers were told last; ``paused_at`` None: the clock orders."""

    failures: int = 0
    last_error: str | None = None
    paused_at: datetime | None = None
    told: Mapping[str, int] = field(default_factory=dict)


_COLUMNS = [sync_states.c[name] for name in SyncState.__slots__]


async def load(tx: Tx, hotel_id: int) -> SyncState:
    """As it stands; a fresh one before the first run."""
    row = (await tx.execute(select(*_COLUMNS).where(sync_states.c.hotel_id == hotel_id))).one_or_none()
    return SyncState(*row) if row else SyncState()


async def save(tx: Tx, portal_id: int, hotel_id: int, state: SyncState, now: datetime) -> None:
    """Remember it."""
    values = {name: getattr(state, name) for name in SyncState.__slots__}
    row = {"portal_id": portal_id, "hotel_id": hotel_id, "updated_at": now, **values}
    row["told"] = dict(state.told)
    await tx.execute(
        upsert(tx, sync_states, [*sync_states.primary_key], row, {*SyncState.__slots__, "updated_at"})
    )


async def fresh_at(tx: Tx, hotel_id: int) -> datetime | None:
    """The PMS's clock up to which a door of the hotel was read and settled; the newest of all doors."""
    query = select(sync_cursors.c.at).where(
        sync_cursors.c.hotel_id == hotel_id, sync_cursors.c.at.is_not(None)
    )
    return (await tx.execute(query.order_by(sync_cursors.c.at.desc()).limit(1))).scalar_one_or_none()
