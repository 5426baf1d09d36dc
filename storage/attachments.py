"""Files of requests: what was sent, where it lies in the messenger, where in our store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy import insert as sql_insert

from storage.database import Tx
from storage.tables import attachments

ERASED = "erased"


def key_of(portal_id: int, attachment_id: int) -> str:
    """Under which key a file lies in the store: known before it is put there, so that nothing put is ever unknown."""
    return f"{portal_id}/{attachment_id}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file. ``source`` is the messenger's reference, ``store_key`` ours once it was fetched."""

    id: int
    portal_id: int
    request_id: int | None
    name: str
    size: int | None
    mime: str | None = None
    source: dict[str, Any] = field(default_factory=dict)
    store_key: str | None = None
    state: str = "waiting"


async def insert(
    tx: Tx,
    portal_id: int,
    *,
    name: str,
    size: int | None,
    mime: str | None,
    source: dict[str, Any],
    now: datetime,
    request_id: int | None = None,
    draft_person_id: int | None = None,
) -> int:
    """A file that was sent; returns the id."""
    result = await tx.execute(
        sql_insert(attachments)
        .values(
            portal_id=portal_id,
            request_id=request_id,
            draft_person_id=draft_person_id,
            name=name,
            size=size,
            mime=mime,
            source=source,
            state="waiting",
            created_at=now,
        )
        .returning(attachments.c.id)
    )
    return int(result.scalar_one())


async def bind(tx: Tx, portal_id: int, ids: Sequence[int], request_id: int) -> None:
    """The draft became a request: its files go along."""
    if ids:
        await tx.execute(
            update(attachments)
            .where(attachments.c.portal_id == portal_id, attachments.c.id.in_(ids))
            .values(request_id=request_id, draft_person_id=None)
        )


async def forget(tx: Tx, portal_id: int, ids: Sequence[int]) -> None:
    """The draft was given up."""
    if ids:
        await tx.execute(
            delete(attachments).where(
                attachments.c.portal_id == portal_id,
                attachments.c.id.in_(ids),
                attachments.c.request_id.is_(None),
            )
        )


async def load(tx: Tx, portal_id: int, attachment_id: int) -> Attachment | None:
    """One file by id."""
    query = select(attachments).where(attachments.c.portal_id == portal_id, attachments.c.id == attachment_id)
    row = (await tx.execute(query)).one_or_none()
    return _attachment(row) if row else None


async def load_anywhere(tx: Tx, attachment_id: int) -> Attachment | None:
    """One file by id, of whichever portal: a desk has the files of its customers' requests."""
    row = (await tx.execute(select(attachments).where(attachments.c.id == attachment_id))).one_or_none()
    return _attachment(row) if row else None


async def of_request(tx: Tx, request_id: int) -> list[Attachment]:
    """The files of a request, in the order they came."""
    query = select(attachments).where(attachments.c.request_id == request_id).order_by(attachments.c.id)
    return [_attachment(row) for row in (await tx.execute(query)).all()]


async def mark_stored(tx: Tx, attachment_id: int, store_key: str, size: int, *, name: str, mime: str) -> None:
    """The file lies in our store now; its name and type may be known only since then."""
    await tx.execute(
        update(attachments)
        .where(attachments.c.id == attachment_id)
        .values(store_key=store_key, size=size, name=name, mime=mime, state="stored", reason=None)
    )


async def mark_refused(tx: Tx, attachment_id: int, reason: str) -> bool:
    """The file can't be had; the reason stays in the row. False when that was known already."""
    statement = update(attachments).where(attachments.c.id == attachment_id, attachments.c.state == "waiting")
    return bool((await tx.execute(statement.values(state="refused", reason=reason))).rowcount)


async def kept_keys(tx: Tx, portal_id: int, keys: Sequence[str]) -> set[str]:
    """Which of these keys of the store belong to a file we know of."""
    query = select(attachments.c.store_key).where(
        attachments.c.portal_id == portal_id, attachments.c.store_key.in_(keys)
    )
    return set((await tx.execute(query)).scalars())


async def erase(tx: Tx, request_id: int, name: str) -> list[str]:
    """A request's files are to be forgotten: their names and sources go; returns the keys that are to be deleted."""
    mine = attachments.c.request_id == request_id
    query = select(attachments.c.portal_id, attachments.c.id).where(mine, attachments.c.state != ERASED)
    found = (await tx.execute(query.order_by(attachments.c.id))).all()
    blank: dict[str, Any] = {
        "name": name,
        "mime": None,
        "source": {},
        "store_key": None,
        "state": ERASED,
        "reason": None,
    }
    await tx.execute(update(attachments).where(mine).values(**blank))
    return [key_of(row.portal_id, row.id) for row in found]


def _attachment(row: Any) -> Attachment:
    return Attachment(
        id=row.id,
        portal_id=row.portal_id,
        request_id=row.request_id,
        name=row.name,
        size=row.size,
        mime=row.mime,
        source=row.source,
        store_key=row.store_key,
        state=row.state,
    )
