"""Hotels, syncs and what became of them."""

from typing import Annotated, Literal

from pydantic import Field

from web.api.types import (
    DayIn,
    Given,
    HotelCode,
    Id,
    Moment,
    PageQuery,
    Shown,
)


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
