"""What the sync has to look at again: staged records that the CRM hasn't confirmed as they stand.

One comparison with the snapshots of what it confirmed; nothing is read from the CRM for a record that stands still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from domain.guests import Profile
from domain.stays import Stay, StayState
from storage.database import Tx
from storage.snapshots import forget
from storage.staged import KINDS, STAYS, Kind
from storage.tables import snapshots, stays

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Staged:
    """A record as staged; ``content_hash`` goes into the snapshot once the CRM has confirmed it.

    ``differs``: the CRM hasn't confirmed it as it is staged now.
    """

    key: str
    record: Profile | Stay
    content_hash: str
    differs: bool = True


def _differs(kind: Kind, mapping: str) -> ColumnElement[bool]:
    return or_(
        snapshots.c.key.is_(None),
        snapshots.c.source_hash != kind.version,
        snapshots.c.mapping != mapping,
    )


def _beside_snapshots(kind: Kind, hotel_id: int, staged: str, *columns: Any) -> Select[Any]:
    table = kind.table
    same_record = and_(
        snapshots.c.hotel_id == table.c.hotel_id,
        snapshots.c.entity == staged,
        snapshots.c.key == kind.key,
    )
    joined = table.outerjoin(snapshots, same_record)
    return select(*columns).select_from(joined).where(table.c.hotel_id == hotel_id)


async def changed(
    tx: Tx,
    hotel_id: int,
    staged: str,
    mapping: str,
    *,
    after: str = "",
    limit: int = _PAGE,
    among: Sequence[str] | None = None,
    whole: bool = False,
) -> list[Staged]:
    """Records that are not in the CRM as they are staged, by key; page on with the last one's key.

    ``staged`` is profile or stay; ``among`` looks at these keys only, ``whole`` gives the others too. A new
    ``mapping`` version makes every record differ.
    """
    kind = KINDS[staged]
    differs = _differs(kind, mapping)
    columns = (kind.key, kind.table.c.data, kind.version, differs)
    query = _beside_snapshots(kind, hotel_id, staged, *columns)
    if not whole:
        query = query.where(differs)
    if among is not None:
        query = query.where(kind.key.in_(among))
    query = query.where(kind.key > after).order_by(kind.key).limit(limit)
    return [
        Staged(key, kind.records.validate_python(data), fingerprint, bool(other))
        for key, data, fingerprint, other in (await tx.execute(query)).all()
    ]


async def count_changed(tx: Tx, hotel_id: int, staged: str, mapping: str, *, whole: bool = False) -> int:
    """How many records ``changed`` would give in all."""
    kind = KINDS[staged]
    query = _beside_snapshots(kind, hotel_id, staged, func.count())
    if not whole:
        query = query.where(_differs(kind, mapping))
    return int((await tx.execute(query)).scalar_one())


async def unseen_stays(tx: Tx, hotel_id: int, run_id: int, first: date, last: date) -> list[Stay]:
    """Living stays that arrive between two dates and were not in what a full run, nor any later one, has read.

    What only a live door has told was never read by any.
    """
    query = select(stays.c.data).where(
        stays.c.hotel_id == hotel_id,
        stays.c.arrival.between(first, last),
        stays.c.seen_run < run_id,
        stays.c.state.in_((StayState.TENTATIVE, StayState.CONFIRMED, StayState.IN_HOUSE)),
    )
    return [STAYS.records.validate_python(data) for data in (await tx.execute(query)).scalars()]


async def forget_items(tx: Tx, hotel_id: int, staged: str, keys: Sequence[str]) -> list[str]:
    """Items that people deleted in the CRM: as if never written. Returns the stays that led to them.

    Those count as differing from now on, so that they are led to whatever takes the items' place.
    """
    await forget(tx, hotel_id, staged, keys)
    if staged != "profile" or not keys:
        return []
    query = select(stays.c.reservation_id).where(stays.c.hotel_id == hotel_id, stays.c.profile_id.in_(keys))
    found = list((await tx.execute(query)).scalars())
    mine = (snapshots.c.hotel_id == hotel_id, snapshots.c.entity == "stay", snapshots.c.key.in_(found))
    await tx.execute(update(snapshots).where(*mine).values(source_hash=""))
    return found
