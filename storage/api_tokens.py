"""Tokens of other programs. Of a token only a SHA-256 is kept: it holds 256 random bits, so nothing slower is needed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from storage.database import Tx
from storage.tables import api_tokens


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token. ``prefix`` is the part that is shown; ``hotels`` are codes, none means all."""

    id: int
    portal_id: int
    person_id: int
    name: str
    prefix: str
    secret_hash: str
    scopes: Sequence[str]
    privacy: str
    role: str
    hotels: Sequence[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = [api_tokens.c[name] for name in TokenRow.__slots__]


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def add(tx: Tx, **values: Any) -> int:
    """A new token, by the columns' names; returns its id."""
    statement = insert(api_tokens).values(**values).returning(api_tokens.c.id)
    return int((await tx.execute(statement)).scalar_one())


async def by_prefix(tx: Tx, prefix: str) -> TokenRow | None:
    """The token that begins so, of whatever portal."""
    row = (await tx.execute(select(*_COLUMNS).where(api_tokens.c.prefix == prefix))).one_or_none()
    return TokenRow(*row) if row else None


async def get(tx: Tx, portal_id: int, token_id: int) -> TokenRow | None:
    """One token of a portal."""
    query = select(*_COLUMNS).where(api_tokens.c.portal_id == portal_id, api_tokens.c.id == token_id)
    row = (await tx.execute(query)).one_or_none()
    return TokenRow(*row) if row else None


async def listed(tx: Tx, portal_id: int) -> list[TokenRow]:
    """A portal's tokens, newest first, revoked ones too."""
    query = select(*_COLUMNS).where(api_tokens.c.portal_id == portal_id).order_by(api_tokens.c.id.desc())
    return [TokenRow(*row) for row in (await tx.execute(query)).all()]


async def revoke(tx: Tx, portal_id: int, token_id: int, now: datetime) -> bool:
    """Shut a token out for good; False when there is none that is good still."""
    statement = update(api_tokens).where(
        api_tokens.c.portal_id == portal_id, api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None)
    )
    return bool((await tx.execute(statement.values(revoked_at=now))).rowcount)


async def touch(tx: Tx, token_id: int, now: datetime) -> None:
    """It was used."""
    await tx.execute(update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=now))
