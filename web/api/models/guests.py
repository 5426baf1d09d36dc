"""Guests and their stays."""

from typing import Annotated

from pydantic import Field

from domain.stays import StayState
from web.api.types import (
    Asked,
    Day,
    Given,
    HotelCode,
    Line,
    Question,
    Shown,
)


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
