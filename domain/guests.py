"""Guests as a hotel's PMS knows them: profiles of individuals, companies and agencies."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class ProfileKind(StrEnum):
    """What a profile stands for."""

    INDIVIDUAL = "individual"
    COMPANY = "company"
    AGENT = "agent"
    SOURCE = "source"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Profile:
    """One PMS profile. Phones and e-mails are raw, as the PMS holds them; cleaning is the mapping's business.

    ``profile_id`` is unique within the property. ``merged_into`` names the surviving profile;
    ``anonymised``: the PMS erased the person. ``updated_at`` is the PMS's own clock, in UTC.
    """

    profile_id: str
    kind: ProfileKind
    last_name: str = ""
    first_name: str = ""
    name2: str = ""
    title: str = ""
    company_name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    language: str = ""
    nationality: str = ""
    gender: str = ""
    birthday: date | None = None
    vip: str = ""
    city: str = ""
    country: str = ""
    address: str = ""
    postcode: str = ""
    notes: str = ""
    memberships: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    no_mailing: bool = False
    no_emailing: bool = False
    blacklisted: bool = False
    merged_into: str | None = None
    anonymised: bool = False
    deleted: bool = False
    updated_at: datetime | None = None
    created_at: datetime | None = None
    extra: dict[str, str] = field(default_factory=dict)


def birthday_in(birthday: date, first: date, last: date) -> date | None:
    """When the birthday falls within two dates, both included; a 29 February is kept on 28 February in other years."""
    for year in (first.year, last.year):
        try:
            day = birthday.replace(year=year)
        except ValueError:
            day = date(year, 2, 28)
        if first <= day <= last:
            return day
    return None
