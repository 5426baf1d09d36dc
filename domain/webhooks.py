"""Webhooks out: which events there are, and how one is signed (Standard Webhooks 1.0, symmetric signatures "v1").

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES = 32
PING = "webhook.ping"
EVENTS: Mapping[str, str] = {
    "request.filed": "A request was registered.",
    "request.moved": "A request made a move of its life cycle: `action` names it, `status` is the new state.",
    "request.changed": "Priority, type or responsible of a request was changed.",
    "request.words": "Requester or support wrote within a request; internal notes are not told.",
    "sync.finished": "A sync of a hotel came to its end, perhaps with failed items.",
    "sync.failed": "A sync of a hotel could not be carried out: `error` is a code.",
    "door.down": "The live link to a hotel's PMS has been down for minutes.",
    "door.up": "It is up again.",
    "delivery.dead": "A delivery was given up; somebody has to look.",
    PING: "A test, sent when somebody asks for it.",
}
"""Every event and what it says. They carry numbers and codes only, never a guest's data or anybody's words."""

RETRY_AFTER_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The standard's schedule: how long to wait after the first, second, … try that failed; then it is given up."""
DISABLED_AFTER = 10
"""So many tries in a row that failed shut an endpoint off (some three days of silence)."""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What an endpoint said: its HTTP status, how long it took, and its wish when to try again."""

    status: int
    seconds: float
    retry_after_s: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def new_id() -> str:
    """An event's id: the same in every try and for every endpoint, so that receivers know it again."""
    return f"msg_{secrets.token_hex(12)}"


def new_secret() -> str:
    """A secret for an endpoint."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def body_of(event: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The bytes that are sent and signed."""
    return orjson.dumps({"type": event, "timestamp": at, "data": dict(data)}, option=orjson.OPT_UTC_Z)


def headers_of(message_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """The three headers of the standard; one signature per secret, so that secrets can be changed without a gap."""
    stamp = str(int(at.timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    signatures = " ".join(f"v1,{_signature(key, signed)}" for key in keys)
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signatures}


def _signature(secret: str, signed: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a webhook's secret is whsec_ and base64") from error
    return base64.b64encode(hmac.digest(key, signed, sha256)).decode()
