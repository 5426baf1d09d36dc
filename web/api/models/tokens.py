"""The token that asks, and the licence of its portal."""

from typing import Annotated, Literal

from pydantic import Field

from domain.api_tokens import ApiScope
from domain.people import Privacy, Role
from web.api.types import (
    Day,
    DayIn,
    Given,
    Line,
    Moment,
    Shown,
)


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
