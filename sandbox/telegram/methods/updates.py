"""Two ways to get updates, of which one at a time works: getUpdates and the webhook."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sandbox.telegram.calls import Call, method
from sandbox.telegram.errors import ApiError, bad_request
from sandbox.telegram.state import Json

POLL_MAX_S = 50
SECRET_LENGTH = 256
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = (80, 88, 443, 8443)


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    queue = call.hub.updates
    if refusal := queue.refuse_while_webhook():
        await queue.conflict_pause()
        raise refusal
    _allow(call)
    try:
        return await queue.poll(
            call.number("offset"),
            call.number("limit", 100, low=1, high=100),
            call.number("timeout", low=0, high=POLL_MAX_S),
        )
    except ApiError:
        await queue.conflict_pause()
        raise


def _allow(call: Call) -> None:
    """An absent list keeps the last one, an empty list means the default kinds."""
    allowed = call.json("allowed_updates", "allowed_updates")
    if isinstance(allowed, list):
        call.hub.updates.allow([str(kind) for kind in allowed])


@method("setWebhook")
async def set_webhook(call: Call) -> bool:
    url = call.text("url").strip()
    if not url:
        return _drop_webhook(call)
    secret = call.text("secret_token")
    if len(secret) > SECRET_LENGTH:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    _check_url(url)
    _allow(call)
    if call.flag("drop_pending_updates"):
        call.hub.updates.drop_all()
    webhook = {
        "url": url,
        "secret_token": secret,
        "max_connections": call.number("max_connections", 40, low=1, high=100),
    }
    call.hub.set_meta("webhook", webhook)
    await call.hub.updates.end_poll_for_webhook()
    call.hub.updates.arrived.set()
    return True


def _check_url(url: str) -> None:
    """HTTPS and Telegram's four ports; towards this machine plain HTTP on any port, else nothing could be tried."""
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


@method("deleteWebhook")
async def delete_webhook(call: Call) -> bool:
    return _drop_webhook(call)


def _drop_webhook(call: Call) -> bool:
    if call.flag("drop_pending_updates"):
        call.hub.updates.drop_all()
    call.hub.set_meta("webhook", {})
    return True


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    webhook = call.hub.meta.get("webhook", {})
    info: Json = {
        "url": webhook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(call.hub.updates.pending),
    }
    for name in ("last_error_date", "last_error_message", "max_connections"):
        if name in webhook:
            info[name] = webhook[name]
    if allowed := call.hub.updates.allowed():
        info["allowed_updates"] = allowed
    return info
