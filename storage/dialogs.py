"""Conversations: what the bot remembers of each person between two events, and where its last step stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storage.database import Tx
from storage.dialect import upsert
from storage.tables import conversations


async def load_conversation(
    tx: Tx, portal_id: int, person_id: int, *, lock: bool = False
) -> tuple[dict[str, Any], dict[str, Any] | None] | None:
    """State and prompt, or None for a person who never talked; ``lock`` keeps other turns out until the end."""
    query = select(conversations.c.state, conversations.c.prompt).where(
        conversations.c.portal_id == portal_id, conversations.c.person_id == person_id
    )
    row = (await tx.execute(query.with_for_update() if lock else query)).one_or_none()
    return (row.state or {}, row.prompt) if row else None


async def save_conversation(
    tx: Tx, portal_id: int, person_id: int, state: dict[str, Any], now: datetime
) -> None:
    """Keep the state; the prompt stays as it is."""
    values = {"portal_id": portal_id, "person_id": person_id, "state": state, "updated_at": now}
    await tx.execute(
        upsert(
            tx, conversations, [*conversations.primary_key], {**values, "fence": 0}, {"state", "updated_at"}
        )
    )


async def set_prompt(tx: Tx, portal_id: int, person_id: int, prompt: dict[str, Any], now: datetime) -> None:
    """Where the step shown last stands."""
    await tx.execute(
        update(conversations)
        .where(conversations.c.portal_id == portal_id, conversations.c.person_id == person_id)
        .values(prompt=prompt, updated_at=now)
    )
