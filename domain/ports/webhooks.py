"""Other programs' endpoints, to which our events are posted."""

from collections.abc import Mapping
from typing import Protocol

from domain.webhooks import WebhookAnswer


class WebhookSender(Protocol):
    """Posts one message. It never follows a redirect and never connects to an address that isn't allowed."""

    def check(self, url: str) -> None:
        """What can be told from the address alone: Refused("webhook-url", why=…) when it may not be posted to."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """The endpoint's answer, whatever its status.

        Temporary("webhook-unreachable") when there was none; Permanent("webhook-address") when the name leads to an
        address that isn't allowed.
        """
