"""The bodies of the API, told once: read at the door, checked on the way out, described in OpenAPI."""

from typing import Annotated, Generic, Literal, TypeVar, get_args

from pydantic import Field

from domain.api_tokens import ApiScope
from domain.people import Privacy, Role
from domain.requests import Action, ClosedAs, Priority, RequestType, Status
from domain.stays import StayState
from web.api.types import (
    Asked,
    Day,
    DayIn,
    Detail,
    Given,
    HotelCode,
    Id,
    Line,
    Link,
    Moment,
    MomentIn,
    Name,
    PageQuery,
    Question,
    Shown,
    Story,
    Url,
    Words,
)

T = TypeVar("T")
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


class Page(Shown, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


# --- requests ------------------------------------------------------------------------------------------------


class RequestsQuery(PageQuery):
    status: Annotated[list[Status] | None, Field(description="Of these states only; may be repeated.")] = None
    type: Annotated[list[RequestType] | None, Field(description="Of these types only; may be repeated.")] = (
        None
    )
    since: Annotated[
        MomentIn | None, Field(description="Something happened to it at or after this moment.")
    ] = None
    hotel: Annotated[HotelCode | None, Field(description="Of this hotel only.")] = None


class DueDates(Shown):
    first_reply: Moment | None = Field(description="When the first words of support are due, UTC.")
    solution: Moment | None = Field(description="When the answer is due, UTC.")


class RequestLine(Shown):
    """A request in short."""

    number: str = Field(examples=["FB-2026-000123"])
    type: RequestType
    priority: Priority
    status: Status
    closed_as: ClosedAs | None
    round: int = Field(description="1, and one more for every objection or reopening.")
    subject: str
    hotel: str | None
    created_at: Moment
    updated_at: Moment
    due: DueDates


class Requester(Shown):
    """Who asked; phone and e-mail are masked for tokens below the level `contact`."""

    name: str = ""
    email: str | None = None
    phone: str | None = None


class FileName(Shown):
    name: str
    size: int | None = Field(description="Bytes; null while unknown.")


class FileShown(FileName):
    """A file. `type` is by its content; `link` is null until the file was fetched, or without `public_url`."""

    type: str | None
    state: Literal["waiting", "stored", "refused", "erased"]
    link: str | None = Field(description="Good for `[files] link_hours`; whoever has it can fetch the file.")


class RequestLinks(Shown):
    task: str | None = Field(description="The portal's task; null until it is made.")
    thread: str | None
    topic: str | None
    related: list[str]


class Consent(Shown):
    version: str
    at: Moment


class Fact(Shown):
    """A line of history. `text` holds a person's own words: treat them as text, never as markup."""

    at: Moment
    who: str
    what: str = Field(examples=["filed", "taken", "answered"])
    text: str


class WholeRequest(RequestLine):
    """A request with its history."""

    description: str
    conditions: str
    login: str
    portal: str
    channel: Literal["bitrix24", "telegram", "callback", "phone", "api"]
    requester: Requester
    attachments: list[FileName]
    links: RequestLinks
    consent: Consent | None
    history: list[Fact]
    moves: list[Action] = Field(description="What this token may do with it now.")


class CallerIn(Given):
    """Somebody without an account, on whose behalf support files."""

    name: Name
    phone: Annotated[str | None, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164.")] = None
    email: Annotated[str | None, Field(pattern=r"^[^\s@<>]{1,64}@[A-Za-z0-9.-]{1,100}\.[A-Za-z]{2,20}$")] = (
        None
    )


class FilingIn(Given):
    """A new request."""

    type: RequestType
    description: Story = Field(examples=["В CRM нет заездов со вчерашнего дня"])
    subject: Annotated[Line, Field(description="Made of the description when left out.")] = ""
    conditions: Annotated[Detail, Field(description="Under which conditions it happens.")] = ""
    login: Annotated[Line, Field(description="Under which login.")] = ""
    portal: Annotated[Link, Field(description="A link; the portal itself when left out.")] = ""
    hotel: HotelCode | None = None
    caller: CallerIn | None = None


class WordsIn(Given):
    """Words within a request."""

    text: Story
    note: Annotated[
        bool, Field(description="Support's note to itself: stays inside, the requester never sees it.")
    ] = False


class MoveIn(Given):
    """One move of the life cycle."""

    action: Action
    text: Annotated[
        Words,
        Field(description="The question, the answer, the reason; for `offer` a numbered list."),
    ] = ""
    option: Annotated[int | None, Field(ge=1, le=9, description="For `choose`: which of the variants.")] = (
        None
    )
    into: Annotated[
        str | None, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,7}-\d{4}-\d{6}$", description="For `merge`.")
    ] = None


# --- guests --------------------------------------------------------------------------------------------------


class GuestSearchIn(Given):
    """Whom one looks for. In the body, because addresses are written into logs on the way."""

    query: Annotated[
        Question,
        Field(description="Name, phone, e-mail, room or reservation, as one types it.", examples=["Иванов"]),
    ]
    hotel: HotelCode | None = None
    purpose: Annotated[Line, Field(description="Why; kept in the journal of look-ups.")] = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 10
    cursor: Annotated[str | None, Field(max_length=200)] = None


class GuestQuery(Asked):
    purpose: Annotated[Line, Field(description="Why; kept in the journal of look-ups.")] = ""


class Amount(Shown):
    amount: str = Field(description="A decimal, exact.", examples=["12500.00"])
    currency: str = Field(description="ISO 4217.", examples=["RUB"])


class StayShown(Shown):
    """A reservation or a stay. Dates are the hotel's own."""

    reservation: str
    confirmation: str
    state: StayState
    arrival: Day
    departure: Day
    nights: int
    room: str
    room_type: str
    rooms: int
    adults: int
    children: int
    group: str
    company: str | None
    agent: str | None
    rate_code: str
    rate: Amount | None
    total: Amount | None
    revenue: Amount | None
    comments: str
    withheld: list[str] = Field(description="Fields this token's level doesn't show.")


class GuestFields(Shown):
    hotel: str
    profile: str | None
    kind: str
    name: str
    vip: str
    phones: list[str] = Field(description="Whole, or masked where `withheld` names them.")
    emails: list[str]
    birthday: Day | None
    language: str
    nationality: str
    address: str
    memberships: list[str]
    preferences: list[str]
    comments: str
    withheld: list[str] = Field(description="Fields this token's level doesn't show.")


class GuestFound(GuestFields):
    """A guest of a search, with the stay most likely meant."""

    stay: StayShown | None


class GuestWhole(GuestFields):
    """A guest with all stays, newest first."""

    stays: list[StayShown]


# --- hotels and syncs ----------------------------------------------------------------------------------------


class HotelShown(Shown):
    code: str
    name: str
    timezone: str
    currency: str
    country: str
    rooms: int | None
    every_minutes: int
    full_at: str
    fresh_at: Moment | None = Field(description="Up to when, by the PMS's clock, its data are here.")
    doors: list[str]


class Counts(Shown):
    """PMS records, each counted once."""

    fetched: int
    created: int
    updated: int
    unchanged: int
    failed: int
    rejected: int
    crm_calls: int


class Progress(Shown):
    phase: str | None
    done: int | None
    total: int | None


class SyncOrder(Shown):
    """A sync that was ordered: poll it until `state` is `done` or `failed`, or wait for `sync.finished`."""

    order: int
    hotel: str
    mode: str
    state: Literal["waiting", "running", "done", "failed"]
    asked_by: str
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None
    progress: Progress
    run: int | None
    counts: Counts | None
    error: str | None


class SyncRun(Shown):
    """One run, by whomever it was ordered."""

    hotel: str
    run: int
    kind: str
    state: Literal["running", "done", "failed", "interrupted"]
    started_at: Moment
    ended_at: Moment | None
    seconds: float | None
    asked_by: str
    counts: dict[str, int]
    error: str | None


class SyncItem(Shown):
    """What became of one record."""

    id: int
    run: int
    entity: str
    key: str
    action: str
    state: str
    crm_id: int | None
    code: str | None
    cause: str | None
    reason: str | None = Field(description="The portal's own words; for tokens of the level `all` only.")


class SyncIn(Given):
    hotel: HotelCode
    mode: Annotated[
        Literal["sync", "full", "dry"],
        Field(description="`dry` writes nothing and tells what it would do."),
    ] = "sync"
    since: Annotated[DayIn | None, Field(description="Read what changed from this day on.")] = None


class RetryIn(Given):
    hotel: HotelCode
    items: Annotated[list[Id] | None, Field(max_length=1000, description="These only.")] = None
    cause: Annotated[str | None, Field(pattern=r"^[a-z-]{1,40}$", description="Those of one cause only.")] = (
        None
    )


class RunsQuery(PageQuery):
    hotel: Annotated[HotelCode, Field(description="The hotel's code.")]


class ItemsQuery(PageQuery):
    state: Annotated[
        Literal["planned", "sent", "done", "failed", "unclear", "rejected", "superseded"] | None,
        Field(description="In this state only."),
    ] = None


class FailuresQuery(PageQuery):
    hotel: Annotated[HotelCode, Field(description="The hotel's code.")]
    cause: Annotated[str | None, Field(pattern=r"^[a-z-]{1,40}$", description="Of this cause only.")] = None


# --- deliveries and webhooks ---------------------------------------------------------------------------------


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


# --- the licence ---------------------------------------------------------------------------------------------


class LicenceIn(Given):
    paid_until: Annotated[
        DayIn | None, Field(description="The last paid day; left out or null: unlimited.")
    ] = None
    grace_days: Annotated[int, Field(ge=0, le=365, description="Days after it during which syncs go on.")] = 0
    note: Annotated[Line, Field(description="For the vendor; shown in no chat.")] = ""


class LicenceShown(Shown):
    """Ended stops syncs, never the desk."""

    state: Literal["none", "active", "grace", "ended"]
    paid_until: Day | None
    grace_until: Day | None
    days_left: int | None
    note: str


# --- the rest ------------------------------------------------------------------------------------------------


class PortalShown(Shown):
    key: str
    url: str
    language: str
    timezone: str


class Me(Shown):
    """The token that asks."""

    name: str
    prefix: str
    scopes: list[ApiScope]
    privacy: Privacy
    role: Role
    hotels: list[str]
    expires_at: Moment | None
    portal: PortalShown


class FaultShown(Shown):
    pointer: str = Field(description="A JSON pointer into the body, or the parameter's name.")
    detail: str


class ProblemShown(Shown):
    """RFC 9457."""

    type: str = Field(description="What kind of problem; the page of the API explains each.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="The id of this call, also in `X-Request-Id`.")
    code: str = Field(description="What exactly, stable.")
    errors: list[FaultShown] = Field(default_factory=list)
    possible: list[str] = Field(
        default_factory=list, description="Moves that are possible instead, where one was refused."
    )
