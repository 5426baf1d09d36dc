"""What the CRM confirmed to hold for each record: the next run compares with this, not with the CRM.

A record that the mapping keeps out of the CRM (an account of the house, an employee) has a row here too, without an
item: so it is decided once and not by every run. Nothing but the comparison in ``storage.differences`` sees those rows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from storage.database import Tx
from storage.dialect import inserting
from storage.tables import snapshots


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One confirmed item. ``content_hash`` is of the fields written, ``source_hash`` of the staged record."""

    key: str
    crm_entity: str
    crm_id: int
    content_hash: str
    source_hash: str
    mapping: str
    fields: Mapping[str, Any]


_COLUMNS = [snapshots.c[name] for name in Snapshot.__slots__]
_NO_ITEM = 0
_HAS_ITEM = snapshots.c.crm_id != _NO_ITEM


async def confirm(
    tx: Tx, portal_id: int, hotel_id: int, staged: str, confirmed: Sequence[Snapshot], now: datetime
) -> None:
    """Remember what the CRM has confirmed; ``staged`` is profile or stay."""
    if not confirmed:
        return
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id, "entity": staged, "confirmed_at": now}
    rows = [{**fixed, **{name: getattr(one, name) for name in Snapshot.__slots__}} for one in confirmed]
    statement = inserting(tx, snapshots)
    overwritten = {c.name: statement.excluded[c.name] for c in snapshots.c if not c.primary_key}
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[*snapshots.primary_key], set_=overwritten), rows
    )


async def doubt(tx: Tx, hotel_id: int, staged: str, written: Mapping[str, Collection[str]]) -> None:
    """Before a change is sent: of each item (key → fields being written) those fields aren't known any more.

    Until the change is confirmed the record counts as differing, so that one which the PMS takes back meanwhile
    is written back in the CRM too.
    """
    found = await load(tx, hotel_id, staged, list(written))
    rows = [
        {"of": key, "known": {name: v for name, v in one.fields.items() if name not in written[key]}}
        for key, one in found.items()
    ]
    if rows:
        mine = (snapshots.c.hotel_id == hotel_id, snapshots.c.entity == staged)
        statement = update(snapshots).where(*mine, snapshots.c.key == bindparam("of"))
        await tx.execute(statement.values(source_hash="", fields=bindparam("known")), rows)


async def leave_out(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    staged: str,
    source_hashes: Mapping[str, str],
    mapping: str,
    now: datetime,
) -> None:
    """Remember that these records (key → content hash as staged) need nothing in the CRM as they are.

    One that has an item there from before (its profile was merged away since) keeps it.
    """
    if not source_hashes:
        return
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id, "entity": staged, "mapping": mapping}
    fixed |= {"crm_entity": "", "crm_id": _NO_ITEM, "content_hash": "", "fields": {}, "confirmed_at": now}
    rows = [{**fixed, "key": key, "source_hash": one} for key, one in source_hashes.items()]
    statement = inserting(tx, snapshots)
    overwritten = {name: statement.excluded[name] for name in ("source_hash", "mapping", "confirmed_at")}
    await tx.execute(
        statement.on_conflict_do_update(index_elements=[*snapshots.primary_key], set_=overwritten), rows
    )


async def load(tx: Tx, hotel_id: int, staged: str, keys: Sequence[str]) -> dict[str, Snapshot]:
    """Snapshots by key; keys without one are absent."""
    query = select(*_COLUMNS).where(
        snapshots.c.hotel_id == hotel_id, snapshots.c.entity == staged, snapshots.c.key.in_(keys), _HAS_ITEM
    )
    return {row.key: Snapshot(*row) for row in (await tx.execute(query)).all()}


async def crm_ids(tx: Tx, hotel_id: int, staged: str, keys: Sequence[str]) -> dict[str, int]:
    """The CRM's ids by our key, for links between items."""
    query = select(snapshots.c.key, snapshots.c.crm_id).where(
        snapshots.c.hotel_id == hotel_id, snapshots.c.entity == staged, snapshots.c.key.in_(keys), _HAS_ITEM
    )
    return {key: int(crm_id) for key, crm_id in (await tx.execute(query)).all()}


async def count(tx: Tx, hotel_id: int) -> int:
    """How many items of the hotel the CRM has confirmed; 0 before the first load."""
    query = select(func.count()).select_from(snapshots).where(snapshots.c.hotel_id == hotel_id, _HAS_ITEM)
    return int((await tx.execute(query)).scalar_one())


async def by_crm_id(tx: Tx, hotel_id: int, crm_entity: str, crm_id: int) -> Snapshot | None:
    """Whose item it is, from the CRM's side."""
    query = select(*_COLUMNS).where(
        snapshots.c.hotel_id == hotel_id, snapshots.c.crm_entity == crm_entity, snapshots.c.crm_id == crm_id
    )
    row = (await tx.execute(query)).first()
    return Snapshot(*row) if row else None


async def forget(tx: Tx, hotel_id: int, staged: str, keys: Sequence[str]) -> None:
    """Items deleted in the CRM by hand, or guests erased: the next run asks the CRM again."""
    await tx.execute(
        delete(snapshots).where(
            snapshots.c.hotel_id == hotel_id, snapshots.c.entity == staged, snapshots.c.key.in_(keys)
        )
    )
