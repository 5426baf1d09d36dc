"""Deliveries and webhooks."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from web.api.types import (
    Given,
    Line,
    Moment,
    PageQuery,
    Shown,
    Url,
)

Event = Literal[
    "request.filed",
    "request.moved",
    "request.changed",
    "request.words",
    "sync.finished",
    "sync.failed",
    "door.down",
    "door.up",
    "delivery.dead",
    "webhook.ping",
]
MOST_EVENTS = len(get_args(Event))


class DeliveriesQuery(PageQuery):
    state: Annotated[
        Literal["waiting", "done", "dead", "parked"] | None, Field(description="In this state only.")
    ] = None


class DeliveryShown(Shown):
    """Something that leaves the house; what stands in it is not shown."""

    id: int
    kind: str
    destination: str
    state: Literal["waiting", "done", "dead", "parked"]
    attempts: int
    created_at: Moment
    next_try_at: Moment | None
    done_at: Moment | None
    code: str | None


class WebhookIn(Given):
    url: Url = Field(examples=["https://example.com/hooks/concierge"])
    events: Annotated[list[Event], Field(max_length=MOST_EVENTS, description="None: all of them.")] = Field(
        default_factory=list
    )
    description: Line = ""


class WebhookChange(Given):
    url: Url | None = None
    events: Annotated[list[Event] | None, Field(max_length=MOST_EVENTS)] = None
    description: Line | None = None
    active: Annotated[bool | None, Field(description="true: on again, failures forgiven; false: paused.")] = (
        None
    )
    resend: Annotated[bool, Field(description="Send after all what was given up meanwhile.")] = False


class WebhookShown(Shown):
    id: int
    url: str
    description: str
    events: list[str]
    state: Literal["active", "paused", "disabled"]
    reason: str | None = Field(description="Why it was shut off, as a code.")
    failures: int = Field(description="Tries in a row that failed.")
    failing_since: Moment | None
    created_at: Moment
    updated_at: Moment


class WebhookSecret(WebhookShown):
    """With its secret, which is shown this once."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class Pinged(Shown):
    message: str = Field(description="The `webhook-id` that will arrive.")


class WebhookDelivery(Shown):
    """One event on its way to an endpoint."""

    id: int
    message: str
    event: str
    data: dict[str, object]
    state: Literal["waiting", "done", "dead", "parked"]
    attempts: int
    created_at: Moment
    next_try_at: Moment | None
    done_at: Moment | None
    status: int | None = Field(description="The endpoint's HTTP status, once it took the event.")
    seconds: float | None
    code: str | None
