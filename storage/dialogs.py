"""Conversations: what the bot remembers of each person between two events, and where its last step stands."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from storage.database import Tx
from storage.dialect import inserting, upsert
from storage.tables import conversations

Kept = tuple[dict[str, Any], dict[str, Any] | None]
"""A conversation's state and prompt."""


async def load_conversation(tx: Tx, portal_id: int, person_id: int) -> Kept | None:
    """State and prompt, or None for a person who never talked."""
    row = (await tx.execute(_of(portal_id, person_id))).one_or_none()
    return (row.state or {}, row.prompt) if row else None


async def hold_conversation(tx: Tx, portal_id: int, person_id: int, now: datetime) -> Kept:
    """The same for one turn: other turns of the person are kept out until the transaction ends.

    The row is made first where there is none: two first events at once, one from each messenger, would find
    nothing to lock and overwrite each other.
    """
    locked = _of(portal_id, person_id).with_for_update()
    row = (await tx.execute(locked)).one_or_none()
    if row is None:
        values = {"portal_id": portal_id, "person_id": person_id, "state": {}, "fence": 0, "updated_at": now}
        await tx.execute(inserting(tx, conversations).values(values).on_conflict_do_nothing())
        row = (await tx.execute(locked)).one()
    return row.state or {}, row.prompt


def _of(portal_id: int, person_id: int) -> Select[Any]:
    return select(conversations.c.state, conversations.c.prompt).where(
        conversations.c.portal_id == portal_id, conversations.c.person_id == person_id
    )


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
