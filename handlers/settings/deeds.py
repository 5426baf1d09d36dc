"""What was done on the pages, written down with the doing itself: who, when, what."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.scope import Scope
from storage import page_deeds
from storage.page_deeds import Deed

SHOWN = 50
KEYS = (
    "sync.order", "sync.pause", "sync.resume", "sync.retry", "delivery.retry", "delivery.retry-all", "journal.export",
    "template.save", "template.remove", "template.ours", "escalation.save",
    "token.issue", "token.revoke", "webhook.add", "webhook.ping", "webhook.pause", "webhook.resume", "webhook.secret",
    "webhook.remove",
)  # fmt: skip
"""Each has its words: ``deed-…``, the dot written as a dash."""


async def record(scope: Scope, deed: str, data: Mapping[str, Any]) -> None:
    """Write one down."""
    person = scope.actor
    assert person is not None  # a page always knows who asks
    await page_deeds.record(
        scope.tx,
        scope.portal.id,
        deed,
        data,
        person_id=person.id,
        who=person.name or person.login,
        now=scope.now,
    )


async def listed(scope: Scope, before: int | None = None) -> tuple[Sequence[Deed], int | None]:
    """A page of them, newest first, and what the next is asked with."""
    found = await page_deeds.listed(scope.tx, scope.portal.id, before_id=before, limit=SHOWN + 1)
    shown = found[:SHOWN]
    return shown, shown[-1].id if len(found) > SHOWN else None
