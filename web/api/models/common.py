"""What every list and every error looks like."""

from typing import Generic, TypeVar

from pydantic import Field

from web.api.types import (
    Shown,
)

T = TypeVar("T")


class Page(Shown, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


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
