"""Support requests."""

from typing import Annotated, Literal

from pydantic import Field

from domain.requests import Action, ClosedAs, Priority, RequestType, Status
from web.api.types import (
    Detail,
    Given,
    HotelCode,
    Line,
    Link,
    Moment,
    MomentIn,
    Name,
    PageQuery,
    Shown,
    Story,
    Words,
)


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
