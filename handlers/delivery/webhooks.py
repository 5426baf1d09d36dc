"""Delivers events to other programs' endpoints: signed, tried again on the standard's schedule, shut off after long silence."""

from datetime import datetime
from typing import Any

import structlog

from domain.chat import Channel, Reply
from domain.errors import Permanent, Refused, Temporary
from domain.people import Role
from domain.ports.webhooks import WebhookSender
from domain.webhooks import DISABLED_AFTER, RETRY_AFTER_S, WebhookAnswer, body_of, headers_of
from handlers import outgoing
from handlers.deliveries import Deliver
from handlers.people import private_address
from handlers.scope import Scope, Scopes
from storage import people, webhooks
from storage.outbox import Delivery
from storage.sealing import Place, Sealer
from storage.webhooks import Endpoint

log = structlog.get_logger()

GONE = 410
"""HTTP's own word for "never send anything here again"."""


def place(portal_id: int) -> Place:
    """Where endpoints' secrets are sealed for."""
    return Place("webhook_endpoints", portal_id, "secrets")


class WebhookDelivery:
    """Posts one row."""

    def __init__(self, scopes: Scopes, sender: WebhookSender, sealer: Sealer) -> None:
        self._scopes = scopes
        self._sender = sender
        self._sealer = sealer

    def kinds(self) -> dict[str, Deliver]:
        return {webhooks.KIND: self.send}

    async def send(self, delivery: Delivery) -> dict[str, Any]:
        """Post it; Temporary by the schedule, Permanent when the endpoint is off or gone."""
        endpoint = await self._endpoint(delivery)
        payload = delivery.payload
        body = body_of(payload["event"], datetime.fromisoformat(payload["at"]), payload["data"])
        headers = headers_of(payload["id"], self._scopes.clock(), body, self._secrets(endpoint))
        try:
            answer = await self._sender.post(endpoint.url, headers, body)
        except (Refused, Permanent) as failure:
            await self._failed(delivery, endpoint, failure.code, at_once=True)
            raise
        except Temporary as failure:
            raise await self._failed(delivery, endpoint, failure.code, detail=failure.detail) from failure
        if not answer.ok:
            raise await self._failed(
                delivery,
                endpoint,
                f"webhook-http-{answer.status}",
                answer=answer,
                at_once=answer.status == GONE,
            )
        if endpoint.failures:
            async with self._scopes.writing(delivery.portal_id) as scope:
                await webhooks.succeeded(scope.tx, endpoint.id)
        return {"status": answer.status, "seconds": round(answer.seconds, 3)}

    async def _endpoint(self, delivery: Delivery) -> Endpoint:
        async with self._scopes.reading(delivery.portal_id) as scope:
            found = await webhooks.get(scope.tx, delivery.portal_id, delivery.payload["endpoint"])
        if found is None:
            raise Permanent("webhook-gone", "its endpoint was removed")
        if found.state != "active":
            raise Permanent("webhook-off", f"its endpoint is {found.state}")
        return found

    def _secrets(self, endpoint: Endpoint) -> list[str]:
        """The present secret, and those it replaces until their time is over."""
        now, sealed_for = self._scopes.clock(), place(endpoint.portal_id)
        good = [
            one
            for one in endpoint.secrets
            if one["until"] is None or datetime.fromisoformat(one["until"]) > now
        ]
        return [self._sealer.open(one["sealed"], sealed_for) for one in good]

    async def _failed(
        self,
        delivery: Delivery,
        endpoint: Endpoint,
        code: str,
        *,
        detail: str = "",
        answer: WebhookAnswer | None = None,
        at_once: bool = False,
    ) -> Temporary | Permanent:
        """Count the failure, shut the endpoint off when it was one too many; returns what the row comes to."""
        async with self._scopes.writing(delivery.portal_id) as scope:
            counted = await webhooks.failed(scope.tx, delivery.portal_id, endpoint.id, scope.now)
            if (
                counted is not None
                and counted.state == "active"
                and (at_once or counted.failures >= DISABLED_AFTER)
            ):
                await self._disable(scope, counted, code)
                return Permanent(code, "its endpoint was shut off")
        if at_once or delivery.attempts > len(RETRY_AFTER_S):
            return Permanent(code, detail)
        wait_s = float(RETRY_AFTER_S[delivery.attempts - 1])
        wish_s = answer.retry_after_s if answer and answer.retry_after_s else 0.0
        return Temporary(code, detail, retry_after_s=max(wait_s, wish_s))

    @staticmethod
    async def _disable(scope: Scope, endpoint: Endpoint, code: str) -> None:
        """Off, and one message to those who can do something about it."""
        log.warning("webhook disabled", endpoint=endpoint.id, code=code)
        await webhooks.change(
            scope.tx, endpoint.portal_id, endpoint.id, scope.now, state="disabled", reason=code
        )
        told: dict[int, None] = {}
        for role in (Role.ADMIN, Role.MANAGER):
            for person in await people.with_role(scope.tx, scope.portal.id, role):
                if person.id in told or (to := private_address(person, Channel.BITRIX24)) is None:
                    continue
                told[person.id] = None
                theirs = scope.speaking(person.language)
                words = theirs.text("webhook-disabled", id=endpoint.id, url=endpoint.url, code=code)
                await outgoing.post(scope, to, Reply(words))
