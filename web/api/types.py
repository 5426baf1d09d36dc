"""The few kinds of values the API speaks, each with the same rule at the door and in the description."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

_WORDS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
_RFC3339 = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
BIGGEST_ID = 2**53 - 1


def _moment(text: str) -> str:
    datetime.fromisoformat(text.upper())
    return text


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


# A person's words: no control characters but line ends and tabs.
Words = Annotated[str, StringConstraints(max_length=20_000, pattern=_WORDS)]
Story = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=_WORDS)]
Detail = Annotated[str, StringConstraints(max_length=4_000, pattern=_WORDS)]
Link = Annotated[str, StringConstraints(max_length=500, pattern=_WORDS)]
Line = Annotated[str, StringConstraints(max_length=200, pattern=_WORDS)]
Question = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_WORDS)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_WORDS)]
Url = Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=_WORDS)]

MomentIn = Annotated[
    str,
    StringConstraints(pattern=_RFC3339, max_length=40),
    AfterValidator(_moment),
    Field(json_schema_extra={"format": "date-time"}),
]
"""A moment as RFC 3339 writes it, with its offset."""
DayIn = Annotated[
    str,
    StringConstraints(pattern=_DAY, max_length=10),
    AfterValidator(_day),
    Field(json_schema_extra={"format": "date"}),
]
"""A calendar date."""
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Id = Annotated[int, Field(ge=1, le=BIGGEST_ID)]
HotelCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,20}$")]


class Given(BaseModel):
    """What a program sends: nothing unknown, nothing bent into shape."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Asked(BaseModel):
    """What stands in the query: text, read as what it is to be."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What we answer: exactly what is described."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Asked):
    """No parameters."""


class PageQuery(Asked):
    """Which page."""

    limit: Annotated[
        int, Field(ge=1, le=200, description="How many items at most.", json_schema_extra={"example": 50})
    ] = 50
    cursor: Annotated[
        str | None,
        Field(max_length=200, description="`next` of the page before; the filters must be the same."),
    ] = None
