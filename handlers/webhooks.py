"""Tells other programs what happened: an event becomes one row of the outbox per endpoint that wants it.

Written in the transaction of what happened, as everything that leaves. Events carry numbers and codes, no words.
"""

from typing import Any

from domain.ports import Lane
from domain.requests import Request
from domain.webhooks import EVENTS, new_id
from handlers import outgoing
from handlers.scope import Scope
from storage import webhooks as rows


async def announce(scope: Scope, event: str, **data: Any) -> None:
    """Queue an event for every active endpoint that wants it. ``data``: ids and codes only."""
    assert event in EVENTS, event
    wanting = await rows.active_for(scope.tx, scope.portal.id, event)
    message_id = new_id() if wanting else ""
    for endpoint_id in wanting:
        await queue(scope, endpoint_id, event, data, message_id)


async def queue(
    scope: Scope, endpoint_id: int, event: str, data: dict[str, Any], message_id: str = ""
) -> str:
    """One event for one endpoint; returns its ``webhook-id``."""
    message_id = message_id or new_id()
    payload = {"endpoint": endpoint_id, "id": message_id, "event": event}
    payload |= {"at": scope.now.isoformat(), "data": data}
    await outgoing.put(scope, rows.destination(endpoint_id), rows.KIND, payload, lane=Lane.BULK)
    return message_id


async def of_request(scope: Scope, event: str, request: Request, **more: Any) -> None:
    """An event of a request."""
    codes = {hotel.id: hotel.code for hotel in scope.portal.hotels}
    await announce(
        scope,
        event,
        number=request.number,
        status=request.status.value,
        type=request.type.value,
        priority=request.priority.value,
        round=request.round,
        hotel=codes.get(request.hotel_id or 0),
        **more,
    )
