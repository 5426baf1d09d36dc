"""Consents to the processing of personal data (152-FZ): one record each, and the very texts that were agreed to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from storage import cursors
from storage.database import Tx
from storage.tables import consents


@dataclass(frozen=True, slots=True)
class Consent:
    """One record: which text (by version and SHA-256), when, from where."""

    id: int
    request_id: int | None
    version: str
    at: datetime
    ip: str | None
    text_hash: str


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A text as people read it; ``hash`` is the SHA-256 of its UTF-8."""

    version: str
    text: str
    hash: str


async def record(
    tx: Tx, portal_id: int, request_id: int, text: ConsentText, at: datetime, ip: str | None
) -> int:
    """Record a consent and keep its text for good; returns the record's id."""
    name = f"consent-text:{text.hash}"
    if await cursors.get(tx, portal_id, name) is None:
        await cursors.put(tx, portal_id, name, {"version": text.version, "text": text.text}, at)
    values = {
        "portal_id": portal_id,
        "request_id": request_id,
        "version": text.version,
        "at": at,
        "ip": ip,
        "text_hash": text.hash,
    }
    return int((await tx.execute(insert(consents).values(values).returning(consents.c.id))).scalar_one())


async def text_of(tx: Tx, portal_id: int, text_hash: str) -> ConsentText | None:
    """A text that somebody agreed to, however long ago."""
    kept = await cursors.get(tx, portal_id, f"consent-text:{text_hash}")
    return ConsentText(kept["version"], kept["text"], text_hash) if kept else None


async def of_request(tx: Tx, portal_id: int, request_id: int) -> Consent | None:
    """The consent a request came with."""
    columns = [consents.c[name] for name in Consent.__slots__]
    query = (
        select(*columns)
        .where(consents.c.portal_id == portal_id, consents.c.request_id == request_id)
        .order_by(consents.c.id.desc())
        .limit(1)
    )
    row = (await tx.execute(query)).one_or_none()
    return Consent(*row) if row else None


async def agreed(tx: Tx, portal_id: int) -> dict[str, int]:
    """How many agreed to each text, by its hash; newest text first."""
    query = (
        select(consents.c.text_hash, func.count())
        .where(consents.c.portal_id == portal_id)
        .group_by(consents.c.text_hash)
        .order_by(func.max(consents.c.id).desc())
    )
    return {text_hash: int(count) for text_hash, count in (await tx.execute(query)).all()}
