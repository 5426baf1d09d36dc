"""Lines that are to stand in items' timelines: journalled with the confirmation they tell of, each sent once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from storage.database import Tx
from storage.tables import timeline_lines


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``sent_at``: it was sent once already, and nobody heard what became of it."""

    id: int
    entity: str
    key: str
    crm_id: int
    text: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be written."""

    entity: str
    key: str
    crm_id: int
    text: str


_COLUMNS = [timeline_lines.c[name] for name in Line.__slots__]


async def add(
    tx: Tx,
    portal_id: int,
    hotel_id: int,
    lines: Sequence[NewLine],
    now: datetime,
    *,
    sent_at: datetime | None = None,
) -> None:
    """Journal lines; in the transaction that confirms what they tell of. ``sent_at``: they may stand already."""
    fixed = {"portal_id": portal_id, "hotel_id": hotel_id, "made_at": now, "refused": False}
    fixed |= {"sent_at": sent_at}
    if lines:
        rows = [{**fixed, **{name: getattr(one, name) for name in NewLine.__slots__}} for one in lines]
        await tx.execute(insert(timeline_lines), rows)


async def waiting(tx: Tx, hotel_id: int, limit: int) -> list[Line]:
    """Lines that aren't known to stand, oldest first."""
    query = (
        select(*_COLUMNS)
        .where(timeline_lines.c.hotel_id == hotel_id, timeline_lines.c.done_at.is_(None))
        .order_by(timeline_lines.c.id)
        .limit(limit)
    )
    return [Line(*row) for row in (await tx.execute(query)).all()]


async def sending(tx: Tx, ids: Iterable[int], now: datetime) -> None:
    """They are about to be sent: from here on they may stand."""
    await tx.execute(update(timeline_lines).where(timeline_lines.c.id.in_([*ids])).values(sent_at=now))


async def unsent(tx: Tx, ids: Iterable[int]) -> None:
    """They surely don't stand: to be sent again."""
    await tx.execute(update(timeline_lines).where(timeline_lines.c.id.in_([*ids])).values(sent_at=None))


async def done(tx: Tx, ids: Iterable[int], now: datetime, *, refused: bool = False) -> None:
    """They stand, or the portal refused them for good."""
    statement = update(timeline_lines).where(timeline_lines.c.id.in_([*ids]))
    await tx.execute(statement.values(done_at=now, refused=refused))


async def purge(tx: Tx, *, done_before: datetime) -> int:
    """Forget old lines that stand (or never will); returns how many."""
    return (await tx.execute(delete(timeline_lines).where(timeline_lines.c.done_at < done_before))).rowcount
