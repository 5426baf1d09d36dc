"""Endpoints of other programs: keeping them, changing their secrets without a gap, testing them, looking at what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.errors import Refused
from domain.ports.webhooks import WebhookSender
from domain.webhooks import EVENTS, PING, new_secret
from handlers import webhooks as events
from handlers.api import paging
from handlers.delivery.webhooks import place
from handlers.scope import Scope
from storage import webhooks as rows
from storage.outbox import Delivery
from storage.sealing import Sealer
from storage.webhooks import Endpoint

OLD_SECRET_GOOD_FOR = timedelta(hours=24)
MOST_ENDPOINTS = 50
MOST_SECRETS = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None: stays as it is. ``active``: on (which forgives all failures) or paused."""

    url: str | None = None
    events: Sequence[str] | None = None
    description: str | None = None
    active: bool | None = None
    resend: bool = False
    """Whether what was given up meanwhile is sent after all."""


class WebhookApi:
    """The endpoints of a portal."""

    def __init__(self, sender: WebhookSender, sealer: Sealer) -> None:
        self._sender = sender
        self._sealer = sealer

    async def listed(self, scope: Scope, *, cursor: str | None, limit: int) -> dict[str, Any]:
        """A page, newest first."""
        which = paging.list_id("webhooks")
        after = paging.read(cursor, which)
        found = await rows.listed(scope.tx, scope.portal.id, before_id=after, limit=limit + 1)
        shown, following = paging.page(found, limit, which, lambda one: one.id)
        return paging.paged([_shape(one) for one in shown], following)

    async def get(self, scope: Scope, endpoint_id: int) -> dict[str, Any]:
        return _shape(await self._load(scope, endpoint_id))

    async def add(
        self, scope: Scope, url: str, wanted: Sequence[str], description: str = ""
    ) -> dict[str, Any]:
        """A new endpoint, with its secret, which isn't shown again. Refused: "webhook-url", "webhook-limit"."""
        self._sender.check(url)
        if len(await rows.listed(scope.tx, scope.portal.id)) >= MOST_ENDPOINTS:
            raise Refused("webhook-limit", most=MOST_ENDPOINTS)
        secret = new_secret()
        endpoint_id = await rows.add(
            scope.tx,
            scope.portal.id,
            scope.now,
            url=url,
            description=description,
            events=_known(wanted),
            secrets=[self._sealed(scope, secret)],
        )
        return await self.get(scope, endpoint_id) | {"secret": secret}

    async def change(self, scope: Scope, endpoint_id: int, change: Change) -> dict[str, Any]:
        """Change one. Refused: "no-such-webhook", "webhook-url"."""
        await self._load(scope, endpoint_id)
        values: dict[str, Any] = {}
        if change.url is not None:
            self._sender.check(change.url)
            values["url"] = change.url
        if change.events is not None:
            values["events"] = _known(change.events)
        if change.description is not None:
            values["description"] = change.description
        if change.active is not None:
            values |= {"state": "active" if change.active else "paused", "reason": None}
            values |= {"failures": 0, "failing_since": None}
        await rows.change(scope.tx, scope.portal.id, endpoint_id, scope.now, **values)
        if change.resend:
            await rows.bring_back(scope.tx, scope.portal.id, endpoint_id, scope.now)
        return await self.get(scope, endpoint_id)

    async def remove(self, scope: Scope, endpoint_id: int) -> None:
        """Forget one. Refused("no-such-webhook")."""
        if not await rows.remove(scope.tx, scope.portal.id, endpoint_id):
            raise Refused("no-such-webhook", id=endpoint_id)

    async def new_secret(self, scope: Scope, endpoint_id: int) -> dict[str, Any]:
        """Another secret; messages are signed with both for a day, so that the receiver can change over."""
        found = await self._load(scope, endpoint_id)
        secret, until = new_secret(), (scope.now + OLD_SECRET_GOOD_FOR).isoformat()
        old = [{**one, "until": one["until"] or until} for one in found.secrets if _good(one, scope.now)]
        kept = [self._sealed(scope, secret), *old][:MOST_SECRETS]
        await rows.change(scope.tx, scope.portal.id, endpoint_id, scope.now, secrets=kept)
        return await self.get(scope, endpoint_id) | {"secret": secret}

    async def ping(self, scope: Scope, endpoint_id: int) -> dict[str, Any]:
        """Queue a test. Refused("webhook-not-active") when nothing is sent there."""
        found = await self._load(scope, endpoint_id)
        if found.state != "active":
            raise Refused("webhook-not-active")
        message_id = await events.queue(scope, endpoint_id, PING, {"webhook": endpoint_id})
        return {"message": message_id}

    async def deliveries(
        self, scope: Scope, endpoint_id: int, *, cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """What was sent to one and is to be sent, newest first."""
        await self._load(scope, endpoint_id)
        which = paging.list_id("webhook-deliveries", endpoint=endpoint_id)
        after = paging.read(cursor, which)
        found = await rows.deliveries(
            scope.tx, scope.portal.id, endpoint_id, before_id=after, limit=limit + 1
        )
        shown, following = paging.page(found, limit, which, lambda one: one.id)
        return paging.paged([_sent(one) for one in shown], following)

    async def _load(self, scope: Scope, endpoint_id: int) -> Endpoint:
        found = await rows.get(scope.tx, scope.portal.id, endpoint_id)
        if found is None:
            raise Refused("no-such-webhook", id=endpoint_id)
        return found

    def _sealed(self, scope: Scope, secret: str) -> dict[str, Any]:
        return {"sealed": self._sealer.seal(secret, place(scope.portal.id)), "until": None}


def _known(wanted: Sequence[str]) -> list[str]:
    """Events by name, each once."""
    for one in wanted:
        if one not in EVENTS:
            raise Refused("webhook-event", event=one)
    return list(dict.fromkeys(wanted))


def _good(secret: Any, now: datetime) -> bool:
    return secret["until"] is None or datetime.fromisoformat(secret["until"]) > now


def _shape(one: Endpoint) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": one.url,
        "description": one.description,
        "events": list(one.events),
        "state": one.state,
        "reason": one.reason,
        "failures": one.failures,
        "failing_since": one.failing_since.isoformat() if one.failing_since else None,
        "created_at": one.created_at.isoformat(),
        "updated_at": one.updated_at.isoformat(),
    }


def _sent(one: Delivery) -> dict[str, Any]:
    result = one.result or {}
    return {
        "id": one.id,
        "message": one.payload["id"],
        "event": one.payload["event"],
        "data": dict(one.payload["data"]),
        "state": one.state,
        "attempts": one.attempts,
        "created_at": one.created_at.isoformat(),
        "next_try_at": one.next_try_at.isoformat() if one.state == "waiting" else None,
        "done_at": one.done_at.isoformat() if one.done_at else None,
        "status": result.get("status"),
        "seconds": result.get("seconds"),
        "code": one.last_code,
    }
