"""`[api]`: what other programs may call, and where our events may be posted to."""

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from app.sections import Section

if TYPE_CHECKING:
    from integrations.webhooks.sender import HttpWebhooks


class Api(Section):
    """``/api/v1``, and webhooks out."""

    enabled: bool = True
    calls_per_second: float = Field(10, gt=0, le=1000)
    burst: int = Field(60, ge=1, le=10_000)
    webhook_networks: list[str] = Field(default_factory=list)
    """Private networks that webhooks may go to all the same."""
    webhook_http: bool = False
    """Whether webhooks may go to http:// on this machine."""

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, networks: list[str]) -> list[str]:
        for one in networks:
            ip_network(one, strict=False)  # its ValueError names the address
        return networks


def sender_of(section: Api, clock: Callable[[], datetime]) -> "HttpWebhooks":
    """The way out to other programs' endpoints."""
    from integrations.webhooks.guard import AddressRules  # noqa: PLC0415 - only processes that send need it
    from integrations.webhooks.sender import HttpWebhooks  # noqa: PLC0415
    from storage import forbid_in_transaction  # noqa: PLC0415

    rules = AddressRules.of(section.webhook_networks, http_loopback=section.webhook_http)
    return HttpWebhooks(rules, clock, guard=forbid_in_transaction)
