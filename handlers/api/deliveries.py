"""The outbox for other programs: what waits, what was given up, and bringing it back. Never what stands in it."""

from typing import Any

from domain.errors import Refused
from handlers.api import paging
from handlers.scope import Scope
from storage import outbox
from storage.outbox import Delivery


class DeliveryApi:
    """Looking and retrying."""

    async def listed(
        self, scope: Scope, *, state: str | None, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """A page, newest first."""
        which = paging.list_id("deliveries", state=state)
        after = paging.read(cursor, which)
        found = await outbox.listed(scope.tx, scope.portal.id, state=state, before_id=after, limit=limit + 1)
        shown, following = paging.page(found, limit, which, lambda one: one.id)
        return paging.paged([shape(one) for one in shown], following)

    async def get(self, scope: Scope, delivery_id: int) -> dict[str, Any]:
        """One row. Refused("no-such-delivery")."""
        found = await outbox.get(scope.tx, scope.portal.id, delivery_id)
        if found is None:
            raise Refused("no-such-delivery", id=delivery_id)
        return shape(found)

    async def retry(self, scope: Scope, delivery_id: int) -> dict[str, Any]:
        """Bring a dead one back. Refused: "no-such-delivery", "delivery-not-dead"."""
        await self.get(scope, delivery_id)
        if not await outbox.retry(scope.tx, scope.portal.id, delivery_id, scope.now):
            raise Refused("delivery-not-dead")
        return await self.get(scope, delivery_id)


def shape(one: Delivery) -> dict[str, Any]:
    """One row, without its payload."""
    return {
        "id": one.id,
        "kind": one.kind,
        "destination": one.destination,
        "state": one.state,
        "attempts": one.attempts,
        "created_at": one.created_at.isoformat(),
        "next_try_at": one.next_try_at.isoformat() if one.state == "waiting" else None,
        "done_at": one.done_at.isoformat() if one.done_at else None,
        "code": one.last_code,
    }
